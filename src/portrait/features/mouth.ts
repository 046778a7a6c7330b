import type { Vector3 } from "../../shared/head-frame.js";
import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { LIP_SAMPLES, type Mouth, type Rgb } from "../rig.js";
import { evenly, monotoneCubic, smoothInPlace } from "./curves.js";
import { type FaceGeometry, headToPhoto, landmarkInHead } from "./face-geometry.js";
import { type FaceView, sampleView } from "./face-view.js";
import { darkestPath } from "./lip-line.js";
import {
  CHIN,
  LOWER_INNER_LIP,
  LOWER_OUTER_LIP,
  NOSE_BASE,
  UPPER_INNER_LIP,
  UPPER_OUTER_LIP,
} from "./mesh-indices.js";
import { findUpperTeeth, type MouthOpening } from "./tooth-edge.js";

/** Gap between the lips' landmarks from which on the photo counts as open, eye distances. */
const OPEN_GAP = 0.022;
/** Gap that needs no look into the mouth: below it, landmarks part the lips of drawings and smeared pictures. */
const SURE_GAP = 0.07;
/** The inside counts as visible where its luminance differs from the lip's by this share. */
const INSIDE_CONTRAST = 0.25;
/** Narrowest mouth that the curves may span, eye distances. */
const MIN_WIDTH = 0.05;

/** The mouth and what the photo shows of the teeth. */
export type MeasuredMouth = { readonly mouth: Mouth; readonly tooth: Rgb | null };

/**
 * Lip curves, lip line and teeth as the photo shows them.
 *
 * @param colors of the lips and of the white of the eyes, to tell teeth from the rest.
 */
export function measureMouth(
  view: FaceView,
  face: FaceGeometry,
  colors: { readonly lip: Rgb; readonly sclera: Rgb },
): MeasuredMouth {
  const [cornerLeft, cornerRight] = orderedCorners(face, UPPER_INNER_LIP[0], UPPER_INNER_LIP[10]);
  const [outerCornerLeft, outerCornerRight] = orderedCorners(face, UPPER_OUTER_LIP[0], UPPER_OUTER_LIP[10]);
  const x = evenly(cornerLeft.x, cornerRight.x, LIP_SAMPLES);
  const upper = lipCurve(face, UPPER_INNER_LIP, x);
  const lower = lipCurve(face, LOWER_INNER_LIP, x);
  const z = new Float32Array(LIP_SAMPLES);
  for (let i = 0; i < LIP_SAMPLES; i++) z[i] = (upper.z[i]! + lower.z[i]!) / 2;
  keepOrder(upper.y, lower.y, cornerLeft.y, cornerRight.y);
  const upperOuter = lipCurve(face, UPPER_OUTER_LIP, x).y;
  const lowerOuter = lipCurve(face, LOWER_OUTER_LIP, x).y;
  const opening: MouthOpening = { x, upper: upper.y, lower: lower.y, z };
  const landmarkGap = centreGap(upper.y, lower.y);
  let teeth = landmarkGap < OPEN_GAP ? null : findUpperTeeth(view, face, opening, colors.lip, colors.sclera);
  const isOpen =
    landmarkGap >= SURE_GAP ||
    (landmarkGap >= OPEN_GAP && (teeth !== null || showsInside(view, face, opening, lowerOuter)));
  const gap = isOpen || landmarkGap < OPEN_GAP ? landmarkGap : 0;
  if (!isOpen) teeth = null;
  let upperInner: Float32Array = upper.y;
  let lowerInner: Float32Array = lower.y;
  if (!isOpen) {
    const guess = upper.y.map((y, i) => (y + lower.y[i]!) / 2);
    upperInner = darkestPath(view, face, x, guess, z);
    lowerInner = upperInner.slice();
  }
  for (let i = 0; i < LIP_SAMPLES; i++) {
    upperOuter[i] = Math.min(upperOuter[i]!, upperInner[i]!);
    lowerOuter[i] = Math.max(lowerOuter[i]!, lowerInner[i]!);
  }
  const mouth: Mouth = {
    cornerLeft: { x: x[0]!, y: upperInner[0]!, z: z[0]! },
    cornerRight: { x: x[LIP_SAMPLES - 1]!, y: upperInner[LIP_SAMPLES - 1]!, z: z[LIP_SAMPLES - 1]! },
    outerCornerLeft,
    outerCornerRight,
    x,
    upperInner,
    lowerInner,
    upperOuter,
    lowerOuter,
    z,
    gap,
    isOpen,
    toothEdge: teeth?.edge ?? null,
    noseBaseY: landmarkInHead(face, NOSE_BASE).y,
    chinY: landmarkInHead(face, CHIN).y,
    smile: smileOf(outerCornerLeft, outerCornerRight, upperInner, lowerInner),
  };
  return { mouth, tooth: teeth?.color ?? null };
}

