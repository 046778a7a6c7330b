/**
 * Where the photo lies in the video. Photo pixel (u, v) appears at `((u - left) * scale, (v - top) * scale)`.
 * `left` and `top` may be negative: what lies outside the photo is a blurred continuation of it.
 */
export type Framing = {
  /** Size of the video, pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Photo position of the video's top left corner, photo pixels. */
  readonly left: number;
  readonly top: number;
  /** Video pixels per photo pixel. */
  readonly scale: number;
  readonly warnings: readonly string[];
};
