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
  // One frame more where their number is odd: they are worked on in pairs.
  const output = new Float32Array((count + (count & 1)) * units);
  // Numbers of 64 bits, so that the inner loop need not convert them.
  const [one, two] = [new Float64Array(depth), new Float64Array(depth)];
  const gather = (frame: number, row: Float64Array): void => {
    taps.forEach((tap, i) => {
      const from = frame + tap;
      if (from < 0 || from >= count) row.fill(0, i * inputs, (i + 1) * inputs);
      else row.set(input.subarray(from * inputs, (from + 1) * inputs), i * inputs);
    });
  };
  for (let frame = 0; frame < count; frame += 2) {
    gather(frame, one);
    gather(frame + 1, two);
    multiplyRows(one, two, weights, bias, output, frame * units, units);
  }
  return output.subarray(0, count * units);
}

/** Two frames and two units at a time, so that each value that is read serves two products. */
function multiplyRows(
  one: Float64Array,
  two: Float64Array,
  weights: Float32Array,
  bias: Float32Array,
  output: Float32Array,
  at: number,
  units: number,
): void {
  const depth = one.length;
  for (let unit = 0; unit < units; unit += 2) {
    const first = unit * depth;
    const second = first + depth;
    let s00 = bias[unit]!;
    let s01 = bias[unit + 1]!;
    let s10 = s00;
    let s11 = s01;
    // All layers have an even number of inputs.
    for (let i = 0; i < depth; i += 2) {
      const x = one[i]!;
      const y = two[i]!;
      const v = weights[first + i]!;
      const w = weights[second + i]!;
      const x1 = one[i + 1]!;
      const y1 = two[i + 1]!;
      const v1 = weights[first + i + 1]!;
      const w1 = weights[second + i + 1]!;
      s00 += x * v + x1 * v1;
      s01 += x * w + x1 * w1;
      s10 += y * v + y1 * v1;
      s11 += y * w + y1 * w1;
    }
    output[at + unit] = s00;
    output[at + unit + 1] = s01;
    output[at + units + unit] = s10;
    output[at + units + unit + 1] = s11;
  }
}
