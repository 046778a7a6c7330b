import { type ChildProcess, fork } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { HevcJob } from "../assets/index.js";
import { unpackError } from "../shared/error-transfer.js";
import { CancelledError, DeadlineError, EngineError, throwIfCancelled } from "../shared/errors.js";
import { entryBeside, sourceLoaderFlags } from "../shared/source-loader.js";
import type { FilmFacts, FilmSource } from "../video/index.js";
import type {
  DecodeAudioJob,
  DecodeAudioReport,
  MediaReply,
  MediaRequest,
  RenderJob,
  RenderReport,
  SceneJob,
} from "./media-messages.js";

/** The child process in which native media code lives. It does one job at a time; the others wait for their turn. */
export interface MediaProcess {
  /** Undefined when the process could not be started. */
  readonly pid: number | undefined;
  /** False once it has ended, for whatever reason. */
  readonly isAlive: boolean;
  /** Resolves when it has loaded its libraries; never, when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves, never rejects, with the reason of its end. */
  readonly ended: Promise<EngineError>;
  /** Gives a process that was started ahead the directory of {@link MediaProcessOptions.workspace}. */
  useWorkspace(path: string): void;
  /** Turns sound of any kind into mono samples. */
  decodeAudio(job: DecodeAudioJob, options?: { signal?: AbortSignal }): Promise<DecodeAudioReport>;
  /** Decodes the pictures of a HEIC file to interleaved RGB. */
  decodeHevc(job: HevcJob, options?: { signal?: AbortSignal }): Promise<readonly Uint8Array[]>;
  /**
   * Decodes the first picture of a film.
   *
   * @throws {@link AssetError} `unsupported_video_format`
   */
  probeFilm(film: FilmSource, options?: { signal?: AbortSignal }): Promise<FilmFacts>;
  /**
   * Makes ready what the next video shows, while it is not yet known how it moves.
   *
   * @throws as {@link render}
   */
  prepareScene(job: SceneJob, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Draws and encodes a video.
   *
   * @throws {@link EngineError} when the process dies; its signal is named, the unfinished file removed
   * @throws {@link CancelledError} when the signal fires; the process has then ended
   * @throws {@link DeadlineError} when the process hangs
   */
  render(
    job: RenderJob,
    options?: { signal?: AbortSignal; onFrame?: (framesEncoded: number) => void },
  ): Promise<RenderReport>;
  /** Ends the process and waits until it is gone. Never throws. */
  close(): Promise<void>;
}

/** Settings of a media process. */
export type MediaProcessOptions = {
  /** Program of the process. @defaultValue the media process of this program */
  readonly entry?: URL;
  /** Directory that the process removes, with all that is in it, when the program that started it dies. */
  readonly workspace?: string;
  /** Seconds without a sign of life after which a job is given up. @defaultValue 60 */
  readonly silenceLimit?: number;
};

/** Megabytes of JavaScript heap; pixels and samples live outside of it. */
const HEAP_LIMIT_MB = 512;
/**
 * Megabytes for young objects. With V8's own 16, pixels that are only needed while a renderer is made wait for a
 * collection until the video is finished, next to all that the encoder takes.
 */
const YOUNG_HEAP_MB = 2;
/** Pools of the C library's allocator, where it is glibc's. By default there are many, each with freed memory in it. */
const ALLOCATOR_POOLS = 2;
/** Bytes of the process's last words that are kept. */
const STDERR_TAIL_BYTES = 4096;
const DEFAULT_SILENCE_LIMIT = 60;

/** Starts a media process. It loads its libraries at once, so that it is warm when the first job comes. */
export function startMediaProcess(options: MediaProcessOptions = {}): MediaProcess {
  const child = forkEntry(options.entry ?? entryBeside(import.meta.url, "media-child"), options.workspace);
  return new ForkedMediaProcess(child, options.silenceLimit ?? DEFAULT_SILENCE_LIMIT);
}

function forkEntry(entry: URL, workspace: string | undefined): ChildProcess {
  const execArgv = [
    `--max-old-space-size=${HEAP_LIMIT_MB}`,
    `--max-semi-space-size=${YOUNG_HEAP_MB}`,
    "--expose-gc",
    ...sourceLoaderFlags(entry),
  ];
  return fork(fileURLToPath(entry), workspace === undefined ? [] : [workspace], {
    execArgv,
    env: { MALLOC_ARENA_MAX: String(ALLOCATOR_POOLS), ...process.env },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

type Job<Report> = {
  readonly doing: string;
  readonly request: MediaRequest;
  readonly accept: (reply: MediaReply) => Report | undefined;
  readonly onFrame?: ((framesEncoded: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

class ForkedMediaProcess implements MediaProcess {
  readonly pid: number | undefined;
  readonly #child: ChildProcess;
  readonly #silenceLimit: number;
  readonly ready: Promise<void>;
  readonly ended: Promise<EngineError>;
  #lastWords = "";
  /** Resolves when no job is under way or waiting. */
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(child: ChildProcess, silenceLimit: number) {
    this.#child = child;
    this.#silenceLimit = silenceLimit;
    this.pid = child.pid;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-STDERR_TAIL_BYTES);
    });
    this.ended = new Promise((resolve) => {
      child.once("error", (cause) => resolve(this.#endedError(null, null, cause)));
      // `close` comes after the last words have been read, `exit` may come before.
      child.once("close", (code, signal) => resolve(this.#endedError(code, signal)));
    });
    this.ready = new Promise((resolve) => {
      child.on("message", (reply: MediaReply) => {
        if (reply.type === "ready") resolve();
      });
    });
  }

  get isAlive(): boolean {
    return this.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  useWorkspace(path: string): void {
    // A process that has ended has nothing to remove; its next job says so.
    this.#child.send({ type: "workspace", path } satisfies MediaRequest, () => {});
  }

  decodeAudio(job: DecodeAudioJob, options: { signal?: AbortSignal } = {}): Promise<DecodeAudioReport> {
    return this.#run({
      doing: "reading the sound",
      request: { type: "decode-audio", job },
      accept: (reply) => (reply.type === "decoded" ? reply.report : undefined),
      signal: options.signal,
    });
  }

  decodeHevc(job: HevcJob, options: { signal?: AbortSignal } = {}): Promise<readonly Uint8Array[]> {
    return this.#run({
      doing: "reading the photo",
      request: { type: "decode-hevc", job },
      accept: (reply) => (reply.type === "pictures" ? reply.pictures : undefined),
      signal: options.signal,
    });
  }

  probeFilm(film: FilmSource, options: { signal?: AbortSignal } = {}): Promise<FilmFacts> {
    return this.#run({
      doing: "looking at the background video",
      request: { type: "probe-film", job: film },
      accept: (reply) => (reply.type === "film" ? reply.facts : undefined),
      signal: options.signal,
    });
  }

  async prepareScene(job: SceneJob, options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#run({
      doing: "preparing the picture",
      request: { type: "prepare-scene", job },
      accept: (reply) => (reply.type === "scene-ready" ? true : undefined),
      signal: options.signal,
    });
  }

  async render(
    job: RenderJob,
    options: { signal?: AbortSignal; onFrame?: (framesEncoded: number) => void } = {},
  ): Promise<RenderReport> {
    try {
      return await this.#run({
        doing: "rendering",
        request: { type: "render", job },
        accept: (reply) => (reply.type === "rendered" ? reply.report : undefined),
        ...options,
      });
    } catch (error) {
      for (const path of [job.partPath, job.livePath]) {
        if (path === undefined) continue;
        await rm(path, { force: true }).catch(() => {
          // The first error says more than an unfinished file that could not be removed.
        });
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#child.pid !== undefined) this.#child.kill("SIGKILL");
    await this.ended;
  }

  async #run<Report>(job: Job<Report>): Promise<Report> {
    throwIfCancelled(job.signal);
    const stop = new AbortController();
    const before = this.#lastTurn;
    let finish = (): void => {};
    this.#lastTurn = new Promise((resolve) => {
      finish = resolve;
    });
    try {
      const cancelled = cancellation(job.signal, stop.signal);
      // While this job waits, the one that is under way learns of the end of the process.
      await Promise.race([before, cancelled]);
      const state = { isUnderWay: false };
      const ending = this.ended.then((error) =>
        Promise.reject(state.isUnderWay ? error : withoutSignal(error)),
      );
      const answer = this.ready.then(() => {
        state.isUnderWay = true;
        return this.#ask(job, stop.signal);
      });
      return await Promise.race([answer, ending, cancelled, this.#silence(job, stop.signal)]);
    } catch (error) {
      // A process that was cancelled or is silent cannot be asked to stop; it is ended.
      if (error instanceof CancelledError || error instanceof DeadlineError) await this.close();
      throw error;
    } finally {
      stop.abort();
      finish();
    }
  }

  /** Sends the request and waits for its answer. */
  #ask<Report>({ request, accept, onFrame }: Job<Report>, stop: AbortSignal): Promise<Report> {
    return new Promise((resolve, reject) => {
      const listen = (reply: MediaReply): void => {
        if (reply.type === "progress") onFrame?.(reply.frame);
        if (reply.type === "failed") reject(unpackError(reply.error));
        const report = accept(reply);
        if (report !== undefined) resolve(report);
      };
      this.#child.on("message", listen);
      stop.addEventListener("abort", () => this.#child.off("message", listen), { once: true });
      this.#child.send(request, (error) => {
        // When the channel is closed the process has ended, which says more.
        if (error && this.#child.connected) reject(error);
      });
    });
  }

  /** Rejects when nothing has been heard for too long. */
  #silence(job: { doing: string }, stop: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => {
      const limit = this.#silenceLimit;
      const giveUp = (): void => {
        const message = `The media process gave no sign of life for ${limit} s while ${job.doing}.`;
        reject(new DeadlineError(message, { context: { tool: "media-process", limit } }));
      };
      let timer = setTimeout(giveUp, limit * 1000);
      const heard = (): void => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, limit * 1000);
      };
      this.#child.on("message", heard);
      stop.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          this.#child.off("message", heard);
        },
        { once: true },
      );
    });
  }

  #endedError(code: number | null, signal: NodeJS.Signals | null, cause?: Error): EngineError {
    const how = cause
      ? `could not be started (${cause.message})`
      : signal
        ? `was ended by ${signal}`
        : `ended with code ${code}`;
    const context = { tool: "media-process", signal, exit_code: code, stderr: this.#lastWords.trim() };
    const message = `The media process ${how}. Nothing was written; the same request may be sent again.`;
    return new EngineError("internal_server_error", message, { context, cause });
  }
}

/** How a process ended says nothing about a job that had not begun. */
function withoutSignal({ code, message, details }: EngineError): EngineError {
  return new EngineError(code, message, { ...details, context: { ...details.context, signal: null } });
}

/** Rejects when the signal fires. */
function cancellation(signal: AbortSignal | undefined, stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const cancel = (): void => reject(new CancelledError());
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true, signal: stop });
  });
}
