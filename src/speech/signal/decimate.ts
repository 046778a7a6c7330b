import { sin } from "../../shared/portable-math.js";

/** Samples on each side that take part, in output samples. */
const REACH = 5;
/** Middle of the filter's slope as a share of the output's Nyquist frequency; what lies above half of it is not meant to be kept. */
const CUT = 0.98;

/**
 * Keeps every `factor`-th sample after a short linear-phase low-pass: cheap, for analysis only. Frequencies up to half of
 * the new Nyquist frequency stay clean (aliases below -70 dB, loss below .1 dB); above that they do not.
 *
 * @param factor A whole number, at least 2. Sample `n` of the result lies at sample `n * factor` of the input.
 */
export function decimate(samples: Float32Array, factor: number): Float32Array {
  const half = REACH * factor;
  const weights = lowPass(half, CUT / factor);
  const out = new Float32Array(Math.ceil(samples.length / factor));
  for (let n = 0; n < out.length; n++) {
    const centre = n * factor;
    // Both sides at once: the filter is symmetric.
    let sum = weights[0] * samples[centre];
    if (centre >= half && centre + half < samples.length) {
      for (let k = 1; k <= half; k++) sum += weights[k] * (samples[centre - k] + samples[centre + k]);
    } else {
      for (let k = 1; k <= half; k++) {
        sum += weights[k] * ((samples[centre - k] ?? 0) + (samples[centre + k] ?? 0));
      }
    }
    out[n] = sum;
  }
  return out;
}

/** Right half of a windowed sinc (Blackman's window) that passes a constant unchanged; `cut` in shares of Nyquist. */
function lowPass(half: number, cut: number): Float64Array {
  const weights = Float64Array.from({ length: half + 1 }, (_, k) => {
    const x = k / (half + 1);
    const window = 0.42 + 0.5 * sin(Math.PI * (x + 0.5)) + 0.08 * sin(Math.PI * (2 * x + 0.5));
    return window * (k === 0 ? cut : sin(Math.PI * cut * k) / (Math.PI * k));
  });
  const total = weights.reduce((sum, weight, k) => sum + (k === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / total);
}
