import type { TensorKernels } from "./tensor-kernels.js";
import { elementCount, type TfliteModel, type TfliteOperator } from "./tflite-model.js";

/** Memory that one or several tensors (a tensor and its reshaped views) live in. */
type Storage = { readonly values: Float32Array | Int32Array; tensors: number; readonly permanent: boolean };

/**
 * Gives every tensor its memory while the graph is walked in order, and takes it back after the last use, so
 * that later tensors of the same size reuse it.
 */
export class BufferPlan {
  readonly kernels: TensorKernels;
  readonly #model: TfliteModel;
  readonly #storages = new Map<number, Storage>();
  readonly #remainingUses = new Map<number, number>();
  readonly #free = new Map<number, Float32Array[]>();
  readonly #padded = new Map<string, Float32Array>();

  constructor(model: TfliteModel, kernels: TensorKernels) {
    this.kernels = kernels;
    this.#model = model;
    for (const operator of model.operators) {
      for (const id of operator.inputs) this.#remainingUses.set(id, (this.#remainingUses.get(id) ?? 0) + 1);
    }
    model.tensors.forEach((tensor, id) => {
      if (tensor.constant !== null)
        this.#storages.set(id, { values: tensor.constant, tensors: 1, permanent: true });
    });
    for (const id of model.inputs) {
      const values = kernels.allocate(elementCount(this.shape(id)));
      this.#storages.set(id, { values, tensors: 1, permanent: true });
    }
  }

  shape(id: number): readonly number[] {
    const tensor = this.#model.tensors[id];
    if (tensor === undefined) throw new RangeError(`Tensor ${id} does not exist`);
    return tensor.shape;
  }

  /** Memory of a tensor that has been produced, or is constant. */
  floats(id: number): Float32Array {
    const values = this.#storages.get(id)?.values;
    if (!(values instanceof Float32Array)) throw new RangeError(`Tensor ${id} has no float values`);
    return values;
  }

  /** Constant integers, e.g. paddings. */
  integers(id: number): Int32Array {
    const values = this.#storages.get(id)?.values;
    if (!(values instanceof Int32Array)) throw new RangeError(`Tensor ${id} has no integer values`);
    return values;
  }

  /** Whether a tensor is a weight, known before the first run. */
  isConstant(id: number): boolean {
    const storage = this.#storages.get(id);
    return storage?.permanent === true && !this.#model.inputs.includes(id);
  }

  /** A copy of weights in the memory of the kernels. */
  resident(values: Float32Array): Float32Array {
    const copy = this.kernels.allocate(values.length);
    copy.set(values);
    return copy;
  }

  /** Memory for a new tensor; must not be one of the operator's inputs. */
  allocate(id: number): Float32Array {
    const length = elementCount(this.shape(id));
    const values = this.#free.get(length)?.pop() ?? this.kernels.allocate(length);
    this.#storages.set(id, { values, tensors: 1, permanent: false });
    return values;
  }

  /** Memory for the result of an elementwise operator: that of its input when nobody needs the input later. */
  allocateInPlace(id: number, input: number): Float32Array {
    const storage = this.#storages.get(input)!;
    const reusable =
      !storage.permanent &&
      storage.tensors === 1 &&
      this.#remainingUses.get(input) === 1 &&
      !this.#model.outputs.includes(input);
    if (!reusable) return this.allocate(id);
    this.share(id, input);
    return this.floats(id);
  }

  /** Lets a tensor live in the memory of another, as reshaping does. */
  share(id: number, source: number): void {
    const storage = this.#storages.get(source)!;
    storage.tensors++;
    this.#storages.set(id, storage);
  }

  /** Zero-bordered scratch memory. Equal keys share it, which is safe as they write the same inner region. */
  padded(key: string, length: number): Float32Array {
    const existing = this.#padded.get(key);
    if (existing !== undefined) return existing;
    const values = this.kernels.allocate(length);
    this.#padded.set(key, values);
    return values;
  }

  /** Notes that an operator has run: inputs used for the last time give their memory back. */
  release(operator: TfliteOperator): void {
    for (const id of operator.inputs) {
      const uses = this.#remainingUses.get(id)! - 1;
      this.#remainingUses.set(id, uses);
      const storage = this.#storages.get(id);
      if (uses > 0 || storage === undefined || storage.permanent || this.#model.outputs.includes(id))
        continue;
      storage.tensors--;
      if (storage.tensors > 0 || !(storage.values instanceof Float32Array)) continue;
      const free = this.#free.get(storage.values.length);
      if (free === undefined) this.#free.set(storage.values.length, [storage.values]);
      else free.push(storage.values);
    }
  }
}
