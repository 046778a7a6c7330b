import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rgb, Tones } from "../../portrait/index.js";
import { interiorTones, luma } from "./interior-tones.js";

const channel = fc.oneof(fc.constantFrom(0, 255), fc.double({ min: 0, max: 255, noNaN: true }));
const anyColour = fc.tuple(channel, channel, channel) as fc.Arbitrary<Rgb>;
const anyTones: fc.Arbitrary<Tones> = fc.record({
  cheekLeft: anyColour,
  cheekRight: anyColour,
  lip: anyColour,
  sclera: anyColour,
  tooth: fc.option(anyColour),
  saturation: fc.double({ min: 0, max: 1.3, noNaN: true }),
  grain: fc.double({ min: 0, max: 20, noNaN: true }),
});

const skin = (level: number): Rgb => [level * 1.15, level * 0.97, level * 0.85];
const portrait = (cheek: number, sclera: Rgb): Tones => ({
  cheekLeft: skin(cheek),
  cheekRight: skin(cheek),
  lip: [cheek * 0.9, cheek * 0.5, cheek * 0.5],
  sclera,
  tooth: null,
  saturation: 1,
  grain: 1,
});

describe("colours of the inside of the mouth", () => {
  it("are colours, whatever was measured", () => {
    fc.assert(
      fc.property(anyTones, (tones) => {
        const { tooth, gum, tongue, cavity, cavityDeep, gloss, wet, sideLight } = interiorTones(tones);
        for (const colour of [tooth, gum, tongue, cavity, cavityDeep, gloss, wet]) {
          expect(colour.every((v) => v >= 0 && v <= 255)).toBe(true);
        }
        expect(Math.abs(sideLight)).toBeLessThanOrEqual(0.3);
        expect(luma(tooth)).toBeLessThanOrEqual(255);
      }),
      { numRuns: 1000 },
    );
  });

  it("give enamel that follows the light of the face and never is pure white", () => {
    let before = 0;
    for (const cheek of [20, 60, 100, 140, 180, 220]) {
      const { tooth } = interiorTones(portrait(cheek, [cheek, cheek, cheek]));
      expect(luma(tooth)).toBeGreaterThan(before);
      expect(luma(tooth)).toBeGreaterThan(cheek);
      expect(luma(tooth)).toBeLessThan(230);
      expect(tooth[0]).toBeGreaterThan(tooth[2]);
      before = luma(tooth);
    }
  });

  it("never give pink, blue or orange enamel", () => {
    for (const sclera of [
      [200, 120, 130],
      [120, 130, 220],
      [220, 140, 60],
    ] as const) {
      const { tooth } = interiorTones(portrait(150, sclera));
      expect(tooth[0] / tooth[1]).toBeLessThan(1.2);
      expect(tooth[0] / tooth[1]).toBeGreaterThan(0.99);
      expect(tooth[2] / tooth[1]).toBeLessThan(1);
      expect(tooth[2] / tooth[1]).toBeGreaterThan(0.5);
    }
  });

  it("keep the photo's own enamel", () => {
    const { tooth } = interiorTones({ ...portrait(150, [180, 180, 180]), tooth: [212, 205, 190] });
    for (const c of [0, 1, 2]) expect(Math.abs(tooth[c]! - [212, 205, 190][c]!)).toBeLessThan(4);
  });

  it("share the tone of a monochrome picture", () => {
    const toned: Tones = {
      ...portrait(150, [170, 160, 140]),
      cheekLeft: [165, 150, 120],
      cheekRight: [165, 150, 120],
      saturation: 0,
    };
    const tones = interiorTones(toned);
    for (const colour of [tones.tooth, tones.tongue, tones.cavity]) {
      expect(colour[0] / colour[1]).toBeCloseTo(165 / 150, 3);
      expect(colour[2] / colour[1]).toBeCloseTo(120 / 150, 3);
    }
  });
});
