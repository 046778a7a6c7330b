import { clamp } from "../shared/numeric.js";
import { log } from "../shared/portable-math.js";
import type { Phoneme, Speech, SAMPLE_RATE as SpeechSampleRate } from "../speech/index.js";
import { meanAndDeviation } from "./curve-shaping.js";
import { isVowel } from "./mouth-shapes.js";
import type { Phrasing } from "./phrasing.js";

// A stage shares types only; the type makes sure that this stays the rate of all speech.
const SAMPLE_RATE: typeof SpeechSampleRate = 48_000;
/** Samples per value of {@link Loudness.power}: 5 ms. */
const HOP = 240;
/** Values of the loudness track per second. */
export const LOUDNESS_RATE = SAMPLE_RATE / HOP;
const SILENCE_DECIBEL = -90;

/** Mean power of the sound in steps of 5 ms. */
export type Loudness = { readonly power: Float64Array };

/** One syllable, told by its vowel, with how much it stands out. */
export type Syllable = {
  /** Index into `Phrasing.sounds`. */
  readonly sound: number;
  readonly start: number;
  readonly end: number;
  readonly word: number;
  /** How far the mouth opens for it: 1 is usual, `[.45, 1.25]`. */
  readonly effort: number;
  /** How much it stands out among the others: 0 is average, in standard deviations. */
  readonly prominence: number;
  /** Height of the voice relative to its mean, in standard deviations; 0 when unvoiced. */
  readonly pitch: number;
  /** True on the syllables that carry an accent of the sentence. */
  readonly isAccent: boolean;
};

/** The melody, rhythm and stress of a speech. */
export type Prosody = {
  readonly loudness: Loudness;
  readonly syllables: readonly Syllable[];
  /** For each phrase, true when the voice rises at its end: a question, or more to come. */
  readonly isRising: readonly boolean[];
};

/** A rise of the voice by this factor at a phrase's end sounds like a question. */
const QUESTION_RISE = 1.2;

/** Measures how the sentence is spoken. */
export function analyseProsody(speech: Speech, phrasing: Phrasing): Prosody {
  const loudness = measureLoudness(speech.samples);
  const sounds = phrasing.sounds;
  const vowels = sounds.map((_, i) => i).filter((i) => isVowel(sounds[i]!.symbol));
  const levels = vowels.map((i) => levelBetween(loudness, sounds[i]!.start, sounds[i]!.end));
  const pitches = vowels.map((i) => pitchBetween(speech.samples, sounds[i]!.start, sounds[i]!.end));
  const levelScore = scorer(levels, 2);
  const pitchScore = scorer(pitches.filter((p) => p > 0).map(log), 0.05);
  const durationScore = scorer(
    vowels.map((i) => sounds[i]!.end - sounds[i]!.start),
    0.02,
  );
  const knowsStress = vowels.some((i) => sounds[i]!.stress > 0);
  const drafts = vowels.map((i, v) => {
    const sound = sounds[i]!;
    const isFunction = isFunctionWord(speech.words[sound.word]?.text ?? "");
    const stress = knowsStress ? (sound.stress === 1 ? 0.5 : sound.stress === 2 ? 0.1 : -0.6) : 0;
    const loud = levelScore(levels[v]!);
    const high = pitches[v]! > 0 ? pitchScore(log(pitches[v]!)) : 0;
    const long = durationScore(sound.end - sound.start);
    return {
      sound: i,
      start: sound.start,
      end: sound.end,
      word: sound.word,
      effort: vowelEffort(sound, knowsStress, isFunction, loud, long),
      pitch: high,
      prominence: 0.5 * loud + 0.45 * high + 0.3 * long + stress - (isFunction ? 0.6 : 0),
    };
  });
  const syllables = drafts.map((draft, v) => ({ ...draft, isAccent: isAccent(drafts, v) }));
  const voiced = vowels.map((i, v) => ({ end: sounds[i]!.end, pitch: pitches[v]! }));
  const isRising = phrasing.phrases.map(
    (phrase) => phrase.isQuestion || (speech.words.length === 0 && rises(voiced, phrase)),
  );
  return { loudness, syllables, isRising };
}

/** Where no text tells: the last syllable of a question is clearly higher than those before it. */
function rises(
  voiced: readonly { readonly end: number; readonly pitch: number }[],
  phrase: { readonly start: number; readonly end: number },
): boolean {
  const own = voiced
    .filter(({ end, pitch }) => pitch > 0 && end > phrase.start && end <= phrase.end + 1e-6)
    .map(({ pitch }) => pitch);
  if (own.length < 4) return false;
  const before = own.slice(-5, -1).sort((a, b) => a - b);
  return own[own.length - 1]! > QUESTION_RISE * before[before.length >> 1]!;
}

