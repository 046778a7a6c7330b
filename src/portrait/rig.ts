import type { HeadFrame, Vector3 } from "../shared/head-frame.js";

/**
 * The deformable description of one face and its surroundings. Plain data; cacheable by `photoSha256`.
 *
 * "Head frame" and "eye distance" are those of {@link HeadFrame}. Left and right are the picture's, not the
 * person's: index 0 is the picture's left. Colours are sRGB `[0, 255]`.
 */
export type Rig = {
  readonly version: number;
  readonly photoSha256: string;
  /** Size of the photo that all pixel coordinates refer to. */
  readonly width: number;
  readonly height: number;
  /**
   * 478 mesh points, `(478, 3)`: photo x, y and depth z, all in photo pixels, z away from the camera and 0 at the
   * head frame's origin. Pixel (i, j) of the photo covers `[i, i + 1) x [j, j + 1)`.
   */
  readonly landmarks: Float32Array;
  readonly head: HeadFrame;
  /**
   * The head's rotation in the photo, radians: yaw > 0 turns to the picture's right, pitch > 0 looks down, roll > 0
   * tilts clockwise. `head.rotation = Rz(roll) * Ry(-yaw) * Rx(pitch)`.
   */
  readonly angles: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  readonly detectionScore: number;
  /** False for what is probably a drawing, statue or animal: motion is then reduced. */
  readonly confident: boolean;
  readonly depth: DepthField;
  readonly matte: Matte;
  readonly mouth: Mouth;
  /** Picture's left eye, then right eye. */
  readonly eyes: readonly [Eye, Eye];
  readonly tones: Tones;
  /** Dark spectacle frames, to be kept rigid; null without. */
  readonly glasses: Mask | null;
  readonly warnings: readonly string[];
};

/** Smooth depth of the whole picture in the camera frame, on a regular lattice. */
export type DepthField = {
  readonly columns: number;
  readonly rows: number;
  /** Photo pixel of the first node (may lie outside the picture) and the spacing in pixels. */
  readonly x0: number;
  readonly y0: number;
  readonly step: number;
  /** `rows * columns` depths in eye distances, already compressed behind the face. */
  readonly z: Float32Array;
};

/** Coverage of the person, 255 = person, on its own pixel lattice stretched over the photo. */
export type Matte = {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** True where the person could not be made out: then it is a rough outline around the face. */
  readonly isGuess: boolean;
  /** 1 where the file shows something, on the same lattice; null where it does everywhere. */
  readonly opaque: Uint8Array | null;
};

/** A mask in photo pixels, placed at (x, y). */
export type Mask = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
};

/** Number of samples of the lip curves. */
export const LIP_SAMPLES = 97;
/** Number of samples of the lid curves. */
export const LID_SAMPLES = 49;

/** The mouth as it is in the photo; all in the head frame, eye distances. */
export type Mouth = {
  /** Inner mouth corners (landmarks 78, 308). */
  readonly cornerLeft: Vector3;
  readonly cornerRight: Vector3;
  /** Outer mouth corners (landmarks 61, 291). */
  readonly outerCornerLeft: Vector3;
  readonly outerCornerRight: Vector3;
  /** x of the {@link LIP_SAMPLES} samples, increasing from corner to corner. */
  readonly x: Float32Array;
  /** y of the upper lip's inner edge, the lower lip's inner edge, and both vermilion borders. */
  readonly upperInner: Float32Array;
  readonly lowerInner: Float32Array;
  readonly upperOuter: Float32Array;
  readonly lowerOuter: Float32Array;
  /** z of the lip line. */
  readonly z: Float32Array;
  /** Gap between the lips at the centre in the photo. */
  readonly gap: number;
  /** True when the photo itself shows the inside of the mouth (gap >= .022); else both inner edges are one line. */
  readonly isOpen: boolean;
  /** Lower edge of the photo's own upper teeth at each sample; null on closed mouths. */
  readonly toothEdge: Float32Array | null;
  /** y of the nose base (landmark 2) and of the chin (landmark 152). */
  readonly noseBaseY: number;
  readonly chinY: number;
  /** How much the photo already smiles, `[0, 1]`. */
  readonly smile: number;
};

/** One eye as it is in the photo; head frame, eye distances. */
export type Eye = {
  readonly center: Vector3;
  /** Corner nearer to the picture's left, and right. */
  readonly cornerLeft: Vector3;
  readonly cornerRight: Vector3;
  /** x of the {@link LID_SAMPLES} samples, increasing from corner to corner. */
  readonly x: Float32Array;
  /** y of the upper lid's edge, the lower lid's edge. */
  readonly upperLid: Float32Array;
  readonly lowerLid: Float32Array;
  /** z of the lid line. */
  readonly z: Float32Array;
  /** y of the eyebrow's lower edge above the eye centre. */
  readonly browY: number;
  readonly iris: { readonly x: number; readonly y: number; readonly radius: number };
  /** Largest vertical opening in the photo. */
  readonly opening: number;
};

/** Colours measured in the photo, sRGB `[0, 255]`. */
export type Tones = {
  readonly cheekLeft: Rgb;
  readonly cheekRight: Rgb;
  readonly lip: Rgb;
  /** White of the eye, bright percentile. */
  readonly sclera: Rgb;
  /** Bright tooth colour found in the photo, or null. */
  readonly tooth: Rgb | null;
  /** Saturation of the picture: 0 for black and white, about 1 for a usual colour photo. */
  readonly saturation: number;
  /** Standard deviation of the finest luminance grain on the cheeks, `[0, 255]` units. */
  readonly grain: number;
};

/** A colour: red, green, blue, sRGB `[0, 255]`. */
export type Rgb = readonly [number, number, number];
