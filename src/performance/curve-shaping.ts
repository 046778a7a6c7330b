import { clamp, smoothstep } from "../shared/numeric.js";
import { exp } from "../shared/portable-math.js";

/**
 * Gaussian low-pass of a regularly sampled curve; the ends are continued with their own value.
 *
 * @param sigma - standard deviation in samples
 */
export function gaussianSmooth(curve: ArrayLike<number>, sigma: number): Float64Array {
  const result = Float64Array.from(curve);
  if (!(sigma > 0) || curve.length === 0) return result;
  const radius = Math.ceil(3 * sigma);
  const kernel: number[] = [];
  let sum = 0;
  for (let k = -radius; k <= radius; k++) {
    const weight = exp((-0.5 * k * k) / (sigma * sigma));
    kernel.push(weight);
    sum += weight;
  }
  const last = curve.length - 1;
  const padded = new Float64Array(curve.length + 2 * radius);
  for (let i = 0; i < padded.length; i++) padded[i] = curve[clamp(i - radius, 0, last)]!;
  const weights = Float64Array.from(kernel);
  for (let i = 0; i <= last; i++) {
    let value = 0;
    for (let k = 0; k < weights.length; k++) value += weights[k]! * padded[i + k]!;
    result[i] = value / sum;
  }
  return result;
}

/** Value of a regularly sampled curve between its samples (linear; ends held). */
export function sampleAt(curve: ArrayLike<number>, position: number): number {
  const last = curve.length - 1;
  if (last < 0) return 0;
  const x = clamp(position, 0, last);
  const i = Math.min(Math.floor(x), last - 1);
  if (i < 0) return curve[0]!;
  return curve[i]! + (curve[i + 1]! - curve[i]!) * (x - i);
}

/** Limits the change per sample, going forward: no step is larger than `limit`. */
export function limitSlope(curve: Float64Array, limit: number): void {
  for (let i = 1; i < curve.length; i++) {
    curve[i] = clamp(curve[i]!, curve[i - 1]! - limit, curve[i - 1]! + limit);
  }
}

/** A rise, a plateau and a fall, each smooth: 0 outside, 1 on `[start, end]`. */
export function swell(t: number, start: number, end: number, attack: number, release: number): number {
  if (t <= start - attack || t >= end + release) return 0;
  if (t < start) return smoothstep(start - attack, start, t);
  if (t > end) return 1 - smoothstep(end, end + release, t);
  return 1;
}

/** Stretches that last `seconds` at each end of a clip shrink with clips too short to hold both. */
export function edgeEase(t: number, last: number, attack: number, release: number): number {
  if (!(last > 0)) return 0;
  const scale = Math.min(1, last / (attack + release));
  return smoothstep(0, attack * scale, t) * (1 - smoothstep(last - release * scale, last, t));
}

/** Mean and standard deviation; 0 and 0 of nothing. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  if (values.length === 0) return { mean: 0, deviation: 0 };
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}
