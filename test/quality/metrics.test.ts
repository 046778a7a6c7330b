import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clip, PictureFacts } from "../../scripts/quality/clip.js";
import { deltaE2000, toLab } from "../../scripts/quality/colour.js";
import { falseSeals, seals } from "../../scripts/quality/metrics/contacts.js";
import { blinkLength, findBlinks } from "../../scripts/quality/metrics/eyes-and-brows.js";
import { jitter } from "../../scripts/quality/metrics/fidelity.js";
import { headSpeed, headSpread, repetition, slowShare } from "../../scripts/quality/metrics/head.js";
import { silentLips } from "../../scripts/quality/metrics/lips.js";
import { closedLoop, drift, lag } from "../../scripts/quality/metrics/synchrony.js";
import { bandPass, correlation, quantile } from "../../scripts/quality/signal.js";
import type { Phoneme } from "../../src/index.js";

const RATE = 25;
const SIZE = 100;

/** What a face made of points does in one picture; lengths in eye distances. */
type Pose = { gap: number; eye: number; yaw: number; shake: number };

/** A face of which only the measured points are where they belong. */
function picture({ gap, eye, yaw, shake }: Partial<Pose>): PictureFacts {
  const landmarks = new Float32Array(478 * 3);
  const put = (index: number, x: number, y: number): void => {
    landmarks.set([300 + x * SIZE + (shake ?? 0) * SIZE, 300 + y * SIZE, 0], index * 3);
  };
  for (let i = 0; i < 478; i++) put(i, ((i % 21) - 10) / 10, ((i % 17) - 8) / 8);
  put(33, -0.68, 0);
  put(133, -0.32, 0);
  put(362, 0.32, 0);
  put(263, 0.68, 0);
  const half = (eye ?? 0.1) / 2;
  for (const [up, low, x] of [
    [160, 144, -0.58],
    [158, 153, -0.42],
    [385, 380, 0.42],
    [387, 373, 0.58],
  ] as const) {
    put(up, x, -half);
    put(low, x, half);
  }
  const upper = [191, 80, 81, 82, 13, 312, 311, 310];
  const lower = [95, 88, 178, 87, 14, 317, 402, 318];
  for (let k = 0; k < 8; k++) {
    put(upper[k]!, (k - 3.5) / 14, 1);
    put(lower[k]!, (k - 3.5) / 14, 1 + (gap ?? 0));
  }
  return {
    landmarks,
    eyeDistance: SIZE,
    yaw: yaw ?? 0,
    pitch: 0,
    roll: 0,
    cheek: [60, 15, 15],
    faceDetail: 1,
    halfDetail: 1,
    upperSsim: 1,
    upperPsnr: 60,
  };
}

function clipOf(poses: readonly Partial<Pose>[], parts: Partial<Clip> = {}): Clip {
  return {
    name: "made",
    rate: RATE,
    width: 600,
    height: 600,
    pictures: poses.map(picture),
    envelope: new Float64Array(poses.length),
    fineEnvelope: new Float64Array(poses.length * 8),
    soundDuration: poses.length / RATE,
    stillNoise: 0,
    phonemes: null,
    plannedGap: null,
    control: null,
    ...parts,
  };
}

/** Something like syllables, continuous in time. */
const syllables = (t: number): number =>
  Math.max(
    0,
    Math.sin(2 * Math.PI * 4.1 * t) * (1 + 0.6 * Math.sin(2 * Math.PI * 0.7 * t)) + 0.3 * Math.sin(23 * t),
  );

describe("synchrony", () => {
  it("finds any lag of the sound to a few milliseconds", () => {
    fc.assert(
      fc.property(fc.double({ min: -0.09, max: 0.09, noNaN: true }), (seconds) => {
        const frames = Array.from({ length: 150 }, (_, f) => f);
        const clip = clipOf(
          frames.map((f) => ({ gap: 0.1 * syllables((f + 0.5) / RATE) })),
          { envelope: Float64Array.from(frames, (f) => syllables((f + 0.5) / RATE - seconds)) },
        );
        expect(lag.measure(clip, "stable")).toBeCloseTo(1000 * seconds, -1.2);
      }),
      { numRuns: 25 },
    );
  });

  it("tells a drift from a constant lag", () => {
    const frames = Array.from({ length: 30 * RATE }, (_, f) => f);
    const gaps = frames.map((f) => ({ gap: 0.1 * syllables(f / RATE) }));
    const drifting = Float64Array.from(frames, (f) => syllables(f / RATE - (0.12 * f) / frames.length));
    const constant = Float64Array.from(frames, (f) => syllables(f / RATE - 0.06));
    expect(drift.measure(clipOf(gaps, { envelope: constant }), "stable")).toBeCloseTo(0, -0.5);
    expect(drift.measure(clipOf(gaps, { envelope: drifting }), "stable")).toBeGreaterThan(50);
  });

  it("the closed loop is 1 where the plan is kept", () => {
    const plan = Array.from({ length: 80 }, (_, f) => 0.1 * syllables(f / RATE));
    expect(
      closedLoop.measure(
        clipOf(
          plan.map((gap) => ({ gap })),
          { plannedGap: plan },
        ),
        "stable",
      ),
    ).toBeCloseTo(1, 4);
  });
});

