import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { SAMPLE_RATE, type Speech } from "../speech.js";
import { synthesizeSpeech } from "../synthesis.js";
import { speechFromRecording } from "./recording.js";

function expectLaws({ samples, duration, words, phonemes }: Speech): void {
  expect(words).toEqual([]);
  expect(duration).toBe(samples.length / SAMPLE_RATE);
  expect(samples.every((x) => Number.isFinite(x) && Math.abs(x) <= 1)).toBe(true);
  expect(phonemes[0]!.start).toBe(0);
  expect(phonemes.at(-1)!.end).toBe(duration);
  phonemes.forEach((phoneme, i) => {
    expect(phoneme.end).toBeGreaterThan(phoneme.start);
    if (i > 0) expect(phoneme.start).toBe(phonemes[i - 1]!.end);
  });
}

const symbolsIn = ({ phonemes }: Speech, from: number, to: number): string[] =>
  phonemes.filter((p) => p.end > from && p.start < to).map((p) => p.symbol);

/** A buzz through two resonances: a vowel of the given formants. */
function vowel(formant1: number, formant2: number, seconds: number): Float32Array {
  const samples = new Float32Array(Math.round(seconds * SAMPLE_RATE));
  const states = [formant1, formant2, 2_700].map((hertz) => {
    const radius = Math.exp((-Math.PI * 90) / SAMPLE_RATE);
    return {
      a1: 2 * radius * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE),
      a2: -radius * radius,
      y1: 0,
      y2: 0,
    };
  });
  for (let i = 0; i < samples.length; i++) {
    let x = i % 400 === 0 ? 1 : 0;
    for (const s of states) {
      const y = x * (1 - s.a1 - s.a2) + s.a1 * s.y1 + s.a2 * s.y2;
      [s.y2, s.y1, x] = [s.y1, y, y];
    }
    samples[i] = x;
  }
  const peak = samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return samples.map((x) => (0.5 * x) / peak);
}

function joined(...parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const quiet = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * SAMPLE_RATE));

describe("speechFromRecording", () => {
  it("rests in silence and moves in speech, within 30 ms", async () => {
    const speech = await speechFromRecording({
      samples: joined(quiet(0.5), vowel(700, 1_200, 0.6), quiet(0.7)),
    });
    expectLaws(speech);
    expect(speech.source).toBe("recording");
    const sounds = speech.phonemes.filter((phoneme) => phoneme.symbol !== "pau");
    expect(Math.abs(sounds[0]!.start - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(sounds.at(-1)!.end - 1.1)).toBeLessThan(0.03);
  });

  it("tells open, bright and dark vowels, hisses and stops apart", async () => {
    const random = createRandom(1);
    const hiss = Float32Array.from({ length: 0.2 * SAMPLE_RATE }, () => random.between(-0.1, 0.1)).map(
      (x, i, all) => x - (all[i - 1] ?? 0),
    );
    const samples = joined(
      quiet(0.3),
      vowel(750, 1_250, 0.4),
      quiet(0.08),
      vowel(300, 2_300, 0.4),
      hiss,
      vowel(320, 850, 0.4),
      quiet(0.3),
    );
    const speech = await speechFromRecording({ samples });
    expectLaws(speech);
    expect(symbolsIn(speech, 0.4, 0.6)).toEqual(["aa"]);
    expect(symbolsIn(speech, 0.72, 0.76).join()).toMatch(/[ptk]/);
    expect(symbolsIn(speech, 0.85, 1.1)).toEqual(["iy"]);
    expect(symbolsIn(speech, 1.22, 1.34)).toEqual(["s"]);
    expect(symbolsIn(speech, 1.5, 1.65).join()).toMatch(/^(?:uw|ow)$/);
  });

  it("leaves the sound alone unless it exceeds full scale", async () => {
    const samples = vowel(700, 1_200, 0.5);
    expect((await speechFromRecording({ samples })).samples).toEqual(samples);
    const loud = await speechFromRecording({ samples: samples.map((x) => x * 4) });
    expectLaws(loud);
    expect(loud.warnings.join()).toContain("full scale");
  });

  it("puts broken samples right, and never changes its input", async () => {
    const samples = vowel(700, 1_200, 0.5);
    samples.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 100);
    const speech = await speechFromRecording({ samples });
    expectLaws(speech);
    expect([...speech.samples.slice(100, 103)]).toEqual([0, 0, 0]);
    expect(samples[101]).toBe(Number.POSITIVE_INFINITY);
    expect(speech.warnings).toHaveLength(1);
  });

  it("accepts silence, with a word about it", async () => {
    const speech = await speechFromRecording({ samples: quiet(2) });
    expect(speech.phonemes).toEqual([{ symbol: "pau", start: 0, end: 2, word: -1, stress: 0 }]);
    expect(speech.warnings).toHaveLength(1);
  });

  it("refuses what is too long or too short", async () => {
    await expect(speechFromRecording({ samples: quiet(600.1) })).rejects.toMatchObject({
      code: "audio_duration_too_long",
      details: { field: ["audio_url"], context: { max_duration: 600, provided_duration: 600.1 } },
    });
    await expect(speechFromRecording({ samples: quiet(0.05) })).rejects.toMatchObject({
      code: "audio_duration_too_short",
    });
  });

  it("stops when cancelled", async () => {
    const controller = new AbortController();
    const call = speechFromRecording({ samples: quiet(120) }, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "client_cancelled" });
  });

  it("obeys the laws for any sound", async () => {
    const piece = fc.record({
      kind: fc.constantFrom("silence", "vowel", "noise", "click"),
      seconds: fc.double({ min: 0.02, max: 0.4, noNaN: true }),
      gain: fc.double({ min: 0.001, max: 1.2, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
        const random = createRandom(pieces.length);
        const parts = pieces.map(({ kind, seconds, gain }) => {
          const base = kind === "vowel" ? vowel(600, 1_500, seconds) : quiet(seconds);
          if (kind === "noise") return base.map(() => gain * random.between(-1, 1));
          if (kind === "click") base[0] = gain;
          return base.map((x) => gain * x);
        });
        const speech = await speechFromRecording({ samples: joined(quiet(0.1), ...parts) });
        expectLaws(speech);
      }),
      { numRuns: 20 },
    );
  });

  it("finds the mouth of known speech: rest, openings and hisses", async () => {
    const known = await synthesizeSpeech({
      prompt: "She sells sea shells. My father got a large car, and Bob met Pam.",
      voice: "rms",
    });
    const heard = await speechFromRecording({ samples: known.samples });
    const classOf = (symbol: string): string =>
      /^pau$/.test(symbol)
        ? "rest"
        : /^(?:s|z|sh|zh|ch|jh)$/.test(symbol)
          ? "hiss"
          : /^[aeiou]/.test(symbol)
            ? "vowel"
            : "other";
    const at = (speech: Speech, time: number): string =>
      classOf(speech.phonemes.find((p) => time >= p.start && time < p.end)?.symbol ?? "pau");
    const hits: Record<string, [number, number]> = {};
    for (let time = 0.005; time < known.duration; time += 0.01) {
      const truth = at(known, time);
      const [hit, all] = hits[truth] ?? [0, 0];
      hits[truth] = [hit + (at(heard, time) === truth ? 1 : 0), all + 1];
    }
    const recall = (name: string): number => hits[name]![0] / hits[name]![1];
    expect(recall("rest")).toBeGreaterThan(0.9);
    expect(recall("vowel")).toBeGreaterThan(0.7);
    expect(recall("hiss")).toBeGreaterThan(0.6);
  });
});
