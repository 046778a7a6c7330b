import { clamp } from "../shared/numeric.js";
import { sin } from "../shared/portable-math.js";
import type { Rectangle } from "./continue-photo.js";

/** Lanczos kernel: a sinc under a wider one, this many source pixels to each side. */
const LOBES = 3;
const TAPS = 2 * LOBES;

/**
 * How far a sample that overshoots the two pixels it lies between is drawn back to them, `[0, 1]`: beside strong edges
 * the kernel rings, which would show as a light line; on textures the overshoot is what keeps them crisp.
 */
const RESTRAINT = 0.8;

/** From which source pixel on an output pixel takes its {@link TAPS} samples, and their weights. */
type Axis = { readonly first: Int32Array; readonly weights: Float32Array };

/**
 * Enlarges a part of a picture by Lanczos interpolation. Image libraries have that for making smaller; to make larger
 * they take cubics, which are softer and ring more.
 *
 * @param rgb - interleaved RGB, `stride` pixels per row
 * @param source - the part, inside the picture
 * @returns interleaved RGB of `width * height`; neither is less than the part's
 */
export function enlarge(
  rgb: Uint8Array,
  stride: number,
  source: Rectangle,
  width: number,
  height: number,
): Uint8Array {
  const across = sampleAxis(source.width, width);
  const down = sampleAxis(source.height, height);
  const out = new Uint8Array(width * height * 3);
  const line = new Float32Array((source.width + TAPS) * 3);
  // Rows of the output's width, in a ring: going down, each source row is stretched once.
  const ring = Array.from({ length: TAPS }, () => new Float32Array(width * 3));
  const rowAt = (y: number): Float32Array => ring[(y + TAPS) % TAPS]!;
  let ready = down.first[0]!;
  for (let y = 0; y < height; y++) {
    const first = down.first[y]!;
    for (; ready < first + TAPS; ready++) {
      const row = source.top + clamp(ready, 0, source.height - 1);
      padRow(rgb, (row * stride + source.left) * 3, source.width, line);
      stretchRow(line, across, width, rowAt(ready));
    }
    const rows = Array.from({ length: TAPS }, (_, k) => rowAt(first + k));
    mixRows(rows, down.weights.subarray(y * TAPS, (y + 1) * TAPS), out, y * width * 3);
  }
  return out;
}

function sampleAxis(from: number, to: number): Axis {
  const first = new Int32Array(to);
  const weights = new Float32Array(to * TAPS);
  for (let i = 0; i < to; i++) {
    const position = ((i + 0.5) * from) / to - 0.5;
    const start = Math.floor(position) - LOBES + 1;
    first[i] = start;
    let sum = 0;
    for (let k = 0; k < TAPS; k++) sum += weights[i * TAPS + k] = lanczos(position - start - k);
    for (let k = 0; k < TAPS; k++) weights[i * TAPS + k]! /= sum;
  }
  return { first, weights };
}

function lanczos(distance: number): number {
  const x = Math.PI * distance;
  if (Math.abs(x) < 1e-9) return 1;
  return Math.abs(distance) >= LOBES ? 0 : (LOBES * sin(x) * sin(x / LOBES)) / (x * x);
}

/** One row with its border pixels repeated {@link LOBES} times. */
function padRow(rgb: Uint8Array, at: number, width: number, line: Float32Array): void {
  line.set(rgb.subarray(at, at + width * 3), LOBES * 3);
  for (let k = 0; k < LOBES; k++) {
    for (let c = 0; c < 3; c++) {
      line[k * 3 + c] = rgb[at + c]!;
      line[(LOBES + width + k) * 3 + c] = rgb[at + (width - 1) * 3 + c]!;
    }
  }
}

function stretchRow(line: Float32Array, { first, weights }: Axis, width: number, out: Float32Array): void {
  for (let x = 0, w = 0, to = 0; x < width; x++, w += TAPS) {
    const wa = weights[w]!;
    const wb = weights[w + 1]!;
    const wc = weights[w + 2]!;
    const wd = weights[w + 3]!;
    const we = weights[w + 4]!;
    const wf = weights[w + 5]!;
    for (let p = (first[x]! + LOBES) * 3, end = p + 3; p < end; p++) {
      const c = line[p + 6]!;
      const d = line[p + 9]!;
      const ends = wa * line[p]! + wb * line[p + 3]! + we * line[p + 12]! + wf * line[p + 15]!;
      out[to++] = restrain(wc * c + wd * d + ends, c, d);
    }
  }
}

function mixRows(rows: readonly Float32Array[], weights: Float32Array, out: Uint8Array, at: number): void {
  const [a, b, c, d, e, f] = rows as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [wa, wb, wc, wd, we, wf] = [0, 1, 2, 3, 4, 5].map((k) => weights[k]!) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < a.length; i++) {
    const value = wa * a[i]! + wb * b[i]! + wc * c[i]! + wd * d[i]! + we * e[i]! + wf * f[i]!;
    out[at + i] = clamp(restrain(value, c[i]!, d[i]!) + 0.5, 0, 255);
  }
}

function restrain(value: number, a: number, b: number): number {
  const low = a < b ? a : b;
  const high = a < b ? b : a;
  if (value < low) return value + RESTRAINT * (low - value);
  return value > high ? value + RESTRAINT * (high - value) : value;
}
