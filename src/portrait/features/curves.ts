import { clamp } from "../../shared/numeric.js";

/**
 * Piecewise cubic Hermite interpolation that does not overshoot (Fritsch & Carlson 1980), evaluated at
 * each `at`. Outside the knots the end values continue. Knots are sorted by x; knots closer than a
 * thousandth of the span to the one before are merged, so any input gives a function of x.
 */
export function monotoneCubic(xs: readonly number[], ys: readonly number[], at: Float32Array): Float32Array {
  const knots = distinctKnots(xs, ys);
  const out = new Float32Array(at.length);
  const last = knots.x.length - 1;
  if (last < 1) return out.fill(knots.y[0] ?? 0);
  const slopes = hermiteSlopes(knots.x, knots.y);
  let k = 0;
  for (let i = 0; i < at.length; i++) {
    const x = clamp(at[i]!, knots.x[0]!, knots.x[last]!);
    while (k > 0 && x < knots.x[k]!) k--;
    while (k < last - 1 && x > knots.x[k + 1]!) k++;
    const h = knots.x[k + 1]! - knots.x[k]!;
    const t = (x - knots.x[k]!) / h;
    const t2 = t * t;
    const t3 = t2 * t;
    out[i] =
      knots.y[k]! * (2 * t3 - 3 * t2 + 1) +
      slopes[k]! * h * (t3 - 2 * t2 + t) +
      knots.y[k + 1]! * (3 * t2 - 2 * t3) +
      slopes[k + 1]! * h * (t3 - t2);
  }
  return out;
}

function distinctKnots(xs: readonly number[], ys: readonly number[]): { x: number[]; y: number[] } {
  const order = xs.map((_, i) => i).filter((i) => Number.isFinite(xs[i]!) && Number.isFinite(ys[i]!));
  order.sort((a, b) => xs[a]! - xs[b]! || a - b);
  const x: number[] = [];
  const y: number[] = [];
  if (order.length === 0) return { x, y };
  const merge = Math.max(1e-6, (xs[order.at(-1)!]! - xs[order[0]!]!) * 1e-3);
  for (const i of order) {
    if (x.length > 0 && xs[i]! - x.at(-1)! < merge) continue;
    x.push(xs[i]!);
    y.push(ys[i]!);
  }
  return { x, y };
}

function hermiteSlopes(x: readonly number[], y: readonly number[]): number[] {
  const n = x.length;
  const secant: number[] = [];
  for (let i = 0; i + 1 < n; i++) secant.push((y[i + 1]! - y[i]!) / (x[i + 1]! - x[i]!));
  const slopes = [endSlope(x, secant, 0, 1)];
  for (let i = 1; i + 1 < n; i++) {
    const a = secant[i - 1]!;
    const b = secant[i]!;
    const h0 = x[i]! - x[i - 1]!;
    const h1 = x[i + 1]! - x[i]!;
    slopes.push(a * b <= 0 ? 0 : (3 * (h0 + h1)) / ((2 * h1 + h0) / a + (h1 + 2 * h0) / b));
  }
  slopes.push(endSlope(x, secant, n - 1, -1));
  return slopes;
}

/** Three-point end slope, limited so that the curve keeps its shape. */
function endSlope(x: readonly number[], secant: readonly number[], at: number, way: 1 | -1): number {
  const near = secant[way === 1 ? 0 : secant.length - 1]!;
  if (secant.length < 2) return near;
  const far = secant[way === 1 ? 1 : secant.length - 2]!;
  const h0 = Math.abs(x[at + way]! - x[at]!);
  const h1 = Math.abs(x[at + 2 * way]! - x[at + way]!);
  const slope = ((2 * h0 + h1) * near - h0 * far) / (h0 + h1);
  if (slope * near <= 0) return 0;
  return near * far <= 0 && Math.abs(slope) > 3 * Math.abs(near) ? 3 * near : slope;
}

/** Binomial smoothing (1 2 1)/4, `passes` times, in place; both ends stay. */
export function smoothInPlace(values: Float32Array, passes: number): Float32Array {
  for (let pass = 0; pass < passes; pass++) {
    let before = values[0]!;
    for (let i = 1; i + 1 < values.length; i++) {
      const here = values[i]!;
      values[i] = (before + 2 * here + values[i + 1]!) / 4;
      before = here;
    }
  }
  return values;
}

/** `count` evenly spaced values from `from` to `to`. */
export function evenly(from: number, to: number, count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = from + ((to - from) * i) / (count - 1);
  return out;
}

/** Value at `share` of the sorted list, `share` in [0, 1]; `fallback` for an empty list. The list is sorted in place. */
export function percentile(values: number[], share: number, fallback = 0): number {
  if (values.length === 0) return fallback;
  values.sort((a, b) => a - b);
  return values[Math.round(clamp(share, 0, 1) * (values.length - 1))]!;
}
