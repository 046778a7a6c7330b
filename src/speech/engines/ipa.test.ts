import { describe, expect, it } from "vitest";
import { arpabetOfIpa, stressOfIpa } from "./ipa.js";

const symbols = (ipa: string) =>
  arpabetOfIpa(ipa)
    .map(({ symbol }) => symbol)
    .join(" ");

describe("arpabetOfIpa", () => {
  it.each([
    ["p", "p"],
    ["ˈoʊ", "ow"],
    ["aɪ", "ay"],
    ["tʃ", "ch"],
    ["ts", "t s"],
    ["ɛ̃", "eh"],
    ["pʰ", "p"],
    ["th", "t"],
    ["mʲ", "m y"],
    ["ˈiɛ", "iy eh"],
    ["uː", "uw"],
    ["ø", "ow"],
    ["ʁ", "hh"],
    ["β", "v"],
    ["(en)", ""],
    ["", ""],
    ["˥", ""],
  ])("reads %s as %s", (ipa, expected) => {
    expect(symbols(ipa)).toBe(expected);
  });

  it("shares out the time of a sound", () => {
    for (const ipa of ["ts", "ˈiɛ", "mʲ", "a"]) {
      const sum = arpabetOfIpa(ipa).reduce((total, { share }) => total + share, 0);
      expect(sum).toBeCloseTo(1, 9);
    }
  });

  it("knows stress", () => {
    expect([stressOfIpa("ˈa"), stressOfIpa("ˌa"), stressOfIpa("a")]).toEqual([1, 2, 0]);
  });
});
