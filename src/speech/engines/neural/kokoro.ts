import { EngineError } from "../../../shared/errors.js";
import { ONNX_RUNTIME_PACKAGE } from "../../onnx-process.js";
import { SAMPLE_RATE } from "../../speech.js";
import type {
  EnginePhone,
  EngineSentence,
  EngineUtterance,
  EngineVoice,
  SpeechEngine,
} from "../speech-engine.js";
import { alignPhones, type PhoneAligner } from "./align-phones.js";
import { type KokoroInput, kokoroInputs } from "./kokoro-input.js";
import type { KokoroDialect } from "./kokoro-phonemes.js";
import { type KokoroStyles, readKokoroStyles, STYLE_SIZE } from "./kokoro-voices.js";
import { modelFile } from "./model-file.js";
import { createNeuralCaller, damagedModel, type NeuralCaller } from "./neural-caller.js";
import type { Feed, FeedType, ModelInput, NeuralSound } from "./neural-messages.js";
import { phonesFromFrames, secondsPerFrame } from "./phone-times.js";
import { NEURAL_TIME_LIMIT_MS, type NeuralEngineOptions, neuralStretch } from "./piper.js";
import { spokenWords } from "./spoken-words.js";

/** Of Kokoro's sound, hertz. */
const KOKORO_RATE = 24_000;
/** Samples in one frame of its durations. */
const KOKORO_HOP = 600;

/**
 * A model of Kokoro (StyleTTS 2, Li et al. 2023) in a process of its own. Speakers are the names of its voices, whose
 * first letter is their language (`af_heart` is American, `bm_george` British). The pitch is the speaker's own. The
 * times of the phonemes come from the network where it can be made to tell them, from `align` otherwise.
 *
 * @throws EngineError `model_damaged`, by its calls, when a file of the model cannot be used, or when there is no such
 *   speaker; EngineError when the runtime is not installed
 */
export function createKokoroEngine(options: NeuralEngineOptions): SpeechEngine {
  const { model, phonemizer, align = alignPhones } = options;
  const { id } = model.entry;
  const warned = new Set<string>();
  const styles = new Map<string, KokoroStyles>();
  let caller: NeuralCaller | undefined;
  let names: InputNames | undefined;
  let isClosed = false;

  const stylesOf = async (speaker: string): Promise<KokoroStyles> => {
    const known = styles.get(speaker) ?? (await readKokoroStyles(model, speaker));
    styles.set(speaker, known);
    return known;
  };

  const speak = async (
    sentence: EngineSentence,
    voice: EngineVoice,
    signal?: AbortSignal,
  ): Promise<EngineUtterance> => {
    if (isClosed) throw new EngineError("internal_server_error", `The neural voice ${id} has been closed.`);
    caller ??= createNeuralCaller(
      id,
      {
        path: modelFile(model, ".onnx"),
        // Kokoro rounds its durations, where VITS rounds them up.
        durationOp: "Round",
        runtime: options.runtime ?? ONNX_RUNTIME_PACKAGE,
      },
      options.timeLimitMs ?? NEURAL_TIME_LIMIT_MS,
    );
    const style = await stylesOf(voice.speaker);
    const { language, dialect } = dialectOf(sentence.language, voice.speaker);
    const words = await spokenWords(sentence, language, phonemizer, signal);
    const { inputs, unknown } = kokoroInputs(words, dialect);
    for (const letter of unknown) {
      if (warned.has(letter)) continue;
      warned.add(letter);
      options.onWarning?.(`The voice ${id} does not know the sound "${letter}" and leaves it out.`);
    }
    if (inputs.length === 0) throw nothingToSay(id, sentence);
    names ??= inputNames(id, await caller.describe(signal));
    const parts: EngineUtterance[] = [];
    for (const input of inputs) {
      const feeds = kokoroFeeds(input, style, neuralStretch(voice), names);
      const sound = await caller.speak({ feeds, symbols: input.ids.length, sampleRate: KOKORO_RATE }, signal);
      parts.push(await utteranceOf(input, sound, align, signal));
    }
    return joined(parts);
  };

  const close = async (): Promise<void> => {
    isClosed = true;
    await caller?.close();
  };
  return { name: "kokoro", speak, close };
}

