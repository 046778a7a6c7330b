/** Sample rate of all sound inside the program, hertz. */
export const SAMPLE_RATE = 48_000;

/** A spoken sound. Times in seconds, `[start, end)`. */
export type Phoneme = {
  /** Lower-case ARPAbet without stress digit (`aa`, `p`, `zh` …), or `pau` for silence. */
  readonly symbol: string;
  readonly start: number;
  readonly end: number;
  /** Index into `words`; -1 for pauses and where no words are known. */
  readonly word: number;
  /** Lexical stress of a vowel: 1 primary, 2 secondary, 0 none or unknown. */
  readonly stress: 0 | 1 | 2;
};

/** A word as written. `[start, end)` in seconds. */
export type Word = {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Index into `sentences`. */
  readonly sentence: number;
};

/** A sentence as written. `[start, end)` in seconds. */
export type Sentence = { readonly text: string; readonly start: number; readonly end: number };

/**
 * How a sound goes up and down: one value per `step` seconds. Value `i` belongs to `[i * step, (i + 1) * step)`;
 * together they cover the sound. Measured from the sound alone, whatever is said in it.
 */
export type Melody = {
  /** Seconds from one value to the next. */
  readonly step: number;
  /** Pitch of the voice in hertz, 0 where there is none. */
  readonly f0Hz: Float32Array;
  /** Probability that there is a voice, `[0, 1]`. */
  readonly voicing: Float32Array;
  /** A-weighted level, decibels of full scale, at least -100. */
  readonly levelDb: Float32Array;
};

/**
 * Sound with what is said when. Phonemes are ordered, do not overlap, and cover `[0, duration)` without
 * gaps (pauses are `pau`). Words and sentences are ordered and do not overlap.
 */
export type Speech = {
  /** Mono samples in `[-1, 1]` at {@link SAMPLE_RATE}. */
  readonly samples: Float32Array;
  /** Seconds; equals `samples.length / SAMPLE_RATE`. */
  readonly duration: number;
  readonly sentences: readonly Sentence[];
  readonly words: readonly Word[];
  readonly phonemes: readonly Phoneme[];
  readonly melody: Melody;
  /** `silence` is the living portrait: no one speaks. */
  readonly source: "synthesis" | "recording" | "silence";
  readonly warnings: readonly string[];
};
