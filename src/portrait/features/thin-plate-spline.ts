import { log } from "../../shared/portable-math.js";

/** A smoothing thin-plate spline z(x, y) = a + b x + c y + sum w_i phi(|p - p_i|), phi(r) = r^2 log r. */
export type ThinPlateSpline = {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weights: Float64Array;
  readonly affine: readonly [number, number, number];
};

/**
 * Fits the spline (Bookstein 1989, with the ridge of Wahba 1990). Degenerate points (all on one spot or
 * one line) give the flat surface through their mean instead of an error.
 *
 * @param stiffness added to the diagonal: 0 interpolates, more smooths.
 */
export function fitThinPlateSpline(
  x: readonly number[],
  y: readonly number[],
  z: readonly number[],
  stiffness: number,
): ThinPlateSpline {
  const n = x.length;
  const size = n + 3;
  const matrix: Float64Array[] = [];
  for (let i = 0; i < size; i++) matrix.push(new Float64Array(size + 1));
  for (let i = 0; i < n; i++) {
    const row = matrix[i]!;
    for (let j = 0; j < i; j++) {
      const dx = x[i]! - x[j]!;
      const dy = y[i]! - y[j]!;
      row[j] = kernel(dx * dx + dy * dy);
      matrix[j]![i] = row[j]!;
    }
    row[i] = stiffness;
    row[n] = matrix[n]![i] = 1;
    row[n + 1] = matrix[n + 1]![i] = x[i]!;
    row[n + 2] = matrix[n + 2]![i] = y[i]!;
    row[size] = z[i]!;
  }
  const solution = solveInPlace(matrix);
  const xs = Float64Array.from(x);
  const ys = Float64Array.from(y);
  if (solution === null) {
    const mean = n === 0 ? 0 : z.reduce((sum, v) => sum + v, 0) / n;
    return { x: xs, y: ys, weights: new Float64Array(n), affine: [mean, 0, 0] };
  }
  return {
    x: xs,
    y: ys,
    weights: solution.slice(0, n),
    affine: [solution[n]!, solution[n + 1]!, solution[n + 2]!],
  };
}

/** Height of the spline at (x, y). */
export function evaluateSpline(spline: ThinPlateSpline, x: number, y: number): number {
  let sum = spline.affine[0] + spline.affine[1] * x + spline.affine[2] * y;
  const { x: px, y: py, weights } = spline;
  for (let i = 0; i < weights.length; i++) {
    const dx = x - px[i]!;
    const dy = y - py[i]!;
    sum += weights[i]! * kernel(dx * dx + dy * dy);
  }
  return sum;
}

/** r^2 log r from r^2. */
function kernel(r2: number): number {
  return r2 < 1e-12 ? 0 : 0.5 * r2 * log(r2);
}

/** Gaussian elimination with row pivoting of an augmented matrix; null when it is singular. */
function solveInPlace(matrix: Float64Array[]): Float64Array | null {
  const n = matrix.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(matrix[i]![k]!) > Math.abs(matrix[best]![k]!)) best = i;
    const pivotRow = matrix[best]!;
    if (!(Math.abs(pivotRow[k]!) > 1e-10)) return null;
    matrix[best] = matrix[k]!;
    matrix[k] = pivotRow;
    for (let i = k + 1; i < n; i++) {
      const row = matrix[i]!;
      const factor = row[k]! / pivotRow[k]!;
      if (factor === 0) continue;
      for (let j = k + 1; j <= n; j++) row[j]! -= factor * pivotRow[j]!;
    }
  }
  const out = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    const row = matrix[i]!;
    let sum = row[n]!;
    for (let j = i + 1; j < n; j++) sum -= row[j]! * out[j]!;
    out[i] = sum / row[i]!;
    if (!Number.isFinite(out[i]!)) return null;
  }
  return out;
}
