import type { Melody, Phoneme } from "../speech/index.js";
import { gaussianSmooth } from "./curve-shaping.js";
import { type Pause, REST_PAUSE } from "./phrasing.js";

/** A stretch of speech between two audible pauses. `[start, end)` in seconds. */
export type BreathGroup = { readonly start: number; readonly end: number };

/** Where a voice is heard and where not, told from the sound alone. */
export type BreathGroups = {
  readonly groups: readonly BreathGroup[];
  /** Everything else in `[0, duration)`, ordered. */
  readonly pauses: readonly Pause[];
  /** What is loud in this sound, decibels. */
  readonly loudDb: number;
  /** True where almost nothing is voiced although someone speaks. */
  readonly isWhispered: boolean;
};

/** What is further below the loud voice is silence, decibels; a voice itself may be a little weaker. */
const QUIET = 28;
const QUIET_VOICE = 32;
/** Of the way from the noise of the room up to the voice, this much is still noise. */
const NOISE_SHARE = 0.35;
const LEAST_ABOVE_NOISE = 6;
/** Consonants without voice reach no further from a voice than this, seconds; the rest is breath, steps and wind. */
const CONSONANT_REACH = 0.2;
/** What is shorter and stands alone is no speech, seconds. */
const SHORTEST_GROUP = 0.06;
const LEAST_VOICED = 0.05;
/** With a smaller share of voiced sound someone whispers. */
const WHISPER_SHARE = 0.12;

/**
 * Finds breath groups: sound well above the noise that is voiced or near something voiced, joined across pauses shorter
 * than {@link REST_PAUSE}. Sound without any voice counts where the recogniser found speech in it.
 */
export function findBreathGroups(melody: Melody, sounds: readonly Phoneme[], duration: number): BreathGroups {
  const { f0Hz, step } = melody;
  const level = gaussianSmooth(melody.levelDb, 1);
  const count = Math.min(level.length, Math.ceil(duration / step));
  const loudDb = loudnessOf(level, f0Hz);
  const floor = percentile(level, 0.05);
  const range = loudDb - floor;
  const noise = floor + Math.max(NOISE_SHARE * range, Math.min(LEAST_ABOVE_NOISE, 0.6 * range));
  const threshold = Math.max(loudDb - QUIET, noise);
  const isLoud = (i: number): boolean => level[i]! > threshold;
  const isVoice = (i: number): boolean => f0Hz[i]! > 0 && level[i]! > loudDb - QUIET_VOICE;
  let [loud, voiced] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (isLoud(i)) loud++;
    if (isVoice(i)) voiced++;
  }
  const isWhispered = voiced < WHISPER_SHARE * loud;
  const reach = distances(count, isVoice);
  const reachFrames = CONSONANT_REACH / step;
  const isSpeech = (i: number): boolean =>
    isVoice(i) || (isLoud(i) && (isWhispered || reach[i]! <= reachFrames));
  const groups = joinRuns(count, step, isSpeech).filter((group) => {
    if (sounds.length === 0 || group.end - group.start < SHORTEST_GROUP) return false;
    let own = 0;
    for (let i = Math.round(group.start / step); i < group.end / step; i++) if (f0Hz[i]! > 0) own++;
    return own * step >= LEAST_VOICED || overlap(sounds, group) > 0.5 * (group.end - group.start);
  });
  const inside = groups.map(({ start, end }) => ({ start, end: Math.min(end, duration) }));
  return { groups: inside, pauses: pausesBetween(inside, duration), loudDb, isWhispered };
}

/** The level that the loudest tenth of the voice reaches; of everything, where there is hardly a voice. */
function loudnessOf(level: Float64Array, f0Hz: Float32Array): number {
  const voiced = level.filter((_, i) => f0Hz[i]! > 0);
  return percentile(voiced.length >= 10 ? voiced : level, 0.9);
}

function percentile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? -100;
}

/** Frames from each frame to the nearest for which `is` holds. */
function distances(count: number, is: (i: number) => boolean): Float64Array {
  const result = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < count; i++)
    result[i] = is(i) ? 0 : i > 0 ? result[i - 1]! + 1 : Number.POSITIVE_INFINITY;
  for (let i = count - 2; i >= 0; i--) result[i] = Math.min(result[i]!, result[i + 1]! + 1);
  return result;
}

function joinRuns(count: number, step: number, is: (i: number) => boolean): BreathGroup[] {
  const runs: { start: number; end: number }[] = [];
  for (let i = 0; i < count; i++) {
    if (!is(i)) continue;
    const last = runs[runs.length - 1];
    if (last !== undefined && i * step - last.end < REST_PAUSE - 1e-6) last.end = (i + 1) * step;
    else runs.push({ start: i * step, end: (i + 1) * step });
  }
  return runs;
}

function overlap(sounds: readonly Phoneme[], group: BreathGroup): number {
  let sum = 0;
  for (const { start, end } of sounds)
    sum += Math.max(0, Math.min(end, group.end) - Math.max(start, group.start));
  return sum;
}

function pausesBetween(groups: readonly BreathGroup[], duration: number): Pause[] {
  const pauses: Pause[] = [];
  let reached = 0;
  for (const { start, end } of [...groups, { start: duration, end: duration }]) {
    if (start - reached > 1e-6) pauses.push({ start: reached, end: start });
    reached = end;
  }
  return pauses;
}
