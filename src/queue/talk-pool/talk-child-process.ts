import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { unpackError } from "../../shared/error-transfer.js";
import { CancelledError, type EngineError, throwIfCancelled } from "../../shared/errors.js";
import { sourceLoaderFlags } from "../../shared/source-loader.js";
import type { TalkEvent, TalkJob, TalkOutcome } from "../talk-runner.js";
import { killGroup, MEMORY_INTERVAL_MS, memoryOf } from "./process-tree.js";
import type { TalkChildMessage, TalkChildReply, TalkChildSettings } from "./talk-child-messages.js";
import {
  memoryExceeded,
  type ProcessEnding,
  talkChildDied,
  talkFailed,
  timeExceeded,
} from "./talk-failures.js";

/** What a talk child is started with, and what its talks may take. */
export type TalkChildOptions = {
  /** Program of the process. */
  readonly entry: URL;
  readonly settings: TalkChildSettings;
  /** All of the process's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of the process and all that it starts, together. */
  readonly memoryLimitBytes: number;
  /** Seconds for one talk. */
  readonly timeLimit: number;
  /** Added to the priority number of this process: the larger, the more it gives way to others. */
  readonly niceness: number;
};

/** Bytes of a process's last words that are kept. */
const LAST_WORDS_BYTES = 4096;
/** How long the last words of an ended process are waited for. */
const LAST_WORDS_PATIENCE_MS = 50;
/** A process that has not got ready after this time never will. */
const START_PATIENCE_MS = 60_000;
/**
 * Time for a child to stop by itself, so that it stays warm; then it is ended. Both together may take 200 ms, also where
 * the timers of a busy machine come late.
 */
const STOP_PATIENCE_MS = 60;
/**
 * How long the end of killed processes is waited for when somebody cancels. They run no more of their code from the moment they are killed,
 * but on a busy machine it takes a while until they are gone.
 */
const END_PATIENCE_MS = 100;
/** Share of the memory that JavaScript objects may take; pixels, samples and networks live outside of them. */
const HEAP_SHARE = 0.5;
/** The largest priority number of all systems. */
const LOWEST_PRIORITY = 19;
/** Makes the system, when it is out of memory, end videos that can be made again before anything else. `[0, 1000]` */
const EXPENDABILITY = 500;

/** How the wait for a talk ends. */
type TalkEnd =
  | { readonly type: "done"; readonly outcome: TalkOutcome }
  | { readonly type: "failed"; readonly error: Error }
  /** It has to be stopped; `gently`: the child is asked first. */
  | { readonly type: "stopped"; readonly error: Error; readonly gently: boolean };

/** A process that makes videos, one after the other, with the media processes that it starts. */
export class TalkChildProcess {
  readonly pid: number | undefined;
  /** Resolves when it can take a talk, rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves, never rejects, when neither it nor anything that it started runs any more. */
  readonly ended: Promise<ProcessEnding>;
  readonly #child: ChildProcess;
  readonly #options: TalkChildOptions;
  #isAlive = true;
  #hasEnded = false;
  #talkCount = 0;
  #largestMemory = 0;
  #lastWords = "";

