/** Frames per second of every video. */
export const FRAME_RATE = 25;

/**
 * The per-frame curves that move a face. They do not depend on whose face it is: zero (or one, for
 * `mouthWidth`) is always "as in the photo".
 *
 * Lengths are in eye distances, angles in radians, all else in the range given.
 */
export const CURVES = {
  /** How much the mouth is in speaking posture: 0 leaves the photo's own mouth untouched, 1 obeys the curves below fully. `[0, 1]` */
  articulation: 0,
  /** Opening angle of the jaw, radians, `[0, .25]`. */
  jaw: 0,
  /** Gap between the lips at the centre, eye distances, `[0, .35]`; exactly 0 in p, b, m. */
  lipGap: 0,
  /** Lip compression beyond contact, `[0, 1]` (p, b, m). */
  lipPress: 0,
  /** Mouth width as a ratio of neutral, `[.65, 1.15]`. */
  mouthWidth: 1,
  /** Lips pushed forward, `[0, 1]`. */
  protrusion: 0,
  /** Rounding of the opening: 0 lens-shaped, 1 round. */
  round: 0,
  /** Lower lip rolled in under the upper teeth (f, v), `[0, 1]`. */
  lowerLipRoll: 0,
  /** Share of the gap that is made by raising the upper lip, which shows the teeth, `[0, 1]`. */
  upperLipLift: 0.2,
  /** Tongue body raised behind the teeth, `[0, 1]`. */
  tongueUp: 0,
  /** Tongue tip between the teeth (th), `[0, 1]`. */
  tongueOut: 0,
  /** How much wider the lips part on the picture's right than on its left, as a share of the gap; the centre keeps it, `[-.12, .12]`. */
  mouthSkew: 0,
  /** Smile of the picture's left and right mouth corner, relative to the photo, `[-.5, .6]`. */
  smileLeft: 0,
  smileRight: 0,
  /** Eyebrow raise (> 0) or lowering, `[-1, 1]`. */
  browLeft: 0,
  browRight: 0,
  /** Brows drawn together, `[0, 1]`. */
  browKnit: 0,
  /** Inner ends of the brows raised (> 0, sorrow) or pressed down (< 0, anger), `[-.6, 1]`. */
  browInner: 0,
  /** Closedness of the lids: 0 as in the photo, 1 closed, < 0 wider, `[-.3, 1]`. */
  lidLeft: 0,
  lidRight: 0,
  /** Lower lids raised, `[0, 1]`. */
  squint: 0,
  /** Gaze relative to the photo, radians; x to the picture's right, y down. */
  gazeX: 0,
  gazeY: 0,
  /** Head rotation relative to the photo, radians: yaw > 0 to the picture's right, pitch > 0 down, roll > 0 clockwise. */
  headYaw: 0,
  headPitch: 0,
  headRoll: 0,
  /** Head translation, eye distances; x to the picture's right, y down. */
  headX: 0,
  headY: 0,
  /** Filling of the chest, `[0, 1]`. */
  breath: 0,
  /** Displacement of the shoulders, which follow head and breath about 100 ms late, eye distances, `[-.06, .06]`. */
  bodyX: 0,
  bodyY: 0,
  /** Tilt of the shoulders, radians, clockwise, `[-.03, .03]`. */
  bodyRoll: 0,
  /** How far the tips of freely hanging hair lag behind or swing past its roots, eye distances, `[-.12, .12]`. */
  hairX: 0,
  hairY: 0,
} as const satisfies Record<string, number>;

/** Name of one curve of a performance. */
export type CurveName = keyof typeof CURVES;

/** One value per curve: the state of a face at one instant. */
export type FacePose = Record<CurveName, number>;

/** A speech turned into motion: curves of `frameCount` values, sampled at `frame / FRAME_RATE` seconds. */
export type Performance = {
  readonly frameCount: number;
  readonly curves: Readonly<Record<CurveName, Float32Array>>;
  /** The mouth shapes behind the curves, for the timeline file: ordered, without overlap, seconds. */
  readonly visemes: readonly Viseme[];
  readonly warnings: readonly string[];
};

/** One mouth shape in time. Names follow the Oculus set: sil PP FF TH DD kk CH SS nn RR aa E I O U. */
export type Viseme = { readonly name: VisemeName; readonly start: number; readonly end: number };

/** The fifteen mouth shapes of the Oculus set. */
export const VISEMES = [
  "sil",
  "PP",
  "FF",
  "TH",
  "DD",
  "kk",
  "CH",
  "SS",
  "nn",
  "RR",
  "aa",
  "E",
  "I",
  "O",
  "U",
] as const;
/** One of the {@link VISEMES}. */
export type VisemeName = (typeof VISEMES)[number];
