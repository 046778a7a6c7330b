import { describe, expect, it } from "vitest";
import { type Captions, lineOf } from "../captions.js";
import { drawableCaptions } from "./drawable-captions.js";
import { hanStyleOf } from "./font-packages.js";

function captionsOf(text: string): Captions {
  const words = text.split(" ").map((word, i) => ({ text: word, gap: " " as const, start: i, end: i + 1 }));
  return { cues: [{ start: 0, end: 4, direction: "ltr", lines: [lineOf(words)] }], warnings: [] };
}

describe("captions that can be drawn", () => {
  it("are all of those of known scripts", () => {
    const captions = captionsOf(
      "Hello Привіт Γεια مرحبا שלום नमस्ते 你好 こんにちは 안녕 สวัสดี 👍🏽 — “so” … № ½ €5 → ♪",
    );
    expect(drawableCaptions(captions)).toBe(captions);
  });

  it("are without the few signs that no font has, and say so", () => {
    const { cues, warnings } = drawableCaptions(
      captionsOf("Many nice \u{13000} words \u{13002} here and there"),
    );
    expect(cues[0]?.lines[0]?.text).toBe("Many nice words here and there");
    expect(warnings.join()).toMatch(/\u{13000} \u{13002}.*without/u);
  });

  it("are none in a script that has no font, and say where the text is to be had", () => {
    const { cues, warnings } = drawableCaptions(captionsOf("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ"));
    expect(cues).toEqual([]);
    expect(warnings.join()).toMatch(/not drawn.*`extra_outputs`/);
  });
});

it("draws Chinese characters as the text's country does", () => {
  expect(["这个", "這個", "日本の", "漢字 한국", "漢字"].map(hanStyleOf)).toEqual([
    "sc",
    "tc",
    "jp",
    "kr",
    "sc",
  ]);
});
