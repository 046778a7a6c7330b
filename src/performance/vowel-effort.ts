import { clamp } from "../shared/numeric.js";
import type { Phoneme, Speech } from "../speech/index.js";
import { meanAndDeviation } from "./curve-shaping.js";
import { type Loudness, levelBetween } from "./loudness.js";
import { isVowel } from "./mouth-shapes.js";
import type { Phrasing } from "./phrasing.js";

/**
 * How far the mouth opens for each vowel, by its index in `Phrasing.sounds`: 1 is usual, `[.45, 1.25]`. Loud and
 * stressed vowels are wide, short ones undershoot.
 */
export function vowelEfforts(
  speech: Speech,
  phrasing: Phrasing,
  loudness: Loudness,
): ReadonlyMap<number, number> {
  const sounds = phrasing.sounds;
  const vowels = sounds.map((_, i) => i).filter((i) => isVowel(sounds[i]!.symbol));
  const levels = vowels.map((i) => levelBetween(loudness, sounds[i]!.start, sounds[i]!.end));
  const levelScore = scorer(levels, 2);
  const durationScore = scorer(
    vowels.map((i) => sounds[i]!.end - sounds[i]!.start),
    0.02,
  );
  const knowsStress = vowels.some((i) => sounds[i]!.stress > 0);
  return new Map(
    vowels.map((i, v) => {
      const sound = sounds[i]!;
      const isFunction = isFunctionWord(speech.words[sound.word]?.text ?? "");
      const long = durationScore(sound.end - sound.start);
      return [i, vowelEffort(sound, knowsStress, isFunction, levelScore(levels[v]!), long)];
    }),
  );
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

/** Standard score against a population whose spread is at least `floor`. */
export function scorer(values: readonly number[], floor: number): (value: number) => number {
  const { mean, deviation } = meanAndDeviation(values);
  return (value) => clamp((value - mean) / Math.max(floor, deviation), -2.5, 2.5);
}

const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    "a an the of to in on at for from by with as into onto and or but nor so than that if is are was were be been am " +
    "do does did has have had will would can could shall should may might must it its he she we you they i me him her " +
    "us them my your his our their this these those there who which"
  ).split(" "),
);

/** True for words that usually carry no accent. */
export function isFunctionWord(text: string): boolean {
  return FUNCTION_WORDS.has(text.toLowerCase().replace(/[^a-z]/g, ""));
}
