import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readScript } from "../speech/text/script.js";
import type { Captions } from "./captions.js";
import { makeCaptions, type SpokenTimeline } from "./make-captions.js";
import { columnsOf, readingOf } from "./text/text-measure.js";

const FRAME_RATE = 25;
const FRAME = 1 / FRAME_RATE;

/** A text as it would be spoken at so many letters a second, with the pauses of its marks. */
function spoken(text: string, { rate = 14, language = "en-US", hasSpaces = true } = {}): SpokenTimeline {
  const words: { text: string; start: number; end: number; sentence: number }[] = [];
  const sentences: { text: string; start: number; end: number }[] = [];
  let at = 0.15;
  readScript(text, { language, hasSpaces }).sentences.forEach((sentence, index) => {
    const start = at;
    for (const { written, spoken: said, pause } of sentence.tokens) {
      if (said.words.length > 0) {
        words.push({ text: written, start: at, end: at + written.length / rate, sentence: index });
        at += written.length / rate;
      }
      at += pause ?? 0;
    }
    sentences.push({ text: sentence.text, start, end: at });
  });
  return { words, sentences, duration: at + 0.25, source: "synthesis" };
}

const shown = (captions: Captions): string[][] =>
  captions.cues.map(({ lines }) => lines.map(({ text }) => text));
const flat = (captions: Captions): string => shown(captions).flat().join("").replace(/\s/gu, "");

describe("captions break by sense", () => {
  it("at sentences, clauses and before small words, keeping what belongs together", () => {
    const text =
      "Welcome to our new studio! In the last 15 minutes of the show, we will talk about the way in which a " +
      "single photo can be made to speak, because that is what most of you have asked us for. It costs $25 million.";
    const lines = shown(makeCaptions(spoken(text), { frameRate: FRAME_RATE }));
    expect(lines[0]).toEqual(["Welcome to our new studio!"]);
    expect(lines[1]?.[0]).toBe("In the last 15 minutes of the show,");
    for (const line of lines.flat()) {
      expect(line).not.toMatch(/ (?:a|the|of|to|in|our|15|\$25)$/);
    }
    expect(lines.at(-1)).toEqual(["It costs $25 million."]);
  });

  it.each([
    ["zh-CN", "欢迎来到我们的新演播室！今天我们要谈谈一张照片怎样才能开口说话，因为这是大家问得最多的问题。"],
    [
      "ja-JP",
      "新しいスタジオへようこそ！今日は一枚の写真がどのようにして話せるようになるのかについてお話しします。",
    ],
  ])("%s between words, with no mark at the beginning of a line", (language, text) => {
    const lines = shown(
      makeCaptions(spoken(text, { rate: 5, language, hasSpaces: false }), { frameRate: FRAME_RATE }),
    );
    expect(lines.flat().join("")).toBe(text);
    for (const line of lines.flat()) {
      expect(line).not.toMatch(/^[、。，！？ーっゃゅょッのはがをにで的了]/u);
      expect(columnsOf(line)).toBeLessThanOrEqual(42);
    }
  });

  it("keeps the sentence's marks and signs that are not said", () => {
    const captions = makeCaptions(spoken("So happy 😀 to see you — at last (really)!"), {
      frameRate: FRAME_RATE,
    });
    expect(shown(captions).flat().join(" ")).toBe("So happy 😀 to see you — at last (really)!");
  });

  it("reads a sentence from right to left where its first letter is", () => {
    const { cues } = makeCaptions(spoken("مرحبا بكم في YouTube! Hello אבל."), { frameRate: FRAME_RATE });
    expect(cues[0]?.direction).toBe("rtl");
    expect(cues.at(-1)?.direction).toBe("ltr");
  });
});

