import type { Alignment } from "../acoustic/align-sounds.js";
import type { SoundRun } from "../acoustic/find-sounds.js";
import { FRAME_SECONDS } from "../acoustic/mel-features.js";
import { SILENCE, SOUND_CLASSES } from "../acoustic/sound-classes.js";
import { type Phoneme, SAMPLE_RATE, type Sentence, type Word } from "../speech.js";
import type { Transcript } from "./transcript.js";

/** What is said when; see {@link Speech}. */
export type HeardTimeline = {
  readonly phonemes: readonly Phoneme[];
  readonly words: readonly Word[];
  readonly sentences: readonly Sentence[];
};

/** Silence up to this long between known sounds is no pause, seconds: the sound before it lasts on. */
const SHORTEST_PAUSE = 0.06;

/** The timeline of sounds that were found in the sound alone: no words. */
export function timelineOfRuns(runs: readonly SoundRun[], sampleCount: number): HeardTimeline {
  const phonemes = new PhonemeRow(sampleCount);
  for (const { sound, end } of runs) phonemes.until(end * FRAME_SECONDS, SOUND_CLASSES[sound]!, -1, 0);
  return { phonemes: phonemes.finish(), words: [], sentences: [] };
}

/** The timeline of a transcript whose sounds were found. */
export function timelineOfTranscript(
  transcript: Transcript,
  { sounds }: Alignment,
  sampleCount: number,
): HeardTimeline {
  const phonemes = new PhonemeRow(sampleCount);
  const spans = transcript.words.map(() => ({ start: Number.POSITIVE_INFINITY, end: 0 }));
  sounds.forEach(({ start, end }, i) => {
    const { symbol, stress, word } = transcript.sounds[i]!;
    const from = start * FRAME_SECONDS;
    if (from - phonemes.end >= SHORTEST_PAUSE || i === 0) phonemes.until(from, "pau", -1, 0);
    phonemes.until(end * FRAME_SECONDS, symbol, word, stress);
  });
  for (const { word, start, end } of phonemes.finish()) {
    const span = spans[word];
    if (span === undefined) continue;
    span.start = Math.min(span.start, start);
    span.end = Math.max(span.end, end);
  }
  const words = transcript.words.map((word, i) => ({ ...word, ...spans[i]! }));
  const sentences = transcript.sentences.map(({ text }, index) => {
    const own = words.filter(({ sentence }) => sentence === index);
    return { text, start: own[0]!.start, end: own.at(-1)!.end };
  });
  return { phonemes: phonemes.finish(), words, sentences };
}

/** Phonemes one after the other, without gaps, at whole samples. */
class PhonemeRow {
  readonly #phonemes: { symbol: string; start: number; end: number; word: number; stress: 0 | 1 | 2 }[] = [];
  readonly #duration: number;
  /** End of the last phoneme, seconds. */
  end = 0;

  constructor(sampleCount: number) {
    this.#duration = sampleCount / SAMPLE_RATE;
  }

  /** Adds a phoneme from the end of the last one. */
  until(seconds: number, symbol: string, word: number, stress: 0 | 1 | 2): void {
    const end = Math.min(this.#duration, seconds);
    if (end <= this.end) return;
    const last = this.#phonemes.at(-1);
    if (last?.symbol === symbol && last.word === word) last.end = end;
    else this.#phonemes.push({ symbol, start: this.end, end, word, stress });
    this.end = end;
  }

  finish(): Phoneme[] {
    const last = this.#phonemes.at(-1);
    if (last !== undefined && (last.symbol === "pau" || this.#duration - this.end < SHORTEST_PAUSE))
      last.end = this.#duration;
    else this.until(this.#duration, SOUND_CLASSES[SILENCE], -1, 0);
    this.end = this.#duration;
    return this.#phonemes;
  }
}
