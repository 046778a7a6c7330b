import { InputError } from "../shared/errors.js";
import { LEAD_IN, MAX_SPEECH_DURATION, TAIL } from "./limits.js";
import type { ReadPrompt } from "./read-prompt.js";
import { SpeechBuilder } from "./speech-builder.js";
import type { ScriptSentence } from "./text/script.js";
import { pauseBetween, planUtterances } from "./utterances.js";
import type { Speaker } from "./voices/choose-speaker.js";

/**
 * Speaks a script sentence by sentence.
 *
 * @param prompt - as the caller sent it, for messages
 * @throws InputError `audio_duration_too_long` on `prompt`
 */
export async function speakScript(
  { script, language }: ReadPrompt,
  prompt: string,
  { engine, voice }: Speaker,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (share: number) => void },
): Promise<SpeechBuilder> {
  const builder = new SpeechBuilder();
  builder.pause(LEAD_IN + script.leadingBreak);
  const total = script.sentences.reduce((sum, sentence) => sum + sentence.text.length, 0);
  let done = 0;
  let pending: { seconds: number; exact: boolean } | null = null;
  for (const [index, sentence] of script.sentences.entries()) {
    const utterances = planUtterances(sentence, language.tag);
    for (const [part, utterance] of utterances.entries()) {
      const spoken = await engine.speak(utterance.sentence, voice, options.signal);
      if (pending !== null) builder.pause(pending.seconds);
      builder.utterance(spoken, {
        sentenceText: sentence.text,
        sentence: index,
        tokenOf: utterance.tokenOf,
        written: (token) => sentence.tokens[token]?.written ?? "",
        pauseBetween: (from, to) => (from === to ? null : pauseBetween(sentence, from, to)),
      });
      const next = utterances[part + 1]?.tokenOf[0] ?? sentence.tokens.length;
      pending = pauseAfter(sentence, utterance.tokenOf.at(-1) as number, next);
      checkDuration(builder.duration + pending.seconds, (done + sentence.text.length) / total, prompt);
    }
    done += sentence.text.length;
    if (utterances.length === 0 && pending !== null)
      pending = longer(pending, pauseAfter(sentence, 0, sentence.tokens.length));
    options.onProgress?.(Math.min(1, done / total));
  }
  builder.pause(pending?.exact === true ? Math.max(TAIL, pending.seconds) : TAIL);
  return builder;
}

type Pause = { readonly seconds: number; readonly exact: boolean };

function pauseAfter(sentence: ScriptSentence, from: number, to: number): Pause {
  return {
    seconds: pauseBetween(sentence, from, to) ?? 0,
    exact: sentence.tokens.slice(from, to).some((token) => token.exact),
  };
}

/** The pause around a sentence of which nothing is said. */
function longer(a: Pause, b: Pause): Pause {
  if (a.exact && b.exact) return { seconds: a.seconds + b.seconds, exact: true };
  if (a.exact !== b.exact) return a.exact ? a : b;
  return a.seconds >= b.seconds ? a : b;
}

function checkDuration(seconds: number, shareDone: number, prompt: string): void {
  if (seconds <= MAX_SPEECH_DURATION) return;
  throw new InputError(
    "audio_duration_too_long",
    `Speaking the prompt takes longer than ${MAX_SPEECH_DURATION} s. Shorten it or split it into several requests.`,
    {
      field: ["prompt"],
      context: { max_duration: MAX_SPEECH_DURATION, provided_duration: Math.round(seconds / shareDone) },
      input: prompt,
    },
  );
}
