/** A finished video file. */
export type Video = {
  readonly path: string;
  readonly fileName: string;
  readonly contentType: "video/mp4";
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  /** Seconds. */
  readonly duration: number;
};
