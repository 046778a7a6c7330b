import type { ExtraOutput } from "../request/index.js";

/** A finished file of any kind. */
export type MadeFile = {
  readonly path: string;
  readonly fileName: string;
  /** MIME type. */
  readonly contentType: string;
  readonly sizeBytes: number;
};

/** A finished video file. */
export type Video = MadeFile & {
  readonly contentType: "video/mp4" | "video/webm" | "video/quicktime";
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  /** Seconds. */
  readonly duration: number;
};

/** A finished file that goes with a video: subtitles, a still, a moving preview. */
export type ExtraFile = MadeFile & { readonly output: ExtraOutput };
