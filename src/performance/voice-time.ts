import { clamp } from "../shared/numeric.js";
import { exp } from "../shared/portable-math.js";
import type { Random } from "../shared/random.js";
import { gaussianSmooth, meanAndDeviation, sampleAt } from "./curve-shaping.js";
import { rmsAround } from "./loudness.js";
import { FRAME_RATE } from "./performance.js";
import type { Prosody } from "./prosody.js";

/** Time passes this much slower for the head while nobody speaks: it settles, but never freezes. */
const PAUSE_PACE = 0.1;
/** Pace where nobody speaks at all. */
const LIVING_PACE = 0.45;
const FASTEST_PACE = 1.4;

/**
 * Seconds that have passed for the moving head at each frame: quickly while the voice is strong, hardly at
 * all in pauses. A movement planned in this time goes as fast as the voice is loud.
 */
export function voiceTime(prosody: Prosody, frameCount: number): Float64Array {
  const time = new Float64Array(frameCount);
  const pace = voicePace(prosody, frameCount);
  for (let f = 1; f < frameCount; f++) time[f] = time[f - 1]! + (pace[f - 1]! + pace[f]!) / (2 * FRAME_RATE);
  return time;
}

/** How strong the voice is around each frame: 0 in silence, 1 where it is usual for strong syllables. */
export function voicePace(prosody: Prosody, frameCount: number): Float64Array {
  if (prosody.phrases.length === 0) return new Float64Array(frameCount).fill(LIVING_PACE);
  const level = new Float64Array(frameCount);
  for (let f = 0; f < frameCount; f++) level[f] = rmsAround(prosody.loudness, f / FRAME_RATE, 0.12);
  const smooth = gaussianSmooth(level, 0.1 * FRAME_RATE);
  const strong = Float64Array.from(smooth).sort()[Math.floor(0.75 * frameCount)]!;
  return smooth.map(
    (value) => PAUSE_PACE + (1 - PAUSE_PACE) * clamp(value / Math.max(strong, 1e-4), 0, FASTEST_PACE),
  );
}

/**
 * Noise between two time scales, of standard deviation 1, read at the given moments: an Ornstein-Uhlenbeck
 * process (exact discretisation, Gillespie 1996) without what is slower than `slow` and faster than `fast`.
 *
 * @param moments - rising, seconds
 * @param fast - standard deviation of the low-pass, seconds
 * @param slow - the same for what is taken out; `null` takes out the mean only
 */
export function smoothNoise(
  moments: Float64Array,
  tau: number,
  fast: number,
  slow: number | null,
  random: Random,
): Float64Array {
  const length = Math.ceil((moments[moments.length - 1] ?? 0) * FRAME_RATE) + 2;
  const path = new Float64Array(length);
  const keep = exp(-1 / (FRAME_RATE * tau));
  let state = random.normal();
  for (let i = 0; i < length; i++) {
    state = state * keep + Math.sqrt(1 - keep * keep) * random.normal();
    path[i] = state;
  }
  const smooth = gaussianSmooth(path, fast * FRAME_RATE);
  if (slow !== null) {
    const drift = gaussianSmooth(smooth, slow * FRAME_RATE);
    for (let i = 0; i < length; i++) smooth[i]! -= drift[i]!;
  }
  const result = moments.map((moment) => sampleAt(smooth, moment * FRAME_RATE));
  const { mean, deviation } = meanAndDeviation(Array.from(result));
  // A seed must not decide whether a person seems alive.
  const gain = clamp(1 / Math.max(deviation, 0.02), 0.5, 8);
  return result.map((value) => (value - mean) * gain);
}
