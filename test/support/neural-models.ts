import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalled } from "../../src/shared/is-installed.js";
import type { Phonemizer } from "../../src/speech/engines/phonemizer.js";
import type { InstalledModel, ModelSpeaker } from "../../src/speech/models/model.js";
import { type OnnxGraph, type OnnxNode, type OnnxTensor, writeOnnx } from "./write-onnx.js";

/** Whether the optional package that runs networks is here. */
export function hasOnnxRuntime(): boolean {
  return isInstalled("onnxruntime-node");
}

/** How a hand-made voice is to be. */
export type ToyVoice = {
  readonly speakers?: number;
  /** How many operations give durations: one is what real models have. */
  readonly durationOps?: 0 | 1 | 2;
  /** Gives the durations out itself, as some exports do, under this name. */
  readonly ownDurations?: string;
  /** Rounds of useless work, for tests that break it off. */
  readonly rounds?: number;
  /** Factor on the durations that are told, which makes them wrong. */
  readonly lie?: number;
};

const float = (value: number): OnnxTensor => ({ type: "float32", dims: [], data: [value] });
const floats = (data: readonly number[]): OnnxTensor => ({ type: "float32", dims: [data.length], data });
const long = (value: number): OnnxTensor => ({ type: "int64", dims: [], data: [value] });
const longs = (...data: number[]): OnnxTensor => ({ type: "int64", dims: [data.length], data });
const op = (
  name: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode["attributes"] = {},
): OnnxNode => ({
  op: name,
  inputs,
  outputs: [output],
  attributes,
});

/** The ids of {@link TOY_PHONEMES}, as in Piper's own maps. */
export const TOY_PHONEMES = [
  "_",
  "^",
  "$",
  " ",
  "!",
  ",",
  ".",
  "?",
  ..."ˈˌːabdeəhijklmnoprstuvwzæðŋɑɔɛɜɡɪɹʃʊʌʒθ",
];
const LOUD = new Set("aeəioæɑɔɛɜɪʊʌu");
/** Frames of each id before length and noise; vowels are longest. */
export const TOY_FRAMES = TOY_PHONEMES.map((letter, id) =>
  letter === "_" ? 0.6 : "ˈˌː ".includes(letter) ? 1.4 : LOUD.has(letter) ? 7.5 + (id % 3) : 3.5 + (id % 4),
);
const TOY_LOUDNESS = TOY_PHONEMES.map((letter) => (LOUD.has(letter) ? 0.5 : 0));

/**
 * A network with the signature of a Piper model. Each id lasts as long as its table says; vowels sound, everything
 * else is silent, so that the sound itself tells when a phoneme was.
 */
export function toyPiper({
  speakers = 1,
  durationOps = 1,
  rounds = 0,
  ownDurations,
}: ToyVoice = {}): Uint8Array {
  const isMany = speakers > 1;
  const graph: OnnxGraph = {
    inputs: [
      { name: "input", type: "int64", dims: [1, "phonemes"] },
      { name: "input_lengths", type: "int64", dims: [1] },
      { name: "scales", type: "float32", dims: [3] },
      ...(isMany ? [{ name: "sid", type: "int64" as const, dims: [1] }] : []),
    ],
    outputs: [
      { name: "output", type: "float32", dims: [1, 1, 1, "time"] },
      ...(ownDurations ? [{ name: ownDurations, type: "float32" as const, dims: [1, "phonemes"] }] : []),
    ],
    initializers: {
      ...sharedConstants(256, 22_050),
      frames: floats(TOY_FRAMES),
      loudness: floats(TOY_LOUDNESS),
      pitches: floats(Array.from({ length: speakers }, (_, i) => 110 * (i + 1))),
      outShape: longs(1, 1, 1, -1),
    },
    nodes: [
      op("Gather", ["frames", "input"], "plain"),
      op("Gather", ["scales", "i1"], "lengthScale"),
      op("Gather", ["scales", "i2"], "noiseWidth"),
      op("Gather", ["scales", "i0"], "noiseScale"),
      op("RandomNormalLike", ["plain"], "widthNoise", { mean: { float: 0 }, scale: { float: 0.1 } }),
      op("Mul", ["widthNoise", "noiseWidth"], "wider"),
      op("Exp", ["wider"], "factor"),
      op("Mul", ["plain", "lengthScale"], "scaled"),
      op("Mul", ["scaled", "factor"], "exact"),
      ...(durationOps === 0
        ? [op("Floor", ["exact"], "floored"), op("Add", ["floored", "one"], "durations")]
        : [op("Ceil", ["exact"], "durations")]),
      ...(durationOps === 2 ? [op("Ceil", ["scales"], "other")] : []),
      ...(ownDurations ? [op("Identity", ["durations"], ownDurations)] : []),
      isMany ? op("Gather", ["pitches", "sid"], "pitch") : op("Identity", ["pitches"], "pitch"),
      ...soundNodes("input"),
      op("RandomNormalLike", ["tone"], "hiss"),
      op("Mul", ["hiss", "noiseScale"], "softHiss"),
      op("Mul", ["softHiss", "thousandth"], "softerHiss"),
      op("Add", ["tone", "softerHiss"], "sound"),
      op("Reshape", ["sound", "outShape"], rounds > 0 ? "shaped" : "output"),
      ...slowNodes(rounds, "shaped", "output"),
    ],
  };
  return writeOnnx(graph);
}

