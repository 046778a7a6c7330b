import sharp from "sharp";
import type { Frame } from "../frames/index.js";
import { frameToRgb } from "./frame-to-rgb.js";
import { writeGif } from "./gif-writer.js";
import { FrameShrinker } from "./shrink-frames.js";

/** A moving preview to be made. */
export type PreviewFile = { readonly kind: "gif" | "webp"; readonly path: string };

/** Length of a preview at most, seconds. */
const PREVIEW_SECONDS = 6;
/** Frames per second of a preview. */
const PREVIEW_RATE = 12.5;
/** Its short side in pixels, at most. */
const PREVIEW_SHORT_SIDE = 320;

/** Collects the beginning of a video as small frames, at most 30 MB of them, and makes moving previews of it. */
export class PreviewMaker {
  readonly #step: number;
  readonly #frameCount: number;
  readonly #shrinker: FrameShrinker;
  readonly #frames: Frame[] = [];
  #written: Promise<unknown> | null = null;

  /** @param files - what is written, each when all its frames are there */
  constructor(
    private readonly files: readonly PreviewFile[],
    video: { width: number; height: number; frameCount: number; frameRate: number },
  ) {
    const scale = Math.min(1, PREVIEW_SHORT_SIDE / Math.min(video.width, video.height));
    const length = Math.min(video.frameCount, PREVIEW_SECONDS * video.frameRate);
    this.#step = Math.max(1, Math.round(video.frameRate / PREVIEW_RATE));
    this.#frameCount = Math.ceil(length / this.#step);
    this.#shrinker = new FrameShrinker(even(video.width * scale), even(video.height * scale));
  }

  /** Takes a frame of the video where a preview needs it. The frame may be drawn over when the call returns. */
  add(frame: Frame, index: number): void {
    if (index % this.#step !== 0 || this.#frames.length >= this.#frameCount) return;
    this.#frames.push(this.#shrinker.shrink(frame));
    // On other threads, while the rest of the video is drawn. Whoever asks learns of a failure; nobody may ever ask.
    if (this.#frames.length === this.#frameCount) this.#write().catch(() => {});
  }

  /**
   * Waits until the files are written.
   *
   * @throws Error of the encoder or the disk
   */
  async finish(): Promise<void> {
    await this.#write();
  }

  /** Frees everything, also while files are written. */
  close(): void {
    this.#shrinker.close();
    this.#frames.length = 0;
  }

  #write(): Promise<unknown> {
    const frames = this.#frames;
    this.#written ??= Promise.all(
      this.files.map(({ kind, path }) => {
        if (kind === "webp") return writeWebp(path, frames);
        return writeGif(path, frames.length, (index) => frameToRgb(frames[index]!), 1 / PREVIEW_RATE);
      }),
    );
    return this.#written;
  }
}

async function writeWebp(path: string, frames: readonly Frame[]): Promise<void> {
  const { width, height, a } = frames[0]!;
  const channels = a === undefined ? 3 : 4;
  const bytes = width * height * channels;
  // All frames below each other, as libvips wants them.
  const data = new Uint8Array(bytes * frames.length);
  for (const [i, frame] of frames.entries()) frameToRgb(frame, data.subarray(i * bytes, (i + 1) * bytes));
  const raw = { width, height: height * frames.length, pageHeight: height, channels } as const;
  const delay = frames.map(() => 1000 / PREVIEW_RATE);
  await sharp(data, { raw, limitInputPixels: false })
    .webp({ loop: 0, quality: 75, effort: 2, delay })
    .toFile(path);
}

function even(value: number): number {
  return Math.max(2, Math.round(value / 2) * 2);
}
