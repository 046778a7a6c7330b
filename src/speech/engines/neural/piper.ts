import { EngineError } from "../../../shared/errors.js";
import { clamp } from "../../../shared/numeric.js";
import type { InstalledModel } from "../../models/model.js";
import { ONNX_RUNTIME_PACKAGE } from "../../onnx-process.js";
import { SAMPLE_RATE } from "../../speech.js";
import type { Phonemizer } from "../phonemizer.js";
import type { EngineSentence, EngineUtterance, EngineVoice, SpeechEngine } from "../speech-engine.js";
import { alignPhones, type PhoneAligner } from "./align-phones.js";
import { modelFile, readModelFile } from "./model-file.js";
import { createNeuralCaller } from "./neural-caller.js";
import type { Feed, ModelInput, NeuralSound } from "./neural-messages.js";
import { phonesFromFrames, secondsPerFrame } from "./phone-times.js";
import { MAX_CONFIG_BYTES, type PiperConfig, readPiperConfig } from "./piper-config.js";
import { asSounds, framesOfSymbols, type PiperInput, piperInput } from "./piper-input.js";
import { type SpokenWord, spokenWords } from "./spoken-words.js";

/** How an engine for a neural voice is made. */
export type NeuralEngineOptions = {
  readonly model: InstalledModel;
  /** Turns words into sounds. Not closed with the engine. */
  readonly phonemizer: Phonemizer;
  /** Longest time for one call of the network, milliseconds; opening the model is one. @defaultValue 60,000 */
  readonly timeLimitMs?: number;
  /** Finds the phones in the sound of a model that does not tell their durations. */
  readonly align?: PhoneAligner;
  /** Told once of each thing that a listener might miss. */
  readonly onWarning?: (message: string) => void;
  /** Package that runs the model. @defaultValue `onnxruntime-node` */
  readonly runtime?: string;
};

/** A sentence takes about as long as its sound on a slow machine. */
export const NEURAL_TIME_LIMIT_MS = 60_000;
/** Beyond these a voice falls apart. */
const [MIN_STRETCH, MAX_STRETCH] = [0.5, 2];

/** The stretch of a voice within what networks can do. */
export function neuralStretch({ stretch = 1 }: EngineVoice): number {
  return Number.isFinite(stretch) ? clamp(stretch, MIN_STRETCH, MAX_STRETCH) : 1;
}

/**
 * A voice of Piper (VITS, Kim et al. 2021) in a process of its own, with the times of its phonemes from the network
 * itself. Speakers are their numbers or names; the pitch is the speaker's own, whatever the voice asks for. The same
 * sentence gives the same sound, because the network's noise is fixed.
 *
 * @throws EngineError `model_damaged`, by its calls, when a file of the model cannot be used, or when there is no such
 *   speaker; EngineError when the runtime is not installed
 */
export function createPiperEngine(options: NeuralEngineOptions): SpeechEngine {
  const { model, phonemizer, align = alignPhones } = options;
  const { id } = model.entry;
  const warned = new Set<string>();
  const open = (): OpenVoice => {
    const path = modelFile(model, ".onnx");
    return {
      caller: createNeuralCaller(
        id,
        { path, durationOp: "Ceil", runtime: options.runtime ?? ONNX_RUNTIME_PACKAGE },
        options.timeLimitMs ?? NEURAL_TIME_LIMIT_MS,
      ),
      configPath: modelFile(model, ".onnx.json"),
    };
  };
  let voice: OpenVoice | undefined;
  let isClosed = false;

  const speak = async (
    sentence: EngineSentence,
    wanted: EngineVoice,
    signal?: AbortSignal,
  ): Promise<EngineUtterance> => {
    if (isClosed) throw new EngineError("internal_server_error", `The neural voice ${id} has been closed.`);
    voice ??= open();
    const { caller, configPath } = voice;
    voice.config ??= readPiperConfig(id, await readModelFile(id, configPath, MAX_CONFIG_BYTES));
    const { config } = voice;
    const speaker = speakerNumber(model, config, wanted.speaker);
    const words = await spokenWords(sentence, phonemeLanguage(model, sentence), phonemizer, signal);
    const input = piperInput(words, config);
    for (const letter of input.unknown) {
      if (warned.has(letter)) continue;
      warned.add(letter);
      options.onWarning?.(`The voice ${id} does not know the sound "${letter}" and leaves it out.`);
    }
    if (!input.symbols.some(({ token }) => token >= 0)) throw nothingToSay(id, sentence);
    voice.inputs ??= await caller.describe(signal);
    const feeds = piperFeeds(input, config, speaker, neuralStretch(wanted), voice.inputs);
    const job = { feeds, symbols: input.ids.length, sampleRate: config.sampleRate };
    const sound = await caller.speak(job, signal);
    const phones =
      framedPhones(sound, input, config, words) ??
      (await align(
        { samples: sound.samples, sampleRate: SAMPLE_RATE, symbols: soundSymbols(input, config, words) },
        signal,
      ));
    return { samples: sound.samples, sampleRate: SAMPLE_RATE, phones };
  };

  const close = async (): Promise<void> => {
    isClosed = true;
    await voice?.caller.close();
  };
  return { name: "piper", speak, close };
}