/** A network with the signature of a Kokoro model; every id lasts `3 + id % 5` frames of 600 samples. */
export function toyKokoro({ durationOps = 1, ownDurations, lie = 1 }: ToyVoice = {}): Uint8Array {
  const graph: OnnxGraph = {
    inputs: [
      { name: ownDurations ? "input_ids" : "tokens", type: "int64", dims: [1, "n"] },
      { name: "style", type: "float32", dims: [1, 256] },
      { name: "speed", type: ownDurations ? "int32" : "float32", dims: [1] },
    ],
    outputs: [
      { name: "waveform", type: "float32", dims: ["samples"] },
      ...(ownDurations ? [{ name: ownDurations, type: "int64" as const, dims: [1, "n"] }] : []),
    ],
    initializers: {
      ...sharedConstants(600, 24_000),
      frames: floats(Array.from({ length: 178 }, (_, id) => (id === 0 ? 0.3 : 3 + (id % 5)))),
      // 16 is the space, up to 15 are marks, from 156 on there are signs.
      loudness: floats(Array.from({ length: 178 }, (_, id) => (id > 16 && id < 156 ? 0.5 : 0))),
      lie: float(lie),
    },
    nodes: [
      op("Cast", ["speed"], "speedFloat", { to: 1 }),
      op("Gather", ["frames", ownDurations ? "input_ids" : "tokens"], "plain"),
      op("Div", ["plain", "speedFloat"], "exact"),
      ...(durationOps === 0
        ? [op("Add", ["exact", "half"], "more"), op("Floor", ["more"], "rounded")]
        : [op("Round", ["exact"], "rounded")]),
      ...(durationOps === 2 ? [op("Round", ["style"], "other")] : []),
      op("Max", ["rounded", "one"], "durations"),
      op("Mul", ["durations", "lie"], "told"),
      ...(ownDurations ? [op("Cast", ["told"], ownDurations, { to: 7 })] : []),
      op("Gather", ["style", "i0"], "row", { axis: 0 }),
      op("Gather", ["row", "l0"], "pitch"),
      ...soundNodes(ownDurations ? "input_ids" : "tokens"),
      op("RandomUniformLike", ["tone"], "hiss", { low: { float: -0.001 }, high: { float: 0.001 } }),
      op("Add", ["tone", "hiss"], "waveform"),
    ],
  };
  return writeOnnx(graph);
}

function sharedConstants(hop: number, rate: number): Record<string, OnnxTensor> {
  return {
    i0: long(0),
    i1: long(1),
    i2: long(2),
    l0: longs(0),
    one: float(1),
    half: float(0.5),
    thousandth: float(0.001),
    hop: float(hop),
    hopShape: longs(1, hop),
    flat: longs(-1),
    column: longs(-1, 1),
    zero: float(0),
    turn: float((2 * Math.PI) / rate),
    axis1: longs(1),
    axisOne: long(1),
  };
}

