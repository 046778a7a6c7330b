import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rms, tone } from "../../test/support/wav.js";
import { addStatistics, downmixWeights, emptyStatistics, mixDown } from "./downmix.js";

const STEREO = 0x3n;
const SURROUND = 0x3fn;

function mix(planes: Float32Array[], mask: bigint): Float32Array {
  return mixDown(planes, downmixWeights(addStatistics(emptyStatistics(planes.length), planes), mask));
}

const silence = new Float32Array(4800);
const voice = tone(0.1);

describe("downmixWeights", () => {
  it("keeps the level of a voice on any one channel that is not the effects channel", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.nat(7),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (channels, where, level) => {
          const speaker = where % channels;
          const planes = Array.from({ length: channels }, () => silence);
          planes[speaker] = voice.map((sample) => sample * level);
          expect(rms(mix(planes, 0n))).toBeCloseTo(rms(planes[speaker]!), 5);
        },
      ),
    );
  });

  it("lets weights sum to 1, so that nothing can overflow", () => {
    const samples = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 60 });
    fc.assert(
      fc.property(samples, (values) => {
        const planes = Array.from({ length: 6 }, (_, channel) =>
          Float32Array.from({ length: 10 }, (_, i) => values[(channel * 10 + i) % values.length]!),
        );
        const weights = downmixWeights(addStatistics(emptyStatistics(6), planes), SURROUND);
        expect(weights.reduce((sum, weight) => sum + Math.abs(weight), 0)).toBeCloseTo(1, 9);
        for (const sample of mix(planes, SURROUND)) expect(Math.abs(sample)).toBeLessThanOrEqual(1 + 1e-6);
      }),
    );
  });

  it("does not let a voice with opposite signs vanish", () => {
    const inverted = voice.map((sample) => -sample);
    expect(rms(mix([voice, inverted], STEREO))).toBeCloseTo(rms(voice), 6);
  });

  it("averages an ordinary stereo pair", () => {
    const other = tone(0.1, 700);
    const mixed = mix([voice, other], STEREO);
    for (let i = 0; i < 100; i++) expect(mixed[i]).toBeCloseTo((voice[i]! + other[i]!) / 2, 6);
  });

  it("leaves the effects channel of 5.1 out", () => {
    const planes = [silence, silence, voice, tone(0.1, 40, 0.9), silence, silence];
    expect(mix(planes, SURROUND)).toEqual(voice);
  });

  it("keeps silence silent", () => {
    expect(rms(mix([silence, silence], STEREO))).toBe(0);
  });
});
