/** The element types that a tensor can have here, by their names in ONNX Runtime. */
export type OnnxType = "float32" | "float64" | "int32" | "int64" | "uint8" | "int8" | "bool";

/** A constant. `data` is row-major; booleans are 0 and 1. A scalar has no dimensions. */
export type OnnxTensor = {
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly data: readonly (number | bigint)[] | ArrayLike<number>;
};

/**
 * The value of an attribute. A bare number is an INT, a bare list of numbers INTS, a text STRING; what has to be
 * FLOAT or FLOATS says so, since 1.0 and 1 are the same number here.
 */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: OnnxTensor }
  | { readonly graph: OnnxGraph };

/** One operation. An absent optional input is "". */
export type OnnxNode = {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: string;
};

/** An input or output of a graph: a number is a fixed dimension, a text a free one with that name. */
export type OnnxValue = {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly (number | string)[];
};

/** A graph: constants by name, operations in the order in which they run. */
export type OnnxGraph = {
  readonly name?: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers?: Readonly<Record<string, OnnxTensor>>;
};

/** What belongs to a model beside its graph. */
export type OnnxModelOptions = {
  /** Version of the standard operators. (default: 15) */
  readonly opset?: number;
  readonly metadata?: Readonly<Record<string, string>>;
};

/**
 * A model as the bytes of an .onnx file, for tests that run the real runtime on a network small enough to write down:
 *
 * ```ts
 * writeOnnx({
 *   inputs: [{ name: "x", type: "float32", dims: [1, "n"] }],
 *   outputs: [{ name: "y", type: "float32", dims: [1, "n"] }],
 *   initializers: { two: { type: "float32", dims: [], data: [2] } },
 *   nodes: [{ op: "Mul", inputs: ["x", "two"], outputs: ["y"] }],
 * });
 * ```
 */
export function writeOnnx(
  graph: OnnxGraph,
  { opset = 15, metadata = {} }: OnnxModelOptions = {},
): Uint8Array {
  return Buffer.concat([
    integer(1, IR_VERSION),
    text(2, "parlante tests"),
    message(7, graphBytes(graph)),
    message(8, [text(1, ""), integer(2, opset)]),
    ...Object.entries(metadata).map(([key, value]) => message(14, [text(1, key), text(2, value)])),
  ]);
}

const IR_VERSION = 8;
const TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
const WIDTHS = { float32: 4, uint8: 1, int8: 1, int32: 4, int64: 8, bool: 1, float64: 8 } as const;
const ATTRIBUTE_TYPES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

function graphBytes({ name = "graph", nodes, initializers = {}, inputs, outputs }: OnnxGraph): Uint8Array[] {
  return [
    ...nodes.map((node) => message(1, nodeBytes(node))),
    text(2, name),
    ...Object.entries(initializers).map(([label, tensor]) => message(5, tensorBytes(tensor, label))),
    ...inputs.map((value) => message(11, valueBytes(value))),
    ...outputs.map((value) => message(12, valueBytes(value))),
  ];
}

function nodeBytes({ op, inputs, outputs, name = "", attributes = {}, domain = "" }: OnnxNode): Uint8Array[] {
  return [
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    text(3, name),
    text(4, op),
    ...Object.entries(attributes).map(([key, value]) => message(5, [text(1, key), ...attributeBytes(value)])),
    text(7, domain),
  ];
}

function attributeBytes(value: OnnxAttribute): Uint8Array[] {
  const kind = (name: keyof typeof ATTRIBUTE_TYPES): Uint8Array => integer(20, ATTRIBUTE_TYPES[name]);
  if (typeof value === "number") return [integer(3, value), kind("int")];
  if (typeof value === "string") return [text(4, value), kind("string")];
  if (isNumbers(value)) return [...value.map((item) => integer(8, item)), kind("ints")];
  if ("float" in value) return [float(2, value.float), kind("float")];
  if ("floats" in value) return [...value.floats.map((item) => float(7, item)), kind("floats")];
  if ("strings" in value) return [...value.strings.map((item) => text(9, item)), kind("strings")];
  if ("tensor" in value) return [message(5, tensorBytes(value.tensor, "")), kind("tensor")];
  return [message(6, graphBytes(value.graph)), kind("graph")];
}

const isNumbers = (value: OnnxAttribute): value is readonly number[] => Array.isArray(value);

function valueBytes({ name, type, dims }: OnnxValue): Uint8Array[] {
  const shape = dims.map((dim) => message(1, [typeof dim === "number" ? integer(1, dim) : text(2, dim)]));
  return [text(1, name), message(2, [message(1, [integer(1, TYPES[type]), message(2, shape)])])];
}

function tensorBytes({ type, dims, data }: OnnxTensor, name: string): Uint8Array[] {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== count)
    throw new RangeError(
      `The tensor "${name}" has ${data.length} elements, its dimensions ask for ${count}.`,
    );
  const width = WIDTHS[type];
  const bytes = Buffer.alloc(count * width);
  for (let index = 0; index < count; index++) writeElement(bytes, index * width, type, data[index]!);
  return [...dims.map((dim) => integer(1, dim)), integer(2, TYPES[type]), text(8, name), field(9, bytes)];
}

function writeElement(bytes: Buffer, at: number, type: OnnxType, value: number | bigint): void {
  if (type === "float32") bytes.writeFloatLE(Number(value), at);
  else if (type === "float64") bytes.writeDoubleLE(Number(value), at);
  else if (type === "int64") bytes.writeBigInt64LE(BigInt(value), at);
  else if (type === "int32") bytes.writeInt32LE(Number(value), at);
  else if (type === "int8") bytes.writeInt8(Number(value), at);
  else bytes.writeUInt8(Number(value), at);
}

// The wire format of protocol buffers: a tag of field number and wire type, then the value.

function integer(number: number, value: number | bigint): Uint8Array {
  return Buffer.concat([varint(number << 3), varint(value)]);
}

function float(number: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint((number << 3) | 5), bytes]);
}

const text = (number: number, value: string): Uint8Array => field(number, Buffer.from(value, "utf8"));

const message = (number: number, parts: readonly Uint8Array[]): Uint8Array =>
  field(number, Buffer.concat(parts));

const field = (number: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);

/** Seven bits a byte, the lowest first; negative numbers as 64 bits in two's complement. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