/** True when what lies between the landmarks' lips looks unlike the lower lip in most of the middle columns. */
function showsInside(
  view: FaceView,
  face: FaceGeometry,
  { x, upper, lower, z }: MouthOpening,
  lowerOuter: Float32Array,
): boolean {
  let distinct = 0;
  let columns = 0;
  for (let i = Math.floor(x.length * 0.25); i < x.length * 0.75; i++) {
    const lumaAt = (y: number): number => {
      const at = headToPhoto(face, x[i]!, y, z[i]!);
      return sampleView(view, view.luma, at.u, at.v);
    };
    let inside = 0;
    for (const t of [0.3, 0.5, 0.7]) inside += lumaAt(lerp(upper[i]!, lower[i]!, t)) / 3;
    const lip =
      (lumaAt(lerp(lower[i]!, lowerOuter[i]!, 0.4)) + lumaAt(lerp(lower[i]!, lowerOuter[i]!, 0.6))) / 2;
    if (Math.abs(inside - lip) > INSIDE_CONTRAST * Math.max(lip, 8)) distinct++;
    columns++;
  }
  return distinct > 0.5 * columns;
}

/** Two corners with increasing x, at least the narrowest mouth apart. */
function orderedCorners(face: FaceGeometry, left: number, right: number): [Vector3, Vector3] {
  const a = landmarkInHead(face, left);
  const b = landmarkInHead(face, right);
  const [first, second] = a.x <= b.x ? [a, b] : [b, a];
  const missing = Math.max(0, MIN_WIDTH - (second.x - first.x)) / 2;
  return [
    { ...first, x: first.x - missing },
    { ...second, x: second.x + missing },
  ];
}

function lipCurve(
  face: FaceGeometry,
  ring: readonly number[],
  x: Float32Array,
): { y: Float32Array; z: Float32Array } {
  const points = ring.map((p) => landmarkInHead(face, p));
  const xs = points.map((p) => p.x);
  const curve = (values: number[]): Float32Array => smoothInPlace(monotoneCubic(xs, values, x), 2);
  return { y: curve(points.map((p) => p.y)), z: curve(points.map((p) => p.z)) };
}

/** Makes upper <= lower everywhere and joins both at the corners. */
function keepOrder(upper: Float32Array, lower: Float32Array, leftY: number, rightY: number): void {
  const last = upper.length - 1;
  upper[0] = lower[0] = leftY;
  upper[last] = lower[last] = rightY;
  for (let i = 1; i < last; i++) {
    if (upper[i]! <= lower[i]!) continue;
    upper[i] = lower[i] = (upper[i]! + lower[i]!) / 2;
  }
}

/** Mean gap over the middle tenth. */
function centreGap(upper: Float32Array, lower: Float32Array): number {
  const middle = (upper.length - 1) / 2;
  let sum = 0;
  for (let i = middle - 4; i <= middle + 4; i++) sum += lower[i]! - upper[i]!;
  return Math.max(0, sum / 9);
}

/**
 * Smile from how far the corners lie above the middle of the mouth, and how far apart they are: neutral mouths
 * measure about (-.01, .78), broad smiles (.05, 1.05). A dropped jaw alone lowers the middle, so most of the gap
 * is taken out.
 */
function smileOf(left: Vector3, right: Vector3, upper: Float32Array, lower: Float32Array): number {
  const middle = (upper.length - 1) / 2;
  const rise = lerp(upper[middle]!, lower[middle]!, 0.35) - (left.y + right.y) / 2;
  return clamp(0.45 * smoothstep(-0.03, 0.1, rise) + 0.55 * smoothstep(0.82, 1.05, right.x - left.x), 0, 1);
}
