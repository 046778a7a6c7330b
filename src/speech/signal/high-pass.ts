import { cos, sin } from "../../shared/portable-math.js";

/**
 * Takes away a constant offset and everything slower than `cutoff` hertz (second-order Butterworth, R.
 * Bristow-Johnson's cookbook form). The signal begins as if its mean had always been there, so nothing
 * thumps at the start.
 */
export function highPass(samples: Float32Array, sampleRate: number, cutoff: number): Float32Array {
  const angle = (2 * Math.PI * cutoff) / sampleRate;
  const alpha = sin(angle) / Math.SQRT2;
  const c = cos(angle);
  const a0 = 1 + alpha;
  const b0 = (1 + c) / 2 / a0;
  const a1 = (-2 * c) / a0;
  const a2 = (1 - alpha) / a0;
  const mean = samples.reduce((a, b) => a + b, 0) / Math.max(1, samples.length);
  const out = new Float32Array(samples.length);
  let [s1, s2] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] - mean;
    const y = b0 * x + s1;
    s1 = -2 * b0 * x - a1 * y + s2;
    s2 = b0 * x - a2 * y;
    out[i] = y;
  }
  return out;
}
