// Inner loops of the neural networks: float32 tensors, channels last. Every function has a plain TypeScript twin in
// src/portrait/tflite that gives the same values up to rounding; the maths is explained there. No fused or relaxed
// operations are used, so every machine gives the same bits.

// @ts-ignore: decorator
@inline
function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
function storeFirst(to: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, v);
    return;
  }
  f32.store(to, f32x4.extract_lane(v, 0));
  if (count > 1) f32.store(to + 4, f32x4.extract_lane(v, 1));
  if (count > 2) f32.store(to + 8, f32x4.extract_lane(v, 2));
}

/**
 * out[r][o] = bias[o] + sum of rows[r][i] * weights[o][i]. Weights are packed in groups of four outputs, innermost.
 * Four rows by eight outputs are summed at a time.
 */
export function multiplyRows(
  rows: usize, packed: usize, bias: usize, out: usize, rowCount: i32, depth: i32, outputs: i32,
): void {
  const rowBytes = <usize>depth << 2;
  const outBytes = <usize>outputs << 2;
  const groupBytes = <usize>depth << 4;
  const groups = (outputs + 3) >> 2;
  for (let g = 0; g < groups; g += 2) {
    const left = outputs - (g << 2);
    // The last odd group works on its own weights twice; only the first result is stored.
    const second: usize = g + 1 < groups ? groupBytes : 0;
    const weights = packed + <usize>g * groupBytes;
    const b0 = v128.load(bias + (<usize>g << 4));
    const b1 = v128.load(bias + (<usize>g << 4) + (second ? 16 : 0));
    let r = 0;
    for (; r + 4 <= rowCount; r += 4) {
      const p0 = rows + <usize>r * rowBytes;
      const p1 = p0 + rowBytes;
      const p2 = p1 + rowBytes;
      const p3 = p2 + rowBytes;
      let s00 = b0, s10 = b0, s20 = b0, s30 = b0;
      let s01 = b1, s11 = b1, s21 = b1, s31 = b1;
      let w = weights;
      for (let i: usize = 0; i < rowBytes; i += 4, w += 16) {
        const w0 = v128.load(w);
        const w1 = v128.load(w + second);
        let x = v128.load32_splat(p0 + i);
        s00 = madd(s00, x, w0);
        s01 = madd(s01, x, w1);
        x = v128.load32_splat(p1 + i);
        s10 = madd(s10, x, w0);
        s11 = madd(s11, x, w1);
        x = v128.load32_splat(p2 + i);
        s20 = madd(s20, x, w0);
        s21 = madd(s21, x, w1);
        x = v128.load32_splat(p3 + i);
        s30 = madd(s30, x, w0);
        s31 = madd(s31, x, w1);
      }
      let to = out + <usize>r * outBytes + (<usize>g << 4);
      storeFirst(to, s00, left);
      if (left > 4) storeFirst(to + 16, s01, left - 4);
      to += outBytes;
      storeFirst(to, s10, left);
      if (left > 4) storeFirst(to + 16, s11, left - 4);
      to += outBytes;
      storeFirst(to, s20, left);
      if (left > 4) storeFirst(to + 16, s21, left - 4);
      to += outBytes;
      storeFirst(to, s30, left);
      if (left > 4) storeFirst(to + 16, s31, left - 4);
    }
    for (; r < rowCount; r++) {
      const p0 = rows + <usize>r * rowBytes;
      let s0 = b0, s1 = b1;
      let w = weights;
      for (let i: usize = 0; i < rowBytes; i += 4, w += 16) {
        const x = v128.load32_splat(p0 + i);
        s0 = madd(s0, x, v128.load(w));
        s1 = madd(s1, x, v128.load(w + second));
      }
      const to = out + <usize>r * outBytes + (<usize>g << 4);
      storeFirst(to, s0, left);
      if (left > 4) storeFirst(to + 16, s1, left - 4);
    }
  }
}

/** Depthwise 3 x 3 on a zero-bordered tensor; channels in fours. `row`: values per padded row. */
export function depthwise3x3(
  padded: usize, weights: usize, bias: usize, out: usize,
  row: i32, channels: i32, stride: i32, outHeight: i32, outWidth: i32,
): void {
  const c = <usize>channels << 2;
  const rowBytes = <usize>row << 2;
  const step = c * <usize>stride;
  for (let y = 0; y < outHeight; y++) {
    const top = padded + <usize>(y * stride) * rowBytes;
    const line = out + <usize>(y * outWidth) * c;
    for (let k: usize = 0; k < c; k += 16) {
      const w = weights + k;
      const w0 = v128.load(w), w1 = v128.load(w + c), w2 = v128.load(w + 2 * c);
      const w3 = v128.load(w + 3 * c), w4 = v128.load(w + 4 * c), w5 = v128.load(w + 5 * c);
      const w6 = v128.load(w + 6 * c), w7 = v128.load(w + 7 * c), w8 = v128.load(w + 8 * c);
      const start = v128.load(bias + k);
      let a = top + k;
      let to = line + k;
      for (let x = 0; x < outWidth; x++, a += step, to += c) {
        const b = a + rowBytes;
        const d = b + rowBytes;
        let s = madd(start, v128.load(a), w0);
        s = madd(s, v128.load(a + c), w1);
        s = madd(s, v128.load(a + 2 * c), w2);
        s = madd(s, v128.load(b), w3);
        s = madd(s, v128.load(b + c), w4);
        s = madd(s, v128.load(b + 2 * c), w5);
        s = madd(s, v128.load(d), w6);
        s = madd(s, v128.load(d + c), w7);
        s = madd(s, v128.load(d + 2 * c), w8);
        v128.store(to, s);
      }
    }
  }
}

