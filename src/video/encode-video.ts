import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Frame, FrameRenderer } from "../frames/index.js";
import type { OutputFormat } from "../request/index.js";
import { throwIfCancelled } from "../shared/errors.js";
import type { SampleFile } from "../shared/sample-file.js";
import { DEFAULT_CRF, type EncoderPreset } from "./encoder-settings.js";
import { type FilmOptions, FilmWriter } from "./film-writer.js";
import type { TextTrackInput } from "./text-track.js";
import { verifyVideo } from "./verify-video.js";
import type { Video } from "./video.js";
import { VIDEO_FORMATS } from "./video-format.js";

/** One video to be encoded. */
export type EncodeVideoOptions = {
  /** Draws the frames; its size is the size of the video. At least 2 slots. */
  readonly renderer: FrameRenderer;
  readonly frameCount: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Mono sound in `[-1, 1]`, not longer than the picture. What is missing at the end is silence. */
  readonly samples: Float32Array | SampleFile;
  /** Hertz. */
  readonly sampleRate: number;
  /** Where the finished file shall be. */
  readonly path: string;
  /** Name of the file until it is finished, on the same disk. @defaultValue a hidden name beside `path` */
  readonly partPath?: string;
  /**
   * `mp4`: H.264 High and AAC. `webm`: VP9 and Opus. `mov`: ProRes 4444 and 16-bit samples. The last two are
   * transparent where the frames say so. @defaultValue `"mp4"`
   */
  readonly format?: OutputFormat;
  /** Text that players can show. @defaultValue none */
  readonly textTrack?: TextTrackInput;
  /**
   * Where the same packets are written as well, in short pieces, so that a reader who follows the file can play it. Removed
   * when something fails. Not for `mov`. @defaultValue nowhere
   */
  readonly livePath?: string;
  /** @defaultValue `"tuned"` */
  readonly preset?: EncoderPreset;
  /** Constant rate factor of x264, 0 best to 51 worst. @defaultValue 15 */
  readonly crf?: number;
  /** Encoder threads. @defaultValue the number of processors available to us */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Called after each frame that the encoder has taken, with the number of frames so far. */
  readonly onFrame?: (framesEncoded: number) => void;
};

/** Where the time went, seconds. `drawing` and the encoder's own work overlap. */
export type EncodeTimings = {
  /** Spent in `renderer.render`. */
  readonly drawing: number;
  /** Spent waiting for the encoder with nothing left to draw. */
  readonly waiting: number;
  /** From the start to the first encoded packet. */
  readonly firstFrame: number;
  /** Last packets, index, check, and flush to disk. */
  readonly finishing: number;
  readonly total: number;
};

/**
 * Draws, encodes and writes a video file.
 *
 * Frames are drawn on this thread while the encoder works on earlier ones on its own threads; only as many
 * frames exist as the renderer has slots. The file appears whole or not at all.
 *
 * @throws {@link EngineError} when encoding, writing or the check of the result fails
 * @throws {@link CancelledError} when the signal fires
 */
export async function encodeVideo(
  options: EncodeVideoOptions,
): Promise<{ video: Video; timings: EncodeTimings }> {
  validate(options);
  const start = performance.now();
  const path = resolve(options.path);
  const format = options.format ?? "mp4";
  const partPath = options.partPath ?? partPathOf(path);
  try {
    const { hasAlpha, ...clock } = await writeFilm(options, partPath);
    const finishingStart = performance.now();
    const facts = await verifyVideo(partPath, {
      format,
      hasAlpha,
      textCues: options.textTrack?.cues.length ?? null,
      width: options.renderer.width,
      height: options.renderer.height,
      frameCount: options.frameCount,
      duration: options.frameCount / options.frameRate,
      frameDuration: 1 / options.frameRate,
    });
    await flushToDisk(partPath);
    await rename(partPath, path);
    const end = performance.now();
    return {
      video: {
        path,
        fileName: basename(path),
        contentType: VIDEO_FORMATS[format].contentType,
        sizeBytes: facts.sizeBytes,
        width: options.renderer.width,
        height: options.renderer.height,
        frameCount: options.frameCount,
        duration: options.frameCount / options.frameRate,
      },
      timings: {
        drawing: clock.drawing / 1000,
        waiting: clock.waiting / 1000,
        firstFrame: (clock.firstPacketAt - start) / 1000,
        finishing: (end - finishingStart + clock.flushing) / 1000,
        total: (end - start) / 1000,
      },
    };
  } catch (error) {
    for (const unfinished of [partPath, ...(options.livePath === undefined ? [] : [options.livePath])])
      await rm(unfinished, { force: true }).catch(() => {
        // The first error says more than a temporary file that could not be removed.
      });
    throw error;
  }
}

