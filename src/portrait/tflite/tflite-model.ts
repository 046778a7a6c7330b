import { FlatBuffer, type TablePosition } from "./flatbuffer.js";
import { type FlexMap, readFlexMap } from "./flexbuffer.js";

/** A tensor of the graph. Constant ones carry their values; 16-bit floats are widened. */
export type TfliteTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly constant: Float32Array | Int32Array | null;
};

/** One node of the graph, in execution order. */
export type TfliteOperator = {
  /** Built-in name such as `CONV_2D`, or the custom operator's own name. */
  readonly kind: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Integer or byte option by its field number in the TFLite schema. */
  int32(field: number, fallback?: number): number;
  int8(field: number, fallback?: number): number;
  /** Raw options of a custom operator. */
  readonly customOptions: Uint8Array;
  /** The same as a map of numbers. */
  flexOptions(): FlexMap;
};

/** A parsed `.tflite` file: single subgraph, float tensors. */
export type TfliteModel = {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
};

/** All 16-bit floats: a table is faster than converting a million weights. */
let halves: Float32Array | undefined;

/** Built-in operator codes of the TFLite schema (tensorflow/lite/schema/schema.fbs) that our models use. */
const BUILTIN_NAMES: Readonly<Record<number, string>> = {
  0: "ADD",
  1: "AVERAGE_POOL_2D",
  2: "CONCATENATION",
  3: "CONV_2D",
  4: "DEPTHWISE_CONV_2D",
  6: "DEQUANTIZE",
  14: "LOGISTIC",
  17: "MAX_POOL_2D",
  18: "MUL",
  19: "RELU",
  21: "RELU6",
  22: "RESHAPE",
  23: "RESIZE_BILINEAR",
  34: "PAD",
  45: "STRIDED_SLICE",
  54: "PRELU",
  117: "HARD_SWISH",
};
const CUSTOM_CODE = 32;

const FLOAT32 = 0;
const FLOAT16 = 1;
const INT32 = 2;

/**
 * Parses a TFLite FlatBuffer.
 *
 * @throws RangeError when the file is damaged or uses what we do not read.
 */
export function parseTfliteModel(bytes: Uint8Array): TfliteModel {
  const file = new FlatBuffer(bytes);
  if (file.identifier() !== "TFL3") throw new RangeError("Not a TFLite file");
  const root = file.root();
  const subgraphs = file.tableVector(root, 2);
  if (subgraphs.length !== 1) throw new RangeError("Expected one subgraph");
  const graph = subgraphs[0]!;
  const kinds = file.tableVector(root, 1).map((code) => operatorName(file, code));
  const buffers = file.tableVector(root, 4);
  return {
    tensors: file.tableVector(graph, 0).map((tensor) => readTensor(file, buffers, tensor)),
    operators: file.tableVector(graph, 3).map((node) => readOperator(file, kinds, node)),
    inputs: file.int32Vector(graph, 1),
    outputs: file.int32Vector(graph, 2),
  };
}

function operatorName(file: FlatBuffer, code: TablePosition): string {
  // Old files keep the code in the byte field only, new ones in both.
  const builtin = Math.max(file.int8(code, 0), file.int32(code, 3));
  if (builtin === CUSTOM_CODE) return file.string(code, 1);
  const name = BUILTIN_NAMES[builtin];
  if (name === undefined) throw new RangeError(`TFLite operator ${builtin} is not supported`);
  return name;
}

function readTensor(
  file: FlatBuffer,
  buffers: readonly TablePosition[],
  tensor: TablePosition,
): TfliteTensor {
  const shape = file.int32Vector(tensor, 0);
  const buffer = buffers[file.int32(tensor, 2)];
  const data = buffer === undefined ? new Uint8Array(0) : file.byteVector(buffer, 0);
  return {
    name: file.string(tensor, 3),
    shape,
    constant: data.length === 0 ? null : readConstant(data, file.int8(tensor, 1), elementCount(shape)),
  };
}

function readConstant(data: Uint8Array, type: number, count: number): Float32Array | Int32Array {
  const width = type === FLOAT16 ? 2 : 4;
  if (type !== FLOAT32 && type !== FLOAT16 && type !== INT32) throw new RangeError(`Tensor type ${type}`);
  if (data.length !== count * width) throw new RangeError("Tensor size does not match its shape");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type === INT32) return Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
  const values = new Float32Array(count);
  if (type === FLOAT32) {
    for (let i = 0; i < count; i++) values[i] = view.getFloat32(4 * i, true);
    return values;
  }
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => halfToNumber(bits));
  for (let i = 0; i < count; i++) values[i] = halves[view.getUint16(2 * i, true)]!;
  return values;
}

function readOperator(file: FlatBuffer, kinds: readonly string[], node: TablePosition): TfliteOperator {
  const options = file.table(node, 4);
  const customOptions = file.byteVector(node, 5);
  return {
    kind: kinds[file.int32(node, 0)]!,
    inputs: file.int32Vector(node, 1),
    outputs: file.int32Vector(node, 2),
    int32: (field, fallback = 0) => (options === 0 ? fallback : file.int32(options, field, fallback)),
    int8: (field, fallback = 0) => (options === 0 ? fallback : file.int8(options, field, fallback)),
    customOptions,
    flexOptions: () => readFlexMap(customOptions),
  };
}

/** Product of the dimensions. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** IEEE 754 binary16 to number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