/** Depthwise of any kernel size on a zero-bordered tensor; channels in fours. */
export function depthwise(
  padded: usize, weights: usize, bias: usize, out: usize,
  row: i32, channels: i32, stride: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32,
): void {
  const c = <usize>channels << 2;
  const rowBytes = <usize>row << 2;
  let to = out;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const corner = padded + <usize>(y * stride) * rowBytes + <usize>(x * stride) * c;
      for (let k: usize = 0; k < c; k += 16, to += 16) {
        let s = v128.load(bias + k);
        let w = weights + k;
        for (let ky = 0; ky < kernelHeight; ky++) {
          let from = corner + <usize>ky * rowBytes + k;
          for (let kx = 0; kx < kernelWidth; kx++, from += c, w += c) s = madd(s, v128.load(from), v128.load(w));
        }
        v128.store(to, s);
      }
    }
  }
}

/** out = a + b, `count` values in fours. */
export function addValues(a: usize, b: usize, out: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    v128.store(out + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  }
}

/** x where positive, x * slope[channel] elsewhere; channels in fours. */
export function preluValues(x: usize, slope: usize, out: usize, count: i32, channels: i32): void {
  const end = <usize>count << 2;
  const c = <usize>channels << 2;
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < end; i += c) {
    for (let k: usize = 0; k < c; k += 16) {
      const v = v128.load(x + i + k);
      v128.store(out + i + k, v128.bitselect(v, f32x4.mul(v, v128.load(slope + k)), f32x4.gt(v, zero)));
    }
  }
}

/** max(x, 0), `count` values in fours. */
export function reluValues(x: usize, out: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    v128.store(out + i, f32x4.pmax(zero, v128.load(x + i)));
  }
}

/** x * min(max(x + 3, 0), 6) / 6, `count` values in fours. */
export function hardSwishValues(x: usize, out: usize, count: i32): void {
  const zero = f32x4.splat(0);
  const three = f32x4.splat(3);
  const six = f32x4.splat(6);
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    const v = v128.load(x + i);
    const gate = f32x4.pmin(six, f32x4.pmax(zero, f32x4.add(v, three)));
    v128.store(out + i, f32x4.div(f32x4.mul(v, gate), six));
  }
}

/** out = a * b with one b per channel; channels in fours. */
export function scaleChannels(a: usize, b: usize, out: usize, count: i32, channels: i32): void {
  const end = <usize>count << 2;
  const c = <usize>channels << 2;
  for (let i: usize = 0; i < end; i += c) {
    for (let k: usize = 0; k < c; k += 16) v128.store(out + i + k, f32x4.mul(v128.load(a + i + k), v128.load(b + k)));
  }
}

/** Copies the rows of a tensor into the middle of its zero-bordered version; sizes count values. */
export function copyRows(source: usize, padded: usize, rows: i32, row: i32, paddedRow: i32, start: i32): void {
  let from = source;
  let to = padded + (<usize>start << 2);
  for (let y = 0; y < rows; y++) {
    memory.copy(to, from, <usize>row << 2);
    from += <usize>row << 2;
    to += <usize>paddedRow << 2;
  }
}

/** Gathers the patch under every window position into rows. `row`: values per padded row. */
export function gatherPatches(
  padded: usize, patches: usize,
  row: i32, channels: i32, stride: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32,
): void {
  const length = <usize>(kernelWidth * channels) << 2;
  let to = patches;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      let from = padded + (<usize>(y * stride * row + x * stride * channels) << 2);
      for (let ky = 0; ky < kernelHeight; ky++, from += <usize>row << 2) {
        for (let i: usize = 0; i < length; i += 4) f32.store(to + i, f32.load(from + i));
        to += length;
      }
    }
  }
}

/** Maximum (or sum times `scale`) under windows that lie wholly inside the tensor; channels in fours. */
export function poolValues(
  x: usize, out: usize, row: i32, channels: i32, stride: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, takeMaximum: i32, scale: f32,
): void {
  const c = <usize>channels << 2;
  const rowBytes = <usize>row << 2;
  const factor = f32x4.splat(scale);
  let to = out;
  for (let y = 0; y < outHeight; y++) {
    for (let i = 0; i < outWidth; i++) {
      const corner = x + <usize>(y * stride) * rowBytes + <usize>(i * stride) * c;
      for (let k: usize = 0; k < c; k += 16, to += 16) {
        let s = takeMaximum ? v128.load(corner + k) : f32x4.splat(0);
        for (let ky = 0; ky < kernelHeight; ky++) {
          let from = corner + <usize>ky * rowBytes + k;
          // Sums go row by row, which keeps their rounding errors small.
          let line = takeMaximum ? s : f32x4.splat(0);
          for (let kx = 0; kx < kernelWidth; kx++, from += c) {
            const v = v128.load(from);
            line = takeMaximum ? f32x4.pmax(line, v) : f32x4.add(line, v);
          }
          s = takeMaximum ? line : f32x4.add(s, line);
        }
        v128.store(to, takeMaximum ? s : f32x4.mul(s, factor));
      }
    }
  }
}
