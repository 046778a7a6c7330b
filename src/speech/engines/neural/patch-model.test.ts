import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasOnnxRuntime, toyKokoro, toyPiper } from "../../../../test/support/neural-models.js";
import { type OnnxGraph, writeOnnx } from "../../../../test/support/write-onnx.js";
import { patchModel } from "./patch-model.js";

type Runtime = typeof import("onnxruntime-node");
const runtime = (): Runtime => createRequire(import.meta.url)("onnxruntime-node") as Runtime;

const x = { name: "x", type: "float32" as const, dims: [2, "n"] };
const y = { name: "y", type: "float32" as const, dims: [2, "n"] };

async function draw(graph: OnnxGraph, length: number, options = {}): Promise<number[][]> {
  const { InferenceSession, Tensor } = runtime();
  const { bytes } = patchModel(writeOnnx(graph, options), "Ceil");
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const feed = { x: new Tensor("float32", new Float32Array(2 * length), [2, length]) };
  const results = [await session.run(feed), await session.run(feed)];
  return results.map((result) => [...(result.y!.data as Float32Array)]);
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};

describe("patching models", () => {
  it("finds the one result that tells durations", () => {
    expect(patchModel(toyPiper(), "Ceil")).toMatchObject({ durations: "durations", noises: 2 });
    expect(patchModel(toyKokoro(), "Round")).toMatchObject({ durations: "rounded", noises: 1 });
    for (const durationOps of [0, 2] as const) {
      expect(patchModel(toyPiper({ durationOps }), "Ceil").durations).toBeNull();
    }
    expect(patchModel(toyPiper({ ownDurations: "w" }), "Ceil").durations).toBeNull();
  });

  it("leaves a model alone in which there is nothing to change", () => {
    const model = writeOnnx({
      inputs: [x],
      outputs: [y],
      nodes: [{ op: "Abs", inputs: ["x"], outputs: ["y"] }],
    });
    expect(patchModel(model, "Ceil").bytes).toBe(model);
  });

  it("never does anything but patch or refuse", () => {
    const good = toyPiper();
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(good.length), (changes, length) => {
        const bytes = Uint8Array.from(good.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          patchModel(bytes, "Ceil");
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("refuses graphs that are nested without end", () => {
    let graph: OnnxGraph = {
      inputs: [],
      outputs: [y],
      nodes: [{ op: "Abs", inputs: ["x"], outputs: ["y"] }],
    };
    for (let i = 0; i < 12; i++) {
      graph = {
        inputs: [],
        outputs: [y],
        nodes: [{ op: "If", inputs: ["c"], outputs: ["y"], attributes: { then_branch: { graph } } }],
      };
    }
    expect(() => patchModel(writeOnnx(graph), "Ceil")).toThrow("nested too deep");
  });
});

describe.skipIf(!hasOnnxRuntime())("noise from the bank", () => {
  const like = (op: string, attributes: Record<string, { float: number } | number>): OnnxGraph => ({
    inputs: [x],
    outputs: [y],
    nodes: [{ op, inputs: ["x"], outputs: ["y"], attributes }],
  });

  it("is normal, and the same in every run", async () => {
    const graph = like("RandomNormalLike", { mean: { float: 5 }, scale: { float: 2 } });
    const [first, second] = (await draw(graph, 50_000)) as [number[], number[]];
    expect(second).toEqual(first);
    expect(mean(first)).toBeCloseTo(5, 1);
    expect(deviation(first)).toBeCloseTo(2, 1);
    expect(new Set(first.slice(0, 100)).size).toBeGreaterThan(90);
  });

  it("is uniform within its bounds", async () => {
    const graph = like("RandomUniformLike", { low: { float: -3 }, high: { float: 1 }, dtype: 1 });
    const [values] = (await draw(graph, 50_000)) as [number[]];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(mean(values)).toBeCloseTo(-1, 1);
  });

  it("goes round when more is asked for than there is", async () => {
    const [values] = (await draw(like("RandomNormalLike", {}), 700_000)) as [number[]];
    expect(values.slice(1 << 20, (1 << 20) + 50)).toEqual(values.slice(0, 50));
  });

  it("is found in other forms and in the branches of a graph", async () => {
    const shaped: OnnxGraph = {
      inputs: [x],
      outputs: [y],
      nodes: [
        { op: "RandomNormal", inputs: [], outputs: ["a"], attributes: { shape: [2, 3] } },
        { op: "RandomUniform", inputs: [], outputs: ["b"], attributes: { shape: [2, 3], dtype: 11 } },
        { op: "Cast", inputs: ["b"], outputs: ["c"], attributes: { to: 1 } },
        { op: "Add", inputs: ["a", "c"], outputs: ["d"] },
        { op: "Add", inputs: ["d", "x"], outputs: ["y"] },
      ],
    };
    const [first, second] = await draw(shaped, 3);
    expect(second).toEqual(first);
    const branch = (op: string): OnnxGraph => ({
      inputs: [],
      outputs: [{ name: `${op}_out`, type: "float32", dims: [2, "n"] }],
      nodes: [{ op, inputs: ["x"], outputs: [`${op}_out`] }],
    });
    const inner: OnnxGraph = {
      inputs: [x],
      outputs: [y],
      initializers: { yes: { type: "bool", dims: [], data: [1] } },
      nodes: [
        {
          op: "If",
          inputs: ["yes"],
          outputs: ["y"],
          attributes: {
            then_branch: { graph: branch("RandomNormalLike") },
            else_branch: { graph: branch("RandomUniformLike") },
          },
        },
      ],
    };
    const [one, two] = await draw(inner, 100);
    expect(two).toEqual(one);
    // Before version 15 there is no CastLike.
    const [old, oldAgain] = await draw(like("RandomNormalLike", {}), 10, { opset: 12 });
    expect(oldAgain).toEqual(old);
  });

  it("is needed: a seed alone does not repeat itself", async () => {
    const { InferenceSession, Tensor } = runtime();
    const session = await InferenceSession.create(
      writeOnnx(like("RandomNormalLike", { seed: { float: 7 } })),
    );
    const feed = { x: new Tensor("float32", new Float32Array(8), [2, 4]) };
    const [first, second] = [await session.run(feed), await session.run(feed)];
    expect(second.y!.data).not.toEqual(first.y!.data);
  });
});
