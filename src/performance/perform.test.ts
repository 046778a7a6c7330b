import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { syntheticSpeech } from "../../test/support/synthetic-speech.js";
import type { Phoneme, Speech } from "../speech/index.js";
import { silentSpeech } from "../speech/silence.js";
import { CLOSING_SPEED, OPENING_SPEED } from "./mouth-frames.js";
import { perform } from "./perform.js";
import { CURVES, type CurveName, FRAME_RATE, type Performance, VISEMES } from "./performance.js";

const NAMES = Object.keys(CURVES) as CurveName[];
const MOUTH_NAMES: readonly CurveName[] = [
  "articulation",
  "jaw",
  "lipGap",
  "lipPress",
  "mouthWidth",
  "protrusion",
  "round",
  "lowerLipRoll",
  "upperLipLift",
  "tongueUp",
  "tongueOut",
];
const VOWELS = "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split(" ");
const CONSONANTS = "p b m f v th dh t d n l k g ng s z sh zh ch jh r w y hh dx".split(" ");
const SEALS = new Set(["p", "b", "m"]);
const BITES = new Set(["f", "v"]);
const NASALS = new Set(["m", "n", "ng"]);

const milliseconds = (low: number, high: number) =>
  fc.integer({ min: low, max: high }).map((ms) => ms / 1000);
const sound = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...VOWELS), fc.constantFrom("0", "1", "2"), milliseconds(35, 240)),
  },
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...CONSONANTS), fc.constant(""), milliseconds(22, 160)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("pau"), fc.constant(""), milliseconds(30, 1800)) },
);
const script: fc.Arbitrary<string> = fc
  .tuple(fc.array(sound, { minLength: 1, maxLength: 24 }), milliseconds(0, 500), milliseconds(0, 600))
  .map(([sounds, before, after]) => {
    const list = sounds.map(([symbol, stress, length]) => `${symbol}${stress}:${length}`);
    if (before > 0.02) list.unshift(`pau:${before}`);
    if (after > 0.02) list.push(`pau:${after}`);
    return list.join(" ");
  });
