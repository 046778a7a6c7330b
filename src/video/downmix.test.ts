import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rms, tone } from "../../test/support/wav.js";
import { ChannelMeter } from "./channel-statistics.js";
import { downmixWeights, mixDown } from "./downmix.js";

const STEREO = 0x3n;
const SURROUND = 0x3fn;

function weightsOf(planes: Float32Array[], mask: bigint): Float64Array {
  const meter = new ChannelMeter(planes.length, 48_000);
  meter.add(planes);
  return downmixWeights(meter.finish(), mask);
}

function mix(planes: Float32Array[], mask: bigint): Float32Array {
  return mixDown(planes, weightsOf(planes, mask));
}

const silence = new Float32Array(4800);
const voice = tone(0.1);
const second = tone(1);
const quiet = new Float32Array(48_000);

function joined(...parts: Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

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

  it("has sound weights, whatever is on the channels", () => {
    const samples = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 60 });
    fc.assert(
      fc.property(samples, (values) => {
        const planes = Array.from({ length: 6 }, (_, channel) =>
          Float32Array.from({ length: 480 }, (_, i) => values[(channel * 10 + i) % values.length]!),
        );
        const weights = weightsOf(planes, SURROUND);
        expect([...weights].every(Number.isFinite)).toBe(true);
        expect(Math.max(...weights.map(Math.abs))).toBeLessThan(50);
      }),
    );
  });

  it("does not let a voice with opposite signs vanish", () => {
    const inverted = voice.map((sample) => -sample);
    expect(rms(mix([voice, inverted], STEREO))).toBeCloseTo(rms(voice), 6);
  });

  it("gives both sides of an ordinary stereo pair the same weight", () => {
    const [left, right] = weightsOf([second, tone(1, 700)], STEREO);
    expect(left).toBeCloseTo(right!, 6);
    expect(left).toBeGreaterThan(0.5);
    expect(left).toBeLessThan(0.8);
  });

  it("keeps two people at their level who sit on different sides", () => {
    const [left, right] = [joined(second, quiet), joined(quiet, second)];
    const mixed = mix([left, right], STEREO);
    expect(rms(mixed.subarray(0, 48_000))).toBeCloseTo(rms(second), 2);
    expect(rms(mixed.subarray(48_000))).toBeCloseTo(rms(second), 2);
  });

  it("loses nothing where the signs change in the middle, and makes no step", () => {
    const inverted = second.map((sample) => -sample);
    const mixed = mix([joined(second, second, second), joined(second, inverted, second)], STEREO);
    for (let start = 0; start < mixed.length; start += 48_000)
      expect(rms(mixed.subarray(start, start + 48_000))).toBeCloseTo(rms(second), 2);
  });

  it("is not led astray by a hum that is the same on both sides", () => {
    const hum = tone(1, 50, 0.9);
    const quieter = tone(1, 440, 0.05);
    const left = hum.map((sample, i) => sample + quieter[i]!);
    const right = hum.map((sample, i) => sample - quieter[i]!);
    const mixed = mix([left, right], STEREO);
    // What is left of the tone once the hum, of whole periods per second, is taken out.
    const rest = mixed.map((sample, i) => sample - mixed[(i + 480) % mixed.length]!);
    expect(rms(rest)).toBeGreaterThan(0.03);
  });

  it("keeps a voice in the centre of 5.1 above music on the other channels", () => {
    const music = [300, 370, 410, 520].map((hertz) => tone(1, hertz, 0.3));
    const weights = weightsOf([music[0]!, music[1]!, second, quiet, music[2]!, music[3]!], SURROUND);
    expect(weights[2]).toBeGreaterThan(0.7);
    expect(weights[2]! / weights[0]!).toBeCloseTo(Math.SQRT2, 6);
    expect(weights[2]! / weights[4]!).toBeCloseTo(2, 6);
    expect(weights[3]).toBe(0);
  });

  it("leaves the effects channel of 5.1 out", () => {
    const planes = [silence, silence, voice, tone(0.1, 40, 0.9), silence, silence];
    expect(mix(planes, SURROUND)).toEqual(voice);
  });

  it("keeps silence silent", () => {
    expect(rms(mix([silence, silence], STEREO))).toBe(0);
  });
});
