import { clamp } from "../../shared/numeric.js";
import type { AcousticFrames } from "./acoustic-frames.js";

/** Sounds in the frames of a recording: ARPAbet symbols that stand for their mouth shape. */
export const SOUNDS = [
  "pau",
  "aa",
  "ae",
  "eh",
  "ah",
  "iy",
  "ow",
  "uw",
  "s",
  "sh",
  "hh",
  "m",
  "n",
  "p",
  "t",
  "k",
] as const;
export type Sound = (typeof SOUNDS)[number];

/** Sound below this is silence whatever the rest of the recording is, decibels of full scale. */
const ABSOLUTE_FLOOR_DB = -66;
/** Silences up to this long between sounds are the closures of stops, frames. */
const MAX_STOP_FRAMES = 13;
const MIN_STOP_FRAMES = 2;
/** Sounds shorter than this are taken for noise. */
const MIN_SPEECH_FRAMES = 4;
/** Formants of a neutral vowel as the analysis reads them, hertz; the speaker's own medians replace them in part. */
const NEUTRAL = { formant1: 570, formant2: 1_550 };

type Levels = { readonly loud: number; readonly threshold: number };
type Speaker = { readonly loud: number; readonly formant1: number; readonly formant2: number };

/**
 * Names the sound of each frame, from its level, spectrum and resonances, by rules: silence is `pau`;
 * hissing by its pitch `s`, `sh` or `hh`; vowels by their first two formants relative to the speaker's;
 * weak dark voice `m` or `n`; short silences inside speech are stops, told apart by their burst.
 *
 * The rules follow the envelope of the sound closely and the kind of sound roughly; they know no language
 * and no words. A trained acoustic model does this better and will take their place.
 */
export function classifyFrames(frames: AcousticFrames): Sound[] {
  const levels = measureLevels(frames.level);
  const active = findSpeech(frames.level, levels);
  const speaker = measureSpeaker(frames, active, levels);
  const sounds = Array.from(active, (isActive, i): Sound => (isActive ? soundOf(frames, i, speaker) : "pau"));
  weakVoice(frames, active, sounds, speaker);
  stops(frames, active, sounds);
  voiceBeforeStops(sounds);
  return sounds;
}

/** How loud the speech is, and from which level on something is heard. */
function measureLevels(level: Float32Array): Levels {
  const sorted = level.slice().sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))];
  const loud = at(0.95);
  const floor = Math.max(at(0.1), loud - 45);
  const range = loud - floor;
  // Without pauses the quietest parts are no noise floor but quiet speech.
  const threshold = range > 12 ? floor + clamp(0.3 * range, 5, 14) : loud - 12;
  return { loud, threshold: Math.max(threshold, ABSOLUTE_FLOOR_DB) };
}

function findSpeech(level: Float32Array, { threshold }: Levels): boolean[] {
  // Three frames together decide, so that one click is no speech.
  const active = Array.from(level, (_, i) => {
    const near = [level[Math.max(0, i - 1)], level[i], level[Math.min(level.length - 1, i + 1)]];
    return near.reduce((a, b) => a + b, 0) / 3 > threshold;
  });
  for (const { start, end, value } of runsOf(active)) {
    if (value && end - start < MIN_SPEECH_FRAMES) active.fill(false, start, end);
  }
  return active;
}

function measureSpeaker(frames: AcousticFrames, active: readonly boolean[], { loud }: Levels): Speaker {
  const voiced: number[] = [];
  for (let i = 0; i < frames.count; i++) {
    if (active[i] && frames.high[i] < 0.3 && frames.level[i] > loud - 15) voiced.push(i);
  }
  if (voiced.length < 30) return { loud, ...NEUTRAL };
  const median = (values: Float32Array): number => {
    const sorted = voiced.map((i) => values[i]).sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
  };
  // Half of the speaker's own: what is said also moves the medians.
  return {
    loud,
    formant1: 0.5 * (NEUTRAL.formant1 + median(frames.formant1)),
    formant2: 0.5 * (NEUTRAL.formant2 + median(frames.formant2)),
  };
}

