import type { Phoneme, Speech } from "../speech/index.js";
import { isPause } from "./mouth-shapes.js";

/** Silences at least this long bring the mouth to rest, seconds. */
export const REST_PAUSE = 0.25;
/** Silences shorter than this do not change the mouth's posture, seconds. */
export const HELD_PAUSE = 0.12;

/** A stretch without speech. `[start, end)` in seconds. */
export type Pause = { readonly start: number; readonly end: number };

/** A stretch of speech between two pauses of at least {@link REST_PAUSE}. `[start, end)` in seconds. */
export type Phrase = {
  readonly start: number;
  readonly end: number;
  /** True when the sentence that ends here is a question. */
  readonly isQuestion: boolean;
};

/** Where someone speaks and where not. */
export type Phrasing = {
  /** The phonemes that are not pauses. */
  readonly sounds: readonly Phoneme[];
  /** Everything else in `[0, duration)`, ordered. */
  readonly pauses: readonly Pause[];
  readonly phrases: readonly Phrase[];
  readonly duration: number;
};

/** Splits speech into phrases and pauses. Overlapping or empty phonemes are dropped. */
export function phraseSpeech(speech: Speech): Phrasing {
  const duration = speech.duration;
  const sounds: Phoneme[] = [];
  let reached = 0;
  for (const phoneme of speech.source === "silence" ? [] : speech.phonemes) {
    const start = Math.max(reached, phoneme.start);
    const end = Math.min(duration, phoneme.end);
    if (isPause(phoneme.symbol) || !(end > start)) continue;
    sounds.push(start === phoneme.start && end === phoneme.end ? phoneme : { ...phoneme, start, end });
    reached = end;
  }
  const pauses: Pause[] = [];
  const phrases: Phrase[] = [];
  let phraseStart = -1;
  let previousEnd = 0;
  const closePhrase = (end: number): void => {
    if (phraseStart >= 0) phrases.push({ start: phraseStart, end, isQuestion: endsQuestion(speech, end) });
    phraseStart = -1;
  };
  for (const sound of sounds) {
    // Rounding of times must not turn touching sounds into a pause.
    if (sound.start - previousEnd > 1e-6) pauses.push({ start: previousEnd, end: sound.start });
    if (sound.start - previousEnd >= REST_PAUSE) closePhrase(previousEnd);
    if (phraseStart < 0) phraseStart = sound.start;
    previousEnd = sound.end;
  }
  closePhrase(previousEnd);
  if (duration - previousEnd > 1e-6) pauses.push({ start: previousEnd, end: duration });
  return { sounds, pauses, phrases, duration };
}

/** True when the sound that ends at `time` is the last one of a sentence with a question mark. */
function endsQuestion(speech: Speech, time: number): boolean {
  const sentence = speech.sentences.find(({ start, end }) => start < time && time <= end + 0.4);
  if (sentence === undefined || !/[?？؟]["'”’)\]]*\s*$/u.test(sentence.text)) return false;
  return !speech.phonemes.some(
    ({ symbol, start }) => !isPause(symbol) && start >= time && start < sentence.end - 1e-6,
  );
}
