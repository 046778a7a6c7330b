import { paddedSize, type Window } from "./convolution.js";

/**
 * Depthwise convolution of a zero-bordered tensor.
 *
 * @param weights `(kernelHeight, kernelWidth, channels)`
 */
export function convolveDepthwise(
  padded: Float32Array,
  window: Window,
  weights: Float32Array,
  bias: Float32Array,
  out: Float32Array,
): void {
  const is3x3 = window.kernelHeight === 3 && window.kernelWidth === 3;
  if (is3x3 && window.stride === 1) convolve3x3(padded, window, weights, bias, out);
  else if (is3x3) convolve3x3Strided(padded, window, weights, bias, out);
  else convolveAny(padded, window, weights, bias, out);
}

/** 3 x 3, stride 1: two neighbouring outputs share the six inputs of their common columns. */
function convolve3x3(
  padded: Float32Array,
  window: Window,
  weights: Float32Array,
  bias: Float32Array,
  out: Float32Array,
): void {
  const { channels: c, outHeight, outWidth } = window;
  const row = paddedSize(window).width * c;
  for (let y = 0; y < outHeight; y++) {
    let x = 0;
    for (; x + 1 < outWidth; x += 2) {
      const top = y * row + x * c;
      const to = (y * outWidth + x) * c;
      for (let k = 0; k < c; k++) {
        const a = top + k;
        const b = a + row;
        const d = b + row;
        const a1 = padded[a + c]!;
        const a2 = padded[a + 2 * c]!;
        const b1 = padded[b + c]!;
        const b2 = padded[b + 2 * c]!;
        const d1 = padded[d + c]!;
        const d2 = padded[d + 2 * c]!;
        const w0 = weights[k]!;
        const w1 = weights[k + c]!;
        const w2 = weights[k + 2 * c]!;
        const w3 = weights[k + 3 * c]!;
        const w4 = weights[k + 4 * c]!;
        const w5 = weights[k + 5 * c]!;
        const w6 = weights[k + 6 * c]!;
        const w7 = weights[k + 7 * c]!;
        const w8 = weights[k + 8 * c]!;
        const start = bias[k]!;
        out[to + k] =
          start +
          padded[a]! * w0 +
          a1 * w1 +
          a2 * w2 +
          padded[b]! * w3 +
          b1 * w4 +
          b2 * w5 +
          padded[d]! * w6 +
          d1 * w7 +
          d2 * w8;
        out[to + k + c] =
          start +
          a1 * w0 +
          a2 * w1 +
          padded[a + 3 * c]! * w2 +
          b1 * w3 +
          b2 * w4 +
          padded[b + 3 * c]! * w5 +
          d1 * w6 +
          d2 * w7 +
          padded[d + 3 * c]! * w8;
      }
    }
    if (x < outWidth)
      convolve3x3At(padded, row, y * row + x * c, c, weights, bias, out, (y * outWidth + x) * c);
  }
}

function convolve3x3Strided(
  padded: Float32Array,
  window: Window,
  weights: Float32Array,
  bias: Float32Array,
  out: Float32Array,
): void {
  const { channels: c, stride, outHeight, outWidth } = window;
  const row = paddedSize(window).width * c;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const from = y * stride * row + x * stride * c;
      convolve3x3At(padded, row, from, c, weights, bias, out, (y * outWidth + x) * c);
    }
  }
}

/** All channels of one 3 x 3 output. */
function convolve3x3At(
  padded: Float32Array,
  row: number,
  from: number,
  c: number,
  weights: Float32Array,
  bias: Float32Array,
  out: Float32Array,
  to: number,
): void {
  for (let k = 0; k < c; k++) {
    const a = from + k;
    const b = a + row;
    const d = b + row;
    out[to + k] =
      bias[k]! +
      padded[a]! * weights[k]! +
      padded[a + c]! * weights[k + c]! +
      padded[a + 2 * c]! * weights[k + 2 * c]! +
      padded[b]! * weights[k + 3 * c]! +
      padded[b + c]! * weights[k + 4 * c]! +
      padded[b + 2 * c]! * weights[k + 5 * c]! +
      padded[d]! * weights[k + 6 * c]! +
      padded[d + c]! * weights[k + 7 * c]! +
      padded[d + 2 * c]! * weights[k + 8 * c]!;
  }
}

/** Any kernel: one channel at a time, taps innermost. */
function convolveAny(
  padded: Float32Array,
  window: Window,
  weights: Float32Array,
  bias: Float32Array,
  out: Float32Array,
): void {
  const { channels: c, stride, outHeight, outWidth, kernelHeight, kernelWidth } = window;
  const row = paddedSize(window).width * c;
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const corner = y * stride * row + x * stride * c;
      for (let k = 0; k < c; k++) {
        let sum = bias[k]!;
        let w = k;
        for (let ky = 0; ky < kernelHeight; ky++) {
          let from = corner + ky * row + k;
          for (let kx = 0; kx < kernelWidth; kx++, from += c, w += c) sum += padded[from]! * weights[w]!;
        }
        out[to++] = sum;
      }
    }
  }
}
