import { describe, expect, it } from "vitest";
import { drawFace } from "../../../test/support/drawn-face.js";
import { depthAt, measureDepth } from "./depth-field.js";
import { soundGeometry } from "./sound-geometry.js";
import { evaluateSpline, fitThinPlateSpline } from "./thin-plate-spline.js";

const drawn = drawFace();
const { width, height } = drawn.photo;
const depth = measureDepth(width, height, soundGeometry(width, height, drawn.landmarks, drawn.head));
const { originX, originY, eyeDistance } = drawn.head;
const at = (x: number, y: number): number =>
  depthAt(depth, originX + x * eyeDistance, originY + y * eyeDistance);

describe("measureDepth", () => {
  it("covers the picture and 30 percent beyond each border", () => {
    expect(depth.x0).toBeLessThanOrEqual(-0.3 * width + 1);
    expect(depth.y0).toBeLessThanOrEqual(-0.3 * height + 1);
    expect(depth.x0 + (depth.columns - 1) * depth.step).toBeGreaterThanOrEqual(1.3 * width - 1);
    expect(depth.y0 + (depth.rows - 1) * depth.step).toBeGreaterThanOrEqual(1.3 * height - 1);
    expect(depth.z.length).toBe(depth.columns * depth.rows);
  });

  it("puts the nose before the eyes, the eyes before the ears, the ears before the background", () => {
    expect(at(0, 0.66)).toBeLessThan(at(0.5, 0) - 0.2);
    expect(at(0.5, 0)).toBeLessThan(at(1.1, 0.4));
    expect(at(1.1, 0.4)).toBeLessThan(at(1.9, 0.4));
    expect(Math.abs((at(-0.5, 0) + at(0.5, 0)) / 2)).toBeLessThan(0.05);
  });

  it("only recedes from the cheek outwards, up to the compressed far plane", () => {
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0.6, -0.8],
      [-0.6, 0.8],
    ] as const) {
      let before = -Infinity;
      for (let r = 1; r < 2.3; r += 0.05) {
        const z = at(r * dx, 0.45 + r * dy * 1.2);
        expect(z).toBeGreaterThan(before - 0.012);
        before = z;
      }
    }
    for (const z of depth.z) expect(z).toBeLessThan(0.8);
  });

  it("is the same on a face that is small in its picture", () => {
    const small = drawFace({ width: 1600, height: 500, eyeDistance: 40, originX: 1300, originY: 200 });
    const sound = soundGeometry(1600, 500, small.landmarks, small.head);
    const field = measureDepth(1600, 500, sound);
    expect(field.columns).toBeLessThanOrEqual(320);
    for (const [x, y] of [
      [0, 0.66],
      [0.5, 0],
      [1, 0.4],
      [0, 1.1],
    ] as const) {
      expect(Math.abs(depthAt(field, 1300 + 40 * x, 200 + 40 * y) - at(x, y))).toBeLessThan(0.06);
    }
  });
});

describe("thin-plate spline", () => {
  it("passes through its points when it is not smoothed, and reproduces planes", () => {
    const x = [0, 1, 0, 1, 0.5];
    const y = [0, 0, 1, 1, 0.3];
    const z = [0, 1, 2, 0, 3];
    const spline = fitThinPlateSpline(x, y, z, 0);
    z.forEach((value, i) => {
      expect(evaluateSpline(spline, x[i]!, y[i]!)).toBeCloseTo(value, 9);
    });
    const plane = fitThinPlateSpline(
      x,
      y,
      x.map((v, i) => 1 + 2 * v - 3 * y[i]!),
      0.01,
    );
    expect(evaluateSpline(plane, 5, -4)).toBeCloseTo(23, 6);
  });

  it("gives the mean where the points say nothing", () => {
    const spline = fitThinPlateSpline([1, 1, 1], [2, 2, 2], [0, 3, 6], 0.01);
    expect(evaluateSpline(spline, 9, 9)).toBe(3);
  });
});
