/** Copies a tensor into a larger one of the same rank, zero elsewhere. `paddings` is `(rank, 2)`. */
export function padWithZeros(
  x: Float32Array,
  shape: readonly number[],
  paddings: Int32Array,
  out: Float32Array,
  outShape: readonly number[],
): void {
  out.fill(0);
  const copyAxis = (axis: number, from: number, to: number): void => {
    const size = shape[axis]!;
    const start = to * outShape[axis]! + paddings[2 * axis]!;
    if (axis === shape.length - 1) {
      for (let i = 0; i < size; i++) out[start + i] = x[from * size + i]!;
      return;
    }
    for (let i = 0; i < size; i++) copyAxis(axis + 1, from * size + i, start + i);
  };
  copyAxis(0, 0, 0);
}

/** What a strided slice takes; the end follows from the output's shape. */
export type SlicePlan = {
  readonly shape: readonly number[];
  readonly begin: Int32Array;
  readonly strides: Int32Array;
  /** Bit per axis: begin at 0. */
  readonly beginMask: number;
  readonly outShape: readonly number[];
};

/** Copies every `strides`-th element from `begin` on; positive strides, same rank. */
export function sliceWithStrides(x: Float32Array, plan: SlicePlan, out: Float32Array): void {
  const { shape, outShape } = plan;
  const copyAxis = (axis: number, from: number, to: number): void => {
    const begin = plan.beginMask & (1 << axis) ? 0 : plan.begin[axis]!;
    for (let i = 0; i < outShape[axis]!; i++) {
      const source = from * shape[axis]! + begin + i * plan.strides[axis]!;
      const target = to * outShape[axis]! + i;
      if (axis === shape.length - 1) out[target] = x[source]!;
      else copyAxis(axis + 1, source, target);
    }
  };
  copyAxis(0, 0, 0);
}

/** Joins tensors along an axis. */
export function concatenate(
  parts: readonly { readonly values: Float32Array; readonly shape: readonly number[] }[],
  axis: number,
  out: Float32Array,
): void {
  const blocks = parts.map(({ values, shape }) => {
    const before = shape.slice(0, axis).reduce((product, size) => product * size, 1);
    return { values, length: values.length / before, before };
  });
  let to = 0;
  for (let outer = 0; outer < (blocks[0]?.before ?? 0); outer++) {
    for (const { values, length } of blocks) {
      out.set(values.subarray(outer * length, (outer + 1) * length), to);
      to += length;
    }
  }
}
