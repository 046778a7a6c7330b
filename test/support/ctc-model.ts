import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstalledModel } from "../../src/speech/models/model.js";
import { type OnnxGraph, writeOnnx } from "./write-onnx.js";

/** The characters of wav2vec2-base-960h by their numbers. */
export const CTC_CHARACTERS: readonly string[] =
  "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split(" ");

const FRAME = 320;
const QUARTER = FRAME / 4;
const mean = (from: number): number[] =>
  Array.from({ length: FRAME }, (_, at) => (at >= from && at < from + QUARTER ? 1 / QUARTER : 0));

/**
 * A recogniser with the signature of wav2vec2 that reads what {@link speakLabels} writes: each frame carries a
 * reference level and the level of its label, whose ratio survives any scale.
 */
export function ctcGraph(inputName = "input_values", labels = CTC_CHARACTERS.length): OnnxGraph {
  const ids = Array.from({ length: labels }, (_, id) => id);
  return {
    inputs: [{ name: inputName, type: "float32", dims: [1, "samples"] }],
    outputs: [{ name: "logits", type: "float32", dims: [1, "frames", labels] }],
    initializers: {
      one: { type: "int64", dims: [1], data: [1] },
      two: { type: "int64", dims: [1], data: [2] },
      first: { type: "int64", dims: [], data: [0] },
      second: { type: "int64", dims: [], data: [1] },
      levels: { type: "float32", dims: [2, 1, FRAME], data: [...mean(0), ...mean(2 * QUARTER)] },
      tiny: { type: "float32", dims: [], data: [1e-6] },
      scale: { type: "float32", dims: [], data: [CTC_CHARACTERS.length] },
      ids: { type: "float32", dims: [labels], data: ids },
      sharpness: { type: "float32", dims: [], data: [-40] },
    },
    nodes: [
      { op: "Unsqueeze", inputs: [inputName, "one"], outputs: ["wave"] },
      { op: "Conv", inputs: ["wave", "levels"], outputs: ["pairs"], attributes: { strides: [FRAME] } },
      { op: "Gather", inputs: ["pairs", "first"], outputs: ["reference"], attributes: { axis: 1 } },
      { op: "Gather", inputs: ["pairs", "second"], outputs: ["level"], attributes: { axis: 1 } },
      { op: "Add", inputs: ["reference", "tiny"], outputs: ["divisor"] },
      { op: "Div", inputs: ["level", "divisor"], outputs: ["ratio"] },
      { op: "Mul", inputs: ["ratio", "scale"], outputs: ["wanted"] },
      { op: "Unsqueeze", inputs: ["wanted", "two"], outputs: ["column"] },
      { op: "Sub", inputs: ["column", "ids"], outputs: ["distance"] },
      { op: "Mul", inputs: ["distance", "distance"], outputs: ["square"] },
      { op: "Mul", inputs: ["square", "sharpness"], outputs: ["logits"] },
    ],
  };
}

/** A recording in which the model of {@link ctcGraph} hears these labels, one a frame. */
export function speakLabels(labels: ArrayLike<number>, loudness = 0.1): Float32Array {
  const samples = new Float32Array(labels.length * FRAME);
  for (let frame = 0; frame < labels.length; frame++) {
    const level = (labels[frame]! / CTC_CHARACTERS.length) * loudness;
    // Each level is followed by its negative, so that the mean is 0 whatever is said.
    for (const [quarter, value] of [loudness, -loudness, level, -level].entries())
      samples.fill(value, frame * FRAME + quarter * QUARTER, frame * FRAME + (quarter + 1) * QUARTER);
  }
  return samples;
}

/** Labels of words: each character for two frames, a blank behind it, and a boundary between words. */
export function spellWords(words: readonly string[], pauseFrames = 4): number[] {
  const id = (character: string): number => CTC_CHARACTERS.indexOf(character);
  const pause = Array<number>(pauseFrames).fill(0);
  return words.flatMap((word) => [
    ...[...word.toUpperCase()].flatMap((character) => [id(character), id(character), 0]),
    id("|"),
    ...pause,
  ]);
}

/** Installs the model by hand, as the store would. */
export function installCtcModel(directory: string, onnx: Uint8Array = writeOnnx(ctcGraph())): InstalledModel {
  mkdirSync(directory, { recursive: true });
  const vocabulary = JSON.stringify(Object.fromEntries(CTC_CHARACTERS.map((text, id) => [text, id])));
  writeFileSync(join(directory, "model.onnx"), onnx);
  writeFileSync(join(directory, "vocab.json"), vocabulary);
  return {
    directory,
    entry: {
      id: "tiny-ctc",
      kind: "ctc",
      language: "en",
      licence: "CC0",
      source: "https://example.com/tiny",
      speakers: [],
      files: [
        { name: "model.onnx", url: "https://example.com/model.onnx", sizeBytes: onnx.length },
        { name: "vocab.json", url: "https://example.com/vocab.json", sizeBytes: vocabulary.length },
      ],
    },
  };
}
