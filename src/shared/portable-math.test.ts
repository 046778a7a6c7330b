import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atan2, cos, exp, gauss, log, pow, sigmoid, sin, tanh } from "./portable-math.js";

/** Relative error, absolute near zero. */
function errorOf(value: number, truth: number): number {
  return Math.abs(value - truth) / Math.max(1, Math.abs(truth));
}

describe("portable functions agree with the engine's", () => {
  const cases: [string, (x: number) => number, (x: number) => number, number, number][] = [
    ["exp", exp, Math.exp, -50, 50],
    ["sin", sin, Math.sin, -300, 300],
    ["cos", cos, Math.cos, -300, 300],
    ["tanh", tanh, Math.tanh, -30, 30],
    ["log", log, Math.log, 1e-9, 1e9],
    ["sigmoid", sigmoid, (x) => 1 / (1 + Math.exp(-x)), -40, 40],
    ["gauss", gauss, (x) => Math.exp(-x * x), -6, 6],
  ];
  it.each(cases)("%s", (_name, ours, theirs, min, max) => {
    fc.assert(
      fc.property(fc.double({ min, max, noNaN: true }), (x) => {
        expect(errorOf(ours(x), theirs(x))).toBeLessThan(2e-12);
      }),
    );
  });

  it("atan2, in all quadrants", () => {
    const coordinate = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, (y, x) => {
        fc.pre(x !== 0 || y !== 0);
        const difference = Math.abs(atan2(y, x) - Math.atan2(y, x));
        expect(Math.min(difference, 2 * Math.PI - difference)).toBeLessThan(1e-11);
      }),
    );
  });

  it("pow of a positive base", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (x, y) => {
          expect(Math.abs(pow(x, y) / x ** y - 1)).toBeLessThan(1e-10);
        },
      ),
    );
    expect([pow(0, 0), pow(0, 2)]).toEqual([1, 0]);
  });
});
