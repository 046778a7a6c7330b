import { copyPadded, gatherPatches, multiplyRows } from "./convolution.js";
import { convolveDepthwise } from "./depthwise.js";
import { add, hardSwish, multiply, prelu, relu } from "./elementwise.js";
import { averagePool, maxPool } from "./spatial.js";

/**
 * The inner loops that take nearly all of a network's time, and the memory that they work on. All arrays given
 * to them come from `allocate`.
 */
export type TensorKernels = {
  readonly name: "wasm" | "plain";
  /** Zeroed memory for one tensor. */
  allocate(length: number): Float32Array;
  readonly copyPadded: typeof copyPadded;
  readonly gatherPatches: typeof gatherPatches;
  readonly multiplyRows: typeof multiplyRows;
  readonly convolveDepthwise: typeof convolveDepthwise;
  readonly maxPool: typeof maxPool;
  readonly averagePool: typeof averagePool;
  readonly add: typeof add;
  readonly multiply: typeof multiply;
  readonly relu: typeof relu;
  readonly prelu: typeof prelu;
  readonly hardSwish: typeof hardSwish;
};

/** The loops in plain TypeScript, which sum in float64: the oracle of the WebAssembly ones. */
export const PLAIN_KERNELS: TensorKernels = {
  name: "plain",
  allocate: (length) => new Float32Array(length),
  copyPadded,
  gatherPatches,
  multiplyRows,
  convolveDepthwise,
  maxPool,
  averagePool,
  add,
  multiply,
  relu,
  prelu,
  hardSwish,
};
