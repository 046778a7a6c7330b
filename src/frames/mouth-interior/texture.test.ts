import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildPyramid, shrink, type TextureView, viewLevel } from "./texture.js";

const random = (width: number, height: number): Float32Array =>
  Float32Array.from({ length: width * height * 4 }, (_, i) => (i * 7919) % 251);

const mean = (data: Float32Array): number => data.reduce((a, v) => a + v, 0) / data.length;

describe("textures", () => {
  it("keep their mean when shrunk by any ratio", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 6, noNaN: true }), (ratio) => {
        const source = { width: 120, height: 60, data: random(120, 60) };
        const small = shrink(source, ratio);
        expect(small.width).toBe(Math.floor(120 / ratio));
        expect(Math.abs(mean(small.data) - mean(source.data))).toBeLessThan(6);
      }),
      { numRuns: 30 },
    );
  });

  it("are unchanged by a ratio of one", () => {
    const source = { width: 12, height: 8, data: random(12, 8) };
    expect([...shrink(source, 1).data]).toEqual([...source.data]);
  });

  it("change continuously with the level", () => {
    const pyramid = buildPyramid(0.01, { width: 64, height: 64, data: random(64, 64) });
    const view: TextureView = { width: 0, height: 0, data: new Float32Array(0), perSample: 1 };
    viewLevel(pyramid, 0.4, view);
    const a = Float32Array.from(view.data);
    viewLevel(pyramid, 0.401, view);
    expect(view.perSample).toBe(1);
    for (let k = 0; k < a.length; k++) expect(Math.abs(a[k]! - view.data[k]!)).toBeLessThan(0.3);
    viewLevel(pyramid, 2, view);
    expect([view.width, view.height, view.perSample]).toEqual([16, 16, 4]);
    viewLevel(pyramid, 99, view);
    expect(view.perSample).toBe(32);
  });
});
