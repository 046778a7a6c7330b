import { BANK_SIZE, type NoiseKind, noiseBank } from "./noise-bank.js";
import {
  changeInnerGraphs,
  constantField,
  ELEMENT,
  GRAPH,
  MODEL,
  nodeField,
  OPSET,
  type ReadNode,
  readNode,
  VALUE,
} from "./onnx-nodes.js";
import { messageField, readText, readVarint, textField, WIRE, wireFields } from "./protobuf.js";

/** A model that is ready for the runtime. */
export type PatchedModel = {
  readonly bytes: Uint8Array;
  /** Name of the result that was made an output; `null` where there is none, or not one alone. */
  readonly durations: string | null;
  /** How many operations that draw random numbers were replaced. */
  readonly noises: number;
};

/** Deeper than this no network nests its loops. */
const MAX_DEPTH = 8;
/** `CastLike` exists from this version of the operators on. */
const CAST_LIKE_OPSET = 15;
const PREFIX = "parlante/noise";
/** Far apart, so that no two draws begin alike. */
const OFFSET_STEP = 179_426_549 % BANK_SIZE;

/**
 * Changes the bytes of an ONNX model in two ways:
 *
 * - The result of the only operation of the given kind becomes an output. In networks of the VITS family the durations
 *   of the phonemes are rounded up by the one `Ceil` of the graph, so they can be read this way from a model that was
 *   exported without them.
 * - Operations that draw random numbers take them from a fixed bank. Their `seed` would not do: the runtime draws on
 *   through the life of a session, so that a sentence would sound different after another one.
 *
 * @throws RangeError where the bytes are no ONNX model
 */
export function patchModel(model: Uint8Array, durationOp: string): PatchedModel {
  let opset = 0;
  let graph: { readonly start: number; readonly value: number; readonly end: number } | undefined;
  for (const field of wireFields(model)) {
    if (field.wire !== WIRE.bytes) continue;
    if (field.number === MODEL.graph) graph = field;
    if (field.number === MODEL.opset)
      opset = Math.max(opset, standardOpset(model.subarray(field.value, field.end)));
  }
  if (graph === undefined) throw new RangeError("no ONNX model: it has no graph");
  const patcher = new GraphPatcher(opset);
  const inside = model.subarray(graph.value, graph.end);
  const changed = patcher.noiseless(inside, 0);
  const durations = durationOutput(inside, durationOp);
  if (changed === null && durations === null) return { bytes: model, durations, noises: 0 };
  const output = durations === null ? [] : messageField(GRAPH.output, textField(VALUE.name, durations));
  const pieces = [...patcher.constants(), ...(changed ?? [inside]), ...output];
  return {
    bytes: Buffer.concat([
      model.subarray(0, graph.start),
      ...messageField(MODEL.graph, pieces),
      model.subarray(graph.end),
    ]),
    durations,
    noises: patcher.count,
  };
}

/** Version of the standard operators; 0 where the import is of others. */
function standardOpset(bytes: Uint8Array): number {
  let [domain, version] = ["", 0];
  for (const field of wireFields(bytes)) {
    if (field.number === OPSET.domain) domain = readText(bytes, field);
    if (field.number === OPSET.version) version = readVarint(bytes, field.value).value;
  }
  return domain === "" || domain === "ai.onnx" ? version : 0;
}

function durationOutput(graph: Uint8Array, op: string): string | null {
  const results: string[] = [];
  let outputs = 0;
  for (const field of wireFields(graph)) {
    if (field.number === GRAPH.output) outputs++;
    if (field.number !== GRAPH.node || field.wire !== WIRE.bytes) continue;
    const node = readNode(graph.subarray(field.value, field.end));
    if (node.op === op && node.domain === "") results.push(node.outputs[0] ?? "");
  }
  // A second output was made by someone who knew the model better.
  return outputs === 1 && results.length === 1 && results[0] !== "" ? (results[0] as string) : null;
}

const NOISE_OPS: Readonly<Record<string, NoiseKind>> = {
  RandomNormalLike: "normal",
  RandomNormal: "normal",
  RandomUniformLike: "uniform",
  RandomUniform: "uniform",
};

/** Replaces the random operations of one model. */
class GraphPatcher {
  count = 0;
  readonly #opset: number;
  readonly #kinds = new Set<NoiseKind>();