describe("the laws of captions", () => {
  const vocabulary = fc.oneof(
    fc.constantFrom(
      "a",
      "the",
      "and",
      "Yes.",
      "well,",
      "15",
      "minutes",
      "(so)",
      "naïve",
      "неделя",
      "你好",
      "안녕하세요",
      "שלום",
      "नमस्ते",
      "👍🏽",
    ),
    fc.stringMatching(/^[a-z]{1,14}[.,!?]?$/),
    fc.stringMatching(/^[a-z]{43,90}$/),
  );
  const timeline = fc
    .array(
      fc.record({
        text: vocabulary,
        length: fc.double({ min: 0.05, max: 1.2, noNaN: true }),
        pause: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.double({ min: 0, max: 4, noNaN: true })),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((tokens): SpokenTimeline => {
      let at = 0.15;
      const words = tokens.map(({ text, length, pause }) => {
        const start = at;
        at += length + pause;
        return { text, start, end: start + length, sentence: 0 };
      });
      const sentence = { text: tokens.map(({ text }) => text).join(" "), start: 0.15, end: at };
      return { words, sentences: [sentence], duration: at + 0.25, source: "synthesis" };
    });

  it("hold for whatever is said", () => {
    fc.assert(
      fc.property(timeline, (speech) => {
        const captions = makeCaptions(speech, { frameRate: FRAME_RATE });
        expect(flat(captions)).toBe(speech.sentences[0]!.text.replace(/\s/gu, ""));
        captions.cues.forEach((cue, i) => {
          const next = captions.cues[i + 1];
          const first = cue.lines[0]!.words[0]!;
          expect(cue.lines.length).toBeGreaterThan(0);
          expect(cue.lines.length).toBeLessThanOrEqual(2);
          for (const { text, words } of cue.lines) {
            expect(words.length).toBeGreaterThan(0);
            expect(columnsOf(text)).toBeLessThanOrEqual(42 + 1e-9);
          }
          expect(cue.end).toBeGreaterThan(cue.start);
          expect(cue.end - cue.start).toBeLessThanOrEqual(6 + 1e-9);
          expect(first.start - cue.start).toBeLessThanOrEqual(FRAME + 1e-6);
          expect(cue.start - first.start).toBeLessThanOrEqual(2 * FRAME + 1e-6);
          expect(Math.abs(cue.start / FRAME - Math.round(cue.start / FRAME))).toBeLessThan(1e-6);
          if (next !== undefined) {
            const gap = Math.round((next.start - cue.end) / FRAME);
            expect(gap === 0 || gap >= 2).toBe(true);
          } else expect(cue.end).toBeLessThanOrEqual(speech.duration + 2 * FRAME);
          // Shorter than can be read only where the next one follows at once, or the video ends.
          const seconds = Math.max(1, readingOf(cue.lines.map(({ text }) => text).join("")) / 17);
          const limit = Math.min(6, (next?.start ?? speech.duration) - cue.start) - 2 * FRAME;
          expect(cue.end - cue.start).toBeGreaterThanOrEqual(Math.min(seconds, limit) - 1e-6);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("usual speech can be read: at most 17 characters a second, 1 to 6 seconds", () => {
    const sentence = fc
      .array(fc.stringMatching(/^[a-z]{2,9},?$/), { minLength: 3, maxLength: 18 })
      .map((words) => `${words.join(" ")}.`);
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 6 }), (sentences) => {
        const text = sentences.join(" ").replace(/\b[a-z]/, (letter) => letter.toUpperCase());
        const { cues } = makeCaptions(spoken(text, { rate: 12 }), { frameRate: FRAME_RATE });
        for (const { start, end, lines } of cues.slice(0, -1)) {
          expect(end - start).toBeGreaterThanOrEqual(1 - 1e-6);
          const letters = lines.reduce((sum, line) => sum + readingOf(line.text), 0);
          expect(letters / (end - start)).toBeLessThanOrEqual(17.2);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each(["recording", "silence"] as const)("a %s without words has no captions, and says why", (source) => {
    const captions = makeCaptions(
      { words: [], sentences: [], duration: 5, source },
      { frameRate: FRAME_RATE },
    );
    expect(captions.cues).toEqual([]);
    expect(captions.warnings).toHaveLength(1);
    expect(captions.warnings[0]).toMatch(/`prompt`/);
  });
});
