import { describe, expect, it } from "vitest";
import { concatenate, padWithZeros, sliceWithStrides } from "./arrangement.js";
import { cropBilinear, cropMatrix, transformPoints } from "./attention.js";
import { logistic } from "./elementwise.js";
import { readFlexMap } from "./flexbuffer.js";
import { convolveTransposed, resizeBilinear } from "./spatial.js";
import { halfToNumber, parseTfliteModel } from "./tflite-model.js";

describe("operators, against numbers computed by hand", () => {
  it("logistic", () => {
    const x = Float32Array.of(-1000, -30, -2, 0, 0.5, 3, 40, 1000);
    const out = new Float32Array(x.length);
    logistic(x, out);
    x.forEach((v, i) => {
      expect(out[i]).toBeCloseTo(1 / (1 + Math.exp(-v)), 7);
    });
  });

  it("resizes with half-pixel centres", () => {
    const out = new Float32Array(4);
    resizeBilinear(Float32Array.of(0, 4), [1, 1, 2, 1], out, [1, 1, 4, 1]);
    expect([...out]).toEqual([0, 1, 3, 4]);
  });

  it("transposes a convolution of stride 2", () => {
    const out = new Float32Array(4);
    convolveTransposed(
      Float32Array.of(2, 3),
      [1, 1, 1, 2],
      Float32Array.of(1, 0, 0, 1, 1, 1, 2, 2),
      Float32Array.of(1),
      2,
      out,
    );
    expect([...out]).toEqual([3, 4, 6, 11]);
  });

  it("pads, slices and joins", () => {
    const padded = new Float32Array(6);
    padWithZeros(Float32Array.of(1, 2), [1, 2, 1], Int32Array.of(0, 0, 0, 0, 1, 1), padded, [1, 2, 3]);
    expect([...padded]).toEqual([0, 1, 0, 0, 2, 0]);
    const sliced = new Float32Array(2);
    const plan = {
      shape: [2, 3],
      begin: Int32Array.of(9, 1),
      strides: Int32Array.of(1, 2),
      beginMask: 1,
      outShape: [2, 1],
    };
    sliceWithStrides(Float32Array.of(1, 2, 3, 4, 5, 6), plan, sliced);
    expect([...sliced]).toEqual([2, 5]);
    const joined = new Float32Array(6);
    const parts = [
      { values: Float32Array.of(1, 2), shape: [2, 1] },
      { values: Float32Array.of(3, 4, 5, 6), shape: [2, 2] },
    ];
    concatenate(parts, 1, joined);
    expect([...joined]).toEqual([1, 3, 4, 2, 5, 6]);
  });

  it("crops what some landmarks enclose and carries points back", () => {
    // A square from (2, 2) to (6, 6), looked at along its diagonal axis would be turned; here it is level.
    const landmarks = Float32Array.of(2, 4, 0, 6, 4, 0, 4, 2, 0, 4, 6, 0);
    const matrix = new Float32Array(16);
    cropMatrix(
      landmarks,
      {
        subset: [0, 1, 2, 3],
        left: 0,
        right: 1,
        targetRotation: 0,
        width: 4,
        height: 4,
        scaleX: 1,
        scaleY: 1,
      },
      matrix,
    );
    expect([...matrix].map((value) => value + 0)).toEqual([1, 0, 0, 2, 0, 1, 0, 2, 0, 0, 1, 0, 0, 0, 0, 1]);
    const points = new Float32Array(4);
    transformPoints(Float32Array.of(0, 0, 4, 4), matrix, points);
    expect([...points]).toEqual([2, 2, 6, 6]);
    const map = Float32Array.from({ length: 64 }, (_, i) => (i % 8) + 10 * Math.floor(i / 8));
    const crop = new Float32Array(16);
    cropBilinear(map, [1, 8, 8, 1], matrix, crop, [1, 4, 4, 1]);
    expect([...crop.subarray(0, 4)]).toEqual([22, 23, 24, 25]);
    expect(crop[15]).toBe(55);
  });

  it("turns the crop with the line between two landmarks", () => {
    const matrix = new Float32Array(16);
    const landmarks = Float32Array.of(5, 1, 0, 5, 9, 0, 3, 5, 0, 7, 5, 0);
    cropMatrix(
      landmarks,
      {
        subset: [0, 1, 2, 3],
        left: 0,
        right: 1,
        targetRotation: 0,
        width: 8,
        height: 4,
        scaleX: 1,
        scaleY: 1,
      },
      matrix,
    );
    const points = new Float32Array(4);
    transformPoints(Float32Array.of(0, 2, 8, 2), matrix, points);
    [5, 1, 5, 9].forEach((value, i) => {
      expect(points[i]).toBeCloseTo(value, 5);
    });
  });

  it("widens 16-bit floats", () => {
    expect([0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00].map(halfToNumber)).toEqual([
      1,
      -2,
      2 ** -24,
      65504,
      Infinity,
    ]);
  });
});

describe("files that are no models", () => {
  it.each([
    [new Uint8Array(0)],
    [new Uint8Array(64)],
    [new TextEncoder().encode("....TFL3 and then only text")],
  ])("throws instead of reading outside", (bytes) => {
    expect(() => parseTfliteModel(bytes)).toThrow();
  });

  it("refuses option maps that are none", () => {
    expect(() => readFlexMap(new Uint8Array(2))).toThrow(RangeError);
    expect(() => readFlexMap(Uint8Array.of(5, 4, 1))).toThrow(RangeError);
  });
});
