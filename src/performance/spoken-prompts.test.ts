import { describe, expect, it } from "vitest";
import { audioVisualLag, lipSyncDifference, sealOffsets } from "../../test/support/planned-quality.js";
import { synthesizeSpeech } from "../speech/index.js";
import { perform } from "./perform.js";
import { FRAME_RATE } from "./performance.js";

const PROMPTS = [
  "Hey friends! Welcome to the GPU force podcast and today we are going to discuss about the rising GPU cost!",
  "Bob and Pam map maple and poppy pumps by bumping mob problems.",
  "Who knew you do so few blue shoes?",
  "On the third of March it cost one thousand dollars. That is why many people never bought one, although everybody wants it.",
];
const round = (value: number): number => Math.round(value * 1000) / 1000;

describe.each(PROMPTS)("the mouth that says '%s'", (prompt) => {
  it.each(["stable", "expressive"] as const)("moves with its sound when %s", async (talkingStyle) => {
    const speech = await synthesizeSpeech({ prompt, voice: null });
    const p = perform(speech, { talkingStyle, expression: null, seed: 1 });
    const { lipGap, mouthWidth } = p.curves;
    const { lag, correlation } = audioVisualLag(p, speech);
    const offsets = sealOffsets(p, speech).sort((a, b) => a - b);
    console.info(
      `lag ${round(lag)} s, r ${round(correlation)}, difference ${round(lipSyncDifference(p, speech))}, ` +
        `seal to dip ${round(offsets[Math.floor(offsets.length / 2)] ?? 0)} s`,
    );
    expect(lag).toBeGreaterThan(-0.02);
    expect(lag).toBeLessThanOrEqual(0.05);
    expect(correlation).toBeGreaterThan(0.35);

    let seals = 0;
    let closed = 0;
    let rounds = 0;
    let rounded = 0;
    for (const { symbol, start, end } of speech.phonemes) {
      const frames = Array.from(lipGap.keys()).filter(
        (f) => f / FRAME_RATE >= start - 0.06 && f / FRAME_RATE <= end,
      );
      if ("pbm".includes(symbol)) {
        seals++;
        if (frames.some((f) => lipGap[f] === 0)) closed++;
      }
      if (["uw", "ow", "w"].includes(symbol)) {
        rounds++;
        if (frames.some((f) => mouthWidth[f]! <= 0.92)) rounded++;
      }
      if (["s", "z", "sh", "zh"].includes(symbol) && end - start > 0.05) {
        expect(Math.min(...frames.map((f) => lipGap[f]!))).toBeLessThanOrEqual(0.12);
      }
    }
    expect(closed).toBe(seals);
    expect(rounded).toBeGreaterThanOrEqual(0.9 * rounds);
  });
});
