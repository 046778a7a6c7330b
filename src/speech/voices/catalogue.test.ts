import { describe, expect, it } from "vitest";
import {
  centreOf,
  distanceOf,
  LEAST_DISTANCE,
  MOST_DISPLACEMENT,
  shapeOf,
} from "../../../test/support/voice-plan.js";
import { FLITE_SPEAKERS } from "../engines/flite-program.js";
import { planFliteVoice } from "../engines/flite-voice.js";
import { MODEL_CATALOGUE } from "../models/catalogue.js";
import { FORMANT_RATIO_RANGE } from "../signal/formant-shift.js";
import { NAMED_VOICES, SPEAKER_VOICES } from "./catalogue.js";
import { HOSTED_VOICE_NAMES } from "./find-voice.js";
import { chooseSource, type VoiceEntry, type VoiceSource } from "./voice.js";

const fliteOf = (voice: VoiceEntry): VoiceSource => voice.sources.at(-1)!;

describe("the catalogue of voices", () => {
  it("has the 102 published names in their order, then Melissa", () => {
    expect(HOSTED_VOICE_NAMES).toHaveLength(102);
    expect(NAMED_VOICES.map((voice) => voice.name)).toEqual([...HOSTED_VOICE_NAMES, "Melissa"]);
    expect(HOSTED_VOICE_NAMES.slice(0, 3)).toEqual(["Warm Pro Narrator", "Chill Brian", "Ivy"]);
    expect(HOSTED_VOICE_NAMES.slice(-2)).toEqual(["Ginny", "Hope"]);
  });

  it("can always be spoken by Flite, by a speaker of the gender, within what it can do", () => {
    for (const voice of [...NAMED_VOICES, ...SPEAKER_VOICES]) {
      const source = fliteOf(voice);
      expect(source.engine).toBe("flite");
      expect(voice.sources.filter(({ engine }) => engine === "flite")).toHaveLength(1);
      expect(FLITE_SPEAKERS).toContain(source.speaker);
      expect(source.speaker === "slt").toBe(voice.gender === "female");
      expect(voice.language).toMatch(/^en-(US|GB)$/);
      const plan = planFliteVoice(source);
      expect(plan.speed).toBeGreaterThanOrEqual(0.82);
      expect(plan.speed).toBeLessThanOrEqual(1.25);
      expect(plan.formantRatio).toBeGreaterThan(FORMANT_RATIO_RANGE[0]);
      expect(plan.formantRatio).toBeLessThan(FORMANT_RATIO_RANGE[1]);
      expect(Math.abs(Math.log(plan.formantRatio))).toBeLessThan(Math.log(1.16));
    }
  });

  it("sets any two names of one speaker apart", () => {
    let nearest = Number.POSITIVE_INFINITY;
    for (const [i, a] of NAMED_VOICES.entries())
      for (const b of NAMED_VOICES.slice(0, i)) {
        if (fliteOf(a).speaker !== fliteOf(b).speaker) continue;
        const distance = distanceOf(shapeOf(fliteOf(a)), shapeOf(fliteOf(b)));
        expect(distance, `${a.name} and ${b.name}`).toBeGreaterThanOrEqual(LEAST_DISTANCE);
        nearest = Math.min(nearest, distance);
      }
    console.log(`voices: the two most alike are ${nearest.toFixed(2)} steps apart`);
  });

  it("keeps each name near what its age and style ask for", () => {
    for (const voice of NAMED_VOICES) {
      const source = fliteOf(voice);
      const shape = shapeOf(source);
      const centre = centreOf(voice);
      // The range of these speakers cannot be set or had better not be.
      const wanted = source.pitchSpreadHz === undefined ? { ...centre, range: shape.range } : centre;
      expect(distanceOf(shape, wanted), voice.name).toBeLessThanOrEqual(MOST_DISPLACEMENT);
    }
  });

  it("gives no speaker of a better engine to two names, and each to its gender and language", () => {
    const taken = new Set<string>();
    for (const voice of NAMED_VOICES)
      for (const { engine, model, speaker } of voice.sources.slice(0, -1)) {
        const key = `${engine} ${model} ${speaker}`;
        expect(taken.has(key), key).toBe(false);
        taken.add(key);
        const { speakers, language } = MODEL_CATALOGUE.find(({ id }) => id === model)!;
        const known =
          speakers.find(({ name }) => name === speaker) ?? (speakers.length === 1 ? speakers[0] : null);
        if (model === "en_US-libritts_r-medium") expect(speaker).toMatch(/^\d{2,4}$/);
        else {
          expect(known?.gender).toBe(voice.gender);
          const dialect = engine === "piper" ? language : speaker.startsWith("b") ? "en-GB" : "en-US";
          expect(dialect, voice.name).toBe(voice.language);
        }
      }
    expect(taken.size).toBeGreaterThan(103 + 30);
  });
});

describe("chooseSource", () => {
  const voice = NAMED_VOICES.find(({ name }) => name === "Melissa")!;

  it("takes the best source that is there", () => {
    expect(chooseSource(voice, () => false)).toBe(voice.sources.at(-1));
    expect(chooseSource(voice, () => true)).toBe(voice.sources[0]);
    expect(chooseSource(voice, ({ engine }) => engine === "piper")).toMatchObject({
      engine: "piper",
      model: "en_US-libritts_r-medium",
    });
  });

  it("does not ask whether Flite is there", () => {
    const asked: string[] = [];
    chooseSource(voice, ({ engine }) => {
      asked.push(engine);
      return false;
    });
    expect(asked).toEqual(["kokoro", "piper"]);
  });
});
