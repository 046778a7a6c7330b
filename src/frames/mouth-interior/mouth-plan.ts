import type { Mouth } from "../../portrait/index.js";
import { clamp } from "../../shared/numeric.js";

/** Where the teeth stand in this head, derived once from the photo's mouth; head frame, eye distances. */
export type MouthPlan = {
  /** Midline, and half the distance of the inner and of the outer mouth corners. */
  readonly middleX: number;
  readonly halfWidth: number;
  readonly outerHalfWidth: number;
  /** Size of the dental arch relative to the average. */
  readonly archScale: number;
  /** Biting edge of the upper teeth: `tipY + slope * x + bend * x^2`, x from the midline. */
  readonly tipY: number;
  readonly slope: number;
  readonly bend: number;
  /** y of the lower incisors' edge at jaw 0. */
  readonly lowerTipY: number;
  /** True when upper teeth of our own are drawn, false when the photo shows its own. */
  readonly ownTeeth: boolean;
};

/** How far the central incisors reach below the line of closed lips: 3 mm (2-4 mm in young adults). */
const DISPLAY = 0.05;

/** Derives the plan from the lip line: teeth belong to the skull, lips only hint at where. */
export function planMouth(mouth: Mouth): MouthPlan {
  const middleX = (mouth.cornerLeft.x + mouth.cornerRight.x) / 2;
  const halfWidth = Math.max(0.05, Math.abs(mouth.cornerRight.x - mouth.cornerLeft.x) / 2);
  const outer = Math.abs(mouth.outerCornerRight.x - mouth.outerCornerLeft.x) / 2;
  const outerHalfWidth = Math.max(outer, halfWidth);
  const count = mouth.x.length;
  const photoTeeth = mouth.isOpen ? mouth.toothEdge : null;
  const line = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    if (photoTeeth !== null) line[i] = photoTeeth[i]!;
    else if (mouth.isOpen) line[i] = mouth.upperInner[i]!;
    else line[i] = (mouth.upperInner[i]! + mouth.lowerInner[i]!) / 2;
  }
  const fit = fitParabola(mouth.x, line, middleX, 0.62 * halfWidth);
  const slope = clamp(fit.slope, -0.12, 0.12);
  const bend = clamp(0.5 * fit.bend, -0.2, 0.15);
  const display = photoTeeth !== null ? 0 : mouth.isOpen ? 0.008 : DISPLAY;
  const tipY = fit.offset + display;
  const lowerCentre = mouth.lowerInner[count >> 1]!;
  // An open photo's jaw is already down: its lower teeth follow the lower lip.
  const lowerTipY = mouth.isOpen ? Math.max(tipY, lowerCentre - 0.02) : tipY + 0.005;
  return {
    middleX,
    halfWidth,
    outerHalfWidth,
    archScale: clamp(outerHalfWidth / 0.46, 0.85, 1.15),
    tipY,
    slope,
    bend,
    lowerTipY,
    ownTeeth: photoTeeth === null,
  };
}

/** Least squares `offset + slope * t + bend * t^2` with t = x - middle, over |t| <= reach. */
function fitParabola(
  x: Float32Array,
  y: Float64Array,
  middle: number,
  reach: number,
): { offset: number; slope: number; bend: number } {
  let [n, t2, t4, sumY, sumTy, sumT2y] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const t = x[i]! - middle;
    if (!(Math.abs(t) <= reach) || !Number.isFinite(y[i]!)) continue;
    n++;
    t2 += t * t;
    t4 += t * t * t * t;
    sumY += y[i]!;
    sumTy += t * y[i]!;
    sumT2y += t * t * y[i]!;
  }
  if (n === 0) return { offset: 0, slope: 0, bend: 0 };
  // The samples are symmetric about the middle, so odd moments vanish.
  const determinant = n * t4 - t2 * t2;
  if (n < 5 || determinant < 1e-12) return { offset: sumY / n, slope: 0, bend: 0 };
  return {
    offset: (sumY * t4 - sumT2y * t2) / determinant,
    slope: sumTy / t2,
    bend: (n * sumT2y - t2 * sumY) / determinant,
  };
}
