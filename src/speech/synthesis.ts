import { throwIfCancelled } from "../shared/errors.js";
import { createEngineSet, type EngineSet } from "./engines/engine-set.js";
import { measureMelody } from "./prosody/measure-melody.js";
import { readPrompt } from "./read-prompt.js";
import { normaliseLevel } from "./signal/normalise-level.js";
import { speakScript } from "./speak-script.js";
import { SAMPLE_RATE, type Speech } from "./speech.js";
import { chooseSpeaker } from "./voices/choose-speaker.js";
import { findVoice } from "./voices/find-voice.js";

/** What is to be said; a part of the request. */
export type SpokenText = {
  /** Text with optional `<break time="0.5s"/>` pauses; at most 5,000 characters. */
  readonly prompt: string;
  /** Name of the voice; `null` for the default. */
  readonly voice: string | null;
  /** BCP 47 tag of the language; found from the prompt where `null` or absent. */
  readonly language?: string | null;
};

export type SynthesisOptions = {
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** Called with the share of the text that has been spoken, `[0, 1]`. */
  readonly onProgress?: (share: number) => void;
  /** The engines to speak with; a set of their own, closed at the end, where absent. */
  readonly engines?: EngineSet;
};

/**
 * Speaks a prompt: 48 kHz mono at -16 LUFS with true peaks below -1 dB, and the timeline of its sentences,
 * words and phonemes. The same text and voice give the same samples.
 *
 * @throws InputError `sequence_too_long`, `sequence_too_short`, `feature_not_supported` or
 *   `audio_duration_too_long` on `prompt`, `feature_not_supported` on `language`, `one_of` on `voice`.
 * @throws CancelledError when the signal fires.
 * @throws EngineError, DeadlineError when the speech engine fails or hangs.
 */
export async function synthesizeSpeech(request: SpokenText, options: SynthesisOptions = {}): Promise<Speech> {
  throwIfCancelled(options.signal);
  const voice = findVoice(request.voice);
  const read = await readPrompt(request.prompt, request.language ?? null);
  const engines = options.engines ?? createEngineSet();
  try {
    const speaker = chooseSpeaker(voice, read.language, engines);
    const builder = await speakScript(read, request.prompt, speaker, options);
    const { samples, sentences, words, phonemes } = builder.finish();
    const levelled = normaliseLevel(samples);
    throwIfCancelled(options.signal);
    return {
      samples: levelled,
      duration: levelled.length / SAMPLE_RATE,
      sentences,
      words,
      phonemes,
      melody: await measureMelody(levelled, options.signal),
      source: "synthesis",
      warnings: read.warnings,
    };
  } finally {
    if (options.engines === undefined) await engines.close();
  }
}
