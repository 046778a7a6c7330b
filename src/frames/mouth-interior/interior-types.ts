import type { Mouth, Tones } from "../../portrait/index.js";

/** What the interior of one portrait's mouth is made from. */
export type MouthInteriorOptions = {
  readonly mouth: Mouth;
  readonly tones: Tones;
  /**
   * Size of a cell of grain and of the finest detail in eye distances: the larger of a photo pixel and an
   * output pixel. Nothing is painted sharper than the photo around it.
   * @defaultValue 1 / 180
   */
  readonly grainSize?: number;
  /** Draws a plain mouth, as cartoons have it. @defaultValue `false` */
  readonly isDrawn?: boolean;
};

/** What one frame asks of the interior. Angles in radians, the rest in `[0, 1]`. */
export type InteriorPose = {
  /** Opening of the jaw beyond the photo, about `[-.15, .25]`. */
  readonly jaw: number;
  /** Tongue body raised behind the teeth. */
  readonly tongueUp: number;
  /** Tongue tip between the teeth. */
  readonly tongueOut: number;
  /** Lips pushed forward: teeth and tongue recede into their shade. */
  readonly protrusion: number;
  /** Lower lip rolled in under the upper teeth. */
  readonly lowerLipRoll: number;
  /**
   * Slope of the line of sight in the head frame, `dx/dz` and `dy/dz`: with `r` the rotation from head to
   * camera in this frame (photo and motion), `r[6] / r[8]` and `r[7] / r[8]`. What lies deeper than the middle
   * of the lips is displaced by `-sight * depth`.
   * @defaultValue 0
   */
  readonly sightX?: number;
  readonly sightY?: number;
};

/**
 * Lip edges of one frame in the head frame, `LIP_SAMPLES` each, eye distances; at the depth of the photo's lip
 * line. `x` increases from corner to corner.
 */
export type LipOpening = {
  readonly x: Float32Array;
  readonly upper: Float32Array;
  readonly lower: Float32Array;
};

/**
 * A rectangle of output pixels, planar sRGB `[0, 255]`, `width * height` each. Its first sample is output
 * pixel (`x0`, `y0`).
 */
export type InteriorTarget = {
  readonly x0: number;
  readonly y0: number;
  readonly width: number;
  readonly height: number;
  readonly r: Float32Array;
  readonly g: Float32Array;
  readonly b: Float32Array;
};

/** Paints what is seen between the lips of one portrait. */
export interface MouthInterior {
  /**
   * Paints the pixels between the lips and {@link MARGIN_PIXELS} beyond; the others stay as they are.
   *
   * On photos of an open mouth the target must hold the photo's own interior, moved with the skull: it is
   * kept above the tooth edge, and everywhere while the mouth is as in the photo; only its shade changes.
   *
   * @param toHead - affine map to the head-frame plane at the depth of the middle of the lip line: output
   *   pixel (i, j) lies at `x = toHead[0] * i + toHead[1] * j + toHead[2]`,
   *   `y = toHead[3] * i + toHead[4] * j + toHead[5]`
   * @param pixelSize - eye distances per output pixel
   */
  paint(
    pose: InteriorPose,
    opening: LipOpening,
    toHead: ArrayLike<number>,
    pixelSize: number,
    target: InteriorTarget,
  ): void;
  /**
   * Lower edge of the photo's own upper teeth at head-frame `x`: what is painted takes over below it.
   * Minus infinity on photos without visible teeth.
   */
  toothEdgeAt(x: number): number;
}

/** How far beyond the lip edges pixels are painted, so that anti-aliased lips cover no hole. */
export const MARGIN_PIXELS = 4;
