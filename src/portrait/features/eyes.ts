import type { Vector3 } from "../../shared/head-frame.js";
import { type Eye, LID_SAMPLES } from "../rig.js";
import { evenly, monotoneCubic, smoothInPlace } from "./curves.js";
import { type FaceGeometry, landmarkInHead, photoToHead } from "./face-geometry.js";
import { EYES, type EyePoints } from "./mesh-indices.js";

/** The landmarks' lower lid is uneven: a closing lid that follows it would show kinks. */
const UPPER_SMOOTHINGS = 6;
const LOWER_SMOOTHINGS = 24;
/** Narrowest eye that the curves may span, eye distances. */
const MIN_WIDTH = 0.05;
const MIN_IRIS_RADIUS = 0.03;
const MAX_IRIS_RADIUS = 0.3;

/** Both eyes, picture's left first. */
export function measureEyes(face: FaceGeometry): [Eye, Eye] {
  const a = measureEye(face, EYES[0]);
  const b = measureEye(face, EYES[1]);
  return a.center.x <= b.center.x ? [a, b] : [b, a];
}

function measureEye(face: FaceGeometry, points: EyePoints): Eye {
  const upper = points.upper.map((p) => landmarkInHead(face, p));
  const lower = points.lower.map((p) => landmarkInHead(face, p));
  const [cornerLeft, cornerRight] = corners(upper[0]!, upper.at(-1)!);
  const x = evenly(cornerLeft.x, cornerRight.x, LID_SAMPLES);
  const upperLid = lidCurve(upper, x, "y", UPPER_SMOOTHINGS);
  const lowerLid = lidCurve(lower, x, "y", LOWER_SMOOTHINGS);
  const zUpper = lidCurve(upper, x, "z", UPPER_SMOOTHINGS);
  const zLower = lidCurve(lower, x, "z", UPPER_SMOOTHINGS);
  const z = zUpper.map((value, i) => (value + zLower[i]!) / 2);
  let opening = 0;
  for (let i = 0; i < LID_SAMPLES; i++) {
    if (upperLid[i]! > lowerLid[i]!) upperLid[i] = lowerLid[i] = (upperLid[i]! + lowerLid[i]!) / 2;
    opening = Math.max(opening, lowerLid[i]! - upperLid[i]!);
  }
  const middle = (LID_SAMPLES - 1) / 2;
  const center = {
    x: x[middle]!,
    y: (upperLid[middle]! + lowerLid[middle]!) / 2,
    z: z[middle]!,
  };
  return {
    center,
    cornerLeft,
    cornerRight,
    x,
    upperLid,
    lowerLid,
    z,
    browY: browHeight(face, points, center, upperLid[middle]!),
    iris: irisDisc(face, points),
    opening,
  };
}

function corners(a: Vector3, b: Vector3): [Vector3, Vector3] {
  const [first, second] = a.x <= b.x ? [a, b] : [b, a];
  const missing = Math.max(0, MIN_WIDTH - (second.x - first.x)) / 2;
  return [
    { ...first, x: first.x - missing },
    { ...second, x: second.x + missing },
  ];
}

function lidCurve(
  points: readonly Vector3[],
  x: Float32Array,
  axis: "y" | "z",
  passes: number,
): Float32Array {
  const xs = points.map((p) => p.x);
  const values = points.map((p) => p[axis]);
  return smoothInPlace(monotoneCubic(xs, values, x), passes);
}

/** y of the brow's lower edge above the eye, always at least a little above the lid. */
function browHeight(face: FaceGeometry, points: EyePoints, center: Vector3, lidY: number): number {
  const brow = points.browLower.map((p) => landmarkInHead(face, p));
  const xs = brow.map((p) => p.x);
  const ys = brow.map((p) => p.y);
  const y = monotoneCubic(xs, ys, Float32Array.of(center.x))[0]!;
  return Math.min(y, lidY - 0.03);
}

function irisDisc(face: FaceGeometry, points: EyePoints): { x: number; y: number; radius: number } {
  let u = face.points[points.irisCenter * 3]!;
  let v = face.points[points.irisCenter * 3 + 1]!;
  for (const p of points.irisRing) {
    u += face.points[p * 3]!;
    v += face.points[p * 3 + 1]!;
  }
  const count = points.irisRing.length + 1;
  const center = photoToHead(face, u / count, v / count);
  let radius = 0;
  for (const p of points.irisRing) {
    const rim = landmarkInHead(face, p);
    const dx = rim.x - center.x;
    const dy = rim.y - center.y;
    radius += Math.sqrt(dx * dx + dy * dy) / points.irisRing.length;
  }
  return { x: center.x, y: center.y, radius: Math.min(MAX_IRIS_RADIUS, Math.max(MIN_IRIS_RADIUS, radius)) };
}
