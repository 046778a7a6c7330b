import type { Window } from "./convolution.js";

/** Maximum under the window; positions outside the tensor do not count. */
export function maxPool(x: Float32Array, window: Window, out: Float32Array): void {
  pool(x, window, out, Number.NEGATIVE_INFINITY, true);
}

/** Mean under the window; positions outside the tensor do not count. */
export function averagePool(x: Float32Array, window: Window, out: Float32Array): void {
  pool(x, window, out, 0, false);
}

function pool(x: Float32Array, window: Window, out: Float32Array, start: number, takeMaximum: boolean): void {
  const { channels: c, width, height, stride } = window;
  out.fill(start);
  for (let oy = 0; oy < window.outHeight; oy++) {
    const y0 = Math.max(0, oy * stride - window.padTop);
    const y1 = Math.min(height, oy * stride - window.padTop + window.kernelHeight);
    for (let ox = 0; ox < window.outWidth; ox++) {
      const x0 = Math.max(0, ox * stride - window.padLeft);
      const x1 = Math.min(width, ox * stride - window.padLeft + window.kernelWidth);
      const to = (oy * window.outWidth + ox) * c;
      for (let y = y0; y < y1; y++) {
        for (let from = (y * width + x0) * c; from < (y * width + x1) * c; from += c) {
          if (takeMaximum) {
            for (let k = 0; k < c; k++) if (x[from + k]! > out[to + k]!) out[to + k] = x[from + k]!;
          } else {
            for (let k = 0; k < c; k++) out[to + k] = out[to + k]! + x[from + k]!;
          }
        }
      }
      if (!takeMaximum) {
        const scale = 1 / ((y1 - y0) * (x1 - x0));
        for (let k = 0; k < c; k++) out[to + k] = out[to + k]! * scale;
      }
    }
  }
}

/** Bilinear resize of an NHWC tensor with half-pixel centres and clamped borders. */
export function resizeBilinear(
  x: Float32Array,
  [, height, width, channels]: readonly number[],
  out: Float32Array,
  [, outHeight, outWidth]: readonly number[],
): void {
  const c = channels!;
  const columns = sampleAxis(width!, outWidth!);
  const rows = sampleAxis(height!, outHeight!);
  let to = 0;
  for (let y = 0; y < outHeight!; y++) {
    const top = rows.low[y]! * width! * c;
    const bottom = rows.high[y]! * width! * c;
    const fy = rows.share[y]!;
    for (let i = 0; i < outWidth!; i++) {
      const left = columns.low[i]! * c;
      const right = columns.high[i]! * c;
      const fx = columns.share[i]!;
      for (let k = 0; k < c; k++) {
        const a = x[top + left + k]!;
        const b = x[bottom + left + k]!;
        const upper = a + (x[top + right + k]! - a) * fx;
        out[to++] = upper + (b + (x[bottom + right + k]! - b) * fx - upper) * fy;
      }
    }
  }
}

function sampleAxis(size: number, outSize: number): { low: number[]; high: number[]; share: number[] } {
  const low: number[] = [];
  const high: number[] = [];
  const share: number[] = [];
  for (let i = 0; i < outSize; i++) {
    const at = Math.max(0, ((i + 0.5) * size) / outSize - 0.5);
    const floor = Math.min(Math.floor(at), size - 1);
    low.push(floor);
    high.push(Math.min(floor + 1, size - 1));
    share.push(at - floor);
  }
  return { low, high, share };
}

/**
 * Transposed convolution whose kernel equals its stride: every input pixel makes its own block of outputs.
 *
 * @param weights `(outputs, kernel, kernel, channels)`
 */
export function convolveTransposed(
  x: Float32Array,
  [, height, width, channels]: readonly number[],
  weights: Float32Array,
  bias: Float32Array,
  kernel: number,
  out: Float32Array,
): void {
  const c = channels!;
  const outputs = bias.length;
  const outWidth = width! * kernel;
  for (let y = 0; y < height! * kernel; y++) {
    for (let i = 0; i < outWidth; i++) {
      const from = (Math.floor(y / kernel) * width! + Math.floor(i / kernel)) * c;
      for (let o = 0; o < outputs; o++) {
        const w = ((o * kernel + (y % kernel)) * kernel + (i % kernel)) * c;
        let sum = bias[o]!;
        for (let k = 0; k < c; k++) sum += x[from + k]! * weights[w + k]!;
        out[(y * outWidth + i) * outputs + o] = sum;
      }
    }
  }
}