/** Opening of a vowel relative to its table value (JALI: stress; JA/LI: loudness; short vowels undershoot). */
function vowelEffort(
  sound: Phoneme,
  knowsStress: boolean,
  isFunction: boolean,
  loud: number,
  long: number,
): number {
  const stress = !knowsStress ? 0.95 : sound.stress === 1 ? 1.02 : sound.stress === 2 ? 0.9 : 0.74;
  const word = isFunction ? 0.88 : 1;
  return clamp(
    stress * word * clamp(1 + 0.2 * loud, 0.6, 1.25) * clamp(1 + 0.06 * long, 0.85, 1.1),
    0.45,
    1.25,
  );
}

type Prominent = { readonly start: number; readonly prominence: number };

/** An accent stands out by itself and is the highest of its surroundings. */
function isAccent(syllables: readonly Prominent[], index: number): boolean {
  const own = syllables[index]!;
  if (own.prominence < 0.3) return false;
  for (const step of [-1, 1]) {
    for (let k = index + step; k >= 0 && k < syllables.length; k += step) {
      const other = syllables[k]!;
      if (Math.abs(other.start - own.start) > 0.34) break;
      if (other.prominence > own.prominence || (other.prominence === own.prominence && step < 0))
        return false;
    }
  }
  return true;
}

/** Standard score against a population whose spread is at least `floor`. */
function scorer(values: readonly number[], floor: number): (value: number) => number {
  const { mean, deviation } = meanAndDeviation(values);
  return (value) => clamp((value - mean) / Math.max(floor, deviation), -2.5, 2.5);
}

function measureLoudness(samples: Float32Array): Loudness {
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
function levelBetween(loudness: Loudness, start: number, end: number): number {
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

const PITCH_DECIMATION = 10;
const PITCH_RATE = SAMPLE_RATE / PITCH_DECIMATION;
const PITCH_WINDOW = Math.floor(0.04 * PITCH_RATE);
const SHORTEST_PERIOD = Math.floor(PITCH_RATE / 420);
const LONGEST_PERIOD = Math.ceil(PITCH_RATE / 65);

/** Median fundamental frequency of an interval in hertz by normalised autocorrelation; 0 when unvoiced. */
function pitchBetween(samples: Float32Array, start: number, end: number): number {
  const found: number[] = [];
  for (const part of [0.3, 0.5, 0.7]) {
    const pitch = pitchAt(samples, start + part * (end - start));
    if (pitch > 0) found.push(pitch);
  }
  found.sort((a, b) => a - b);
  return found.length === 0 ? 0 : found[Math.floor(found.length / 2)]!;
}

function pitchAt(samples: Float32Array, time: number): number {
  const length = PITCH_WINDOW + LONGEST_PERIOD;
  const first = Math.floor(time * SAMPLE_RATE) - Math.floor((length * PITCH_DECIMATION) / 2);
  const x = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let k = 0; k < PITCH_DECIMATION; k++) {
      const value = samples[first + i * PITCH_DECIMATION + k] ?? 0;
      if (value > -16 && value < 16) sum += value;
    }
    x[i] = sum;
  }
  const scores: number[] = [];
  let best = 0;
  const energyFrom = (first: number): number => {
    let energy = 1e-9;
    for (let i = first; i < first + PITCH_WINDOW; i++) energy += x[i]! * x[i]!;
    return energy;
  };
  const own = energyFrom(0);
  let other = energyFrom(SHORTEST_PERIOD);
  for (let lag = SHORTEST_PERIOD; lag <= LONGEST_PERIOD; lag++) {
    let cross = 0;
    for (let i = 0; i < PITCH_WINDOW; i++) cross += x[i]! * x[i + lag]!;
    const score = cross / Math.sqrt(own * Math.max(other, 1e-9));
    const [gone, come] = [x[lag]!, x[lag + PITCH_WINDOW] ?? 0];
    other += come * come - gone * gone;
    scores.push(score);
    best = Math.max(best, score);
  }
  if (best < 0.5) return 0;
  // The shortest good period: multiples of the true one correlate just as well.
  for (let i = 1; i + 1 < scores.length; i++) {
    const score = scores[i]!;
    if (score < 0.88 * best || score < scores[i - 1]! || score < scores[i + 1]!) continue;
    const curvature = scores[i - 1]! - 2 * score + scores[i + 1]!;
    const shift = curvature < 0 ? (0.5 * (scores[i - 1]! - scores[i + 1]!)) / curvature : 0;
    return PITCH_RATE / (SHORTEST_PERIOD + i + shift);
  }
  return 0;
}

const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    "a an the of to in on at for from by with as into onto and or but nor so than that if is are was were be been am " +
    "do does did has have had will would can could shall should may might must it its he she we you they i me him her " +
    "us them my your his our their this these those there who which"
  ).split(" "),
);

function isFunctionWord(text: string): boolean {
  return FUNCTION_WORDS.has(text.toLowerCase().replace(/[^a-z]/g, ""));
}
