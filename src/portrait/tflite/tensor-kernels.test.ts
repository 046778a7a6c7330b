import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { packWeights, paddedSize, planWindow } from "./convolution.js";
import { PLAIN_KERNELS, type TensorKernels } from "./tensor-kernels.js";
import { createWasmTensorKernels } from "./wasm-tensor-kernels.js";

let wasm: TensorKernels;
beforeAll(async () => {
  wasm = await createWasmTensorKernels(256 * 2 ** 20);
});

const size = fc.integer({ min: 1, max: 7 });
const channels = fc.integer({ min: 1, max: 12 });
const seed = fc.integer({ min: 0, max: 1e6 });

/** The same random values in the memory of both. */
function twins(length: number, random: () => number): [Float32Array, Float32Array] {
  const values = Float32Array.from({ length }, random);
  const copy = wasm.allocate(length);
  copy.set(values);
  return [values, copy];
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  for (let i = 0; i < expected.length; i++) {
    const tolerance = 1e-4 + 1e-4 * Math.abs(expected[i]!);
    if (!(Math.abs(actual[i]! - expected[i]!) <= tolerance))
      expect(actual[i], `value ${i}`).toBe(expected[i]);
  }
}

describe("the plain kernels", () => {
  it("multiplies rows by hand-computed numbers", () => {
    const weights = packWeights(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2);
    expect([...weights]).toEqual([1, 3, 5, 0, 2, 4, 6, 0]);
    const out = new Float32Array(6);
    PLAIN_KERNELS.multiplyRows(
      Float32Array.of(1, 1, 2, -1),
      weights,
      Float32Array.of(10, 20, 30, 0),
      out,
      2,
      2,
      3,
    );
    expect([...out]).toEqual([13, 27, 41, 10, 22, 34]);
  });

  it("convolves 3 x 3 depthwise with a zero border", () => {
    const window = planWindow([1, 3, 3, 1], 3, 3, 1, true);
    const padded = new Float32Array(25);
    PLAIN_KERNELS.copyPadded(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), window, padded);
    const out = new Float32Array(9);
    PLAIN_KERNELS.convolveDepthwise(padded, window, new Float32Array(9).fill(1), Float32Array.of(0.5), out);
    expect([...out]).toEqual([12.5, 21.5, 16.5, 27.5, 45.5, 33.5, 24.5, 39.5, 28.5]);
  });

  it("pads stride 2 as TensorFlow does: nothing before an even size, one before an odd one", () => {
    expect(planWindow([1, 4, 5, 1], 3, 3, 2, true)).toMatchObject({
      outHeight: 2,
      outWidth: 3,
      padTop: 0,
      padLeft: 1,
    });
    expect(planWindow([1, 4, 4, 1], 2, 2, 2, false)).toMatchObject({ outHeight: 2, outWidth: 2, padTop: 0 });
  });

  it("pools only what lies inside", () => {
    const window = planWindow([1, 3, 3, 1], 2, 2, 2, true);
    const x = Float32Array.of(-1, -2, -3, -4, -5, -6, -7, -8, -9);
    const out = new Float32Array(4);
    PLAIN_KERNELS.maxPool(x, window, out);
    expect([...out]).toEqual([-1, -3, -7, -9]);
    PLAIN_KERNELS.averagePool(x, window, out);
    expect([...out]).toEqual([-3, -4.5, -7.5, -9]);
  });

  it("activates", () => {
    const x = Float32Array.of(-4, -1, 0, 1, 4, 8);
    const out = new Float32Array(6);
    PLAIN_KERNELS.relu(x, out, 6);
    expect([...out]).toEqual([0, 0, 0, 1, 4, 6]);
    PLAIN_KERNELS.hardSwish(x, out);
    expect([...out].map((v) => Math.round(v * 1e4) / 1e4)).toEqual([0, -0.3333, 0, 0.6667, 4, 8]);
    PLAIN_KERNELS.prelu(x, Float32Array.of(0.5, 0.25), out);
    expect([...out]).toEqual([-2, -0.25, 0, 1, 4, 8]);
  });
});

