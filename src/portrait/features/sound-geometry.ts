import type { HeadFrame } from "../../shared/head-frame.js";
import { clamp } from "../../shared/numeric.js";
import { EYES, MESH_POINTS } from "./mesh-indices.js";

/** Landmarks and head frame that every later step may trust: finite, of full length, within reach of the picture. */
export type SoundGeometry = {
  /** `(478, 3)`: photo x, y and depth relative to the eyes' midpoint, photo pixels. */
  readonly points: Float64Array;
  readonly head: HeadFrame;
};

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/**
 * Makes landmarks and head frame safe. Missing or non-finite points move to the middle of the others,
 * far-out points to three picture sizes; an unusable head frame is rebuilt from the eye corners.
 */
export function soundGeometry(
  width: number,
  height: number,
  landmarks: Float32Array,
  head: HeadFrame,
): SoundGeometry {
  const points = new Float64Array(MESH_POINTS * 3);
  const reach = 3 * Math.max(width, height, 1);
  const middle = [meanOf(landmarks, 0, width / 2), meanOf(landmarks, 1, height / 2), meanOf(landmarks, 2, 0)];
  for (let i = 0; i < points.length; i++) {
    const value = landmarks[i] ?? Number.NaN;
    points[i] = clamp(Number.isFinite(value) ? value : middle[i % 3]!, -reach, reach);
  }
  const corners = EYES.flatMap((eye) => [eye.upper[0]!, eye.upper.at(-1)!]);
  const eyesZ = corners.reduce((sum, p) => sum + points[p * 3 + 2]!, 0) / corners.length;
  for (let i = 2; i < points.length; i += 3) points[i]! -= eyesZ;
  return { points, head: soundHead(points, corners, reach, head) };
}

function meanOf(landmarks: Float32Array, component: number, fallback: number): number {
  let sum = 0;
  let count = 0;
  for (let i = component; i < landmarks.length; i += 3) {
    if (!Number.isFinite(landmarks[i]!)) continue;
    sum += landmarks[i]!;
    count++;
  }
  return count === 0 ? fallback : sum / count;
}

function soundHead(points: Float64Array, corners: number[], reach: number, head: HeadFrame): HeadFrame {
  const at = (p: number, c: number): number => points[p * 3 + c]!;
  const center = (c: number): number => corners.reduce((sum, p) => sum + at(p, c), 0) / corners.length;
  const finite = (value: number, fallback: number): number => (Number.isFinite(value) ? value : fallback);
  const dx = (at(corners[2]!, 0) + at(corners[3]!, 0) - at(corners[0]!, 0) - at(corners[1]!, 0)) / 2;
  const dy = (at(corners[2]!, 1) + at(corners[3]!, 1) - at(corners[0]!, 1) - at(corners[1]!, 1)) / 2;
  const measured = clamp(Math.sqrt(dx * dx + dy * dy), 1, reach);
  const given = head.eyeDistance;
  const r = head.rotation;
  return {
    originX: clamp(finite(head.originX, center(0)), -reach, reach),
    originY: clamp(finite(head.originY, center(1)), -reach, reach),
    eyeDistance: Number.isFinite(given) && given >= 1 ? Math.min(given, reach) : measured,
    rotation: r.length === 9 && r.every((v) => Number.isFinite(v) && Math.abs(v) <= 2) ? r : IDENTITY,
    cameraDistance:
      Number.isFinite(head.cameraDistance) && head.cameraDistance > 4 ? head.cameraDistance : 16,
  };
}