  constructor(opset: number) {
    this.#opset = opset;
  }

  /** The pieces of a graph without random operations; `null` where it has none. */
  noiseless(graph: Uint8Array, depth: number): Uint8Array[] | null {
    if (depth > MAX_DEPTH) throw new RangeError("its graphs are nested too deep");
    const before = this.count;
    const pieces: Uint8Array[] = [];
    for (const { number, wire, start, value, end } of wireFields(graph)) {
      const whole = graph.subarray(start, end);
      if (number !== GRAPH.node || wire !== WIRE.bytes) pieces.push(whole);
      else pieces.push(...this.#node(graph.subarray(value, end), whole, depth));
    }
    return this.count === before ? null : pieces;
  }

  /** What all replacements share, to stand before them. */
  constants(): Uint8Array[] {
    if (this.count === 0) return [];
    return [
      ...[...this.#kinds].flatMap((kind) => constantField(`${PREFIX}/${kind}`, noiseBank(kind), [BANK_SIZE])),
      ...constantField(`${PREFIX}/size`, BigInt64Array.of(BigInt(BANK_SIZE)), []),
      ...constantField(`${PREFIX}/one`, BigInt64Array.of(1n), []),
    ];
  }

  #node(bytes: Uint8Array, whole: Uint8Array, depth: number): Uint8Array[] {
    const node = readNode(bytes);
    const kind = node.domain === "" ? NOISE_OPS[node.op] : undefined;
    const [output] = node.outputs;
    if (kind !== undefined && output !== undefined) return this.#replacement(node, kind, output);
    const inner = changeInnerGraphs(bytes, (graph) => this.noiseless(graph, depth + 1));
    return inner === null ? [whole] : messageField(GRAPH.node, inner);
  }

  /** Takes as many numbers from the bank as the result has elements, round and round, and gives them its shape. */
  #replacement({ op, inputs, attributes }: ReadNode, kind: NoiseKind, output: string): Uint8Array[] {
    const index = this.count++;
    this.#kinds.add(kind);
    const name = (part: string): string => `${PREFIX}/${index}/${part}`;
    const setting = (key: string, otherwise: number): number => attributes.get(key)?.float ?? otherwise;
    const [model] = inputs;
    const isLike = op.endsWith("Like") && model !== undefined;
    const shape = attributes.get("shape")?.integers ?? [];
    const scalar = (part: string, value: number): Uint8Array[] =>
      constantField(name(part), Float32Array.of(value), []);
    const [add, multiply] =
      kind === "normal"
        ? [setting("mean", 0), setting("scale", 1)]
        : [setting("low", 0), setting("high", 1) - setting("low", 0)];
    const offset = BigInt((index * OFFSET_STEP) % BANK_SIZE);
    const size = shape.reduce((product, dim) => product * dim, 1);
    const element = attributes.get("dtype")?.integer;
    const cast =
      element !== undefined && element !== ELEMENT.float32
        ? nodeField("Cast", [name("moved")], output, { to: element })
        : element === undefined && isLike && this.#opset >= CAST_LIKE_OPSET
          ? nodeField("CastLike", [name("moved"), model], output)
          : nodeField("Identity", [name("moved")], output);
    return [
      ...constantField(name("from"), BigInt64Array.of(offset), []),
      ...(isLike
        ? [...nodeField("Size", [model], name("size")), ...nodeField("Shape", [model], name("shape"))]
        : [
            ...constantField(name("size"), BigInt64Array.of(BigInt(size)), []),
            ...constantField(name("shape"), BigInt64Array.from(shape, BigInt), [shape.length]),
          ]),
      ...nodeField("Add", [name("size"), name("from")], name("to")),
      ...nodeField("Range", [name("from"), name("to"), `${PREFIX}/one`], name("counted")),
      ...nodeField("Mod", [name("counted"), `${PREFIX}/size`], name("places")),
      ...nodeField("Gather", [`${PREFIX}/${kind}`, name("places")], name("drawn")),
      ...nodeField("Reshape", [name("drawn"), name("shape")], name("shaped")),
      ...scalar("multiply", multiply),
      ...nodeField("Mul", [name("shaped"), name("multiply")], name("scaled")),
      ...scalar("add", add),
      ...nodeField("Add", [name("scaled"), name("add")], name("moved")),
      ...cast,
    ];
  }
}
