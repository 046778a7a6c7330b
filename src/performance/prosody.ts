import { clamp } from "../shared/numeric.js";
import type { Melody, Phoneme, Speech } from "../speech/index.js";
import { type BreathGroups, findBreathGroups } from "./breath-groups.js";
import { gaussianSmooth } from "./curve-shaping.js";
import { type Contour, contourOf, type Ending, endingOf } from "./intonation.js";
import { type Loudness, measureLoudness } from "./loudness.js";
import { isVowel } from "./mouth-shapes.js";
import type { Pause, Phrasing } from "./phrasing.js";
import { findNuclei, type Nucleus } from "./syllables.js";
import { isFunctionWord, scorer, vowelEfforts } from "./vowel-effort.js";

/** One syllable, with how much it stands out. Seconds. */
export type Syllable = {
  /** Where its vowel is heard. */
  readonly start: number;
  readonly end: number;
  /** The loudest moment. */
  readonly peak: number;
  /** How much it stands out among the others: 0 is average, in standard deviations. */
  readonly prominence: number;
  /** How far the voice rises above the line it sinks along, relative to the other syllables, in standard deviations. */
  readonly pitch: number;
  /** True on the syllables that carry an accent of the sentence. */
  readonly isAccent: boolean;
};

/** A breath group, and how the voice ends it. Seconds. */
export type SpokenPhrase = { readonly start: number; readonly end: number; readonly ending: Ending };

/** Melody, rhythm and stress of a speech, heard in its sound. */
export type Prosody = {
  readonly loudness: Loudness;
  /** How far the mouth opens for each vowel, by its index in `Phrasing.sounds`. */
  readonly efforts: ReadonlyMap<number, number>;
  readonly syllables: readonly Syllable[];
  readonly phrases: readonly SpokenPhrase[];
  /** What lies between the phrases. */
  readonly pauses: readonly Pause[];
  /** Height of the voice in semitones relative to the usual one of this speaker, per step of the melody; 0 where nothing is heard. */
  readonly height: Float64Array;
  /** Seconds from one value of `height` to the next. */
  readonly step: number;
};

/** What stands out is high, loud and long. */
const WEIGHTS = { pitch: 0.55, level: 0.4, duration: 0.3 } as const;
/** Least spreads that scores are told by: semitones, decibels, seconds. */
const LEAST_SPREAD = { pitch: 0.8, level: 2, duration: 0.02 } as const;
/** What the text says about stress; it only decides between syllables that sound alike. */
const TEXT_HINT = 0.12;
/** The last syllable of a phrase is long because it is the last. */
const FINAL_LENGTHENING = 0.5;
const LEAST_PROMINENCE = 0.3;
/** Accents of one another's neighbourhood: only the strongest counts, seconds. */
const NEIGHBOURHOOD = 0.34;

/**
 * Hears how a speech is spoken. The sound decides; the text breaks ties only, so a recording moves the head like the
 * synthesis of the same sentence.
 */
export function analyseProsody(speech: Speech, phrasing: Phrasing): Prosody {
  const loudness = measureLoudness(speech.samples);
  const { melody } = speech;
  const breath = findBreathGroups(melody, phrasing.sounds, speech.duration);
  const contours = breath.groups.map((group) => contourOf(melody, group));
  return {
    loudness,
    efforts: vowelEfforts(speech, phrasing, loudness),
    syllables: weighSyllables(speech, phrasing, findNuclei(melody, breath), contours),
    phrases: breath.groups.map((group, k) => ({
      ...group,
      ending: ending(melody, contours[k]!, phrasing, group.end),
    })),
    pauses: breath.pauses,
    height: heightOver(melody, breath, contours),
    step: melody.step,
  };
}

/** A voice that neither rises nor falls asks a question where the text does. */
function ending(melody: Melody, contour: Contour | null, phrasing: Phrasing, end: number): Ending {
  const heard = contour === null ? "level" : endingOf(contour, melody.step);
  if (heard !== "level") return heard;
  return phrasing.phrases.some((phrase) => phrase.isQuestion && Math.abs(phrase.end - end) < 0.2)
    ? "rise"
    : heard;
}

