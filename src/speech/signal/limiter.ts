import { cos, sin } from "../../shared/portable-math.js";
import { SAMPLE_RATE } from "../speech.js";

/** Points between two samples at which the true peak is looked for. */
const OVERSAMPLING = 4;
const HALF_WIDTH = 12;
/** The gain falls this long before a peak and rises this long after it, seconds. */
const LOOK_AHEAD = 0.005;

const INTERPOLATORS = Array.from({ length: OVERSAMPLING - 1 }, (_, i) =>
  interpolator((i + 1) / OVERSAMPLING),
);

/** Weights that give the band-limited value at a fraction of the way between two samples. */
function interpolator(fraction: number): Float64Array {
  const row = new Float64Array(2 * HALF_WIDTH);
  let total = 0;
  for (let k = 0; k < row.length; k++) {
    const x = fraction + HALF_WIDTH - 1 - k;
    row[k] = (sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * cos((Math.PI * x) / HALF_WIDTH));
    total += row[k];
  }
  return row.map((weight) => weight / total);
}

/** Between samples that are all this much below the highest one, nothing can exceed it. */
const RELEVANT_SHARE = 0.35;

/** The largest value at and just after each sample, between samples too (ITU-R BS.1770-4, annex 2). */
export function peakEnvelope(samples: Float32Array): Float32Array {
  const envelope = samples.map(Math.abs);
  const relevant = RELEVANT_SHARE * envelope.reduce((a, b) => Math.max(a, b), 0);
  for (let i = 0; i + 1 < samples.length; i++) {
    if (Math.abs(samples[i]) < relevant && Math.abs(samples[i + 1]) < relevant) continue;
    const begin = Math.max(0, HALF_WIDTH - 1 - i);
    const end = Math.min(2 * HALF_WIDTH, samples.length - i + HALF_WIDTH - 1);
    for (const row of INTERPOLATORS) {
      let sum = 0;
      for (let k = begin; k < end; k++) sum += row[k] * samples[i + k - HALF_WIDTH + 1];
      envelope[i] = Math.max(envelope[i], Math.abs(sum));
    }
  }
  return envelope;
}

/** Largest value of the continuous signal, 1 = full scale. */
export function truePeak(samples: Float32Array): number {
  return peakEnvelope(samples).reduce((a, b) => Math.max(a, b), 0);
}

/** Samples that are worked on at a time: minutes of sound must not be held several times over. */
const BLOCK = 65_536;

/**
 * Turns the sound up or down by `gain`, and further down around the peaks that would exceed `ceiling`,
 * smoothly (raised cosine, 5 ms each way). No delay.
 *
 * @param peaks The {@link peakEnvelope} of the samples.
 * @param out Where the result goes; as long as the samples, and other memory.
 */
export function amplifyBelow(
  samples: Float32Array,
  peaks: Float32Array,
  gain: number,
  ceiling: number,
  out: Float32Array = new Float32Array(samples.length),
): Float32Array {
  const highest = ceiling / gain;
  const reach = Math.round(LOOK_AHEAD * SAMPLE_RATE);
  for (let start = 0; start < samples.length; start += BLOCK) {
    const end = Math.min(samples.length, start + BLOCK);
    // What lies this far around a block has an influence on its gains: one reach held, one averaged.
    const from = Math.max(0, start - 2 * reach);
    const near = peaks.subarray(from, Math.min(samples.length, end + 2 * reach));
    if (near.every((peak) => peak <= highest)) {
      for (let i = start; i < end; i++) out[i] = samples[i] * gain;
      continue;
    }
    const wanted = near.map((peak) => (peak > highest ? highest / peak : 1));
    // Held over twice the reach, so that the average over one window never exceeds what its centre needs.
    const gains = smooth(slidingMinimum(wanted, reach), reach);
    for (let i = start; i < end; i++) out[i] = samples[i] * gain * gains[i - from];
  }
  return out;
}

/** Smallest value within `reach` on both sides. */
function slidingMinimum(values: Float32Array, reach: number): Float32Array {
  const out = new Float32Array(values.length);
  const queue = new Int32Array(values.length);
  let head = 0;
  let tail = 0;
  for (let i = 0; i < values.length + reach; i++) {
    if (i < values.length) {
      while (tail > head && values[queue[tail - 1]] >= values[i]) tail--;
      queue[tail++] = i;
    }
    const centre = i - reach;
    if (centre < 0) continue;
    while (queue[head] < centre - reach) head++;
    out[centre] = values[queue[head]];
  }
  return out;
}

/**
 * Mean over `reach` on both sides, weighted by a raised cosine. The plain sum and the one turned by a cosine move along
 * (sliding discrete Fourier transform: Jacobsen and Lyons 2003), so the time does not depend on the reach.
 */
function smooth(values: Float32Array, reach: number): Float32Array {
  const angle = Math.PI / (reach + 1);
  const [c, s] = [cos(angle), sin(angle)];
  const [edgeC, edgeS] = [cos(angle * reach), sin(angle * reach)];
  const at = (i: number): number => values[Math.min(values.length - 1, Math.max(0, i))]!;
  let [sum, real, imaginary, total] = [0, 0, 0, 0];
  for (let k = -reach; k <= reach; k++) {
    sum += at(k);
    real += at(k) * cos(angle * k);
    imaginary += at(k) * sin(angle * k);
    total += 1 + cos(angle * k);
  }
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    out[i] = Math.min(1, (sum + real) / total);
    const [gone, come] = [at(i - reach), at(i + reach + 1)];
    sum += come - gone;
    const restReal = real - gone * edgeC;
    const restImaginary = imaginary + gone * edgeS;
    real = restReal * c + restImaginary * s + come * edgeC;
    imaginary = restImaginary * c - restReal * s + come * edgeS;
  }
  return out;
}
