import { describe, expect, it } from "vitest";
import { deviationOf, findBlinks } from "../../test/support/planned-quality.js";
import { syntheticSpeech, talkOf } from "../../test/support/synthetic-speech.js";
import { silentSpeech } from "../speech/silence.js";
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

  it("bring the lips of the sad and the angry together where nobody speaks", () => {
    const middle = (expression: string) =>
      perform(silentSpeech(5), { talkingStyle: "stable", expression, seed: 1 }).curves.articulation[60]!;
    for (const name of ["sad", "angry", "serious", "worried"]) expect(middle(name)).toBeGreaterThan(0.8);
    for (const name of ["neutral", "happy", "friendly"]) expect(middle(name)).toBe(0);
  });

  it("come and go with the voice rather than standing still, and change the manner", () => {
    const talk = syntheticSpeech(talkOf(30, 4));
    const play = (expression: string | null) =>
      perform(talk, { talkingStyle: "expressive", expression, seed: 1 });
    const angry = play("angry");
    const plain = play(null);
    const knit = angry.curves.browKnit.slice(50, -50);
    expect(Math.max(...knit) - Math.min(...knit)).toBeGreaterThan(0.25);
    expect(Math.min(...knit)).toBeGreaterThan(0.4);
    const spread = (p: typeof plain) => deviationOf(Array.from(p.curves.headYaw));
    expect(spread(play("excited"))).toBeGreaterThan(1.15 * spread(plain));
    expect(spread(play("sad"))).toBeLessThan(0.8 * spread(plain));
    expect(findBlinks(play("calm")).length).toBeLessThan(findBlinks(play("worried")).length);
    // Surprise comes at once and settles.
    const brow = play("surprised").curves.browLeft;
    const early = Math.max(...brow.slice(5, 20));
    expect(early).toBeGreaterThan(0.7);
    const settled = Array.from(brow.slice(100, -50)).reduce((sum, v) => sum + v, 0) / (brow.length - 150);
    expect(settled).toBeLessThan(0.85 * early);
  });

  it("leave the mouth's speech alone", () => {
    const a = perform(speech, { talkingStyle: "stable", expression: "happy", seed: 1 }).curves;
    const b = perform(speech, { talkingStyle: "stable", expression: "angry", seed: 1 }).curves;
    expect(a.lipGap).toEqual(b.lipGap);
    expect(a.mouthWidth).toEqual(b.mouthWidth);
  });
});