function weighSyllables(
  speech: Speech,
  phrasing: Phrasing,
  nuclei: readonly Nucleus[],
  contours: readonly (Contour | null)[],
): Syllable[] {
  const { step } = speech.melody;
  const excursions = nuclei.map((nucleus) => excursion(nucleus, contours[nucleus.phrase]!, step));
  const durations = nuclei.map((nucleus, n) => {
    const isLast = nuclei[n + 1]?.phrase !== nucleus.phrase;
    return (nucleus.end - nucleus.start) * (isLast ? FINAL_LENGTHENING : 1);
  });
  const pitchScore = scorer(excursions, LEAST_SPREAD.pitch);
  const durationScore = scorer(durations, LEAST_SPREAD.duration);
  const levelScore = levelScores(nuclei);
  const hints = textHints(speech, phrasing, nuclei);
  const drafts = nuclei.map(({ start, end, peak }, n) => ({
    start,
    end,
    peak,
    pitch: pitchScore(excursions[n]!),
    prominence:
      WEIGHTS.pitch * pitchScore(excursions[n]!) +
      WEIGHTS.level * levelScore[n]! +
      WEIGHTS.duration * durationScore(durations[n]!) +
      hints[n]!,
  }));
  return drafts.map((draft, n) => ({ ...draft, isAccent: isAccent(drafts, n) }));
}

/** How far the voice rises above its line within a syllable, semitones. */
function excursion({ start, end }: Nucleus, contour: Contour | null, step: number): number {
  if (contour === null) return 0;
  const from = Math.max(0, Math.round(start / step) - contour.first);
  const to = Math.min(contour.height.length, Math.round(end / step) - contour.first);
  const above: number[] = [];
  for (let i = from; i < to; i++) above.push(contour.height[i]! - contour.line[i]!);
  above.sort((a, b) => a - b);
  return above[Math.floor(0.8 * (above.length - 1))] ?? 0;
}

/** Levels relative to the phrase's own, so that who turns away or tires keeps his accents. */
function levelScores(nuclei: readonly Nucleus[]): number[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { phrase, levelDb } of nuclei) {
    const own = sums.get(phrase) ?? { sum: 0, count: 0 };
    sums.set(phrase, { sum: own.sum + levelDb, count: own.count + 1 });
  }
  const all = nuclei.reduce((sum, { levelDb }) => sum + levelDb, 0) / Math.max(1, nuclei.length);
  const relative = nuclei.map(({ phrase, levelDb }) => {
    const { sum, count } = sums.get(phrase)!;
    // One or two syllables are no measure of themselves.
    return levelDb - (sum + 3 * all) / (count + 3);
  });
  const score = scorer(relative, LEAST_SPREAD.level);
  return relative.map(score);
}

/** What the text has to say about each syllable: a trace more for stress, a trace less for function words. */
function textHints(speech: Speech, phrasing: Phrasing, nuclei: readonly Nucleus[]): number[] {
  const vowels = phrasing.sounds.filter(({ symbol }) => isVowel(symbol));
  const knowsStress = vowels.some(({ stress }) => stress > 0);
  let v = 0;
  return nuclei.map(({ peak }) => {
    while (v + 1 < vowels.length && vowels[v]!.end <= peak) v++;
    const vowel: Phoneme | undefined = vowels[v];
    if (!knowsStress || vowel === undefined || vowel.start > peak) return 0;
    const isFunction = isFunctionWord(speech.words[vowel.word]?.text ?? "");
    return isFunction || vowel.stress === 0 ? -TEXT_HINT : TEXT_HINT;
  });
}

type Prominent = { readonly peak: number; readonly prominence: number };

/** An accent stands out by itself and is the highest of its surroundings. */
function isAccent(syllables: readonly Prominent[], index: number): boolean {
  const own = syllables[index]!;
  if (own.prominence < LEAST_PROMINENCE) return false;
  for (const step of [-1, 1]) {
    for (let k = index + step; k >= 0 && k < syllables.length; k += step) {
      const other = syllables[k]!;
      if (Math.abs(other.peak - own.peak) > NEIGHBOURHOOD) break;
      if (other.prominence > own.prominence || (other.prominence === own.prominence && step < 0))
        return false;
    }
  }
  return true;
}

/** The voice's height over the whole speech, without corners where phrases begin and end. */
function heightOver(
  melody: Melody,
  breath: BreathGroups,
  contours: readonly (Contour | null)[],
): Float64Array {
  const height = new Float64Array(melody.f0Hz.length);
  const all: number[] = [];
  for (const contour of contours) if (contour !== null) for (const value of contour.height) all.push(value);
  const usual = Float64Array.from(all).sort()[all.length >> 1] ?? 0;
  breath.groups.forEach((_, k) => {
    const contour = contours[k]!;
    contour?.height.forEach((value, i) => {
      height[contour.first + i] = clamp(value - usual, -12, 12);
    });
  });
  return gaussianSmooth(height, 0.08 / melody.step);
}
