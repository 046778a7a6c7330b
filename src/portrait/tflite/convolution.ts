/** Size and zero padding of a sliding window, as TensorFlow's `SAME` and `VALID` define them. */
export type Window = {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
};

/** Lays a window over an NHWC tensor. `same` pads so that `out = ceil(in / stride)`. */
export function planWindow(
  shape: readonly number[],
  kernelHeight: number,
  kernelWidth: number,
  stride: number,
  same: boolean,
): Window {
  const [, height, width, channels] = shape as [number, number, number, number];
  const outHeight = Math.ceil((same ? height : height - kernelHeight + 1) / stride);
  const outWidth = Math.ceil((same ? width : width - kernelWidth + 1) / stride);
  const before = (size: number, out: number, kernel: number) =>
    same ? Math.max(0, (out - 1) * stride + kernel - size) >> 1 : 0;
  return {
    height,
    width,
    channels,
    kernelHeight,
    kernelWidth,
    stride,
    outHeight,
    outWidth,
    padTop: before(height, outHeight, kernelHeight),
    padLeft: before(width, outWidth, kernelWidth),
  };
}

/** Height and width of the zero-bordered copy in which a window never leaves the tensor. */
export function paddedSize(window: Window): { height: number; width: number } {
  return {
    height: Math.max(
      (window.outHeight - 1) * window.stride + window.kernelHeight,
      window.padTop + window.height,
    ),
    width: Math.max(
      (window.outWidth - 1) * window.stride + window.kernelWidth,
      window.padLeft + window.width,
    ),
  };
}

/** Copies a tensor into the middle of its zero-bordered version; the border is never written. */
export function copyPadded(source: Float32Array, window: Window, padded: Float32Array): void {
  const rowLength = window.width * window.channels;
  const paddedRow = paddedSize(window).width * window.channels;
  let to = window.padTop * paddedRow + window.padLeft * window.channels;
  for (let y = 0; y < window.height; y++, to += paddedRow) {
    padded.set(source.subarray(y * rowLength, (y + 1) * rowLength), to);
  }
}

/** Gathers the patch under every window position into rows, so that a convolution becomes a matrix product. */
export function gatherPatches(padded: Float32Array, window: Window, patches: Float32Array): void {
  const { stride, channels, kernelHeight, outHeight, outWidth } = window;
  const rowLength = window.kernelWidth * channels;
  const paddedRow = paddedSize(window).width * channels;
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let from = y * stride * paddedRow + x * stride * channels;
      for (let ky = 0; ky < kernelHeight; ky++, from += paddedRow) {
        for (let i = 0; i < rowLength; i++) patches[to++] = padded[from + i]!;
      }
    }
  }
}

/**
 * Reorders `(outputs, depth)` weights into groups of four outputs, innermost, the order in which
 * {@link multiplyRows} reads them. Missing outputs of the last group are zero.
 */
export function packWeights(weights: Float32Array, outputs: number, depth: number): Float32Array {
  const groups = Math.ceil(outputs / 4);
  const packed = new Float32Array(groups * 4 * depth);
  for (let o = 0; o < outputs; o++) {
    const base = (o >> 2) * 4 * depth + (o & 3);
    for (let i = 0; i < depth; i++) packed[base + 4 * i] = weights[o * depth + i]!;
  }
  return packed;
}

/**
 * `out[r][o] = bias[o] + sum over i of rows[r][i] * weights[o][i]`, two rows by four outputs at a time: eight
 * sums stay in registers, and every value read serves two or four products.
 *
 * @param packed weights from {@link packWeights}
 * @param bias padded to a multiple of four
 */
export function multiplyRows(
  rows: Float32Array,
  packed: Float32Array,
  bias: Float32Array,
  out: Float32Array,
  rowCount: number,
  depth: number,
  outputs: number,
): void {
  const wholeGroups = outputs - (outputs & 3);
  const pairs = rowCount - (rowCount & 1);
  for (let o = 0; o < wholeGroups; o += 4) {
    const first = o * depth;
    const b0 = bias[o]!;
    const b1 = bias[o + 1]!;
    const b2 = bias[o + 2]!;
    const b3 = bias[o + 3]!;
    for (let r = 0; r < pairs; r += 2) {
      let s0 = b0;
      let s1 = b1;
      let s2 = b2;
      let s3 = b3;
      let t0 = b0;
      let t1 = b1;
      let t2 = b2;
      let t3 = b3;
      let w = first;
      const rowEnd = (r + 1) * depth;
      for (let i = r * depth; i < rowEnd; i++, w += 4) {
        const u = rows[i]!;
        const v = rows[i + depth]!;
        const w0 = packed[w]!;
        const w1 = packed[w + 1]!;
        const w2 = packed[w + 2]!;
        const w3 = packed[w + 3]!;
        s0 += u * w0;
        s1 += u * w1;
        s2 += u * w2;
        s3 += u * w3;
        t0 += v * w0;
        t1 += v * w1;
        t2 += v * w2;
        t3 += v * w3;
      }
      const a = r * outputs + o;
      out[a] = s0;
      out[a + 1] = s1;
      out[a + 2] = s2;
      out[a + 3] = s3;
      const b = a + outputs;
      out[b] = t0;
      out[b + 1] = t1;
      out[b + 2] = t2;
      out[b + 3] = t3;
    }
  }
  if (pairs < rowCount)
    multiplySingly(rows, packed, bias, out, pairs, rowCount, 0, wholeGroups, depth, outputs);
  multiplySingly(rows, packed, bias, out, 0, rowCount, wholeGroups, outputs, depth, outputs);
}

/** The same product, one sum at a time, for the rows and outputs that fill no block. */
function multiplySingly(
  rows: Float32Array,
  packed: Float32Array,
  bias: Float32Array,
  out: Float32Array,
  rowStart: number,
  rowEnd: number,
  outputStart: number,
  outputEnd: number,
  depth: number,
  outputs: number,
): void {
  for (let r = rowStart; r < rowEnd; r++) {
    for (let o = outputStart; o < outputEnd; o++) {
      let sum = bias[o]!;
      let w = (o >> 2) * 4 * depth + (o & 3);
      for (let i = r * depth; i < (r + 1) * depth; i++, w += 4) sum += rows[i]! * packed[w]!;
      out[r * outputs + o] = sum;
    }
  }
}
