import type { VoiceEntry, VoiceSource } from "../../src/speech/voices/voice.js";

// The rule by which the voices of the catalogue were placed: gender decides the speaker of Flite, age and style ask
// for a pitch, a range, a pace and a vocal tract, and names that would lie too near each other were pushed apart. A
// new name takes a free place; the tests tell when it is not.

/** How a voice differs from the speaker that it is made of. */
export type VoiceShape = {
  /** Semitones above the speaker's own mean pitch. */
  readonly semitones: number;
  /** Factor of the speaker's own range of pitch. */
  readonly range: number;
  readonly stretch: number;
  readonly formantRatio: number;
};

/** What Flite's speakers sound like by themselves: mean and spread of the pitch, hertz. */
export const SPEAKERS: Readonly<Record<string, { readonly pitchHz: number; readonly spreadHz: number }>> = {
  slt: { pitchHz: 172, spreadHz: 27 },
  rms: { pitchHz: 103, spreadHz: 20 },
  awb: { pitchHz: 129, spreadHz: 25 },
  kal16: { pitchHz: 92, spreadHz: 11 },
};

/** A step in one of these is heard when two voices are compared. */
const STEP = { semitones: 1, formantPercent: 3, pacePercent: 6, rangePercent: 35 } as const;
/** No two names of one speaker are nearer than this, in steps. */
export const LEAST_DISTANCE = 1.5;
/** No name lies farther than this from what its gender, age and style ask for, in steps. */
export const MOST_DISPLACEMENT = 2.1;

/** What an age and each word of a style do: semitones, factors of range, duration and formants. */
const EFFECTS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  young: [0.8, 1.1, 0.98, 1.02],
  middle: [0, 1, 1, 1],
  old: [-0.6, 0.95, 1.07, 0.98],
  bold: [-0.4, 1.2, 0.97, 0.98],
  bright: [1, 1.15, 0.98, 1.02],
  broadcaster: [-1, 1.15, 0.97, 0.97],
  calm: [-0.4, 0.8, 1.06, 1],
  casual: [0, 1, 1, 1],
  confident: [-0.3, 1.1, 0.97, 0.99],
  crisp: [0.2, 1, 0.94, 1.01],
  deep: [-2, 0.9, 1.03, 0.95],
  energetic: [0.9, 1.25, 0.93, 1],
  excited: [1.6, 1.4, 0.92, 1.02],
  expressive: [0.6, 1.4, 0.97, 1],
  formal: [-0.4, 0.85, 1.02, 0.99],
  friendly: [0.6, 1.15, 1, 1.01],
  informative: [-0.2, 0.95, 1.03, 1],
  narrator: [-0.3, 0.95, 1.03, 0.99],
  neutral: [0, 1, 1, 1],
  professional: [0, 0.95, 0.98, 1],
  relaxed: [-0.5, 0.85, 1.09, 0.99],
  serious: [-0.7, 0.8, 1.02, 0.98],
  soft: [0.4, 0.8, 1.05, 1.02],
  warm: [-0.4, 0.95, 1.03, 0.98],
};

/** What the age and the style of a voice ask for. Its gender decides the speaker. */
export function centreOf({ age, style }: Pick<VoiceEntry, "age" | "style">): VoiceShape {
  let [semitones, range, stretch, formantRatio] = [0, 1, 1, 1];
  for (const word of [age, ...style.split(" ")]) {
    const effect = EFFECTS[word];
    if (effect === undefined) throw new Error(`the plan does not know the style "${word}"`);
    semitones += effect[0];
    range *= effect[1];
    stretch *= effect[2];
    formantRatio *= effect[3];
  }
  return { semitones, range, stretch, formantRatio };
}

/** The shape of a voice that Flite speaks. */
export function shapeOf(source: VoiceSource): VoiceShape {
  const own = SPEAKERS[source.speaker] as { pitchHz: number; spreadHz: number };
  const pitchHz = source.pitchHz ?? own.pitchHz;
  return {
    semitones: 12 * (Math.log(pitchHz / own.pitchHz) / Math.LN2),
    range:
      source.pitchSpreadHz === undefined ? 1 : source.pitchSpreadHz / pitchHz / (own.spreadHz / own.pitchHz),
    stretch: source.stretch ?? 1,
    formantRatio: source.formantRatio ?? 1,
  };
}

/** How different two voices of one speaker are, in steps that are heard. */
export function distanceOf(a: VoiceShape, b: VoiceShape): number {
  const percent = (x: number, y: number): number => 100 * Math.log(x / y);
  const parts = [
    (a.semitones - b.semitones) / STEP.semitones,
    percent(a.formantRatio, b.formantRatio) / STEP.formantPercent,
    percent(a.stretch, b.stretch) / STEP.pacePercent,
    percent(a.range, b.range) / STEP.rangePercent,
  ];
  return Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0));
}
