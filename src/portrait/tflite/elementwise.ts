import { clamp } from "../../shared/numeric.js";

/** Activation codes of the TFLite schema. */
export const NO_ACTIVATION = 0;
const RELU = 1;
const RELU6 = 3;

/** Applies a fused activation in place. */
export function activate(values: Float32Array, activation: number): void {
  if (activation === RELU) relu(values, values, Number.POSITIVE_INFINITY);
  else if (activation === RELU6) relu(values, values, 6);
  else if (activation !== NO_ACTIVATION) throw new RangeError(`Activation ${activation} is not supported`);
}

/** `min(max(x, 0), ceiling)`. */
export function relu(x: Float32Array, out: Float32Array, ceiling: number): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    out[i] = clamp(v, 0, ceiling);
  }
}

/** `x` where positive, `x * slope[channel]` elsewhere. */
export function prelu(x: Float32Array, slope: Float32Array, out: Float32Array): void {
  const c = slope.length;
  for (let i = 0; i < x.length; i += c) {
    for (let k = 0; k < c; k++) {
      const v = x[i + k]!;
      out[i + k] = v > 0 ? v : v * slope[k]!;
    }
  }
}

/** `x * relu6(x + 3) / 6`. */
export function hardSwish(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    out[i] = v <= -3 ? 0 : v >= 3 ? v : (v * (v + 3)) / 6;
  }
}

/** `1 / (1 + e^-x)`, to about 1e-9. */
export function logistic(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    const e = fallingExp(v < 0 ? -v : v);
    out[i] = v < 0 ? e / (1 + e) : 1 / (1 + e);
  }
}

/** 2^-k; beyond the end the logistic is 0 or 1. */
const HALVINGS = Float64Array.from({ length: 64 }, (_, k) => 1 / 2 ** k);

/** e^-x for x >= 0: the whole halvings from a table, the rest by its series. */
function fallingExp(x: number): number {
  const k = Math.floor(x * Math.LOG2E);
  if (!(k < HALVINGS.length)) return 0;
  const r = x - k * Math.LN2;
  let sum = 1;
  for (let n = 11; n >= 1; n--) sum = 1 - (r * sum) / n;
  return sum * HALVINGS[k]!;
}

/** Sum; `b` has the shape of `a`, or one value per channel, or one value. */
export function add(a: Float32Array, b: Float32Array, out: Float32Array): void {
  const c = b.length;
  if (c === a.length) {
    for (let i = 0; i < c; i++) out[i] = a[i]! + b[i]!;
    return;
  }
  for (let i = 0; i < a.length; i += c) {
    for (let k = 0; k < c; k++) out[i + k] = a[i + k]! + b[k]!;
  }
}

/** Product; `b` has the shape of `a`, or one value per channel, or one value. */
export function multiply(a: Float32Array, b: Float32Array, out: Float32Array): void {
  const c = b.length;
  if (c === a.length) {
    for (let i = 0; i < c; i++) out[i] = a[i]! * b[i]!;
    return;
  }
  for (let i = 0; i < a.length; i += c) {
    for (let k = 0; k < c; k++) out[i + k] = a[i + k]! * b[k]!;
  }
}
