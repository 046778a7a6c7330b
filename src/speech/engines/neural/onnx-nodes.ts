import {
  integerField,
  messageField,
  readFloat,
  readText,
  readVarint,
  textField,
  WIRE,
  wireFields,
} from "./protobuf.js";

/** Field numbers of ONNX's messages (onnx.proto3). */
export const MODEL = { graph: 7, opset: 8 } as const;
export const OPSET = { domain: 1, version: 2 } as const;
export const GRAPH = { node: 1, output: 12 } as const;
export const VALUE = { name: 1 } as const;
const NODE = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = {
  name: 1,
  float: 2,
  integer: 3,
  tensor: 5,
  graph: 6,
  integers: 8,
  graphs: 11,
  type: 20,
} as const;
const TENSOR = { dims: 1, type: 2, raw: 9 } as const;
const ATTRIBUTE_TYPE = { integer: 2, tensor: 4 } as const;
/** Numbers of element types. */
export const ELEMENT = { float32: 1, int64: 7 } as const;

/** A setting of a node. `graphs` are the fields in which it holds graphs of its own. */
export type ReadAttribute = {
  readonly name: string;
  readonly float: number;
  readonly integer: number;
  readonly integers: readonly number[];
};

/** The parts of a node that matter here. */
export type ReadNode = {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, ReadAttribute>;
};

/** Reads a node. */
export function readNode(bytes: Uint8Array): ReadNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, ReadAttribute>();
  let [op, domain] = ["", ""];
  for (const field of wireFields(bytes)) {
    if (field.wire !== WIRE.bytes) continue;
    if (field.number === NODE.input) inputs.push(readText(bytes, field));
    else if (field.number === NODE.output) outputs.push(readText(bytes, field));
    else if (field.number === NODE.op) op = readText(bytes, field);
    else if (field.number === NODE.domain) domain = readText(bytes, field);
    else if (field.number === NODE.attribute) {
      const attribute = readAttribute(bytes.subarray(field.value, field.end));
      attributes.set(attribute.name, attribute);
    }
  }
  return { op, domain, inputs, outputs, attributes };
}

function readAttribute(bytes: Uint8Array): ReadAttribute {
  let [name, float, integer] = ["", 0, 0];
  const integers: number[] = [];
  for (const field of wireFields(bytes)) {
    if (field.number === ATTRIBUTE.name) name = readText(bytes, field);
    else if (field.number === ATTRIBUTE.float) float = readFloat(bytes, field);
    else if (field.number === ATTRIBUTE.integer) integer = readVarint(bytes, field.value).value;
    else if (field.number === ATTRIBUTE.integers) {
      // One by one, or all in one piece.
      for (let at = field.value; at < field.end; ) {
        const { value, end } = readVarint(bytes, at);
        integers.push(value);
        at = end;
      }
    }
  }
  return { name, float, integer, integers };
}

/**
 * A node with each graph inside it (the branches of `If`, the body of `Loop`) replaced by what `change` makes of it.
 * `null` where `change` leaves all as they are.
 */
export function changeInnerGraphs(
  node: Uint8Array,
  change: (graph: Uint8Array) => readonly Uint8Array[] | null,
): Uint8Array[] | null {
  return changeFields(node, (number, attribute) => {
    if (number !== NODE.attribute) return null;
    return changeFields(attribute, (inner, graph) =>
      inner === ATTRIBUTE.graph || inner === ATTRIBUTE.graphs ? change(graph) : null,
    );
  });
}

/** A message with some of its byte fields replaced; `null` where none is. */
function changeFields(
  message: Uint8Array,
  change: (number: number, value: Uint8Array) => readonly Uint8Array[] | null,
): Uint8Array[] | null {
  const pieces: Uint8Array[] = [];
  let isChanged = false;
  for (const { number, wire, start, value, end } of wireFields(message)) {
    const changed = wire === WIRE.bytes ? change(number, message.subarray(value, end)) : null;
    if (changed === null) pieces.push(message.subarray(start, end));
    else {
      pieces.push(...messageField(number, changed));
      isChanged = true;
    }
  }
  return isChanged ? pieces : null;
}

/** A node as a field of a graph. Integers are the only settings that are written here. */
export function nodeField(
  op: string,
  inputs: readonly string[],
  output: string,
  settings: Readonly<Record<string, number>> = {},
): Uint8Array[] {
  return messageField(GRAPH.node, [
    ...inputs.flatMap((input) => textField(NODE.input, input)),
    ...textField(NODE.output, output),
    // Named after its result, which is unique.
    ...textField(NODE.name, output),
    ...textField(NODE.op, op),
    ...Object.entries(settings).flatMap(([name, value]) =>
      messageField(NODE.attribute, [
        ...textField(ATTRIBUTE.name, name),
        ...integerField(ATTRIBUTE.integer, value),
        ...integerField(ATTRIBUTE.type, ATTRIBUTE_TYPE.integer),
      ]),
    ),
  ]);
}

/** A node that gives a constant, as a field of a graph; a scalar has no dimensions. */
export function constantField(
  output: string,
  data: Float32Array | BigInt64Array,
  dims: readonly number[],
): Uint8Array[] {
  const tensor = [
    ...dims.flatMap((dim) => integerField(TENSOR.dims, dim)),
    ...integerField(TENSOR.type, data instanceof Float32Array ? ELEMENT.float32 : ELEMENT.int64),
    ...messageField(TENSOR.raw, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
  ];
  return messageField(GRAPH.node, [
    ...textField(NODE.output, output),
    ...textField(NODE.name, output),
    ...textField(NODE.op, "Constant"),
    ...messageField(NODE.attribute, [
      ...textField(ATTRIBUTE.name, "value"),
      ...messageField(ATTRIBUTE.tensor, tensor),
      ...integerField(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor),
    ]),
  ]);
}
