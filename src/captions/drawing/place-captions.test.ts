import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Framing } from "../../frames/index.js";
import {
  type BoxSize,
  type FaceReach,
  faceAreas,
  placeCaptions,
  usualSize,
  widestBox,
} from "./place-captions.js";

const REACH: FaceReach = { side: 0.25, rise: 0.15, fall: 0.15, jaw: 0.2 };
const RATIOS = [16 / 9, 9 / 16, 1, 4 / 5, 5 / 4, 1.5];

/** A face seen from the front, in eye distances from the point between the eyes. */
const FACE: Readonly<Record<number, readonly [number, number]>> = {
  ...Object.fromEntries([70, 63, 105, 66, 107].map((index, i) => [index, [-0.85 + 0.16 * i, -0.45]])),
  ...Object.fromEntries([300, 293, 334, 296, 336].map((index, i) => [index, [0.85 - 0.16 * i, -0.45]])),
  ...{ 33: [-0.7, 0], 145: [-0.5, 0.12], 133: [-0.3, 0], 362: [0.3, 0], 374: [0.5, 0.12], 263: [0.7, 0] },
  ...{ 2: [0, 0.72], 61: [-0.4, 1.1], 291: [0.4, 1.1], 152: [0, 1.75], 172: [-0.95, 1.1], 397: [0.95, 1.1] },
  ...{ 136: [-0.85, 1.3], 150: [-0.7, 1.5], 149: [-0.5, 1.6], 176: [-0.35, 1.68], 148: [-0.15, 1.73] },
  ...{ 365: [0.85, 1.3], 379: [0.7, 1.5], 378: [0.5, 1.6], 400: [0.35, 1.68], 377: [0.15, 1.73] },
};

function faceAt(x: number, y: number, eyeDistance: number) {
  const landmarks = new Float32Array(478 * 3);
  for (const [index, [dx, dy]] of Object.entries(FACE)) {
    landmarks[3 * Number(index)] = x + dx * eyeDistance;
    landmarks[3 * Number(index) + 1] = y + dy * eyeDistance;
  }
  return { landmarks, head: { eyeDistance } as never };
}

function frameOf(ratio: number): Framing {
  const [width, height] = ratio >= 1 ? [Math.round(360 * ratio), 360] : [360, Math.round(360 / ratio)];
  return { width, height, left: 0, top: 0, scale: 1, warnings: [] };
}

/** The widest text there can be. */
const boxSize =
  (frame: Framing): BoxSize =>
  (size, lines) => ({ width: widestBox(frame), height: Math.ceil(size * (0.5 + 1.3 * lines)) });

describe("where captions stand", () => {
  it("is never over mouth and chin, wherever the face is, and within the frame", () => {
    const face = fc.record({
      ratio: fc.constantFrom(...RATIOS),
      x: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      y: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      size: fc.double({ min: 0.03, max: 0.45, noNaN: true }),
    });
    fc.assert(
      fc.property(face, ({ ratio, x, y, size }) => {
        const frame = frameOf(ratio);
        const short = Math.min(frame.width, frame.height);
        const { landmarks, head } = faceAt(x * frame.width, y * frame.height, size * short);
        const areas = faceAreas({ landmarks, head }, frame, REACH);
        const place = placeCaptions(frame, areas, boxSize(frame));
        const { height } = boxSize(frame)(place.size, place.lines);
        const smallest = boxSize(frame)(usualSize(frame) / 2, 1).height;
        expect(place.bottom).toBeLessThanOrEqual(frame.height);
        expect(place.bottom - height).toBeGreaterThanOrEqual(-1);
        // Only where the mouth leaves no room for the smallest line, neither above nor below.
        const room = Math.max(areas.speech.top, frame.height - areas.speech.bottom);
        if (room < smallest + 0.085 * frame.height) return;
        const isClear =
          place.bottom - height >= areas.speech.bottom - 1 || place.bottom <= areas.speech.top + 1;
        expect(isClear).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it.each(RATIOS)("at ratio %f is below a face with room, in two lines of the usual size", (ratio) => {
    const frame = frameOf(ratio);
    const { landmarks, head } = faceAt(frame.width / 2, 0.35 * frame.height, 0.1 * frame.width);
    const place = placeCaptions(frame, faceAreas({ landmarks, head }, frame, REACH), boxSize(frame));
    expect(place).toMatchObject({ lines: 2, size: usualSize(frame) });
    expect(place.bottom / frame.height).toBeGreaterThan(0.8);
    expect(place.bottom / frame.height).toBeLessThan(0.95);
  });

  it("is above the brows where a face fills the lower part", () => {
    const frame = frameOf(16 / 9);
    const { landmarks, head } = faceAt(320, 190, 90);
    const areas = faceAreas({ landmarks, head }, frame, REACH);
    const place = placeCaptions(frame, areas, boxSize(frame));
    expect(place.bottom).toBeLessThan(areas.eyes.top);
  });
});