function soundOf(frames: AcousticFrames, i: number, speaker: Speaker): Sound {
  const centroid = frames.centroid[i];
  const isVoiced = frames.low[i] > 0.12 || centroid < 1_400;
  if (frames.high[i] > 0.55 && centroid > 4_200) return "s";
  if (!isVoiced && centroid > 2_300) return frames.level[i] > speaker.loud - 22 ? "sh" : "hh";
  return vowelOf(
    frames.formant1[i] / speaker.formant1,
    frames.formant2[i] / speaker.formant2,
    frames.level[i] - speaker.loud,
  );
}

/** A vowel by its formants relative to the neutral vowel, and its level relative to loud speech, decibels. */
function vowelOf(f1: number, f2: number, level: number): Sound {
  // Loud voice comes out of an open mouth, whatever the formants were mistaken for.
  const open = f1 + clamp((level + 5) / 50, -0.25, 0.08);
  if (open < 0.85) return f2 > 1.12 ? "iy" : f2 < 0.88 ? "uw" : "ah";
  if (open < 1.12) return f2 > 1.15 ? "eh" : f2 < 0.8 ? "ow" : "ah";
  return f2 > 1.05 ? "ae" : "aa";
}

/** Weak voice with hardly anything above 500 Hz between louder sounds: the mouth is closed, the nose sounds. */
function weakVoice(
  frames: AcousticFrames,
  active: readonly boolean[],
  sounds: Sound[],
  speaker: Speaker,
): void {
  const reach = 12;
  for (let i = 0; i < frames.count; i++) {
    if (!active[i] || frames.low[i] < 0.8 || frames.high[i] > 0.02) continue;
    let near = speaker.loud - 30;
    for (let k = Math.max(0, i - reach); k <= Math.min(frames.count - 1, i + reach); k++) {
      near = Math.max(near, frames.level[k]);
    }
    const drop = near - frames.level[i];
    if (drop > 7 && frames.low[i] > 0.93) sounds[i] = "m";
    else if (drop > 4) sounds[i] = "n";
  }
}

/** Short silences between sounds become the stop that their burst sounds like. */
function stops(frames: AcousticFrames, active: readonly boolean[], sounds: Sound[]): void {
  const runs = runsOf(active);
  runs.forEach(({ start, end, value }, r) => {
    const length = end - start;
    const isInside = r > 0 && r < runs.length - 1;
    if (value || !isInside || length < MIN_STOP_FRAMES || length > MAX_STOP_FRAMES) {
      if (!value && isInside && length < MIN_STOP_FRAMES) sounds.fill(sounds[start - 1], start, end);
      return;
    }
    const burst = 0.5 * (frames.centroid[end] + frames.centroid[Math.min(frames.count - 1, end + 1)]);
    sounds.fill(burst > 3_000 ? "t" : burst > 1_400 ? "k" : "p", start, end);
  });
}

/** Voice that dies away into an open stop, or comes out of it, has an open mouth as well. */
function voiceBeforeStops(sounds: Sound[]): void {
  const runs = runsOf(sounds);
  runs.forEach(({ start, end, value }, r) => {
    const besides = [runs[r - 1]?.value, runs[r + 1]?.value];
    if (value === "m" && besides.some((sound) => sound === "t" || sound === "k"))
      sounds.fill("n", start, end);
  });
}

/** Maximal runs of equal values. */
export function runsOf<T>(values: readonly T[]): { start: number; end: number; value: T }[] {
  const runs: { start: number; end: number; value: T }[] = [];
  values.forEach((value, i) => {
    const last = runs.at(-1);
    if (last !== undefined && last.value === value) last.end = i + 1;
    else runs.push({ start: i, end: i + 1, value });
  });
  return runs;
}