/** Name of the unfinished file beside `path`; a leading dot and `.part` tell people and tools to leave it alone. */
function partPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
}

function validate(options: EncodeVideoOptions): void {
  const { renderer, frameCount, frameRate, samples, sampleRate } = options;
  if (!Number.isInteger(frameCount) || frameCount < 1) throw new RangeError("frameCount must be at least 1");
  if (renderer.slots < 2) throw new RangeError("the renderer needs at least 2 slots");
  if (renderer.width % 2 !== 0 || renderer.height % 2 !== 0)
    throw new RangeError("the video size must be even");
  if (samples.length * frameRate > frameCount * sampleRate) {
    throw new RangeError("the sound is longer than the picture");
  }
  if (options.format === "mov" && options.livePath !== undefined)
    throw new RangeError("mov cannot be written while it is watched");
}

/** Milliseconds. */
type Clock = { drawing: number; waiting: number; flushing: number; firstPacketAt: number };

/** Writes the whole file. The encoders are opened when the first frame tells whether there is coverage. */
async function writeFilm(
  options: EncodeVideoOptions,
  partPath: string,
): Promise<Clock & { hasAlpha: boolean }> {
  const clock: Clock = { drawing: 0, waiting: 0, flushing: 0, firstPacketAt: 0 };
  let film: FilmWriter | null = null;
  let hasAlpha = false;
  try {
    await drawAhead(
      options,
      async (frame, index) => {
        if (film === null) {
          const settings = filmOptions(options, frame, partPath);
          hasAlpha = settings.hasAlpha;
          film = await FilmWriter.open(settings);
        }
        await film.encode(frame, index);
        options.onFrame?.(index + 1);
      },
      clock,
    );
    const written = film as FilmWriter | null;
    const flushStart = performance.now();
    await written?.finish();
    clock.flushing = performance.now() - flushStart;
    clock.firstPacketAt = written?.firstPacketAt ?? 0;
    return { ...clock, hasAlpha };
  } finally {
    await (film as FilmWriter | null)?.close();
  }
}

function filmOptions(options: EncodeVideoOptions, first: Frame, partPath: string): FilmOptions {
  const { renderer, frameCount, frameRate, samples, sampleRate, livePath, format = "mp4" } = options;
  return {
    format,
    hasAlpha: first.a !== undefined && format !== "mp4",
    isLive: livePath !== undefined,
    preset: options.preset ?? "tuned",
    crf: options.crf ?? DEFAULT_CRF,
    ...{ width: renderer.width, height: renderer.height, slots: renderer.slots },
    ...{ frameCount, frameRate, samples, sampleRate },
    threads: options.threads ?? availableParallelism(),
    textTrack: options.textTrack ?? null,
    path: partPath,
    live: livePath === undefined || format === "mov" ? null : { path: livePath, format },
  };
}

/**
 * Draws every frame and hands it to `encode`, in order, one at a time, while up to `slots - 1` earlier frames
 * are still waiting or being encoded.
 */
async function drawAhead(
  { renderer, frameCount, signal }: EncodeVideoOptions,
  encode: (frame: Frame, index: number) => Promise<void>,
  clock: Clock,
): Promise<void> {
  const waiting: Promise<void>[] = [];
  let last = Promise.resolve();
  try {
    for (let index = 0; index < frameCount; index++) {
      throwIfCancelled(signal);
      const drawStart = performance.now();
      await renderer.prepare?.(index);
      const frame = renderer.render(index);
      clock.drawing += performance.now() - drawStart;
      last = last.then(() => encode(frame, index));
      // Whoever waits first learns of the failure; without this, an earlier frame's one would be "unhandled".
      last.catch(() => {});
      waiting.push(last);
      const waitStart = performance.now();
      // Lets packets of finished frames be taken out, and the next frame start, before this thread draws again.
      await setImmediate();
      while (waiting.length >= renderer.slots) await waiting.shift();
      clock.waiting += performance.now() - waitStart;
    }
  } finally {
    // Native code reads the planes until then.
    await Promise.allSettled(waiting);
  }
  await last;
}

async function flushToDisk(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
