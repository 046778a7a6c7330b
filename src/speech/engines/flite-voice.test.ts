import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { median, pitchAt, steepest, tractRatio } from "../../../test/support/measure-voice.js";
import { createFliteEngine } from "./flite.js";
import { planFliteVoice } from "./flite-voice.js";
import type { EngineUtterance, EngineVoice } from "./speech-engine.js";

const engine = createFliteEngine();
afterAll(() => engine.close());

const TEXT = "Father had a red hat on, and walked along the shore at dawn, a year ago.";
const speak = (voice: EngineVoice): Promise<EngineUtterance> =>
  engine.speak({ text: TEXT, pronunciations: new Map(), language: "en-US" }, voice);

const middleOf = ({ start, end }: { start: number; end: number }): number => (start + end) / 2;

/** Moments at which both say the same vowel. */
function vowels(a: EngineUtterance, b: EngineUtterance): (readonly [number, number])[] {
  expect(b.phones.map(({ symbol }) => symbol)).toEqual(a.phones.map(({ symbol }) => symbol));
  return a.phones.flatMap((phone, i) =>
    /^[aeiou]/.test(phone.symbol) && phone.end - phone.start > 0.05
      ? [[middleOf(phone), middleOf(b.phones[i]!)] as const]
      : [],
  );
}

function medianPitch({ samples }: EngineUtterance, moments: readonly number[]): number {
  return median(moments.map((moment) => pitchAt(samples, moment)).filter((hertz) => hertz > 0));
}

/** What is spoken, without the pauses around. */
const spoken = ({ phones }: EngineUtterance): number => phones.at(-2)!.end - phones[0]!.end;

describe.each([
  ["slt", 172],
  ["rms", 103.2],
  ["awb", 129.4],
  ["kal16", 92.4],
] as const)("the voices of %s", (speaker, ownPitch) => {
  let own: EngineUtterance;
  beforeAll(async () => {
    own = await speak({ speaker });
  });

  it.each([
    [0.93, 0.9, 1.08],
    [1.07, 1.12, 0.92],
    [1, 1.15, 1],
    [1.06, 0.95, 1],
  ])("formants by %d, pitch by %d, time by %d come out as asked", async (formantRatio, pitch, stretch) => {
    const voice = await speak({ speaker, formantRatio, pitchHz: pitch * ownPitch, stretch });
    const moments = vowels(own, voice);
    expect(Math.abs(tractRatio(own.samples, voice.samples, moments) / formantRatio - 1)).toBeLessThan(0.03);
    const before = medianPitch(
      own,
      moments.map(([moment]) => moment),
    );
    const after = medianPitch(
      voice,
      moments.map(([, moment]) => moment),
    );
    expect(Math.abs(after / before / pitch - 1)).toBeLessThan(0.03);
    expect(Math.abs(spoken(voice) / spoken(own) / stretch - 1)).toBeLessThan(0.02);
    expect(voice.phones.at(-1)!.end).toBe(voice.samples.length / voice.sampleRate);
    // Faster vibrations are steeper; a click would be steeper by far.
    expect(steepest(voice.samples) / steepest(own.samples)).toBeLessThan(2);
  });
});

describe("planFliteVoice", () => {
  it("leaves a speaker as it is when nothing is asked", () => {
    for (const speaker of ["slt", "rms", "awb", "kal16"])
      expect(planFliteVoice({ speaker })).toEqual({ features: [], speed: 1, formantRatio: 1 });
    expect(() => planFliteVoice({ speaker: "awb_time" })).toThrow(/awb_time/);
  });

  it("keeps the speaker's own pitch when only the tract changes", () => {
    const { features, speed, formantRatio } = planFliteVoice({ speaker: "slt", formantRatio: 1.1 });
    expect(speed).toBeCloseTo(1.1, 9);
    expect(formantRatio).toBe(1);
    expect(Object.fromEntries(features)).toEqual({
      int_f0_target_mean: expect.closeTo(172 / 1.1, 6),
      duration_stretch: expect.closeTo(1.1, 6),
    });
  });

  it("makes the pitch of rms by speed, and gives the formants back", () => {
    const { features, speed, formantRatio } = planFliteVoice({ speaker: "rms", pitchHz: 103.2 * 0.9 });
    expect(speed).toBeCloseTo(0.9, 9);
    expect(formantRatio).toBeCloseTo(1 / 0.9, 9);
    expect(Object.fromEntries(features)).toEqual({ duration_stretch: expect.closeTo(0.9, 6) });
  });
});
