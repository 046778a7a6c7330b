import { packWeights } from "../../src/portrait/tflite/convolution.js";
import type { TensorKernels } from "../../src/portrait/tflite/tensor-kernels.js";
import type { Random } from "../../src/shared/random.js";
import {
  type AcousticNetwork,
  isResidual,
  type Layer,
  layerShapes,
} from "../../src/speech/acoustic/network.js";
import { SOUND_CLASSES } from "../../src/speech/acoustic/sound-classes.js";

/** Adam's settings (Kingma and Ba 2015). */
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];
/** Longest gradient of a step; a longer one is scaled down (Pascanu et al. 2013). */
const LONGEST_GRADIENT = 1;

type Moments = { readonly mean: Float64Array; readonly square: Float64Array };
/** What a layer has heard and said in the step, and the memory for it. */
type Pass = {
  readonly patches: Float32Array;
  readonly output: Float32Array;
  readonly gradient: Float32Array;
  readonly packed: Float32Array;
  readonly bias: Float32Array;
};

/** Trains the network on chunks of one length by stochastic gradient descent. Same chunks, same weights. */
export class Trainer {
  readonly layers: readonly Layer[];
  readonly #kernels: TensorKernels;
  readonly #passes: readonly Pass[];
  readonly #moments: readonly { readonly weights: Moments; readonly bias: Moments }[];
  readonly #chunkFrames: number;
  readonly #rows: number;
  readonly #margin: number;
  readonly #classWeights: readonly number[];
  readonly #scratch: { a: Float32Array; b: Float32Array; c: Float32Array; zeros: Float32Array };
  #step = 0;

