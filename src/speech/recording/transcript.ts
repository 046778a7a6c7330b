import type { EngineSet } from "../engines/engine-set.js";
import { isEnglish } from "../language/prompt-language.js";
import { readPrompt } from "../read-prompt.js";
import { planUtterances } from "../utterances.js";

/** A sound that a transcript asks for. */
export type TranscriptSound = {
  /** ARPAbet. */
  readonly symbol: string;
  readonly stress: 0 | 1 | 2;
  /** Index into {@link Transcript.words}. */
  readonly word: number;
};

/** What is said in a recording, as text and as sounds. */
export type Transcript = {
  readonly sounds: readonly TranscriptSound[];
  readonly words: readonly { readonly text: string; readonly sentence: number }[];
  readonly sentences: readonly { readonly text: string }[];
};

/**
 * Reads a transcript aloud, silently: an engine tells which sounds it has.
 *
 * @param language - BCP 47 tag; `null` to find it out
 * @throws InputError as `readPrompt` does; CancelledError when the signal fires
 */
export async function readTranscript(
  prompt: string,
  language: string | null,
  engines: EngineSet,
  signal?: AbortSignal,
): Promise<Transcript> {
  const read = await readPrompt(prompt, language);
  const engine = engines.get({ engine: isEnglish(read.language) ? "flite" : "espeak" });
  const speaker = isEnglish(read.language) ? "slt" : "f2";
  const sounds: TranscriptSound[] = [];
  const words: { text: string; sentence: number }[] = [];
  const sentences: { text: string }[] = [];
  for (const sentence of read.script.sentences) {
    sentences.push({ text: sentence.text });
    let lastToken = -1;
    for (const { sentence: spoken, tokenOf } of planUtterances(sentence, read.language.tag)) {
      const { phones } = await engine.speak(spoken, { speaker }, signal);
      for (const { symbol, stress, token } of phones) {
        const written = tokenOf[token];
        if (symbol === "pau" || written === undefined) continue;
        if (written !== lastToken)
          words.push({ text: sentence.tokens[written]!.written, sentence: sentences.length - 1 });
        lastToken = written;
        sounds.push({ symbol, stress, word: words.length - 1 });
      }
    }
    if (lastToken < 0) sentences.pop();
  }
  return { sounds, words, sentences };
}
