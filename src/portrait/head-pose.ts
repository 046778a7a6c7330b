import type { HeadFrame } from "../shared/head-frame.js";
import { photoToCamera } from "../shared/head-frame.js";
import { atan2 } from "../shared/portable-math.js";
import { type CanonicalFace, MESH_POINTS } from "./canonical-face.js";

/** Distance of the virtual camera in eye distances: a portrait taken from about a metre. */
export const CAMERA_DISTANCE = 16;
/** Corners of the picture's left and right eye. */
const LEFT_CORNERS = [33, 133] as const;
const RIGHT_CORNERS = [362, 263] as const;

/** The head's rotation, radians; signs as in the rig. */
export type HeadAngles = { readonly yaw: number; readonly pitch: number; readonly roll: number };

/** A head frame with the landmarks shifted so that their depth counts from its origin. */
export type HeadPose = {
  readonly head: HeadFrame;
  readonly angles: HeadAngles;
  /** `(478, 3)` photo pixels; `z / eyeDistance` is the camera-frame depth. */
  readonly landmarks: Float32Array;
  /** Root mean square distance to the canonical face, eye distances. */
  readonly residual: number;
};

/**
 * Fits the head frame: origin and eye distance from the eye corners, rotation by a weighted Procrustes fit of
 * the canonical face (Horn 1987, closed form by unit quaternions), seen through the frame's own camera.
 */
export function fitHeadPose(points: Float64Array, face: CanonicalFace): HeadPose {
  const left = midpoint(points, LEFT_CORNERS);
  const right = midpoint(points, RIGHT_CORNERS);
  const origin = left.map((value, k) => (value + right[k]!) / 2);
  const span = left.map((value, k) => right[k]! - value);
  const eyeDistance = Math.sqrt(span.reduce((sum, d) => sum + d * d, 0));
  const frame = {
    originX: origin[0]!,
    originY: origin[1]!,
    eyeDistance,
    rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    cameraDistance: CAMERA_DISTANCE,
  };
  const camera = new Float64Array(MESH_POINTS * 3);
  for (let i = 0; i < camera.length; i += 3) {
    const p = photoToCamera(frame, points[i]!, points[i + 1]!, (points[i + 2]! - origin[2]!) / eyeDistance);
    camera[i] = p.x;
    camera[i + 1] = p.y;
    camera[i + 2] = p.z;
  }
  const { rotation, residual } = fitRotation(face.vertices, camera, face.poseWeights);
  const landmarks = Float32Array.from(points, (value, i) => (i % 3 === 2 ? value - origin[2]! : value));
  return { head: { ...frame, rotation }, angles: anglesOf(rotation), landmarks, residual };
}

function midpoint(points: Float64Array, [a, b]: readonly [number, number]): number[] {
  return [0, 1, 2].map((k) => (points[3 * a + k]! + points[3 * b + k]!) / 2);
}

/**
 * Angles of `rotation = Rz(roll) * Ry(-yaw) * Rx(pitch)` in axes x right, y down, z away: the face looks along
 * -z, so yaw > 0 turns it to the picture's right, pitch > 0 down, roll > 0 clockwise.
 */
export function anglesOf(rotation: readonly number[]): HeadAngles {
  const r = rotation as number[];
  const level = Math.sqrt(r[0]! * r[0]! + r[3]! * r[3]!);
  return { yaw: atan2(r[6]!, level), pitch: atan2(r[7]!, r[8]!), roll: atan2(r[3]!, r[0]!) };
}

/** Rotation (row-major) of the similarity that takes `from` closest to `to`, and the weighted RMS left over. */
function fitRotation(
  from: Float64Array,
  to: Float64Array,
  weights: Float64Array,
): { rotation: number[]; residual: number } {
  const meanFrom = weightedMean(from, weights);
  const meanTo = weightedMean(to, weights);
  // Covariance m[j][k] = sum of w * from_j * to_k.
  const m = new Float64Array(9);
  let sizeFrom = 0;
  let sizeTo = 0;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!;
    if (w === 0) continue;
    total += w;
    for (let j = 0; j < 3; j++) {
      const a = from[3 * i + j]! - meanFrom[j]!;
      const c = to[3 * i + j]! - meanTo[j]!;
      sizeFrom += w * a * a;
      sizeTo += w * c * c;
      for (let k = 0; k < 3; k++) m[3 * j + k]! += w * a * (to[3 * i + k]! - meanTo[k]!);
    }
  }
  const { rotation, gain } = hornRotation(m);
  return { rotation, residual: Math.sqrt(Math.max(0, sizeTo - (gain * gain) / sizeFrom) / total) };
}

function weightedMean(points: Float64Array, weights: Float64Array): number[] {
  const sum = [0, 0, 0];
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    total += weights[i]!;
    for (let k = 0; k < 3; k++) sum[k]! += weights[i]! * points[3 * i + k]!;
  }
  return sum.map((value) => value / total);
}

/** The rotation that maximises the trace with a covariance matrix: largest eigenvector of Horn's 4 x 4 matrix. */
function hornRotation(m: Float64Array): { rotation: number[]; gain: number } {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = m as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const n = [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ];
  const { vector, value } = largestEigenvector(n);
  const [w, x, y, z] = vector as [number, number, number, number];
  return {
    rotation: [
      w * w + x * x - y * y - z * z,
      2 * (x * y - w * z),
      2 * (x * z + w * y),
      2 * (x * y + w * z),
      w * w - x * x + y * y - z * z,
      2 * (y * z - w * x),
      2 * (x * z - w * y),
      2 * (y * z + w * x),
      w * w - x * x - y * y + z * z,
    ],
    gain: value,
  };
}

/** Jacobi rotations until a small symmetric matrix is diagonal. */
function largestEigenvector(matrix: readonly number[][]): { vector: number[]; value: number } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = matrix.map((_, i) => matrix.map((__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotatePlane(a, v, p, q);
    }
  }
  let best = 0;
  for (let i = 1; i < n; i++) if (a[i]![i]! > a[best]![best]!) best = i;
  return { vector: v.map((row) => row[best]!), value: a[best]![best]! };
}

function rotatePlane(a: number[][], v: number[][], p: number, q: number): void {
  const off = a[p]![q]!;
  if (off === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of [...a, ...v]) {
    const x = row[p]!;
    const y = row[q]!;
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k++) {
    const x = a[p]![k]!;
    const y = a[q]![k]!;
    a[p]![k] = c * x - s * y;
    a[q]![k] = s * x + c * y;
  }
}
