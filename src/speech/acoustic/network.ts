import { MEL_BANDS } from "./mel-features.js";
import { SOUND_CLASSES } from "./sound-classes.js";

/** Frames, relative to its own, that each unit of a layer looks at; then a last layer turns units into classes. */
export const LAYER_TAPS: readonly (readonly number[])[] = [
  [-2, -1, 0, 1, 2],
  [-2, 0, 2],
  [-4, 0, 4],
  [-6, 0, 6],
  [0],
];
/** Units of each hidden layer. */
export const HIDDEN_UNITS = 160;
/** Frames on each side of a frame that its result depends on. */
export const REACH = LAYER_TAPS.reduce((sum, taps) => sum + taps.at(-1)!, 0);

/** Weights of one layer: `weights[unit][tap][input]`, `bias[unit]`. */
export type Layer = {
  readonly inputs: number;
  readonly units: number;
  readonly taps: readonly number[];
  readonly weights: Float32Array;
  readonly bias: Float32Array;
};

/** A time-delay network (Waibel et al. 1989; Peddinti et al. 2015) from log-mel frames to classes of sound. */
export type AcousticNetwork = {
  readonly layers: readonly Layer[];
  /** How often each class occurred in training, natural logarithm. */
  readonly logPrior: Float32Array;
};

/** The layers without their weights. */
export function layerShapes(): { inputs: number; units: number; taps: readonly number[] }[] {
  return LAYER_TAPS.map((taps, i) => ({
    inputs: i === 0 ? MEL_BANDS : HIDDEN_UNITS,
    units: i === LAYER_TAPS.length - 1 ? SOUND_CLASSES.length : HIDDEN_UNITS,
    taps,
  }));
}

/** Whether a layer adds what it was given to what it makes of it (He et al. 2016). */
export function isResidual(index: number): boolean {
  return index > 0 && index < LAYER_TAPS.length - 1;
}

/**
 * Runs the network over frames; beyond their ends it hears nothing (zeros).
 *
 * @param bands - rows of {@link MEL_BANDS}, normalised
 * @returns rows of one value for each class, before the softmax
 */
export function runNetwork({ layers }: AcousticNetwork, bands: Float32Array): Float32Array {
  let input = bands;
  layers.forEach((layer, index) => {
    const output = runLayer(layer, input);
    if (index < layers.length - 1)
      for (let i = 0; i < output.length; i++) {
        const value = output[i]! > 0 ? output[i]! : 0;
        output[i] = isResidual(index) ? value + input[i]! : value;
      }
    input = output;
  });
  return input;
}

function runLayer({ inputs, units, taps, weights, bias }: Layer, input: Float32Array): Float32Array {
  const count = input.length / inputs;
  const depth = taps.length * inputs;
  const output = new Float32Array(count * units);
  const row = new Float32Array(depth);
  for (let frame = 0; frame < count; frame++) {
    taps.forEach((tap, i) => {
      const from = frame + tap;
      if (from < 0 || from >= count) row.fill(0, i * inputs, (i + 1) * inputs);
      else row.set(input.subarray(from * inputs, (from + 1) * inputs), i * inputs);
    });
    multiplyRow(row, weights, bias, output, frame * units, units);
  }
  return output;
}

/** Four units at a time, so that each value that is read serves four products. */
function multiplyRow(
  row: Float32Array,
  weights: Float32Array,
  bias: Float32Array,
  output: Float32Array,
  at: number,
  units: number,
): void {
  const depth = row.length;
  for (let unit = 0; unit < units; unit += 4) {
    const [w0, w1, w2, w3] = [unit * depth, (unit + 1) * depth, (unit + 2) * depth, (unit + 3) * depth];
    let s0 = bias[unit]!;
    let s1 = bias[unit + 1]!;
    let s2 = bias[unit + 2]!;
    let s3 = bias[unit + 3]!;
    for (let i = 0; i < depth; i++) {
      const x = row[i]!;
      s0 += x * weights[w0 + i]!;
      s1 += x * weights[w1 + i]!;
      s2 += x * weights[w2 + i]!;
      s3 += x * weights[w3 + i]!;
    }
    output[at + unit] = s0;
    output[at + unit + 1] = s1;
    output[at + unit + 2] = s2;
    output[at + unit + 3] = s3;
  }
}
