import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { type OnnxGraph, writeOnnx } from "./write-onnx.js";

const graph: OnnxGraph = {
  inputs: [{ name: "x", type: "float32", dims: [1, "n"] }],
  outputs: [
    { name: "y", type: "float32", dims: [1, 1, "m"] },
    { name: "sum", type: "int64", dims: [1] },
  ],
  initializers: {
    axis: { type: "int64", dims: [1], data: [1] },
    kernel: { type: "float32", dims: [1, 1, 2], data: [0.5, 0.5] },
  },
  nodes: [
    { op: "Unsqueeze", inputs: ["x", "axis"], outputs: ["rows"] },
    {
      op: "Conv",
      inputs: ["rows", "kernel"],
      outputs: ["mean"],
      attributes: { strides: [2], auto_pad: "VALID" },
    },
    { op: "LeakyRelu", inputs: ["mean"], outputs: ["y"], attributes: { alpha: { float: 0.25 } } },
    { op: "ReduceSum", inputs: ["x", "axis"], outputs: ["total"], attributes: { keepdims: 0 } },
    { op: "Cast", inputs: ["total"], outputs: ["sum"], attributes: { to: 7 } },
  ],
};

describe("the writer of ONNX files", () => {
  it("makes a model that the real runtime computes with", async () => {
    const session = await InferenceSession.create(writeOnnx(graph, { metadata: { author: "a test" } }));
    expect(session.inputNames).toEqual(["x"]);
    const input = new Tensor("float32", Float32Array.of(1, 3, -4, -8), [1, 4]);
    const { y, sum } = await session.run({ x: input });
    expect(y!.dims).toEqual([1, 1, 2]);
    expect([...(y!.data as Float32Array)]).toEqual([2, -1.5]);
    expect(sum!.data).toEqual(BigInt64Array.of(-8n));
  });

  it("refuses a tensor whose data does not fit its dimensions", () => {
    const wrong = { ...graph, initializers: { axis: { type: "int64", dims: [2], data: [1] } as const } };
    expect(() => writeOnnx(wrong)).toThrow(RangeError);
  });
});
