import { describe, expect, it } from "vitest";
import { syntheticSpeech } from "../../test/support/synthetic-speech.js";
import { EXPRESSION_NAMES, expressionOf } from "./expressions.js";
import { perform } from "./perform.js";

const speech = syntheticSpeech("pau:.4 hh ax l ow1 | w er1 l d | g uh1 d | b ay1 | t ax d ey1 pau:1");

describe("expressions", () => {
  it("cover the usual words and their synonyms in any case", () => {
    for (const name of EXPRESSION_NAMES) expect(expressionOf(name).warning).toBeNull();
    for (const name of [null, "", "  ", "default", "Happy", " FRIENDLY ", "joyful", "sceptical", "angry"]) {
      expect(expressionOf(name).warning).toBeNull();
    }
    expect(expressionOf("joyful").offsets).toEqual(expressionOf("happy").offsets);
  });

  it("warn of an unknown word and stay neutral", () => {
    for (const name of ["grumpyish", "__proto__", "constructor", "<b>x</b>\u0000", "x".repeat(10_000)]) {
      const { offsets, warning } = expressionOf(name);
      expect(offsets).toEqual(expressionOf("neutral").offsets);
      expect(warning).toMatch(/not known/);
      expect(warning!.length).toBeLessThan(300);
      expect(warning).not.toMatch(/[<>]/);
    }
    const p = perform(speech, { talkingStyle: "stable", expression: "grumpyish", seed: 1 });
    expect(p.warnings).toHaveLength(1);
    expect(p.curves).toEqual(perform(speech, { talkingStyle: "stable", expression: null, seed: 1 }).curves);
  });

  it("change the face modestly: no added smile beyond .4", () => {
    const smile = (expression: string) =>
      Math.max(...perform(speech, { talkingStyle: "stable", expression, seed: 1 }).curves.smileLeft);
    expect(smile("happy")).toBeGreaterThan(0.25);
    for (const name of EXPRESSION_NAMES) expect(smile(name)).toBeLessThan(0.45);
    const sad = perform(speech, { talkingStyle: "stable", expression: "sad", seed: 1 }).curves;
    expect(Math.min(...sad.smileLeft)).toBeLessThan(-0.15);
    const surprised = perform(speech, { talkingStyle: "stable", expression: "surprised", seed: 1 }).curves;
    expect(Math.max(...surprised.browLeft)).toBeGreaterThan(0.45);
    expect(Math.min(...surprised.lidLeft)).toBeLessThan(-0.1);
  });

  it("leave the mouth's speech alone", () => {
    const a = perform(speech, { talkingStyle: "stable", expression: "happy", seed: 1 }).curves;
    const b = perform(speech, { talkingStyle: "stable", expression: "angry", seed: 1 }).curves;
    expect(a.lipGap).toEqual(b.lipGap);
    expect(a.mouthWidth).toEqual(b.mouthWidth);
  });
});