  /** @param margin - frames at both ends of a chunk that are heard but not judged */
  constructor(
    kernels: TensorKernels,
    options: {
      chunks: number;
      chunkFrames: number;
      margin: number;
      classWeights: readonly number[];
      random: Random;
    },
  ) {
    this.#kernels = kernels;
    this.#chunkFrames = options.chunkFrames;
    this.#margin = options.margin;
    this.#rows = options.chunks * options.chunkFrames;
    this.#classWeights = options.classWeights;
    this.layers = layerShapes().map((shape) => freshLayer(shape, options.random));
    this.#moments = this.layers.map(({ weights, bias }) => ({
      weights: moments(weights),
      bias: moments(bias),
    }));
    const rows = this.#rows;
    this.#passes = this.layers.map(({ units, taps, inputs }) => ({
      patches: kernels.allocate(rows * taps.length * inputs),
      output: kernels.allocate(rows * units),
      gradient: kernels.allocate(rows * units),
      packed: kernels.allocate(units * taps.length * inputs),
      bias: kernels.allocate(units),
    }));
    const deepest = Math.max(...this.layers.map(({ taps, inputs }) => taps.length * inputs));
    this.#scratch = {
      a: kernels.allocate(rows * deepest),
      b: kernels.allocate(rows * deepest),
      c: kernels.allocate(Math.max(rows, 128) * deepest),
      zeros: kernels.allocate(Math.max(deepest, 128)),
    };
  }

  /** One step; returns the mean loss of the frames that count, nats. */
  step(bands: Float32Array, labels: Uint8Array, rate: number): number {
    this.#forward(bands);
    const loss = this.#lossGradient(labels);
    const gradients = this.#backward();
    this.#update(gradients, rate);
    return loss;
  }

  network(logPrior: Float32Array): AcousticNetwork {
    return { layers: this.layers, logPrior };
  }

  #forward(bands: Float32Array): void {
    let input = bands;
    this.layers.forEach((layer, index) => {
      const { patches, output, packed, bias } = this.#passes[index]!;
      const depth = layer.taps.length * layer.inputs;
      this.#gather(layer, input, patches);
      packed.set(packWeights(layer.weights, layer.units, depth));
      bias.set(layer.bias);
      this.#kernels.multiplyRows(patches, packed, bias, output, this.#rows, depth, layer.units);
      if (index < this.layers.length - 1)
        for (let i = 0; i < output.length; i++) {
          const value = output[i]! > 0 ? output[i]! : 0;
          output[i] = isResidual(index) ? value + input[i]! : value;
        }
      input = output;
    });
  }

  #gather({ taps, inputs }: Layer, input: Float32Array, patches: Float32Array): void {
    const depth = taps.length * inputs;
    for (let row = 0; row < this.#rows; row++) {
      const frame = row % this.#chunkFrames;
      taps.forEach((tap, i) => {
        const at = row * depth + i * inputs;
        const from = frame + tap;
        if (from < 0 || from >= this.#chunkFrames) patches.fill(0, at, at + inputs);
        else patches.set(input.subarray((row + tap) * inputs, (row + tap + 1) * inputs), at);
      });
    }
  }

  /** Cross entropy after a softmax; writes the gradient at the last layer's output. */
  #lossGradient(labels: Uint8Array): number {
    const { output, gradient } = this.#passes.at(-1)!;
    const classes = SOUND_CLASSES.length;
    let loss = 0;
    let weight = 0;
    gradient.fill(0);
    for (let row = 0; row < this.#rows; row++) {
      const frame = row % this.#chunkFrames;
      if (frame < this.#margin || frame >= this.#chunkFrames - this.#margin) continue;
      const at = row * classes;
      let top = -Infinity;
      for (let c = 0; c < classes; c++) top = Math.max(top, output[at + c]!);
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += Math.exp(output[at + c]! - top);
      const label = labels[row]!;
      const importance = this.#classWeights[label]!;
      loss -= importance * (output[at + label]! - top - Math.log(sum));
      weight += importance;
      for (let c = 0; c < classes; c++)
        gradient[at + c] = (importance * Math.exp(output[at + c]! - top)) / sum;
      gradient[at + label]! -= importance;
    }
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= weight;
    return loss / weight;
  }

  /** Gradients of all weights, last layer first; also of the inputs of all layers but the first. */
  #backward(): { weights: Float32Array; bias: Float32Array }[] {
    const gradients: { weights: Float32Array; bias: Float32Array }[] = [];
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const layer = this.layers[index]!;
      const { output, gradient, patches } = this.#passes[index]!;
      const passed = isResidual(index) ? gradient.slice() : null;
      // Through the rectifier: a residual layer's output is above its input where the rectifier was open.
      if (index < this.layers.length - 1) {
        const input = index > 0 ? this.#passes[index - 1]!.output : null;
        for (let i = 0; i < gradient.length; i++) {
          const made = output[i]! - (isResidual(index) ? input![i]! : 0);
          if (!(made > 0)) gradient[i] = 0;
        }
      }
      gradients[index] = {
        weights: this.#weightGradient(layer, gradient, patches),
        bias: columnSums(gradient, layer.units),
      };
      if (index > 0) {
        const below = this.#passes[index - 1]!.gradient;
        if (passed !== null) below.set(passed);
        else below.fill(0);
        this.#scatter(layer, this.#inputGradient(layer, gradient), below);
      }
    }
    return gradients;
  }

  /** `gradient` transposed times `patches`. */
  #weightGradient(
    { units, taps, inputs }: Layer,
    gradient: Float32Array,
    patches: Float32Array,
  ): Float32Array {
    const depth = taps.length * inputs;
    const rows = this.#rows;
    const { a, b, c, zeros } = this.#scratch;
    for (let row = 0; row < rows; row++)
      for (let u = 0; u < units; u++) a[u * rows + row] = gradient[row * units + u]!;
    for (let group = 0; group < depth / 4 - 0.01; group++)
      for (let row = 0; row < rows; row++)
        for (let k = 0; k < 4; k++) {
          const column = group * 4 + k;
          b[(group * rows + row) * 4 + k] = column < depth ? patches[row * depth + column]! : 0;
        }
    this.#kernels.multiplyRows(a, b, zeros, c, units, rows, depth);
    return c.slice(0, units * depth);
  }

  /** `gradient` times the weights: what each input in the patches did. */
  #inputGradient({ units, taps, inputs, weights }: Layer, gradient: Float32Array): Float32Array {
    const depth = taps.length * inputs;
    const { a, b, zeros } = this.#scratch;
    const turned = new Float32Array(weights.length);
    for (let u = 0; u < units; u++)
      for (let i = 0; i < depth; i++) turned[i * units + u] = weights[u * depth + i]!;
    b.set(packWeights(turned, depth, units));
    this.#kernels.multiplyRows(gradient, b, zeros, a, this.#rows, units, depth);
    return a;
  }

  #scatter({ taps, inputs }: Layer, patchGradient: Float32Array, below: Float32Array): void {
    const depth = taps.length * inputs;
    for (let row = 0; row < this.#rows; row++) {
      const frame = row % this.#chunkFrames;
      taps.forEach((tap, i) => {
        const from = frame + tap;
        if (from < 0 || from >= this.#chunkFrames) return;
        const to = (row + tap) * inputs;
        const at = row * depth + i * inputs;
        for (let k = 0; k < inputs; k++) below[to + k]! += patchGradient[at + k]!;
      });
    }
  }

  #update(gradients: readonly { weights: Float32Array; bias: Float32Array }[], rate: number): void {
    this.#step++;
    let square = 0;
    for (const { weights, bias } of gradients)
      for (const part of [weights, bias]) for (const value of part) square += value * value;
    const scale = Math.min(1, LONGEST_GRADIENT / Math.sqrt(square + 1e-12));
    this.layers.forEach((layer, index) => {
      const { weights, bias } = this.#moments[index]!;
      this.#adam(layer.weights, gradients[index]!.weights, weights, scale, rate);
      this.#adam(layer.bias, gradients[index]!.bias, bias, scale, rate);
    });
  }

  #adam(
    values: Float32Array,
    gradient: Float32Array,
    { mean, square }: Moments,
    scale: number,
    rate: number,
  ): void {
    const [first, second] = [1 - BETA1 ** this.#step, 1 - BETA2 ** this.#step];
    for (let i = 0; i < values.length; i++) {
      const g = scale * gradient[i]!;
      mean[i] = BETA1 * mean[i]! + (1 - BETA1) * g;
      square[i] = BETA2 * square[i]! + (1 - BETA2) * g * g;
      values[i]! -= (rate * (mean[i]! / first)) / (Math.sqrt(square[i]! / second) + EPSILON);
    }
  }
}

/** He initialisation for rectifiers; residual layers start small, so that the signal passes. */
function freshLayer(
  shape: { inputs: number; units: number; taps: readonly number[] },
  random: Random,
): Layer {
  const depth = shape.taps.length * shape.inputs;
  const spread = Math.sqrt(2 / depth) * 0.7;
  const weights = Float32Array.from({ length: shape.units * depth }, () => spread * random.normal());
  return { ...shape, weights, bias: new Float32Array(shape.units) };
}

function moments(values: Float32Array): Moments {
  return { mean: new Float64Array(values.length), square: new Float64Array(values.length) };
}

function columnSums(matrix: Float32Array, columns: number): Float32Array {
  const sums = new Float32Array(columns);
  for (let i = 0; i < matrix.length; i++) sums[i % columns]! += matrix[i]!;
  return sums;
}
