import type { Aperture, Canvas } from "./aperture.js";

/** Everything known about one pixel of a mixed cell; filled by {@link composeMixed}. */
export type MixedPixel = {
  /** Signed distance to the upper and lower edge, pixels, positive below the edge. */
  upperS: number;
  lowerS: number;
  /** Position along the opening, as the lattices define it. */
  t: number;
};

/**
 * How an aperture's layers go together at one pixel. `upperShade` and `lowerShade` multiply the skin's light.
 */
export type Mixture = {
  upperAlpha: number;
  lowerAlpha: number;
  upperShade: number;
  lowerShade: number;
  innerShade: number;
  /** Share of the upper skin that `upperColour` (Y, U, V) replaces. */
  upperPaint: number;
  readonly upperColour: Float32Array;
};

/** Planes of the inner layer, patch-sized with the aperture's stride. */
export type InnerPlanes = {
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
};

const FACTORS = 6;
const factors = new Float32Array(8 * 8 * FACTORS);
const mixture: Mixture = {
  upperAlpha: 0,
  lowerAlpha: 0,
  upperShade: 1,
  lowerShade: 1,
  innerShade: 1,
  upperPaint: 0,
  upperColour: new Float32Array(3),
};
const pixel: MixedPixel = { upperS: 0, lowerS: 0, t: 0 };

/**
 * Mean, where chroma is sited, of the factor at `k` and, a row below, at `next`: of these columns, which count twice, and
 * those beside them. `left` is 0 where the cell begins, else the step to the column before.
 */
function chromaMean(k: number, next: number, left: number): number {
  const beside =
    factors[k - left]! + factors[next - left]! + factors[k + FACTORS]! + factors[next + FACTORS]!;
  return (beside + 2 * (factors[k]! + factors[next]!)) / 8;
}

function over(below: number, above: number, share: number): number {
  return share === 1 ? above : below + (above - below) * share;
}

/**
 * Blends the mixed cells: inner, then lower over it, then upper over both.
 *
 * @param share - how much of the result goes over what the canvas shows, `[0, 1]`
 */
export function composeMixed(
  aperture: Aperture,
  canvas: Canvas,
  inner: InnerPlanes,
  mix: (pixel: MixedPixel, result: Mixture) => void,
  share = 1,
): void {
  const { patch, upper, lower, stride, cell } = aperture;
  const { columns, rows, x0, y0 } = patch;
  const across = columns + 1;
  const halfStride = stride >> 1;
  const canvasHalf = canvas.stride >> 1;
  for (let cy = 0; cy < rows; cy++) {
    for (let cx = 0; cx < columns; cx++) {
      if (upper.scratch.view[cy * columns + cx] !== 1) continue;
      const node = 2 * (cy * across + cx);
      const below = node + 2 * across;
      const up = upper.attributes.view;
      const low = lower.attributes.view;
      for (let r = 0; r < cell; r++) {
        const fy = (r + 0.5) / cell;
        const upperLeft = up[node]! + (up[below]! - up[node]!) * fy;
        const upperRight = up[node + 2]! + (up[below + 2]! - up[node + 2]!) * fy;
        const lowerLeft = low[node]! + (low[below]! - low[node]!) * fy;
        const lowerRight = low[node + 2]! + (low[below + 2]! - low[node + 2]!) * fy;
        const tLeft = low[node + 1]! + (low[below + 1]! - low[node + 1]!) * fy;
        const tRight = low[node + 3]! + (low[below + 3]! - low[node + 3]!) * fy;
        const from = (cy * cell + r) * stride + cx * cell;
        const to = (y0 + cy * cell + r) * canvas.stride + x0 + cx * cell;
        for (let c = 0; c < cell; c++) {
          const fx = (c + 0.5) / cell;
          pixel.upperS = upperLeft + (upperRight - upperLeft) * fx;
          pixel.lowerS = lowerLeft + (lowerRight - lowerLeft) * fx;
          pixel.t = tLeft + (tRight - tLeft) * fx;
          mix(pixel, mixture);
          const a = mixture.upperAlpha;
          const b = mixture.lowerAlpha * (1 - a);
          const wPaint = a * mixture.upperShade * mixture.upperPaint;
          const wUpper = a * mixture.upperShade - wPaint;
          const wLower = b * mixture.lowerShade;
          const wInner = (1 - a - b) * mixture.innerShade;
          // Shading scales light above black: Y - 16, and chroma with it.
          const luma =
            16 +
            (mixture.upperColour[0]! - 16) * wPaint +
            (upper.y.view[from + c]! - 16) * wUpper +
            (lower.y.view[from + c]! - 16) * wLower +
            (inner.y[from + c]! - 16) * wInner;
          canvas.y.view[to + c] = 0.5 + over(canvas.y.view[to + c]!, luma, share);
          const k = (r * cell + c) * FACTORS;
          factors[k] = wUpper;
          factors[k + 1] = wLower;
          factors[k + 2] = wInner;
          factors[k + 3] = wPaint * (mixture.upperColour[1]! - 128);
          factors[k + 4] = wPaint * (mixture.upperColour[2]! - 128);
        }
      }
      for (let r = 0; r < cell / 2; r++) {
        const from = (cy * (cell / 2) + r) * halfStride + cx * (cell / 2);
        const to = ((y0 >> 1) + cy * (cell / 2) + r) * canvasHalf + (x0 >> 1) + cx * (cell / 2);
        for (let c = 0; c < cell / 2; c++) {
          const k = (2 * r * cell + 2 * c) * FACTORS;
          const next = k + cell * FACTORS;
          const left = c === 0 ? 0 : FACTORS;
          const wUpper = chromaMean(k, next, left);
          const wLower = chromaMean(k + 1, next + 1, left);
          const wInner = chromaMean(k + 2, next + 2, left);
          const u =
            128 +
            chromaMean(k + 3, next + 3, left) +
            (upper.u.view[from + c]! - 128) * wUpper +
            (lower.u.view[from + c]! - 128) * wLower +
            (inner.u[from + c]! - 128) * wInner;
          canvas.u.view[to + c] = 0.5 + over(canvas.u.view[to + c]!, u, share);
          const v =
            128 +
            chromaMean(k + 4, next + 4, left) +
            (upper.v.view[from + c]! - 128) * wUpper +
            (lower.v.view[from + c]! - 128) * wLower +
            (inner.v[from + c]! - 128) * wInner;
          canvas.v.view[to + c] = 0.5 + over(canvas.v.view[to + c]!, v, share);
        }
      }
    }
  }
}
