import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Frame, FrameRenderer } from "../frames/index.js";
import { throwIfCancelled } from "../shared/errors.js";
import type { SampleFile } from "../shared/sample-file.js";
import { AudioEncoder } from "./audio-encoder.js";
import { DEFAULT_CRF, type EncoderPreset } from "./encoder-settings.js";
import { FrameRing } from "./frame-ring.js";
import { Mp4Writer } from "./mp4-writer.js";
import { verifyVideo } from "./verify-video.js";
import type { Video } from "./video.js";
import { VideoEncoder } from "./video-encoder.js";

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
  /** @defaultValue `"tuned"` */
  readonly preset?: EncoderPreset;
  /** Constant rate factor of x264, 0 best to 51 worst. @defaultValue 20 */
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

const TRACK = { video: 0, audio: 1 } as const;

/**
 * Draws, encodes and writes an MP4 file: H.264 High and AAC, index in front.
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
  const partPath = options.partPath ?? partPathOf(path);
  try {
    const clock = await writeTracks(options, partPath);
    const finishingStart = performance.now();
    const facts = await verifyVideo(partPath, {
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
        contentType: "video/mp4",
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
    await rm(partPath, { force: true }).catch(() => {
      // The first error says more than a temporary file that could not be removed.
    });
    throw error;
  }
}

/** Name of the unfinished file beside `path`; a leading dot and `.part` tell people and tools to leave it alone. */
function partPathOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
}

function validate({ renderer, frameCount, frameRate, samples, sampleRate }: EncodeVideoOptions): void {
  if (!Number.isInteger(frameCount) || frameCount < 1) throw new RangeError("frameCount must be at least 1");
  if (renderer.slots < 2) throw new RangeError("the renderer needs at least 2 slots");
  if (renderer.width % 2 !== 0 || renderer.height % 2 !== 0)
    throw new RangeError("the video size must be even");
  if (samples.length * frameRate > frameCount * sampleRate) {
    throw new RangeError("the sound is longer than the picture");
  }
}

/** Milliseconds. */
type Clock = { drawing: number; waiting: number; flushing: number; firstPacketAt: number };

async function writeTracks(options: EncodeVideoOptions, partPath: string): Promise<Clock> {
  const { renderer, frameRate, frameCount, samples, sampleRate } = options;
  const clock: Clock = { drawing: 0, waiting: 0, flushing: 0, firstPacketAt: 0 };
  const cleanups: (() => void | Promise<void>)[] = [];
  try {
    const video = new VideoEncoder({
      width: renderer.width,
      height: renderer.height,
      frameRate,
      preset: options.preset ?? "tuned",
      crf: options.crf ?? DEFAULT_CRF,
      threads: options.threads ?? availableParallelism(),
    });
    cleanups.push(() => video.close());
    const audio = new AudioEncoder({
      samples,
      sampleRate,
      sampleCount: Math.round((frameCount * sampleRate) / frameRate),
    });
    cleanups.push(() => audio.close());
    const writer = await Mp4Writer.create(partPath, [video.context, audio.context]);
    cleanups.push(() => writer.close());
    const ring = new FrameRing(renderer.slots);
    cleanups.push(() => ring.close());

    const encode = async (frame: Frame, index: number): Promise<void> => {
      await Promise.all([
        video.encode(ring.view(frame), index, (packet) => {
          clock.firstPacketAt ||= performance.now();
          writer.write(packet, TRACK.video);
        }),
        audio.encodeUntil(((index + 1) * sampleRate) / frameRate, (packet) =>
          writer.write(packet, TRACK.audio),
        ),
      ]);
      options.onFrame?.(index + 1);
    };
    await drawAhead(options, encode, clock);

    const flushStart = performance.now();
    await audio.flush((packet) => writer.write(packet, TRACK.audio));
    await video.flush((packet) => {
      clock.firstPacketAt ||= performance.now();
      writer.write(packet, TRACK.video);
    });
    await writer.finish();
    clock.flushing = performance.now() - flushStart;
    return clock;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
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