describe("contacts", () => {
  const phoneme = (symbol: string, start: number, end: number): Phoneme => ({
    symbol,
    start,
    end,
    word: 0,
    stress: 0,
  });

  it("a closure counts when the lips close in time, and only then", () => {
    const gaps = Array.from({ length: 60 }, (_, f) => ({ gap: f === 25 || f < 3 ? 0.001 : 0.08 }));
    const at = (start: number): number =>
      seals.measure(clipOf(gaps, { phonemes: [phoneme("p", start, start + 0.06)] }), "stable");
    expect(at(1)).toBe(100);
    expect(at(0.98)).toBe(100);
    expect(at(1.4)).toBe(0);
  });

  it("an open vowel between closed lips is a false seal", () => {
    const shut = clipOf(Array(50).fill({ gap: 0.001 }), { phonemes: [phoneme("aa", 0.5, 0.7)] });
    const open = clipOf(
      Array.from({ length: 50 }, (_, f) => ({ gap: f > 12 && f < 18 ? 0.2 : 0.001 })),
      { phonemes: [phoneme("aa", 0.5, 0.7)] },
    );
    expect(falseSeals.measure(shut, "stable")).toBe(100);
    expect(falseSeals.measure(open, "stable")).toBe(0);
  });

  it("lips that move in silence are found, lips that move in speech are not held against silence", () => {
    const loud = (f: number): boolean => f < 40 || f > 80;
    const envelope = Float64Array.from({ length: 120 }, (_, f) => (loud(f) ? 0.2 : 0));
    const still = Array.from({ length: 120 }, (_, f) => ({ gap: loud(f) ? 0.1 * (f % 2) : 0 }));
    const restless = Array.from({ length: 120 }, (_, f) => ({ gap: 0.1 * (f % 2) }));
    expect(silentLips.measure(clipOf(still, { envelope }), "stable")).toBe(0);
    expect(silentLips.measure(clipOf(restless, { envelope }), "stable")).toBeGreaterThan(0.03);
  });
});

describe("eyes and head", () => {
  it("finds each blink with its length", () => {
    const keys = [0.5, 1, 1, 0.7, 0.4, 0.2];
    const starts = [30, 110, 190];
    const poses = Array.from({ length: 250 }, (_, f) => {
      const start = starts.find((s) => f >= s && f < s + keys.length);
      return { eye: 0.1 * (1 - 0.85 * (start === undefined ? 0 : keys[f - start]!)) };
    });
    const clip = clipOf(poses);
    expect(findBlinks(clip).map(({ time }) => Math.round(time * RATE))).toEqual([31, 111, 191]);
    expect(blinkLength.measure(clip, "stable")).toBeGreaterThan(230);
    expect(blinkLength.measure(clip, "stable")).toBeLessThan(290);
  });

  it("measures spread, speed and repetition of a swaying head", () => {
    const sway = clipOf(
      Array.from({ length: 500 }, (_, f) => ({ yaw: 3 * Math.sin((2 * Math.PI * f) / RATE / 4) })),
    );
    expect(headSpread.measure(sway, "stable")).toBeCloseTo(3 / Math.SQRT2 / 3, 2);
    expect(headSpeed.measure(sway, "stable")).toBeCloseTo((2 * Math.PI * 3) / 4, 1);
    expect(slowShare.measure(sway, "stable")).toBeGreaterThan(99);
    expect(repetition.measure(sway, "stable")).toBeGreaterThan(0.45);
  });

  it("jitter is what shakes above 8 Hz, less what a still picture shows", () => {
    const shake = (size: number): Clip =>
      clipOf(Array.from({ length: 100 }, (_, f) => ({ shake: size * (f % 2 === 0 ? 1 : -1) })));
    const slow = clipOf(Array.from({ length: 100 }, (_, f) => ({ shake: 0.05 * Math.sin(f / 12) })));
    expect(jitter.measure(shake(0.01), "stable")).toBeGreaterThan(0.4);
    expect(jitter.measure(slow, "stable")).toBeLessThan(0.05);
    expect(jitter.measure({ ...shake(0.01), control: shake(0.01) }, "stable")).toBe(0);
  });
});

describe("tools", () => {
  it("CIEDE2000 gives the published differences (Sharma, Wu & Dalal 2005, table 1)", () => {
    const pairs: [[number, number, number], [number, number, number], number][] = [
      [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
      [[50, 3.1571, -77.2803], [50, 0, -82.7485], 2.8615],
      [[50, -1.3802, -84.2814], [50, 0, -82.7485], 1.0],
      [[50, -1, 2], [50, 0, 0], 2.3669],
      [[50, 2.49, -0.001], [50, -2.49, 0.001], 7.1792],
      [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
      [[50, -0.001, 2.49], [50, 0.001, -2.49], 4.8045],
      [[50, -0.001, 2.49], [50, 0.0011, -2.49], 4.7461],
      [[50, 2.5, 0], [50, 0, -2.5], 4.3065],
      [[50, 2.5, 0], [56, -27, -3], 31.903],
      [[61.2901, 3.7196, -5.3901], [61.4292, 2.248, -4.962], 1.8731],
      [[6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377],
      [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
      [[50, 2.5, 0], [73, 25, -18], 27.1492],
      [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
      [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
    ];
    for (const [a, b, difference] of pairs) expect(deltaE2000(a, b)).toBeCloseTo(difference, 3);
    expect(toLab(255, 255, 255)[0]).toBeCloseTo(100, 3);
  });

  it("a band-pass keeps its band and drops the rest", () => {
    const tone = (frequency: number): Float64Array =>
      Float64Array.from({ length: 500 }, (_, f) => Math.sin((2 * Math.PI * frequency * f) / RATE));
    const gain = (frequency: number): number => {
      const out = bandPass(tone(frequency), 2, 7, RATE);
      return quantile(out.subarray(100, 400).map(Math.abs), 0.95);
    };
    expect(gain(4)).toBeGreaterThan(0.6);
    expect(gain(0.4)).toBeLessThan(0.1);
    expect(correlation(tone(3), tone(3))).toBeCloseTo(1, 6);
  });
});
