import { InputError, throwIfCancelled } from "../shared/errors.js";
import { createFliteEngine } from "./engines/flite.js";
import type { EngineVoice, SpeechEngine } from "./engines/speech-engine.js";
import { LEAD_IN, MAX_PROMPT_LENGTH, MAX_SPEECH_DURATION, TAIL } from "./limits.js";
import { normaliseLevel } from "./signal/normalise-level.js";
import { SAMPLE_RATE, type Speech } from "./speech.js";
import { SpeechBuilder } from "./speech-builder.js";
import { checkLanguage } from "./text/language.js";
import { readScript, type Script, type ScriptSentence } from "./text/script.js";
import { pauseBetween, planUtterances } from "./utterances.js";
import type { VoiceEntry } from "./voices/catalogue.js";
import { findVoice } from "./voices/find-voice.js";

/** What is to be said; a part of the request. */
export type SpokenText = {
  /** Text with optional `<break time="0.5s"/>` pauses; at most {@link MAX_PROMPT_LENGTH} characters. */
  readonly prompt: string;
  /** Name of the voice; `null` for the default. */
  readonly voice: string | null;
};

export type SynthesisOptions = {
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** Called with the share of the text that has been spoken, `[0, 1]`. */
  readonly onProgress?: (share: number) => void;
  /** The engine to speak with; Flite on a thread of its own where absent. Not closed when given. */
  readonly engine?: SpeechEngine;
};

/**
 * Speaks a prompt: 48 kHz mono at -16 LUFS with true peaks below -1 dB, and the timeline of its sentences,
 * words and phonemes. The same text and voice give the same samples.
 *
 * @throws InputError `sequence_too_long`, `sequence_too_short`, `feature_not_supported` or
 *   `audio_duration_too_long` on `prompt`, `one_of` on `voice`.
 * @throws CancelledError when the signal fires.
 * @throws EngineError, DeadlineError when the speech engine fails or hangs.
 */
export async function synthesizeSpeech(request: SpokenText, options: SynthesisOptions = {}): Promise<Speech> {
  throwIfCancelled(options.signal);
  const voice = findVoice(request.voice);
  const { script, warnings } = readPrompt(request.prompt);
  const engine = options.engine ?? createFliteEngine();
  try {
    const builder = await speakScript(script, request.prompt, engine, engineVoice(voice), options);
    const { samples, sentences, words, phonemes } = builder.finish();
    const levelled = normaliseLevel(samples);
    throwIfCancelled(options.signal);
    return {
      samples: levelled,
      duration: levelled.length / SAMPLE_RATE,
      sentences,
      words,
      phonemes,
      source: "synthesis",
      warnings,
    };
  } finally {
    if (options.engine === undefined) await engine.close();
  }
}

/** Reads and checks a prompt without speaking it. */
function readPrompt(prompt: string): { script: Script; warnings: string[] } {
  if (prompt.length > MAX_PROMPT_LENGTH) {
    throw new InputError(
      "sequence_too_long",
      `The prompt has ${prompt.length} characters; at most ${MAX_PROMPT_LENGTH} can be spoken. Shorten it or split it into several requests.`,
      { field: ["prompt"], context: { max_length: MAX_PROMPT_LENGTH }, input: prompt },
    );
  }
  const script = readScript(prompt);
  const text = script.sentences.map((sentence) => sentence.text).join(" ");
  const warnings = [...checkLanguage(text, prompt), ...script.warnings];
  const sayable = script.sentences.some((sentence) => sentence.tokens.some((t) => t.spoken.words.length > 0));
  if (!sayable) {
    throw new InputError(
      "sequence_too_short",
      "There is nothing to speak in the prompt. Send at least one word, or leave the prompt out for a silent living portrait.",
      { field: ["prompt"], context: { min_length: 1 }, input: prompt },
    );
  }
  return { script, warnings };
}

function engineVoice(voice: VoiceEntry): EngineVoice {
  return {
    speaker: voice.speaker,
    ...(voice.pitchHz === undefined ? {} : { pitchHz: voice.pitchHz }),
    ...(voice.stretch === undefined ? {} : { stretch: voice.stretch }),
  };
}

async function speakScript(
  script: Script,
  prompt: string,
  engine: SpeechEngine,
  voice: EngineVoice,
  options: SynthesisOptions,
): Promise<SpeechBuilder> {
  const builder = new SpeechBuilder();
  builder.pause(LEAD_IN + script.leadingBreak);
  const total = script.sentences.reduce((sum, sentence) => sum + sentence.text.length, 0);
  let done = 0;
  let pending: { seconds: number; exact: boolean } | null = null;
  for (const [index, sentence] of script.sentences.entries()) {
    const utterances = planUtterances(sentence);
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
