/**
 * Fills unknown pixels of an interleaved RGB rectangle from their surroundings by push-pull (Gortler et al. 1996,
 * section 3.4): averages of what is known are handed down a pyramid of halved pictures.
 *
 * @param rgb - `height * width * 3` values, changed in place
 * @param known - how far each pixel is to be trusted, `[0, 1]`; 1 keeps it, 0 replaces it
 */
export function inpaint(rgb: Float32Array, known: Float32Array, width: number, height: number): void {
  if (width < 2 || height < 2) return;
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const half = new Float32Array(halfWidth * halfHeight * 3);
  const halfKnown = new Float32Array(halfWidth * halfHeight);
  let isComplete = true;
  for (let y = 0; y < halfHeight; y++) {
    for (let x = 0; x < halfWidth; x++) {
      const to = y * halfWidth + x;
      let weight = 0;
      for (let k = 0; k < 4; k++) {
        const px = Math.min(2 * x + (k & 1), width - 1);
        const py = Math.min(2 * y + (k >> 1), height - 1);
        const from = py * width + px;
        const w = known[from]!;
        weight += w;
        for (let c = 0; c < 3; c++) half[to * 3 + c]! += w * rgb[from * 3 + c]!;
      }
      if (weight > 1e-6) for (let c = 0; c < 3; c++) half[to * 3 + c]! /= weight;
      halfKnown[to] = Math.min(1, weight);
      if (weight < 1) isComplete = false;
    }
  }
  if (!isComplete) inpaint(half, halfKnown, halfWidth, halfHeight);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const w = known[at]!;
      if (w >= 1) continue;
      for (let c = 0; c < 3; c++) {
        const fill = bilinear(half, halfWidth, halfHeight, x / 2 - 0.25, y / 2 - 0.25, c);
        rgb[at * 3 + c] = fill + (rgb[at * 3 + c]! - fill) * w;
      }
    }
  }
}

function bilinear(rgb: Float32Array, width: number, height: number, x: number, y: number, c: number): number {
  const gx = Math.min(Math.max(x, 0), width - 1);
  const gy = Math.min(Math.max(y, 0), height - 1);
  const x0 = gx | 0;
  const y0 = gy | 0;
  const x1 = Math.min(x0 + 1, width - 1);
  const y1 = Math.min(y0 + 1, height - 1);
  const left = x0 * 3 + c;
  const right = x1 * 3 + c;
  const upper = y0 * width * 3;
  const lower = y1 * width * 3;
  const top = rgb[upper + left]! + (rgb[upper + right]! - rgb[upper + left]!) * (gx - x0);
  const bottom = rgb[lower + left]! + (rgb[lower + right]! - rgb[lower + left]!) * (gx - x0);
  return top + (bottom - top) * (gy - y0);
}