const options = fc.record({
  talkingStyle: fc.constantFrom("stable" as const, "expressive" as const),
  expression: fc.constantFrom(null, "happy", "sad", "surprised", "skeptical"),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

/** Frames that belong to an interval of the speech. */
function framesBetween(performance: Performance, start: number, end: number): number[] {
  const frames: number[] = [];
  for (let f = 0; f < performance.frameCount; f++) {
    if (f / FRAME_RATE >= start && f / FRAME_RATE <= end) frames.push(f);
  }
  return frames;
}

/** Sounds away from the edges of the clip, where the photo's own mouth takes precedence. */
function innerSounds(of: Speech): Phoneme[] {
  return of.phonemes.filter((p) => p.symbol !== "pau" && p.start > 0.16 && p.end < of.duration - 0.16);
}

/** Pauses, neighbours joined. */
function joinedPauses(of: Speech): { start: number; end: number }[] {
  const pauses: { start: number; end: number }[] = [];
  for (const { symbol, start, end } of of.phonemes) {
    const previous = pauses[pauses.length - 1];
    if (symbol !== "pau") continue;
    if (previous !== undefined && start - previous.end < 1e-6) previous.end = end;
    else pauses.push({ start, end });
  }
  return pauses;
}

const law = (name: string, check: (s: Speech, p: Performance) => void, runs = 30) =>
  it(name, () => {
    fc.assert(
      fc.property(script, options, (text, o) => {
        const s = syntheticSpeech(text);
        check(s, perform(s, o));
      }),
      { numRuns: runs },
    );
  });

describe("every performance", () => {
  law(
    "has a value of each curve for every frame, covers the speech, and exceeds it by less than a frame",
    (s, p) => {
      expect(p.frameCount / FRAME_RATE).toBeGreaterThanOrEqual(s.duration - 1e-5);
      expect(p.frameCount === 1 || (p.frameCount - 1) / FRAME_RATE < s.duration).toBe(true);
      for (const name of NAMES) expect(p.curves[name]).toHaveLength(p.frameCount);
    },
  );

  law("stays within the ranges of its curves", (_, p) => {
    const limits: Partial<Record<CurveName, readonly [number, number]>> = {
      articulation: [0, 1],
      jaw: [0, 0.25],
      lipGap: [0, 0.35],
      lipPress: [0, 1],
      mouthWidth: [0.65, 1.15],
      smileLeft: [-0.5, 0.6],
      smileRight: [-0.5, 0.6],
      lidLeft: [-0.3, 1],
      lidRight: [-0.3, 1],
      headYaw: [-0.1397, 0.1397],
      headPitch: [-0.1048, 0.1048],
      headRoll: [-0.0873, 0.0873],
      breath: [0, 1],
    };
    for (const name of NAMES) {
      const [low, high] = limits[name] ?? [-1, 1];
      for (const value of p.curves[name]) {
        if (!(value >= low - 1e-6 && value <= high + 1e-6)) throw new Error(`${name} is ${value}`);
      }
    }
  });

  law("begins and ends as the photo", (_, p) => {
    for (const frame of [0, p.frameCount - 1]) {
      for (const name of NAMES)
        expect(Math.abs(p.curves[name][frame]! - Math.fround(CURVES[name])), name).toBeLessThan(1e-7);
    }
  });

  law("lists its visemes in order, without gaps, over the whole speech", (s, p) => {
    let reached = 0;
    for (const { name, start, end } of p.visemes) {
      expect(VISEMES).toContain(name);
      expect(start).toBeCloseTo(reached, 5);
      expect(end).toBeGreaterThan(start);
      reached = end;
    }
    expect(reached).toBeCloseTo(s.duration, 5);
  });
});

describe("the lips", () => {
  law(
    "touch at every p, b and m, pressed together",
    (s, p) => {
      for (const { symbol, start, end } of s.phonemes) {
        if (!SEALS.has(symbol)) continue;
        const closed = framesBetween(p, start - 0.06, end).filter((f) => p.curves.lipGap[f] === 0);
        expect(closed.length, `${symbol} at ${start}`).toBeGreaterThan(0);
        if (start < 0.1 || end > s.duration - 0.1) continue;
        expect(Math.max(...closed.map((f) => p.curves.lipPress[f]!))).toBeGreaterThan(0.3);
      }
    },
    150,
  );

  law("are never pressed while open", (_, p) => {
    for (let f = 0; f < p.frameCount; f++) if (p.curves.lipPress[f]! > 0) expect(p.curves.lipGap[f]).toBe(0);
  });

  law(
    "let the lower lip reach the teeth in f and v",
    (s, p) => {
      const sealed = s.phonemes.filter(({ symbol }) => SEALS.has(symbol));
      for (const { symbol, start, end } of innerSounds(s)) {
        const isCrowded = sealed.some((other) => other.start < end + 0.06 && other.end > start - 0.06);
        if (!BITES.has(symbol) || isCrowded) continue;
        const middle = (start + end) / 2;
        const nearest = Math.round(middle * FRAME_RATE);
        const bites = [nearest - 1, nearest].some(
          (f) =>
            p.curves.lipGap[f]! >= 0.0199 && p.curves.lipGap[f]! <= 0.0451 && p.curves.lowerLipRoll[f]! > 0.6,
        );
        expect(bites, `${symbol} at ${start}`).toBe(true);
      }
    },
    100,
  );

  law(
    "open at every vowel of a tenth of a second, and at every oral consonant",
    (s, p) => {
      for (const { symbol, start, end } of innerSounds(s)) {
        if (SEALS.has(symbol) || NASALS.has(symbol) || end - start < 0.1) continue;
        const widest = Math.max(
          ...framesBetween(p, start - 0.02, end + 0.02).map((f) => p.curves.lipGap[f]!),
        );
        expect(widest, `${symbol} at ${start}`).toBeGreaterThan(VOWELS.includes(symbol) ? 0.045 : 0.012);
      }
    },
    100,
  );

  law("move no faster than lips can", (_, p) => {
    for (let f = 1; f < p.frameCount; f++) {
      const step = p.curves.lipGap[f]! - p.curves.lipGap[f - 1]!;
      expect(step).toBeLessThanOrEqual(OPENING_SPEED + 1e-6);
      expect(step).toBeGreaterThanOrEqual(-CLOSING_SPEED - 1e-6);
    }
  });

  law(
    "rest closed and still in pauses",
    (s, p) => {
      for (const { start, end } of joinedPauses(s)) {
        if (end - start < 0.25) continue;
        const from = start === 0 ? 0 : start + 0.16;
        const to = end >= s.duration - 1e-6 ? s.duration : end - 0.18;
        for (const f of framesBetween(p, from, to)) {
          expect(p.curves.lipGap[f]).toBe(0);
          // They may press together a little while they wait.
          expect(p.curves.lipPress[f]!).toBeLessThan(0.36);
          expect(p.curves.jaw[f]!).toBeLessThan(0.06);
        }
        for (const f of framesBetween(p, from + 0.12, to - 0.1)) {
          expect(p.curves.jaw[f]!).toBeLessThan(0.004);
          expect(Math.abs(p.curves.mouthWidth[f]! - 1)).toBeLessThan(0.005);
        }
      }
    },
    100,
  );

  it("change shape without popping", () => {
    fc.assert(
      fc.property(script, options, (text, o) => {
        const { jaw, mouthWidth } = perform(syntheticSpeech(text), o).curves;
        for (let f = 1; f < jaw.length; f++) {
          expect(Math.abs(jaw[f]! - jaw[f - 1]!)).toBeLessThan(0.061);
          expect(Math.abs(mouthWidth[f]! - mouthWidth[f - 1]!)).toBeLessThan(0.076);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("open visibly between two closures", () => {
    const s = syntheticSpeech("pau:.3 m aa1:.11 m aa:.1 p ih:.07 p ax:.05 b iy1:.09 m pau:.4");
    const { lipGap } = perform(s, { talkingStyle: "stable", expression: null, seed: 1 }).curves;
    const p = { frameCount: lipGap.length } as Performance;
    for (const { symbol, start, end } of s.phonemes) {
      if (!VOWELS.includes(symbol)) continue;
      const frames = framesBetween(p, start - 0.03, end + 0.03);
      expect(Math.max(...frames.map((f) => lipGap[f]!)), symbol).toBeGreaterThan(0.035);
    }
  });

  it("close once for 'pop man', without opening in between", () => {
    const s = syntheticSpeech("pau:.3 p aa1:.12 p:.07 | m:.08 ae1:.12 n pau:.4");
    const { lipGap } = perform(s, { talkingStyle: "stable", expression: null, seed: 1 }).curves;
    const [, , , first, second] = s.phonemes;
    for (let f = 0; f < lipGap.length; f++) {
      const t = f / FRAME_RATE + 0.012;
      if (t > (first!.start + first!.end) / 2 && t < (second!.start + second!.end) / 2)
        expect(lipGap[f]).toBe(0);
    }
  });

  it("stay closed through the m that ends a phrase", () => {
    const s = syntheticSpeech("pau:.3 k:.08 ah1:.14 m:.24 pau:.6 k:.08 ah1:.14 m:.12 pau:.4");
    const { lipGap } = perform(s, { talkingStyle: "stable", expression: null, seed: 1 }).curves;
    const p = { frameCount: lipGap.length } as Performance;
    for (const [k, { symbol, start, end }] of s.phonemes.entries()) {
      if (symbol !== "m") continue;
      const rest = s.phonemes[k + 1]!;
      for (const f of framesBetween(p, (start + end) / 2, rest.end - 0.2)) expect(lipGap[f]).toBe(0);
    }
  });

  it("round for 'shoe' before its sound and spread for 'see'", () => {
    const width = (text: string) => {
      const s = syntheticSpeech(text);
      const p = perform(s, { talkingStyle: "stable", expression: null, seed: 1 });
      const vowel = s.phonemes[2]!;
      return p.curves.mouthWidth[Math.round(((vowel.start + vowel.end) / 2) * FRAME_RATE)]!;
    };
    expect(width("pau:.3 sh:.1 uw1:.18 pau:.4")).toBeLessThan(0.85);
    expect(width("pau:.3 s:.1 iy1:.18 pau:.4")).toBeGreaterThan(1.05);
  });

  it("keep the jaw narrow in s, z and sh", () => {
    const s = syntheticSpeech("pau:.3 aa1:.15 s:.1 aa1:.15 sh:.1 aa1:.15 z:.1 aa1:.15 pau:.4");
    const p = perform(s, { talkingStyle: "expressive", expression: null, seed: 1 });
    for (const { symbol, start, end } of s.phonemes) {
      if (!["s", "z", "sh"].includes(symbol)) continue;
      expect(Math.min(...framesBetween(p, start, end).map((f) => p.curves.lipGap[f]!))).toBeLessThan(0.0901);
    }
  });
});

describe("posture", () => {
  it("gives the mouth back to the photo in long pauses, keeps it in short ones", () => {
    const s = syntheticSpeech("pau:.4 aa1:.2 t aa1:.2 pau:.7 aa1:.2 t aa1:.2 pau:1.8 aa1:.2 t aa1:.2 pau:.6");
    const { articulation } = perform(s, { talkingStyle: "stable", expression: null, seed: 4 }).curves;
    const pauses = s.phonemes.filter(({ symbol }) => symbol === "pau");
    const inPause = (k: number) =>
      articulation[Math.round(((pauses[k]!.start + pauses[k]!.end) / 2) * FRAME_RATE)]!;
    expect(inPause(1)).toBe(1);
    expect(inPause(2)).toBe(0);
    for (const { symbol, start, end } of s.phonemes) {
      if (symbol === "aa") expect(articulation[Math.round(((start + end) / 2) * FRAME_RATE)]).toBe(1);
    }
  });
});

describe("seeds", () => {
  const s = syntheticSpeech("pau:.3 hh ax l ow1 | w er1 l d pau:.5 g uh1 d | b ay1 pau:.5");

  it("give the same performance again", () => {
    const o = { talkingStyle: "expressive", expression: "happy", seed: 7 } as const;
    expect(perform(s, o)).toEqual(perform(s, o));
  });

  it("change how the head moves, never what the mouth says", () => {
    const a = perform(s, { talkingStyle: "stable", expression: null, seed: 1 });
    const b = perform(s, { talkingStyle: "stable", expression: null, seed: 2 });
    expect(a.curves.headYaw).not.toEqual(b.curves.headYaw);
    const speaking = new Set(
      s.phonemes.flatMap(({ symbol, start, end }) => (symbol === "pau" ? [] : framesBetween(a, start, end))),
    );
    for (const name of MOUTH_NAMES) {
      if (name !== "lipPress") expect(a.curves[name], name).toEqual(b.curves[name]);
      for (const f of speaking) expect(a.curves[name][f], name).toBe(b.curves[name][f]);
    }
  });

  it("leave the mouth as it was when silence is added at the end", () => {
    fc.assert(
      fc.property(
        fc.array(sound, { minLength: 2, maxLength: 12 }),
        milliseconds(300, 900),
        (sounds, extra) => {
          const text = sounds.map(([symbol, stress, length]) => `${symbol}${stress}:${length}`).join(" ");
          const o = { talkingStyle: "stable", expression: null, seed: 1 } as const;
          const short = perform(syntheticSpeech(`pau:.3 ${text} pau:.5`), o);
          const long = perform(syntheticSpeech(`pau:.3 ${text} pau:${0.5 + extra}`), o);
          for (const name of ["lipGap", "lipPress", "protrusion"] as const) {
            for (let f = 0; f < short.frameCount - 10; f++) {
              expect(Math.abs(long.curves[name][f]! - short.curves[name][f]!), name).toBeLessThan(1e-5);
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("the living portrait", () => {
  it("breathes, blinks and looks, and never touches the mouth", () => {
    for (let seed = 0; seed < 20; seed++) {
      const p = perform(silentSpeech(5), { talkingStyle: "stable", expression: null, seed });
      expect(p.frameCount).toBe(125);
      expect(p.visemes).toEqual([{ name: "sil", start: 0, end: 5 }]);
      for (const name of MOUTH_NAMES) {
        expect(new Set(p.curves[name]), name).toEqual(new Set([Math.fround(CURVES[name])]));
      }
      expect(Math.max(...p.curves.lidLeft)).toBe(1);
      expect(Math.max(...p.curves.breath)).toBeGreaterThan(0.6);
      expect(Math.max(...p.curves.headYaw) - Math.min(...p.curves.headYaw)).toBeGreaterThan(0.008);
    }
  });
});

describe("odd speech", () => {
  const o = { talkingStyle: "stable", expression: null, seed: 1 } as const;

  it.each([0, 1 / 48_000, 0.01, 0.04, 0.12, 0.3])("of %f seconds gives at least one frame", (duration) => {
    const p = perform(silentSpeech(duration), o);
    expect(p.frameCount).toBe(Math.max(1, Math.ceil(duration * FRAME_RATE - 1e-4)));
    for (const name of NAMES) expect(p.curves[name].every(Number.isFinite), name).toBe(true);
  });

  it("without pauses around it still ends as the photo", () => {
    const p = perform(syntheticSpeech("p aa1:.1 p"), o);
    expect(p.curves.articulation[0]).toBe(0);
    expect(p.curves.articulation[p.frameCount - 1]).toBe(0);
    expect(Math.max(...p.curves.lipGap)).toBeGreaterThan(0.04);
  });

  it("with damaged samples, unknown symbols and overlapping times gives finite curves", () => {
    const base = syntheticSpeech("pau:.2 xx:.1 aa1:.2 q!:.05 pau:.3");
    const samples = base.samples.slice();
    samples.fill(Number.NaN, 10_000, 12_000);
    samples[13_000] = Number.POSITIVE_INFINITY;
    const phonemes = [...base.phonemes, { ...base.phonemes[2]!, start: 0.25 }];
    const p = perform({ ...base, samples, phonemes }, o);
    for (const name of NAMES) expect(p.curves[name].every(Number.isFinite), name).toBe(true);
  });
});