type OpenVoice = {
  readonly caller: ReturnType<typeof createNeuralCaller>;
  readonly configPath: string;
  config?: PiperConfig;
  inputs?: readonly ModelInput[];
};

/** The dialect that the model was trained on, where it speaks the sentence's language at all. */
function phonemeLanguage({ entry }: InstalledModel, { language }: EngineSentence): string {
  const main = (tag: string): string => tag.toLowerCase().split(/[-_]/)[0] ?? "";
  return main(entry.language) === main(language) ? entry.language : language;
}

function speakerNumber({ entry }: InstalledModel, config: PiperConfig, speaker: string): number {
  const named = config.speakerIds.get(speaker);
  const listed = entry.speakers.findIndex(({ name }) => name === speaker);
  const number = named ?? (/^\d{1,6}$/.test(speaker) ? Number(speaker) : listed);
  // A model of one speaker is asked for by whatever name.
  if (config.speakers === 1 && number <= 0) return 0;
  if (number >= 0 && number < config.speakers) return number;
  throw new EngineError(
    "internal_server_error",
    `The model ${entry.id} has no speaker "${speaker.slice(0, 100)}": choose a number from 0 to ${config.speakers - 1}${config.speakerIds.size > 0 ? ` or one of ${[...config.speakerIds.keys()].slice(0, 5).join(", ")} …` : ""}`,
    { field: ["voice"], context: { model: entry.id, speakers: config.speakers } },
    false,
  );
}

function nothingToSay(id: string, { text }: EngineSentence): EngineError {
  return new EngineError(
    "internal_server_error",
    `The voice ${id} knows no sound of "${text.slice(0, 60)}". Choose a voice of the text's language.`,
    { field: ["prompt"], context: { model: id } },
    false,
  );
}

function piperFeeds(
  { ids }: PiperInput,
  config: PiperConfig,
  speaker: number,
  stretch: number,
  inputs: readonly ModelInput[],
): Feed[] {
  const integers = (name: string, values: readonly number[], dims: readonly number[]): Feed => ({
    name,
    type: "int64",
    dims,
    data: BigInt64Array.from(values, BigInt),
  });
  const scales = [config.noiseScale, config.lengthScale * stretch, config.noiseWidth];
  return [
    integers("input", ids, [1, ids.length]),
    integers("input_lengths", [ids.length], [1]),
    { name: "scales", type: "float32", dims: [3], data: Float32Array.from(scales) },
    ...(inputs.some(({ name }) => name === "sid") ? [integers("sid", [speaker], [1])] : []),
  ];
}

function framedPhones(
  sound: NeuralSound,
  input: PiperInput,
  config: PiperConfig,
  words: readonly SpokenWord[],
) {
  const { frames, samples, ownLength } = sound;
  if (frames === null) return null;
  const seconds = secondsPerFrame(frames, { ownLength, sampleRate: config.sampleRate, hop: config.hop });
  if (seconds === null) return null;
  const own = framesOfSymbols(input, frames);
  const seen =
    config.phonemeType === "text"
      ? asSounds(input.symbols, own, words)
      : { symbols: input.symbols, frames: own };
  return phonesFromFrames(seen.symbols, seen.frames, seconds, samples.length / SAMPLE_RATE);
}

/** What is heard, for an aligner. */
function soundSymbols(input: PiperInput, config: PiperConfig, words: readonly SpokenWord[]) {
  if (config.phonemeType === "espeak") return input.symbols;
  return asSounds(input.symbols, new Float64Array(input.symbols.length), words).symbols;
}
