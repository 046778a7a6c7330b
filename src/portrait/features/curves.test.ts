import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evenly, monotoneCubic, percentile, smoothInPlace } from "./curves.js";

describe("monotoneCubic", () => {
  it("passes through its knots and follows a straight line exactly", () => {
    const at = Float32Array.of(0, 1, 1.5, 3, 4);
    expect([...monotoneCubic([0, 1, 3, 4], [2, 4, 8, 10], at)]).toEqual([2, 4, 5, 8, 10]);
  });

  it("never leaves the range of its knots, whatever their order or spacing", () => {
    const point = fc.tuple(
      fc.double({ min: -10, max: 10, noNaN: true }),
      fc.double({ min: -5, max: 5, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
        const ys = points.map((p) => p[1]);
        const out = monotoneCubic(
          points.map((p) => p[0]),
          ys,
          evenly(-12, 12, 97),
        );
        for (const y of out) {
          expect(y).toBeGreaterThanOrEqual(Math.min(...ys) - 1e-4);
          expect(y).toBeLessThanOrEqual(Math.max(...ys) + 1e-4);
        }
      }),
    );
  });

  it("ignores knots that are not finite", () => {
    expect([...monotoneCubic([0, Number.NaN, 2], [1, 7, 3], Float32Array.of(0, 1, 2))]).toEqual([1, 2, 3]);
  });
});

describe("smoothInPlace", () => {
  it("keeps the ends and straight lines, and lowers a spike", () => {
    const line = evenly(0, 8, 9);
    expect([...smoothInPlace(line.slice(), 10)].map((v) => Math.round(v * 1e5) / 1e5)).toEqual([...line]);
    const spike = smoothInPlace(Float32Array.of(0, 0, 8, 0, 0), 1);
    expect([...spike]).toEqual([0, 2, 4, 2, 0]);
  });
});

describe("percentile", () => {
  it("takes the value at a share of the sorted list, and the fallback of an empty one", () => {
    expect(percentile([5, 1, 3], 0.5)).toBe(3);
    expect(percentile([5, 1, 3], 1)).toBe(5);
    expect(percentile([], 0.5, 7)).toBe(7);
  });
});
