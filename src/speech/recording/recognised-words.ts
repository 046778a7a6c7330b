import type { InstalledModel } from "../models/model.js";
import type { RecognisedWord } from "../recognition/ctc-decode.js";
import { recogniseWords } from "../recognition/recognise-words.js";
import { RECOGNITION_RATE } from "../recognition/windows.js";
import { resample } from "../signal/resample.js";
import { SAMPLE_RATE, type Sentence, type Word } from "../speech.js";

/** Silence between two words from which on they are in different sentences, seconds: a recogniser hears no full stops. */
const SENTENCE_GAP = 0.6;

/**
 * Words and sentences of a recording whose text is not known.
 *
 * @param samples - mono at 48 kHz
 * @throws as `recogniseWords` does
 */
export async function wordsInRecording(
  samples: Float32Array,
  model: InstalledModel,
  signal?: AbortSignal,
): Promise<{ words: Word[]; sentences: Sentence[] }> {
  const heard = resample(samples, SAMPLE_RATE, RECOGNITION_RATE);
  const found = await recogniseWords(heard, model, signal === undefined ? {} : { signal });
  return inSentences(found, samples.length / SAMPLE_RATE);
}

/** Words in order, without overlaps, inside the recording. */
export function inSentences(
  found: readonly RecognisedWord[],
  duration: number,
): { words: Word[]; sentences: Sentence[] } {
  const words: Word[] = [];
  const sentences: { text: string; start: number; end: number }[] = [];
  for (const { text, start, end } of found) {
    const last = words.at(-1);
    const from = Math.max(start, last?.end ?? 0);
    const to = Math.min(end, duration);
    if (to <= from || text === "") continue;
    if (last === undefined || from - last.end > SENTENCE_GAP)
      sentences.push({ text: "", start: from, end: to });
    const sentence = sentences.at(-1)!;
    sentence.text = `${sentence.text} ${text}`.trim();
    sentence.end = to;
    words.push({ text, start: from, end: to, sentence: sentences.length - 1 });
  }
  return { words, sentences };
}
