import { amplifyBelow, peakEnvelope } from "./limiter.js";
import { fromDecibels, integratedLoudness } from "./loudness.js";

/** Loudness of all synthesised speech, LUFS. */
export const TARGET_LOUDNESS = -16;
/** Highest true peak, decibels below full scale. */
export const PEAK_CEILING_DB = -1;
/** Aim a little lower: the true peak is only looked for at quarter samples. */
const CEILING_MARGIN_DB = 0.15;
const TOLERANCE = 0.05;
const MAX_PASSES = 8;
/** Sound this quiet is silence, not speech to be raised. */
const SILENCE_LOUDNESS = -70;

/**
 * Brings sound (mono, 48 kHz) to {@link TARGET_LOUDNESS} with true peaks below {@link PEAK_CEILING_DB}.
 * Limiting takes a little loudness away, so it is given back until the target is met. Silence is returned
 * as it is.
 */
export function normaliseLevel(samples: Float32Array): Float32Array {
  const before = integratedLoudness(samples);
  if (before < SILENCE_LOUDNESS) return samples;
  const ceiling = fromDecibels(PEAK_CEILING_DB - CEILING_MARGIN_DB);
  const peaks = peakEnvelope(samples);
  let gainDb = TARGET_LOUDNESS - before;
  const best = new Float32Array(samples.length);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    amplifyBelow(samples, peaks, fromDecibels(gainDb), ceiling, best);
    const missing = TARGET_LOUDNESS - integratedLoudness(best);
    if (Math.abs(missing) <= TOLERANCE) break;
    gainDb += missing;
  }
  return best;
}
