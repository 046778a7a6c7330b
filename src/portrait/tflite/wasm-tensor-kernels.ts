import { readFile } from "node:fs/promises";
import { EngineError } from "../../shared/errors.js";
import { paddedSize, type Window } from "./convolution.js";
import { PLAIN_KERNELS, type TensorKernels } from "./tensor-kernels.js";

const PAGE_BYTES = 65_536;
/** The first KiB is left to the compiler's static data. */
const MEMORY_BASE = 1024;
/** Tensors start at multiples of this. */
const ALIGNMENT = 16;

/** Exports of `wasm/tensor.wasm`. Their arguments are listed in `wasm/assembly/tensor.ts`. */
type Exports = Record<
  | "multiplyRows"
  | "depthwise3x3"
  | "depthwise"
  | "addValues"
  | "preluValues"
  | "reluValues"
  | "hardSwishValues"
  | "scaleChannels"
  | "copyRows"
  | "gatherPatches"
  | "poolValues",
  (...values: number[]) => void
>;

/**
 * The SIMD loops over a fresh memory of `bytes`, which all users of the kernels share. Pages that nobody touches
 * cost no real memory.
 *
 * @throws EngineError when the module is missing or cannot run
 */
export async function createWasmTensorKernels(bytes: number): Promise<TensorKernels> {
  try {
    const pages = Math.ceil((bytes + MEMORY_BASE) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const binary = await readFile(new URL("../../../wasm/tensor.wasm", import.meta.url));
    const instance = await WebAssembly.instantiate(await WebAssembly.compile(binary), { env: { memory } });
    return bindKernels(instance.exports as unknown as Exports, memory);
  } catch (cause) {
    const message = "The kernels of the face models could not be loaded. Install the package again.";
    throw new EngineError("internal_server_error", message, { cause }, false);
  }
}

/** Four channels or values are worked on at a time; what does not divide goes the plain way, on the same memory. */
function bindKernels(wasm: Exports, memory: WebAssembly.Memory): TensorKernels {
  return {
    name: "wasm",
    allocate: createAllocator(memory),
    multiplyRows: (rows, packed, bias, out, rowCount, depth, outputs) =>
      wasm.multiplyRows(at(rows), at(packed), at(bias), at(out), rowCount, depth, outputs),
    copyPadded: (source, window, padded) => {
      const row = window.width * window.channels;
      const paddedRow = paddedSize(window).width * window.channels;
      const start = window.padTop * paddedRow + window.padLeft * window.channels;
      wasm.copyRows(at(source), at(padded), window.height, row, paddedRow, start);
    },
    gatherPatches: (padded, window, patches) =>
      wasm.gatherPatches(at(padded), at(patches), ...steps(window), window.kernelHeight, window.kernelWidth),
    convolveDepthwise: (padded, window, weights, bias, out) => {
      if (window.channels % 4 !== 0) PLAIN_KERNELS.convolveDepthwise(padded, window, weights, bias, out);
      else {
        const places = [at(padded), at(weights), at(bias), at(out)] as const;
        const { kernelHeight, kernelWidth } = window;
        if (kernelHeight === 3 && kernelWidth === 3) wasm.depthwise3x3(...places, ...steps(window));
        else wasm.depthwise(...places, ...steps(window), kernelHeight, kernelWidth);
      }
    },
    maxPool: (x, window, out) => {
      if (!isInside(window)) PLAIN_KERNELS.maxPool(x, window, out);
      else wasm.poolValues(at(x), at(out), ...steps(window), window.kernelHeight, window.kernelWidth, 1, 1);
    },
    averagePool: (x, window, out) => {
      const { kernelHeight, kernelWidth } = window;
      const scale = 1 / (kernelHeight * kernelWidth);
      if (!isInside(window)) PLAIN_KERNELS.averagePool(x, window, out);
      else wasm.poolValues(at(x), at(out), ...steps(window), kernelHeight, kernelWidth, 0, scale);
    },
    add: (a, b, out) => {
      if (a.length !== b.length || a.length % 4 !== 0) PLAIN_KERNELS.add(a, b, out);
      else wasm.addValues(at(a), at(b), at(out), a.length);
    },
    multiply: (a, b, out) => {
      if (b.length % 4 !== 0) PLAIN_KERNELS.multiply(a, b, out);
      else wasm.scaleChannels(at(a), at(b), at(out), a.length, b.length);
    },
    relu: (x, out, ceiling) => {
      if (ceiling !== Number.POSITIVE_INFINITY || x.length % 4 !== 0) PLAIN_KERNELS.relu(x, out, ceiling);
      else wasm.reluValues(at(x), at(out), x.length);
    },
    prelu: (x, slope, out) => {
      if (slope.length % 4 !== 0) PLAIN_KERNELS.prelu(x, slope, out);
      else wasm.preluValues(at(x), at(slope), at(out), x.length, slope.length);
    },
    hardSwish: (x, out) => {
      if (x.length % 4 !== 0) PLAIN_KERNELS.hardSwish(x, out);
      else wasm.hardSwishValues(at(x), at(out), x.length);
    },
  };
}

function createAllocator(memory: WebAssembly.Memory): (length: number) => Float32Array {
  let next = MEMORY_BASE;
  return (length) => {
    const start = next;
    next += Math.ceil((length * 4) / ALIGNMENT) * ALIGNMENT;
    if (next > memory.buffer.byteLength) throw new RangeError("The memory for tensors is too small");
    return new Float32Array(memory.buffer, start, length);
  };
}

/** Address of a tensor. */
function at(values: Float32Array): number {
  return values.byteOffset;
}

/** How a window moves: values per padded row, channels, stride, rows and columns of the output. */
function steps(window: Window): [number, number, number, number, number] {
  const row = paddedSize(window).width * window.channels;
  return [row, window.channels, window.stride, window.outHeight, window.outWidth];
}

/** Whether no position of the window leaves the tensor, and channels come in fours. */
function isInside(window: Window): boolean {
  const { height, width } = paddedSize(window);
  return height === window.height && width === window.width && window.channels % 4 === 0;
}
