import type { Phoneme } from "../../src/index.js";

/** What one picture of a video shows, found again without knowledge of how it was made. */
export type PictureFacts = {
  /** 478 mesh points, `(478, 3)`, pixels of the picture. */
  readonly landmarks: Float32Array;
  /** Distance of the eye centres in 3-D, pixels (IPD). */
  readonly eyeDistance: number;
  /** Head angles by the weighted Procrustes fit, degrees: yaw to the right, pitch down, roll clockwise. */
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  /** Mean colour of both cheeks, CIE L*a*b* (D65). */
  readonly cheek: readonly [number, number, number];
  /** Mean squared Laplacian of the luma between cheeks, bridge and base of the nose; also at half the resolution. */
  readonly faceDetail: number;
  readonly halfDetail: number;
  /** The upper face, brought into the position of the first picture: likeness with it. */
  readonly upperSsim: number;
  readonly upperPsnr: number;
};

/** What is seen and heard in a video file. Frame `f` is shown on `[f, f + 1) / rate`. */
export type Watched = {
  readonly rate: number;
  readonly width: number;
  readonly height: number;
  readonly pictures: readonly PictureFacts[];
  /** Root mean square of the decoded sound in 50 ms around the middle of each frame. */
  readonly envelope: Float64Array;
  /** The same every 5 ms in windows of 20 ms, for what is shorter than a frame. */
  readonly fineEnvelope: Float64Array;
  /** Length of the decoded sound, seconds. */
  readonly soundDuration: number;
  /** Standard deviation over time of places far from the person, `[0, 255]` luma; NaN where there are none. */
  readonly stillNoise: number;
};

/** A talking video as it is measured. */
export type Clip = Watched & {
  readonly name: string;
  /** Phonemes with known times, or null. */
  readonly phonemes: readonly Phoneme[] | null;
  /** Gap between the lips that was planned, eye distances, or null. Used by A9 alone. */
  readonly plannedGap: readonly number[] | null;
  /** A still picture of the same face by the same encoder: what measuring alone makes of nothing; or null. */
  readonly control: Clip | null;
};

/** Steps of {@link Clip.fineEnvelope} per second. */
export const FINE_RATE = 200;

/** Inner lip points above each other: 8 pairs. */
const UPPER = [191, 80, 81, 82, 13, 312, 311, 310] as const;
const LOWER = [95, 88, 178, 87, 14, 317, 402, 318] as const;

type Point = { readonly x: number; readonly y: number };

export function pointOf({ landmarks }: PictureFacts, index: number): Point {
  return { x: landmarks[3 * index]!, y: landmarks[3 * index + 1]! };
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function middle(picture: PictureFacts, indices: readonly number[]): Point {
  const points = indices.map((index) => pointOf(picture, index));
  return {
    x: points.reduce((sum, p) => sum + p.x, 0) / points.length,
    y: points.reduce((sum, p) => sum + p.y, 0) / points.length,
  };
}

/** Outer-eye-corner distance, landmarks 33 and 263, pixels (OCD). */
export function outerEyeDistance(picture: PictureFacts): number {
  return distance(pointOf(picture, 33), pointOf(picture, 263));
}

/**
 * Gap between the lips of each picture: mean over eight pairs of inner lip points of their distance along the face's
 * own vertical, in eye-centre distances (IPD).
 */
export function lipGaps(clip: Clip): Float64Array {
  return Float64Array.from(clip.pictures, (picture) => {
    const left = middle(picture, [33, 133]);
    const right = middle(picture, [362, 263]);
    const length = distance(left, right);
    const down = { x: -(right.y - left.y) / length, y: (right.x - left.x) / length };
    let sum = 0;
    UPPER.forEach((upper, k) => {
      const a = pointOf(picture, upper);
      const b = pointOf(picture, LOWER[k]!);
      sum += (b.x - a.x) * down.x + (b.y - a.y) * down.y;
    });
    return sum / UPPER.length / picture.eyeDistance;
  });
}

/** Distance of the outer mouth corners of each picture, eye-centre distances. */
export function mouthWidths(clip: Clip): Float64Array {
  return Float64Array.from(
    clip.pictures,
    (picture) => distance(pointOf(picture, 61), pointOf(picture, 291)) / picture.eyeDistance,
  );
}

/** Eye aspect ratio (Soukupova and Cech 2016), mean of both eyes. */
export function eyeOpenness(clip: Clip): Float64Array {
  const eye = (picture: PictureFacts, [a, b, u1, l1, u2, l2]: readonly number[]): number => {
    const opening =
      distance(pointOf(picture, u1!), pointOf(picture, l1!)) +
      distance(pointOf(picture, u2!), pointOf(picture, l2!));
    return opening / (2 * distance(pointOf(picture, a!), pointOf(picture, b!)));
  };
  return Float64Array.from(
    clip.pictures,
    (picture) =>
      (eye(picture, [33, 133, 160, 144, 158, 153]) + eye(picture, [362, 263, 385, 380, 387, 373])) / 2,
  );
}

/** Frames in which nobody speaks: quieter than 1/40 of the loud parts for at least 0.3 s. */
export function silentRuns(clip: Clip): [number, number][] {
  const sorted = Array.from(clip.envelope).sort((a, b) => a - b);
  const loud = sorted[Math.floor(0.95 * (sorted.length - 1))] ?? 0;
  const found: [number, number][] = [];
  let start = -1;
  for (let f = 0; f <= clip.envelope.length; f++) {
    const isSilent = f < clip.envelope.length && clip.envelope[f]! <= loud / 40;
    if (isSilent && start < 0) start = f;
    if (isSilent || start < 0) continue;
    if ((f - start) / clip.rate >= 0.3) found.push([start, f]);
    start = -1;
  }
  return found;
}
