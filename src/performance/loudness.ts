import { clamp } from "../shared/numeric.js";
import { log } from "../shared/portable-math.js";
import type { SAMPLE_RATE as SpeechSampleRate } from "../speech/index.js";

// A stage shares types only; the type makes sure that this stays the rate of all speech.
const SAMPLE_RATE: typeof SpeechSampleRate = 48_000;
/** Samples per value of {@link Loudness.power}: 5 ms. */
const HOP = 240;
/** Values of the loudness track per second. */
export const LOUDNESS_RATE = SAMPLE_RATE / HOP;
const SILENCE_DECIBEL = -90;

/** Mean power of the sound in steps of 5 ms. */
export type Loudness = { readonly power: Float64Array };

/** Measures the power of a sound. */
export function measureLoudness(samples: Float32Array): Loudness {
  const power = new Float64Array(Math.ceil(samples.length / HOP));
  for (let i = 0; i < power.length; i++) {
    const from = i * HOP;
    const to = Math.min(samples.length, from + HOP);
    let sum = 0;
    for (let s = from; s < to; s++) {
      const value = samples[s]!;
      // Damaged recordings can hold non-numbers; they count as silence.
      if (value > -16 && value < 16) sum += value * value;
    }
    power[i] = sum / (to - from);
  }
  return { power };
}

/** Root mean square of a window of the sound. */
export function rmsAround(loudness: Loudness, time: number, window: number): number {
  const power = loudness.power;
  const from = Math.max(0, Math.floor((time - window / 2) * LOUDNESS_RATE + 0.5));
  const to = Math.min(
    power.length,
    Math.max(from + 1, Math.floor((time + window / 2) * LOUDNESS_RATE + 0.5)),
  );
  let sum = 0;
  for (let i = from; i < to; i++) sum += power[i]!;
  return to > from ? Math.sqrt(sum / (to - from)) : 0;
}

/** Level of the middle of an interval in decibels relative to full scale. */
export function levelBetween(loudness: Loudness, start: number, end: number): number {
  const rms = rmsAround(loudness, (start + end) / 2, Math.max(0.02, 0.7 * (end - start)));
  return rms > 0 ? Math.max(SILENCE_DECIBEL, (20 / log(10)) * log(rms)) : SILENCE_DECIBEL;
}

/** The quietest moment of an interval, or null when nothing stands out as quiet. */
export function quietestMoment(loudness: Loudness, start: number, end: number): number | null {
  const power = loudness.power;
  const from = clamp(Math.floor(start * LOUDNESS_RATE), 0, power.length);
  const to = clamp(Math.ceil(end * LOUDNESS_RATE), from, power.length);
  if (to - from < 4) return null;
  const smooth = (i: number): number =>
    (power[Math.max(0, i - 1)]! + 2 * power[i]! + power[Math.min(power.length - 1, i + 1)]!) / 4;
  let quietest = Number.POSITIVE_INFINITY;
  let loudest = 0;
  for (let i = from; i < to; i++) {
    quietest = Math.min(quietest, smooth(i));
    loudest = Math.max(loudest, smooth(i));
  }
  if (!(loudest > 4 * quietest)) return null;
  // The middle of what is nearly as quiet as the deepest point: robust where the dip is a flat floor.
  const limit = Math.max(quietest * 2.5, loudest * 1e-4);
  let weight = 0;
  let moment = 0;
  for (let i = from; i < to; i++) {
    if (smooth(i) > limit) continue;
    weight += 1;
    moment += i + 0.5;
  }
  return moment / weight / LOUDNESS_RATE;
}