describe("the WebAssembly kernels", () => {
  it("agree with the plain ones on random convolutions", () => {
    const shape = fc.tuple(
      size,
      size,
      channels,
      size,
      size,
      fc.constantFrom(1, 2),
      fc.boolean(),
      channels,
      seed,
    );
    fc.assert(
      fc.property(shape, ([height, width, c, kernelHeight, kernelWidth, stride, same, outputs, start]) => {
        fc.pre(same || (kernelHeight <= height && kernelWidth <= width));
        const { next } = createRandom(start);
        const random = () => 2 * next() - 1;
        const window = planWindow([1, height, width, c], kernelHeight, kernelWidth, stride, same);
        const padded = paddedSize(window);
        const [x, wx] = twins(height * width * c, random);
        const border = new Float32Array(padded.height * padded.width * c);
        const wasmBorder = wasm.allocate(border.length);
        PLAIN_KERNELS.copyPadded(x, window, border);
        wasm.copyPadded(wx, window, wasmBorder);
        expect(wasmBorder).toEqual(border);

        const positions = window.outHeight * window.outWidth;
        const depth = kernelHeight * kernelWidth * c;
        const patches = new Float32Array(positions * depth);
        const wasmPatches = wasm.allocate(patches.length);
        PLAIN_KERNELS.gatherPatches(border, window, patches);
        wasm.gatherPatches(wasmBorder, window, wasmPatches);
        expect(wasmPatches).toEqual(patches);

        const packed = packWeights(Float32Array.from({ length: outputs * depth }, random), outputs, depth);
        const wasmPacked = wasm.allocate(packed.length);
        wasmPacked.set(packed);
        const [bias, wasmBias] = twins(Math.ceil(outputs / 4) * 4, random);
        const out = new Float32Array(positions * outputs);
        // A guard after the result would show writes past its end.
        const wasmOut = wasm.allocate(out.length + 4).fill(7);
        PLAIN_KERNELS.multiplyRows(patches, packed, bias, out, positions, depth, outputs);
        wasm.multiplyRows(wasmPatches, wasmPacked, wasmBias, wasmOut, positions, depth, outputs);
        expectClose(wasmOut, out);
        expect([...wasmOut.subarray(out.length)]).toEqual([7, 7, 7, 7]);

        const [weights, wasmWeights] = twins(depth, random);
        const [channelBias, wasmChannelBias] = twins(c, random);
        const each = new Float32Array(positions * c);
        const wasmEach = wasm.allocate(each.length);
        PLAIN_KERNELS.convolveDepthwise(border, window, weights, channelBias, each);
        wasm.convolveDepthwise(wasmBorder, window, wasmWeights, wasmChannelBias, wasmEach);
        expectClose(wasmEach, each);

        PLAIN_KERNELS.maxPool(x, window, each);
        wasm.maxPool(wx, window, wasmEach);
        expect(wasmEach).toEqual(each);
        PLAIN_KERNELS.averagePool(x, window, each);
        wasm.averagePool(wx, window, wasmEach);
        expectClose(wasmEach, each);
      }),
      { numRuns: 150 },
    );
  });

  it("agree with the plain ones value by value", () => {
    fc.assert(
      fc.property(channels, size, seed, (c, count, start) => {
        const random = createRandom(start);
        const [a, wasmA] = twins(c * count, () => 12 * random.next() - 6);
        const [b, wasmB] = twins(c * count, () => random.next() - 0.5);
        const [slope, wasmSlope] = twins(c, () => random.next());
        const out = new Float32Array(a.length);
        const wasmOut = wasm.allocate(a.length);
        const compare = (run: (kernels: TensorKernels, isWasm: boolean) => void): void => {
          run(PLAIN_KERNELS, false);
          run(wasm, true);
          expectClose(wasmOut, out);
        };
        compare((k, w) => k.add(w ? wasmA : a, w ? wasmB : b, w ? wasmOut : out));
        compare((k, w) => k.add(w ? wasmA : a, w ? wasmSlope : slope, w ? wasmOut : out));
        compare((k, w) => k.multiply(w ? wasmA : a, w ? wasmB : b, w ? wasmOut : out));
        compare((k, w) => k.multiply(w ? wasmA : a, w ? wasmSlope : slope, w ? wasmOut : out));
        compare((k, w) => k.prelu(w ? wasmA : a, w ? wasmSlope : slope, w ? wasmOut : out));
        compare((k, w) => k.relu(w ? wasmA : a, w ? wasmOut : out, Number.POSITIVE_INFINITY));
        compare((k, w) => k.relu(w ? wasmA : a, w ? wasmOut : out, 6));
        compare((k, w) => k.hardSwish(w ? wasmA : a, w ? wasmOut : out));
      }),
      { numRuns: 60 },
    );
  });

  it("refuses to hand out more memory than there is", async () => {
    const small = await createWasmTensorKernels(1000);
    expect(() => small.allocate(1e6)).toThrow(RangeError);
  });
});
