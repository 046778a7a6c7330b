/**
 * One picture, planar YUV 4:2:0, 8 bit, BT.709 limited range. `y` is `width * height`, `u` and `v` a quarter.
 * The planes are views of the renderer's memory: they hold until the same slot is drawn again.
 */
export type Frame = {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  /** Coverage, `width * height`, 255 = opaque; the colours are not multiplied with it. Absent: all is opaque. */
  readonly a?: Uint8Array;
};

/** Draws frames of one portrait. */
export interface FrameRenderer {
  readonly width: number;
  readonly height: number;
  /** Number of output slots: a frame stays valid until `slots` further frames are drawn. */
  readonly slots: number;
  /** Fetches what a frame is drawn from. Where it is present, it has to have resolved before {@link render} is called. */
  prepare?(frame: number): Promise<void>;
  /** Draws one frame of the performance, in any order. */
  render(frame: number): Frame;
}
