import { BufferPlan } from "./buffer-plan.js";
import { KERNELS } from "./kernels.js";
import type { TensorKernels } from "./tensor-kernels.js";
import { elementCount, parseTfliteModel, type TfliteModel } from "./tflite-model.js";

/**
 * Runs a TFLite graph: float32 tensors, sums in a fixed order, so that the same input gives the same bits on
 * every machine.
 *
 * All memory is laid out once; tensors that do not live at the same time share it.
 */
export class Interpreter {
  readonly model: TfliteModel;
  readonly #input: Float32Array;
  readonly #steps: (() => void)[] = [];
  readonly #outputs = new Map<string, Float32Array>();

  /** @throws RangeError when the file is damaged or needs what we do not have. */
  constructor(bytes: Uint8Array, kernels: TensorKernels) {
    const model = parseTfliteModel(bytes);
    this.model = model;
    const buffers = new BufferPlan(model, kernels);
    for (const operator of model.operators) {
      if (operator.kind === "DEQUANTIZE") {
        buffers.share(operator.outputs[0]!, operator.inputs[0]!);
        continue;
      }
      const kernel = KERNELS[operator.kind];
      if (kernel === undefined) throw new RangeError(`TFLite operator ${operator.kind} is not supported`);
      const step = kernel(operator, model, buffers);
      if (step !== null) this.#steps.push(step);
      buffers.release(operator);
    }
    this.#input = buffers.floats(model.inputs[0]!);
    for (const id of model.outputs) this.#outputs.set(model.tensors[id]!.name, buffers.floats(id));
  }

  /** Shape of the input, NHWC. */
  get inputShape(): readonly number[] {
    return this.model.tensors[this.model.inputs[0]!]!.shape;
  }

  /**
   * One inference.
   *
   * @returns the outputs by name; views that hold until the next run
   */
  run(input: Float32Array): ReadonlyMap<string, Float32Array> {
    const expected = elementCount(this.inputShape);
    if (input.length !== expected)
      throw new RangeError(`Expected ${expected} input values, got ${input.length}`);
    this.#input.set(input);
    for (const step of this.#steps) step();
    return this.#outputs;
  }
}
