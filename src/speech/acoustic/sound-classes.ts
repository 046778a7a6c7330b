/**
 * The sounds that the acoustic model tells apart, by the ARPAbet symbol that stands for each: what a mouth does for them
 * differs, or they differ so much in sound that one class would be hard to learn.
 */
export const SOUND_CLASSES = [
  "pau",
  "p",
  "m",
  "f",
  "th",
  "t",
  "n",
  "l",
  "s",
  "sh",
  "k",
  "r",
  "w",
  "y",
  "hh",
  "iy",
  "ih",
  "eh",
  "ae",
  "aa",
  "ah",
  "ao",
  "uh",
  "uw",
] as const;

export type SoundClass = (typeof SOUND_CLASSES)[number];

/** Index of silence among the classes. */
export const SILENCE = 0;

/** A sound may be two classes, one after the other; `share` is the first one's part of its time. */
type Reading = readonly [first: SoundClass, second?: SoundClass];

const READINGS: Readonly<Record<string, Reading>> = {
  b: ["p"],
  em: ["m"],
  v: ["f"],
  dh: ["th"],
  d: ["t"],
  dx: ["t"],
  ng: ["n"],
  en: ["n"],
  nx: ["n"],
  el: ["l"],
  z: ["s"],
  zh: ["sh"],
  ch: ["sh"],
  jh: ["sh"],
  g: ["k"],
  er: ["r"],
  axr: ["r"],
  wh: ["w"],
  hv: ["hh"],
  q: ["hh"],
  ix: ["ih"],
  ax: ["ah"],
  ux: ["uw"],
  ay: ["aa", "ih"],
  aw: ["aa", "uh"],
  ey: ["eh", "iy"],
  ow: ["ao", "uw"],
  oy: ["ao", "ih"],
};
/** Where a diphthong turns from its first class to its second, as a share of its time. */
export const DIPHTHONG_TURN = 0.55;

const INDEX: ReadonlyMap<string, number> = new Map(SOUND_CLASSES.map((name, index) => [name, index]));

/** Indices of the classes that an ARPAbet symbol (without stress) sounds like, one or two; silence for the unknown. */
export function classesOf(symbol: string): readonly number[] {
  const reading = READINGS[symbol] ?? [symbol as SoundClass];
  return reading.map((name) => INDEX.get(name as string) ?? SILENCE);
}

/** What is seen of a sound, the coarse classes of which errors matter most. */
export const ARTICULATIONS = ["rest", "bilabial", "lip-teeth", "open", "wide", "round", "other"] as const;

export type Articulation = (typeof ARTICULATIONS)[number];

const SEEN: Readonly<Record<SoundClass, Articulation>> = {
  pau: "rest",
  p: "bilabial",
  m: "bilabial",
  f: "lip-teeth",
  th: "other",
  t: "other",
  n: "other",
  l: "other",
  s: "other",
  sh: "round",
  k: "other",
  r: "round",
  w: "round",
  y: "wide",
  hh: "other",
  iy: "wide",
  ih: "wide",
  eh: "wide",
  ae: "open",
  aa: "open",
  ah: "open",
  ao: "round",
  uh: "round",
  uw: "round",
};

/** What is seen of each class, by its index. */
export const ARTICULATION_OF: readonly Articulation[] = SOUND_CLASSES.map((name) => SEEN[name]);
