import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spellWords } from "../../../test/support/ctc-model.js";
import { decodeWords, type FrameLabels } from "./ctc-decode.js";
import type { Vocabulary } from "./vocabulary.js";
import { cutWindows, FRAME_SAMPLES, joinWindows } from "./windows.js";

const CHARACTERS = "..... E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".replace(
  ".....",
  ". . . . .",
);
const vocabulary: Vocabulary = {
  characters: CHARACTERS.split(" ").map((text) => (text === "." ? "" : text)),
  blank: 0,
  boundary: 4,
};
const sure = (labels: readonly number[]): FrameLabels => ({
  labels: Int32Array.from(labels),
  confidences: new Float32Array(labels.length).fill(1),
});
const decode = (labels: readonly number[]) => decodeWords(sure(labels), vocabulary);

describe("windows", () => {
  it("cover a recording of any length, overlapping, none of them tiny", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16_000 * 700 }), (length) => {
        const windows = cutWindows(length);
        expect(windows[0]!.start).toBe(0);
        expect(windows.at(-1)!.end).toBe(length);
        for (const [index, { start, end }] of windows.entries()) {
          expect(start % FRAME_SAMPLES).toBe(0);
          expect(end - start).toBeLessThanOrEqual(22 * 16_000);
          if (windows.length > 1) expect(end - start).toBeGreaterThanOrEqual(20 * 16_000);
          if (index > 0)
            expect(windows[index - 1]!.end - start).toBeGreaterThanOrEqual(4 * 16_000 - FRAME_SAMPLES);
        }
      }),
    );
  });

  it("are joined without doubled, lost or cut words, although each is wrong at its edges and a little shifted", () => {
    const word = fc
      .array(fc.constantFrom(..."ETAONIHSRDLU"), { minLength: 1, maxLength: 9 })
      .map((it) => it.join(""));
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 150, maxLength: 400 }),
        fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 40, maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 31 }), { minLength: 20, maxLength: 20 }),
        (words, shifts, noise) => {
          const truth = spellWords(words);
          const windows = cutWindows(truth.length * FRAME_SAMPLES);
          const parts = windows.map(({ start, end }, index) => {
            const [first, last] = [start / FRAME_SAMPLES, end / FRAME_SAMPLES];
            const part = truth.slice(first, last);
            // All but the middle of a window comes a frame too early or too late.
            if (index > 0) part.splice(0, part.length, ...shifted(truth, first, last, shifts[index % 40]!));
            if (index > 0) part.splice(0, noise.length, ...noise);
            if (index < windows.length - 1) part.splice(part.length - noise.length, noise.length, ...noise);
            return sure(part);
          });
          const joined = joinWindows(windows, parts, vocabulary);
          expect(joined.labels).toHaveLength(truth.length);
          const heard = decodeWords(joined, vocabulary, joined.seams).map(({ text }) => text.toUpperCase());
          expect(heard).toEqual(words);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function shifted(truth: readonly number[], first: number, last: number, by: number): number[] {
  return Array.from({ length: last - first }, (_, index) => truth[first + index - by] ?? 0);
}

describe("decoding", () => {
  it("makes one of what is repeated, and two of what a blank parts", () => {
    expect(decode([11, 11, 5, 15, 15, 0, 15, 8]).map(({ text }) => text)).toEqual(["hello"]);
  });

  it("ends words at boundaries and in long pauses, not at marks that are no text", () => {
    const pause = Array<number>(60).fill(0);
    expect(decode([5, 4, 4, 5, 1, 2, 3, 6]).map(({ text }) => text)).toEqual(["e", "et"]);
    expect(decode([5, ...pause, 6]).map(({ text }) => text)).toEqual(["e", "t"]);
  });

  it("gives the end by the boundary when it is near, by the last character when not", () => {
    const near = decode([5, 0, 0, 4])[0]!;
    const far = decode([5, ...Array<number>(30).fill(0), 4])[0]!;
    expect([near.start, near.end]).toEqual([0, 0.06]);
    expect(far.end).toBeCloseTo(0.02, 9);
  });

  it("hears nothing in nothing", () => {
    expect(decode([])).toEqual([]);
    expect(decode([0, 4, 4, 0])).toEqual([]);
  });
});
