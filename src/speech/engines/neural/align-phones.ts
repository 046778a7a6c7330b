import { isVowel } from "../../arpabet.js";
import type { EnginePhone } from "../speech-engine.js";
import { layOut } from "./phone-times.js";
import { type Sound, type SpokenSymbol, soundsOf } from "./symbols.js";

/** Sound whose phones are known but not when they are. */
export type AlignmentTask = {
  readonly samples: Float32Array;
  /** Hertz. */
  readonly sampleRate: number;
  /** What is said: words, and the marks and spaces between them. */
  readonly symbols: readonly SpokenSymbol[];
};

/**
 * Finds when each phone of a known text is said.
 *
 * @returns phones in order, covering the samples without gaps
 */
export type PhoneAligner = (task: AlignmentTask, signal?: AbortSignal) => Promise<readonly EnginePhone[]>;

/** Seconds in which loudness is measured. */
const WINDOW = 0.01;
/** Softer than this share of the loudest moment is silence: -36 dB. */
const SILENCE = 0.016;
/** Mean durations in continuous English speech, as ratios (after Klatt 1976). */
const WEIGHTS = {
  vowel: 1,
  stressed: 1.35,
  diphthong: 1.6,
  fricative: 0.95,
  affricate: 1.05,
  sonorant: 0.65,
  stop: 0.75,
};
const PAUSE_WEIGHT = 2.2;
const DIPHTHONGS = new Set("ay aw ey ow oy".split(" "));
const FRICATIVES = new Set("f v th dh s z sh zh hh".split(" "));
const AFFRICATES = new Set(["ch", "jh"]);
const STOPS = new Set("p b t d k g".split(" "));

/** Shares the part of the sound that is not silent among the phones by what is usual for their kind. */
export const alignPhones: PhoneAligner = async ({ samples, sampleRate, symbols }) => {
  const duration = samples.length / sampleRate;
  const [start, end] = audiblePart(samples, sampleRate);
  const sounds = soundsOf(symbols);
  const pauses = sounds.map((sound, i) => {
    const previous = sounds[i - 1];
    if (previous === undefined) return 0;
    const between = symbols.slice(previous.end, sound.first);
    return between.some(({ text }) => /[,.?!;:]/.test(text)) ? PAUSE_WEIGHT : 0;
  });
  const weights = sounds.map(weightOf);
  const sum = [...weights, ...pauses].reduce((a, b) => a + b, 0);
  const unit = sum > 0 ? (end - start) / sum : 0;
  let at = start;
  const timed = sounds.map((sound, i) => {
    const from = at + (pauses[i] as number) * unit;
    at = from + (weights[i] as number) * unit;
    return { sound, start: from, end: at };
  });
  return layOut(timed, duration);
};

/** How long a sound is among others. */
export function weightOf({ parts, stress }: Pick<Sound, "parts" | "stress">): number {
  return parts.reduce((sum, { symbol }) => {
    if (DIPHTHONGS.has(symbol)) return sum + WEIGHTS.diphthong;
    if (isVowel(symbol)) return sum + (stress > 0 ? WEIGHTS.stressed : WEIGHTS.vowel);
    if (FRICATIVES.has(symbol)) return sum + WEIGHTS.fricative;
    if (AFFRICATES.has(symbol)) return sum + WEIGHTS.affricate;
    return sum + (STOPS.has(symbol) ? WEIGHTS.stop : WEIGHTS.sonorant);
  }, 0);
}

/** From the first to the last moment that can be heard, seconds; all of it when nothing can. */
function audiblePart(samples: Float32Array, sampleRate: number): [number, number] {
  const size = Math.max(1, Math.round(WINDOW * sampleRate));
  const levels = Array.from({ length: Math.ceil(samples.length / size) }, (_, i) => {
    const window = samples.subarray(i * size, (i + 1) * size);
    return Math.sqrt(window.reduce((sum, x) => sum + x * x, 0) / window.length);
  });
  const limit = levels.reduce((a, b) => Math.max(a, b), 0) * SILENCE;
  const loud = (level: number): boolean => level > limit;
  const first = levels.findIndex(loud);
  if (first < 0) return [0, samples.length / sampleRate];
  const last = levels.findLastIndex(loud);
  return [(first * size) / sampleRate, Math.min(samples.length, (last + 1) * size) / sampleRate];
}
