import { describe, expect, it } from "vitest";
import { createArchProjection, createDentalArch, projectArch } from "./dental-arch.js";

const COLUMNS = 201;
const arch = createDentalArch(0.43, 0.57);

function seen(sightX: number): ReturnType<typeof createArchProjection> {
  const projection = createArchProjection(COLUMNS);
  projectArch(arch, -0.5, 0.005, sightX, 0.05, projection);
  return projection;
}

describe("the dental arch", () => {
  it("is symmetric and foreshortened towards the sides when seen from the front", () => {
    const { s, facing, cover, z } = seen(0);
    expect(s[100]).toBeCloseTo(0, 6);
    expect(z[100]).toBeCloseTo(0, 5);
    for (let k = 1; k <= 80; k++) {
      expect(s[100 + k]).toBeCloseTo(-s[100 - k]!, 5);
      // Length along the arch is never less than what is seen of it.
      expect(s[100 + k]! - s[100 + k - 1]!).toBeGreaterThanOrEqual(0.005 - 1e-6);
      expect(facing[100 + k]).toBeLessThanOrEqual(facing[100 + k - 1]! + 1e-6);
    }
    expect(cover[100]).toBe(1);
    expect(cover[0]).toBe(0);
    expect(cover[200]).toBe(0);
  });

  it("shows more of the near side when the head turns", () => {
    const turned = seen(0.4);
    const mirrored = seen(-0.4);
    const covered = (from: number, to: number): number =>
      turned.cover.subarray(from, to).reduce((a, v) => a + v);
    expect(covered(0, 100)).not.toBeCloseTo(covered(101, 201), 0);
    for (let c = 0; c < COLUMNS; c++)
      expect(turned.cover[c]).toBeCloseTo(mirrored.cover[COLUMNS - 1 - c]!, 4);
    for (let c = 1; c < COLUMNS; c++) expect(turned.s[c]).toBeGreaterThanOrEqual(turned.s[c - 1]! - 1e-6);
  });

  it("moves continuously with the line of sight", () => {
    for (let sight = -0.6; sight < 0.6; sight += 0.0171) {
      const a = seen(sight);
      const b = seen(sight + 1e-5);
      for (let c = 0; c < COLUMNS; c++) {
        expect(Math.abs(a.cover[c]! - b.cover[c]!)).toBeLessThan(0.01);
        if (a.cover[c]! > 0.5) expect(Math.abs(a.s[c]! - b.s[c]!)).toBeLessThan(0.01);
      }
    }
  });
});