function nothingToSay(id: string, { text }: EngineSentence): EngineError {
  return new EngineError(
    "internal_server_error",
    `The voice ${id} knows no sound of "${text.slice(0, 60)}". Choose a voice of the text's language.`,
    { field: ["prompt"], context: { model: id } },
    false,
  );
}

/** English is read in the speaker's own dialect. */
function dialectOf(language: string, speaker: string): { language: string; dialect: KokoroDialect } {
  if (!/^en\b/i.test(language)) return { language, dialect: "other" };
  if (speaker.startsWith("b")) return { language: "en-GB", dialect: "british" };
  return { language: "en-US", dialect: "american" };
}

/** What this export calls its inputs, and the type of its speed, which some made an integer. */
type InputNames = {
  readonly ids: string;
  readonly style: string;
  readonly speed: string;
  readonly speedType: FeedType;
};

const SPEED_TYPES: readonly FeedType[] = ["float32", "float64", "int32", "int64"];

function inputNames(id: string, inputs: readonly ModelInput[]): InputNames {
  const find = (...names: string[]): ModelInput => {
    const input = inputs.find(({ name }) => names.includes(name));
    if (input !== undefined) return input;
    throw damagedModel(id, `The model ${id} is no Kokoro: it has no input "${names[0]}"`);
  };
  const speed = find("speed");
  const speedType = SPEED_TYPES.find((type) => type === speed.type);
  if (speedType === undefined) throw damagedModel(id, `The model ${id} takes its speed as ${speed.type}`);
  return {
    ids: find("input_ids", "tokens").name,
    style: find("style", "ref_s").name,
    speed: speed.name,
    speedType,
  };
}

function kokoroFeeds(
  { ids }: KokoroInput,
  { rows, values }: KokoroStyles,
  stretch: number,
  names: InputNames,
): Feed[] {
  const row = Math.min(rows, ids.length - 2) - 1;
  return [
    { name: names.ids, type: "int64", dims: [1, ids.length], data: BigInt64Array.from(ids, BigInt) },
    {
      name: names.style,
      type: "float32",
      dims: [1, STYLE_SIZE],
      data: values.slice(row * STYLE_SIZE, (row + 1) * STYLE_SIZE),
    },
    { name: names.speed, type: names.speedType, dims: [1], data: speedData(names.speedType, 1 / stretch) },
  ];
}

function speedData(type: FeedType, speed: number): Feed["data"] {
  if (type === "float32") return Float32Array.of(speed);
  if (type === "float64") return Float64Array.of(speed);
  const whole = Math.max(1, Math.round(speed));
  return type === "int32" ? Int32Array.of(whole) : BigInt64Array.of(BigInt(whole));
}

async function utteranceOf(
  { symbols }: KokoroInput,
  { samples, ownLength, frames }: NeuralSound,
  align: PhoneAligner,
  signal: AbortSignal | undefined,
): Promise<EngineUtterance> {
  // Every symbol lasts at least one frame; the rounded durations do not know that yet.
  const lasting = frames?.map((count) => Math.max(1, Math.round(count)));
  const seconds = lasting
    ? secondsPerFrame(lasting, { ownLength, sampleRate: KOKORO_RATE, hop: KOKORO_HOP })
    : null;
  const phones =
    lasting && seconds !== null
      ? phonesFromFrames(symbols, lasting, seconds, samples.length / SAMPLE_RATE)
      : await align({ samples, sampleRate: SAMPLE_RATE, symbols }, signal);
  return { samples, sampleRate: SAMPLE_RATE, phones };
}

/** One utterance after the other. */
function joined(parts: readonly EngineUtterance[]): EngineUtterance {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.samples.length, 0));
  const phones: EnginePhone[] = [];
  let at = 0;
  for (const part of parts) {
    samples.set(part.samples, at);
    const offset = at / SAMPLE_RATE;
    at += part.samples.length;
    for (const phone of part.phones) {
      const start = phones.at(-1)?.end ?? 0;
      phones.push({ ...phone, start, end: phone.end + offset });
    }
  }
  const last = phones.at(-1);
  if (last !== undefined) phones[phones.length - 1] = { ...last, end: samples.length / SAMPLE_RATE };
  return { samples, sampleRate: SAMPLE_RATE, phones };
}
