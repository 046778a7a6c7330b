import {
  chooseSource,
  createEngineSet,
  type EngineSet,
  noSuchVoice,
  SAMPLE_RATE,
  VOICES,
  type VoiceEntry,
  type VoiceSource,
  voiceNamed,
} from "../speech/index.js";
import { modelDirectory, openModelsOf } from "./models.js";
import type { Environment } from "./settings.js";
import { createSpeechParts } from "./speech-parts.js";

/** A voice, and what speaks it. */
export type ListedVoice = Omit<VoiceEntry, "sources"> & {
  /** What speaks it now. */
  readonly source: VoiceSource;
  /** Ids of models that are not installed and would speak it better, best first. */
  readonly better: readonly string[];
};

/** A voice to listen to. */
export type VoicePreview = {
  /** Mono, `[-1, 1]`. */
  readonly samples: Float32Array;
  /** Hertz. */
  readonly sampleRate: number;
  readonly warnings: readonly string[];
};

/** The voices of one data directory. */
export type OpenVoices = {
  readonly list: () => Promise<readonly ListedVoice[]>;
  /** The published name of the voice that somebody means; null when there is none. */
  readonly nameOf: (name: string) => string | null;
  /** Says that there is no such voice, and which names are nearest. */
  readonly noSuchVoice: (name: string) => string;
  /**
   * Speaks a text.
   *
   * @throws InputError, CancelledError, EngineError, DeadlineError as the synthesis does
   */
  readonly preview: (
    name: string,
    text: string,
    options: { readonly signal: AbortSignal; readonly language: string | null },
  ) => Promise<VoicePreview>;
};

/** Opens the voices of a data directory. */
export function openVoicesOf(environment: Environment): OpenVoices {
  const { store } = openModelsOf(environment);
  const speech = createSpeechParts(modelDirectory(environment));
  return {
    list: async () => {
      const engines = createEngineSet({ models: await store.installed() });
      return VOICES.map((voice) => listed(voice, engines));
    },
    nameOf: (name) => voiceNamed(name)?.name ?? null,
    noSuchVoice,
    preview: async (voice, prompt, { signal, language }) => {
      const { samples, warnings } = await speech.synthesizeSpeech({ prompt, voice, language }, { signal });
      return { samples, sampleRate: SAMPLE_RATE, warnings };
    },
  };
}

function listed({ sources, ...voice }: VoiceEntry, engines: EngineSet): ListedVoice {
  const source = chooseSource({ ...voice, sources }, (choice) => engines.has(choice));
  const better = sources.slice(0, sources.indexOf(source)).flatMap(({ model }) => model ?? []);
  return { ...voice, source, better };
}