  constructor(options: TalkChildOptions) {
    this.#options = options;
    this.#child = forkEntry(options);
    this.pid = this.#child.pid;
    if (this.pid !== undefined) giveWay(this.pid, options.niceness);
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_BYTES);
    });
    this.ended = this.#end();
    this.ready = this.#start();
    // Who wants to know looks when it has a talk.
    this.ready.catch(() => {});
  }

  /** False once the process has ended, or is about to be. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Talks that were begun. */
  get talkCount(): number {
    return this.#talkCount;
  }

  /** The largest memory that was seen during the last talk, bytes; pages in use twice count twice. */
  get largestMemory(): number {
    return this.#largestMemory;
  }

  /** Memory of the process and all that it started, bytes. */
  async memory(): Promise<number> {
    return this.pid === undefined ? 0 : memoryOf(this.pid);
  }

  /** One talk, as {@link TalkRunner.run}. The process may have ended afterwards; it is free again otherwise. */
  async run(
    job: TalkJob,
    { signal, onEvent }: { signal: AbortSignal; onEvent: (event: TalkEvent) => void },
  ): Promise<TalkOutcome> {
    throwIfCancelled(signal);
    const talkId = ++this.#talkCount;
    this.#largestMemory = 0;
    const over = new AbortController();
    try {
      const answer = this.#ask({ type: "talk", talkId, job }, onEvent, over.signal);
      const end = await Promise.race([
        answer,
        this.#death(),
        cancellation(signal, over.signal),
        this.#deadline(over.signal),
        this.#excess(over.signal),
      ]);
      if (end.type === "done") return end.outcome;
      if (end.type === "stopped") await this.#stop(talkId, answer, end);
      throw end.error;
    } finally {
      over.abort();
    }
  }

  /** Ends the process and all that it started; resolves when none of them runs any more. Never throws. */
  async kill(): Promise<void> {
    this.#isAlive = false;
    if (this.pid !== undefined && !this.#hasEnded) await killGroup(this.pid);
  }

  /** Asks the child to stop the talk, and ends it when that takes too long. */
  async #stop(
    talkId: number,
    answer: Promise<TalkEnd>,
    { gently, error }: Extract<TalkEnd, { type: "stopped" }>,
  ): Promise<void> {
    const isCancelled = error instanceof CancelledError;
    if (gently) {
      this.#send({ type: "cancel", talkId });
      const hasStopped = answer.then(() => true);
      if (await Promise.race([hasStopped, delay(STOP_PATIENCE_MS, false)])) return;
    }
    const killed = this.kill();
    // Nobody waits for what failed; who cancels wants to go on.
    await (isCancelled ? Promise.race([killed, delay(END_PATIENCE_MS)]) : killed);
  }

  #send(message: TalkChildMessage): void {
    // When the channel is closed, the process has ended, which says more.
    this.#child.send(message, () => {});
  }

  /** Resolves with the child's answer to a talk. */
  #ask(message: TalkChildMessage, onEvent: (event: TalkEvent) => void, over: AbortSignal): Promise<TalkEnd> {
    return new Promise((resolve) => {
      const listen = (reply: TalkChildReply): void => {
        if (reply.type === "ready" || reply.talkId !== message.talkId) return;
        if (reply.type === "event") onEvent(reply.event);
        if (reply.type === "done") resolve(reply);
        if (reply.type === "failed") {
          const error = talkFailed(unpackError(reply.error), this.#options.memoryLimitBytes);
          resolve({ type: "failed", error });
        }
      };
      this.#child.on("message", listen);
      over.addEventListener("abort", () => this.#child.off("message", listen), { once: true });
      this.#send(message);
    });
  }

  async #death(): Promise<TalkEnd> {
    return { type: "failed", error: this.#deathError(await this.ended) };
  }

  #deathError(ending: ProcessEnding): EngineError {
    return talkChildDied(ending, this.#options.memoryLimitBytes);
  }

  #deadline(over: AbortSignal): Promise<TalkEnd> {
    const { timeLimit } = this.#options;
    return new Promise((resolve) => {
      const giveUp = (): void => resolve({ type: "stopped", error: timeExceeded(timeLimit), gently: true });
      const timer = setTimeout(giveUp, timeLimit * 1000);
      over.addEventListener("abort", () => clearTimeout(timer), { once: true });
    });
  }

  /** Resolves when the processes have taken more memory than they may. */
  async #excess(over: AbortSignal): Promise<TalkEnd> {
    const { memoryLimitBytes: limit } = this.#options;
    while (!over.aborted && this.pid !== undefined) {
      await delay(MEMORY_INTERVAL_MS, undefined, { signal: over }).catch(() => {});
      const size = await memoryOf(this.pid);
      this.#largestMemory = Math.max(this.#largestMemory, size);
      if (size > limit && (await memoryOf(this.pid, { exact: true })) > limit)
        return { type: "stopped", error: memoryExceeded(limit), gently: false };
    }
    return new Promise(() => {});
  }

  #start(): Promise<void> {
    const isReady = new Promise<void>((resolve) => {
      this.#child.on("message", (reply: TalkChildReply) => {
        if (reply.type === "ready") resolve();
      });
    });
    const timer = setTimeout(() => void this.kill(), START_PATIENCE_MS);
    const hasEnded = this.ended.then((ending) => Promise.reject(this.#deathError(ending)));
    return Promise.race([isReady, hasEnded]).finally(() => clearTimeout(timer));
  }

  async #end(): Promise<ProcessEnding> {
    const child = this.#child;
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const ending = await new Promise<Omit<ProcessEnding, "lastWords">>((resolve) => {
      child.on("error", (cause) => {
        if (child.pid === undefined) resolve({ code: null, signal: null, cause });
      });
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    this.#isAlive = false;
    await Promise.race([closed, delay(LAST_WORDS_PATIENCE_MS)]);
    // What it started outlives it when it was ended by force.
    if (this.pid !== undefined) await killGroup(this.pid);
    this.#hasEnded = true;
    return { ...ending, lastWords: this.#lastWords.trim() };
  }
}

/** The head of a group of its own: signals of a terminal do not reach it, and one call ends all of it. */
function forkEntry({ entry, settings, environment, memoryLimitBytes }: TalkChildOptions): ChildProcess {
  const heapMb = Math.round((memoryLimitBytes * HEAP_SHARE) / 2 ** 20);
  return fork(fileURLToPath(entry), [JSON.stringify(settings)], {
    execArgv: [`--max-old-space-size=${heapMb}`, ...sourceLoaderFlags(entry)],
    env: { ...environment },
    serialization: "advanced",
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

/** Lets everything else on this machine go first. What the process starts inherits it. */
function giveWay(pid: number, niceness: number): void {
  if (niceness > 0) {
    const priority = Math.min(LOWEST_PRIORITY, getPriority() + niceness);
    unlessRefused(() => setPriority(pid, priority));
    // Where Linux shares processors among sessions, niceness counts only within one; this is the session's own.
    if (process.platform === "linux")
      unlessRefused(() => writeFileSync(`/proc/${pid}/autogroup`, String(priority), { flag: "r+" }));
  }
  if (process.platform === "linux")
    unlessRefused(() => writeFileSync(`/proc/${pid}/oom_score_adj`, String(EXPENDABILITY)));
}

/** Videos are made all the same; the process may even have ended already, which others notice. */
function unlessRefused(step: () => void): void {
  try {
    step();
  } catch {
    // The system does not offer it, or not to us.
  }
}

/** Resolves when the signal fires. */
function cancellation(signal: AbortSignal, over: AbortSignal): Promise<TalkEnd> {
  return new Promise((resolve) => {
    const cancel = (): void => resolve({ type: "stopped", error: new CancelledError(), gently: true });
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true, signal: over });
  });
}
