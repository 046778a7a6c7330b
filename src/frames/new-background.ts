import type { Frame } from "./frame.js";

/** Frames of a film that stands behind the person, each of the size of the video. */
export interface BackgroundFilm {
  /**
   * What stands behind one frame of the video. Asked in increasing order; the planes hold until the next call.
   * Past the end of the film it goes on, e.g. from its beginning.
   */
  frame(index: number): Promise<Frame>;
}

/**
 * What stands behind a person who was cut out of the photo: one colour (sRGB `[0, 255]`), a picture of exactly the
 * size of the video (interleaved RGB), a film, or nothing, so that frames carry their coverage.
 */
export type NewBackground =
  | { readonly type: "color"; readonly rgb: readonly [number, number, number] }
  | { readonly type: "picture"; readonly rgb: Uint8Array }
  | { readonly type: "film"; readonly film: BackgroundFilm }
  | { readonly type: "nothing" };
