import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { highPass } from "./high-pass.js";
import { amplifyBelow, peakEnvelope, truePeak } from "./limiter.js";
import { integratedLoudness } from "./loudness.js";
import { normaliseLevel } from "./normalise-level.js";
import { resample } from "./resample.js";

function sine(hertz: number, amplitude: number, seconds: number, rate = 48_000): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / rate),
  );
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}

function noise(seed: number, length: number, amplitude: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.between(-amplitude, amplitude));
}

describe("resample", () => {
  it("keeps a tone to within 80 dB and in time", () => {
    for (const [from, to] of [
      [16_000, 48_000],
      [8_000, 48_000],
      [48_000, 16_000],
      [22_050, 48_000],
    ] as const) {
      const out = resample(sine(1_000, 0.5, 1, from), from, to);
      const ideal = sine(1_000, 0.5, 1, to);
      const middle = (x: Float32Array): Float32Array => x.slice(to / 4, (3 * to) / 4);
      const error = middle(out).map((x, i) => x - middle(ideal)[i]!);
      expect(rms(error) / rms(middle(ideal))).toBeLessThan(1e-4);
    }
  });

  it("leaves no image of the input above its own range", () => {
    const out = resample(sine(7_000, 0.5, 0.5, 16_000), 16_000, 48_000).slice(6_000, 18_000);
    const image = [9_000, 23_000].map((hertz) => {
      let [re, im] = [0, 0];
      out.forEach((x, i) => {
        re += x * Math.cos((2 * Math.PI * hertz * i) / 48_000);
        im += x * Math.sin((2 * Math.PI * hertz * i) / 48_000);
      });
      return (2 * Math.hypot(re, im)) / out.length;
    });
    expect(Math.max(...image)).toBeLessThan(0.5 * 10 ** (-80 / 20));
  });

  it("has the right length and passes a constant unchanged", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000 }), (length) => {
        const out = resample(new Float32Array(length).fill(0.25), 16_000, 48_000);
        expect(out).toHaveLength(length * 3);
        if (length > 200) expect(out[Math.floor(out.length / 2)]!).toBeCloseTo(0.25, 6);
      }),
      { numRuns: 30 },
    );
  });
});

describe("integratedLoudness", () => {
  it("reads the reference tone of BS.1770: a full-scale 997 Hz sine in one channel is -3.01 LUFS", () => {
    expect(integratedLoudness(sine(997, 1, 5))).toBeCloseTo(-3.01, 1);
  });

  it("gates silence out", () => {
    const tone = sine(997, 0.1, 4);
    const withPauses = new Float32Array(tone.length * 3);
    withPauses.set(tone, tone.length);
    expect(Math.abs(integratedLoudness(withPauses) - integratedLoudness(tone))).toBeLessThan(0.5);
  });

  it("follows the gain", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: -20, max: 12, noNaN: true }),
        (seed, db) => {
          const quiet = noise(seed, 48_000, 0.1);
          const louder = quiet.map((x) => x * 10 ** (db / 20));
          expect(integratedLoudness(louder) - integratedLoudness(quiet)).toBeCloseTo(db, 2);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("knows silence and very short sound", () => {
    expect(integratedLoudness(new Float32Array(48_000))).toBe(Number.NEGATIVE_INFINITY);
    expect(integratedLoudness(new Float32Array(0))).toBe(Number.NEGATIVE_INFINITY);
    expect(integratedLoudness(sine(997, 1, 0.1))).toBeGreaterThan(-5);
  });
});

describe("limiting", () => {
  it("sees peaks between samples", () => {
    // A quarter of the sample rate, sampled at 45 degrees: the samples stay at .707 of the peak.
    const tone = Float32Array.from({ length: 4_800 }, (_, i) => Math.SQRT1_2 * [1, 1, -1, -1][i % 4]!);
    expect(truePeak(tone.slice(100, -100))).toBeGreaterThan(0.97);
  });

  it("never lets a peak through, and does nothing where there is none", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.5, max: 8, noNaN: true }),
        (seed, gain) => {
          const sound = resample(noise(seed, 1_600, 0.4), 16_000, 48_000);
          const limited = amplifyBelow(sound, peakEnvelope(sound), gain, 0.8);
          expect(truePeak(limited)).toBeLessThan(0.815);
          if (gain * truePeak(sound) <= 0.8) {
            limited.forEach((x, i) => {
              expect(x).toBeCloseTo(gain * sound[i]!, 6);
            });
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("limits a peak in the same way wherever it lies", () => {
    // Long sound is worked on block by block; this one's peaks lie on both sides of where one block ends.
    const burst = noise(3, 2_000, 0.9);
    const limitedAt = (at: number): Float32Array => {
      const sound = new Float32Array(80_000).fill(0.1);
      sound.set(burst, at);
      return amplifyBelow(sound, peakEnvelope(sound), 1.5, 0.8);
    };
    const alone = limitedAt(30_000).subarray(29_000, 33_000);
    for (const at of [63_000, 64_500, 65_056, 65_295, 65_296, 65_535, 65_536, 65_777, 66_100]) {
      expect(limitedAt(at).subarray(at - 1_000, at + 3_000)).toEqual(alone);
    }
  });

  it("brings any sound to -16 LUFS below -1 dB", () => {
    // Bursts: a crest factor that only the limiter can get down.
    const bursts = resample(noise(7, 48_000, 0.05), 16_000, 48_000).map((x, i) =>
      i % 9_600 < 240 ? x * 12 : x,
    );
    for (const sound of [bursts, sine(300, 0.01, 3), noise(3, 96_000, 0.9)]) {
      const level = normaliseLevel(sound);
      expect(integratedLoudness(level)).toBeCloseTo(-16, 0.4);
      expect(20 * Math.log10(truePeak(level))).toBeLessThanOrEqual(-1);
    }
    expect(normaliseLevel(new Float32Array(4_800)).every((x) => x === 0)).toBe(true);
  });
});

describe("highPass", () => {
  it("takes an offset away without a thump, and leaves the voice", () => {
    const voice = sine(200, 0.3, 1);
    const out = highPass(
      voice.map((x) => x + 0.2),
      48_000,
      40,
    );
    expect(Math.abs(out.reduce((a, b) => a + b, 0) / out.length)).toBeLessThan(5e-4);
    expect(Math.abs(out[0]!)).toBeLessThan(0.01);
    expect(rms(out)).toBeCloseTo(rms(voice), 2);
  });
});