/** From `durations` [1, n] and `pitch` to `tone` [frames x hop]. */
function soundNodes(ids: string): OnnxNode[] {
  return [
    op("ReduceSum", ["durations"], "total", { keepdims: 0 }),
    op("Range", ["zero", "total", "one"], "frameNumbers"),
    op("Reshape", ["frameNumbers", "column"], "frameColumn"),
    op("CumSum", ["durations", "axisOne"], "ends"),
    op("GreaterOrEqual", ["frameColumn", "ends"], "isAfter"),
    op("Cast", ["isAfter"], "after", { to: 1 }),
    op("ReduceSum", ["after", "axis1"], "place", { keepdims: 0 }),
    op("Cast", ["place"], "placeOfFrame", { to: 7 }),
    op("Reshape", [ids, "flat"], "idList"),
    op("Gather", ["idList", "placeOfFrame"], "idOfFrame"),
    op("Gather", ["loudness", "idOfFrame"], "loudnessOfFrame"),
    op("Reshape", ["loudnessOfFrame", "column"], "loudnessColumn"),
    op("Expand", ["loudnessColumn", "hopShape"], "loudnessGrid"),
    op("Reshape", ["loudnessGrid", "flat"], "envelope"),
    op("Mul", ["total", "hop"], "length"),
    op("Range", ["zero", "length", "one"], "moments"),
    op("Mul", ["moments", "turn"], "angles"),
    op("Mul", ["angles", "pitch"], "phases"),
    op("Sin", ["phases"], "wave"),
    op("Mul", ["wave", "envelope"], "tone"),
  ];
}

/** Passes a value on, after a while. */
function slowNodes(rounds: number, from: string, to: string): OnnxNode[] {
  if (rounds === 0) return [];
  const size = 256;
  const matrix = { type: "float32" as const, dims: [size, size] };
  const body: OnnxGraph = {
    inputs: [
      { name: "round", type: "int64", dims: [] },
      { name: "goes", type: "bool", dims: [] },
      { name: "before", ...matrix },
    ],
    outputs: [
      { name: "goesOn", type: "bool", dims: [] },
      { name: "after_", ...matrix },
    ],
    nodes: [
      op("Identity", ["goes"], "goesOn"),
      op("MatMul", ["before", "before"], "squared"),
      op("Tanh", ["squared"], "after_"),
    ],
  };
  const constant = (value: OnnxTensor, name: string): OnnxNode =>
    op("Constant", [], name, { value: { tensor: value } });
  return [
    constant(long(rounds), "rounds"),
    constant({ type: "bool", dims: [], data: [1] }, "true"),
    constant({ ...matrix, data: new Float32Array(size * size).fill(0.01) }, "matrix"),
    op("Loop", ["rounds", "true", "matrix"], "work", { body: { graph: body } }),
    op("ReduceMax", ["work"], "most", { keepdims: 0 }),
    op("Mul", ["most", "zero"], "nothing"),
    op("Add", [from, "nothing"], to),
  ];
}

/** A config as Piper's, for {@link toyPiper}. */
export function toyPiperConfig(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    audio: { sample_rate: 22_050, quality: "medium" },
    espeak: { voice: "en-us" },
    inference: { noise_scale: 0.667, length_scale: 1, noise_w: 0.8 },
    phoneme_type: "espeak",
    phoneme_map: {},
    phoneme_id_map: Object.fromEntries(TOY_PHONEMES.map((letter, id) => [letter, [id]])),
    num_symbols: 256,
    num_speakers: 1,
    speaker_id_map: {},
    piper_version: "1.0.0",
    ...change,
  };
}

/** A model in a directory, as if it had been pulled. */
export function installToy(
  directory: string,
  kind: "piper" | "kokoro",
  files: Readonly<Record<string, Uint8Array | string>>,
  speakers: readonly string[] = ["0"],
): InstalledModel {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return {
    directory,
    entry: {
      id: `toy-${kind}`,
      kind,
      language: kind === "piper" ? "en-US" : "mul",
      licence: "Apache-2.0",
      source: "https://example.com/",
      speakers: speakers.map((name): ModelSpeaker => ({ name, gender: "unknown" })),
      files: Object.keys(files).map((name) => ({ name, url: `https://example.com/${name}`, sizeBytes: 1 })),
    },
  };
}

/** Words and their sounds as eSpeak NG gives them. */
const WORDS: Readonly<Record<string, string>> = {
  hello: "həlˈoʊ",
  there: "ðˈɛɹ",
  my: "maɪ",
  church: "tʃˈɜːtʃ",
  banana: "bənˈænə",
  judge: "dʒˈʌdʒ",
  moon: "mˈuːn",
  odd: "ˈɑː\u0303ʁd",
};

/** Reads the words above; other words are not said. Remembers what it was asked. */
export function toyPhonemizer(): Phonemizer & { readonly asked: { text: string; language: string }[] } {
  const asked: { text: string; language: string }[] = [];
  return {
    asked,
    async phonemize(text, language) {
      asked.push({ text, language });
      return text.split(" ").map((word) => WORDS[word.toLowerCase().replace(/[,.?!]+$/, "")] ?? "");
    },
    async close() {},
  };
}
