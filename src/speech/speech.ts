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
  /** `silence` is the living portrait: no one speaks. */
  readonly source: "synthesis" | "recording" | "silence";
  readonly warnings: readonly string[];
};
