import { describe, expect, it } from "vitest";
import { planFollowers } from "./followers.js";
import { FRAME_RATE } from "./performance.js";

const FRAMES = 200;
const still = (): Float64Array => new Float64Array(FRAMES);
/** A smooth step of the head to one side around one second, in eye distances or radians. */
const step = (size: number): Float64Array =>
  Float64Array.from({ length: FRAMES }, (_, f) => size / (1 + Math.exp(-(f / FRAME_RATE - 2) / 0.06)));
const lead = (
  moved: Partial<Record<"headYaw" | "headPitch" | "headRoll" | "headX" | "headY" | "breath", Float64Array>>,
) => ({
  headYaw: still(),
  headPitch: still(),
  headRoll: still(),
  headX: still(),
  headY: still(),
  breath: still(),
  ...moved,
});
/** When a curve passes half of its final value, seconds. */
const half = (curve: Float64Array): number => {
  const target = curve[FRAMES - 1]! / 2;
  const f = curve.findIndex((value) => value >= target);
  return (f - (curve[f]! - target) / (curve[f]! - curve[f - 1]!)) / FRAME_RATE;
};

describe("the shoulders", () => {
  it("follow the head 80-120 ms late with about .3 of its way", () => {
    const headX = step(0.05);
    const { bodyX } = planFollowers(lead({ headX }));
    expect(half(bodyX) - half(headX)).toBeGreaterThan(0.08);
    expect(half(bodyX) - half(headX)).toBeLessThan(0.12);
    expect(bodyX[FRAMES - 1]! / 0.05).toBeCloseTo(0.3, 2);
  });

  it("tilt with the head and rise with the breath", () => {
    expect(planFollowers(lead({ headRoll: step(0.05) })).bodyRoll[FRAMES - 1]!).toBeGreaterThan(0.004);
    expect(planFollowers(lead({ breath: step(1) })).bodyY[FRAMES - 1]!).toBeLessThan(-0.004);
  });

  it("and the hair are still when the head is", () => {
    for (const curve of Object.values(planFollowers(lead({})))) {
      expect(curve.every((value) => Math.abs(value) < 1e-12)).toBe(true);
    }
  });
});

describe("the hair", () => {
  it("stays behind when the head starts, swings past when it stops, and comes to rest", () => {
    const { hairX, hairY } = planFollowers(lead({ headYaw: step(0.1) }));
    const first = hairX.findIndex((value) => Math.abs(value) > 0.004);
    expect(hairX[first]!).toBeLessThan(0);
    const low = Math.min(...hairX);
    const high = Math.max(...hairX);
    expect(high).toBeGreaterThan(0.3 * Math.abs(low));
    expect(hairX.indexOf(high)).toBeGreaterThan(hairX.indexOf(low));
    expect(Math.abs(low)).toBeGreaterThan(0.01);
    expect(Math.abs(low)).toBeLessThan(0.12);
    for (const value of hairX.slice(-50)) expect(Math.abs(value)).toBeLessThan(0.003);
    expect(Math.max(...hairY.map(Math.abs))).toBe(0);
  });

  it("swings at 1.5 to 2.5 Hz", () => {
    const { hairX } = planFollowers(lead({ headX: step(0.05) }));
    const crossings: number[] = [];
    for (let f = 55; f < FRAMES && crossings.length < 3; f++) {
      if (hairX[f - 1]! * hairX[f]! < 0) crossings.push(f - hairX[f]! / (hairX[f]! - hairX[f - 1]!));
    }
    const frequency = FRAME_RATE / (crossings[2]! - crossings[0]!);
    expect(frequency).toBeGreaterThan(1.5);
    expect(frequency).toBeLessThan(2.5);
  });
});
