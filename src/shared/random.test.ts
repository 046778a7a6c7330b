import { describe, expect, it } from "vitest";
import { createRandom } from "./random.js";

describe("a seeded source", () => {
  it("repeats itself for one seed and differs for another", () => {
    const draw = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(0)).not.toEqual(draw(4294967296));
  });

  it("forks by name, whatever was drawn before", () => {
    const first = createRandom(3);
    const second = createRandom(3);
    second.next();
    expect(first.fork("blinks").next()).toBe(second.fork("blinks").next());
    expect(first.fork("blinks").next()).not.toBe(first.fork("gaze").next());
  });

  it("has the mean and spread that it promises", () => {
    const random = createRandom(11);
    const count = 20_000;
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const normal = Array.from({ length: count }, () => random.normal());
    expect(Math.abs(mean(normal))).toBeLessThan(0.03);
    expect(Math.abs(mean(normal.map((x) => x * x)) - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean(Array.from({ length: count }, () => random.exponential(2))) - 2)).toBeLessThan(0.08);
    const between = Array.from({ length: count }, () => random.between(-1, 3));
    expect(between.every((x) => x >= -1 && x < 3)).toBe(true);
  });
});
