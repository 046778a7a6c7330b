/** A way in which eSpeak NG speaks any language. */
export type EspeakVariant = {
  /** eSpeak's name. */
  readonly name: string;
  readonly gender: "female" | "male";
  /** Median pitch at its normal setting, hertz (measured on a German sentence). */
  readonly pitchHz: number;
};

/** The variants that sound like people, those that are best understood first. */
export const ESPEAK_VARIANTS: readonly EspeakVariant[] = [
  { name: "f2", gender: "female", pitchHz: 199 },
  { name: "m3", gender: "male", pitchHz: 111 },
  { name: "f4", gender: "female", pitchHz: 181 },
  { name: "m7", gender: "male", pitchHz: 112 },
  { name: "f1", gender: "female", pitchHz: 182 },
  { name: "m1", gender: "male", pitchHz: 99 },
  { name: "f3", gender: "female", pitchHz: 221 },
  { name: "m2", gender: "male", pitchHz: 103 },
  { name: "f5", gender: "female", pitchHz: 210 },
  { name: "m4", gender: "male", pitchHz: 99 },
  { name: "steph", gender: "female", pitchHz: 187 },
  { name: "m6", gender: "male", pitchHz: 105 },
  { name: "linda", gender: "female", pitchHz: 230 },
  { name: "Michael", gender: "male", pitchHz: 113 },
  { name: "belinda", gender: "female", pitchHz: 232 },
  { name: "m5", gender: "male", pitchHz: 107 },
  { name: "aunty", gender: "female", pitchHz: 174 },
  { name: "Lee", gender: "male", pitchHz: 100 },
  { name: "grandma", gender: "female", pitchHz: 212 },
  { name: "m8", gender: "male", pitchHz: 90 },
];

/** Pitch of a variant at its normal setting, hertz; that of a man's voice where it is not known. */
export function espeakPitch(variant: string): number {
  return ESPEAK_VARIANTS.find(({ name }) => name === variant)?.pitchHz ?? 107;
}

/** Voices of one gender go round the variants, each round at another pitch, semitones. */
const ROUND_SEMITONES = [0, 1.5, -1.5, 3, -3, 4.5, -4.5];

/**
 * eSpeak's voice for the voice of a name: the same name always gets the same, and different names of one gender differ in
 * variant or pitch.
 *
 * @param rank - place of the name among those of its gender, from 0
 */
export function espeakVoice(
  gender: "female" | "male",
  rank: number,
): { readonly speaker: string; readonly pitchHz: number } {
  const variants = ESPEAK_VARIANTS.filter((variant) => variant.gender === gender);
  const { name, pitchHz } = variants[rank % variants.length]!;
  const round = ROUND_SEMITONES[Math.floor(rank / variants.length) % ROUND_SEMITONES.length]!;
  return { speaker: name, pitchHz: pitchHz * 2 ** (round / 12) };
}
