import { clamp } from "../shared/numeric.js";
import type { Phoneme } from "../speech/index.js";
import { type Manner, type MouthShape, mouthOf, type PhonemeMouth } from "./mouth-shapes.js";
import { HELD_PAUSE, type Phrasing } from "./phrasing.js";
import type { Prosody } from "./prosody.js";

/** Channels of the mouth that move together: how far it opens, how the lips are shaped, and the rest. */
export const MOUTH_GROUPS = {
  opening: ["lipGap", "jaw"],
  rounding: ["mouthWidth", "protrusion", "round"],
  detail: ["lowerLipRoll", "upperLipLift", "tongueUp", "tongueOut"],
} as const satisfies Record<string, readonly (keyof MouthShape)[]>;

export type MouthGroup = keyof typeof MOUTH_GROUPS;

/** When and how strongly a gesture rules one group of channels. */
export type Dominance = {
  /** Time of full dominance, seconds. */
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  /** Time in which dominance falls to a half before `start` and after `end`, seconds. */
  readonly halfLifeBefore: number;
  readonly halfLifeAfter: number;
};

/** One movement towards a mouth shape. */
export type MouthGesture = {
  readonly shape: MouthShape;
  readonly dominance: Readonly<Record<MouthGroup, Dominance>>;
};

/** How far speech moves the mouth, by talking style. */
export type MouthGains = {
  /** Factor on gap and jaw. */
  readonly opening: number;
  /** Factor on the lips' departure from neutral width, protrusion and roundness. */
  readonly rounding: number;
};

type Strength = { readonly weight: number; readonly halfLife: number };

// Cohen and Massaro's dominance: closures fall off fastest, vowels and rounding slowest. Sounds made with
// the tongue hardly defend the lips.
const OPENING: Readonly<Record<Manner, Strength>> = {
  vowel: { weight: 1, halfLife: 0.06 },
  seal: { weight: 1.1, halfLife: 0.03 },
  bite: { weight: 1.1, halfLife: 0.035 },
  dental: { weight: 0.7, halfLife: 0.042 },
  tongue: { weight: 0.6, halfLife: 0.042 },
  hiss: { weight: 1.8, halfLife: 0.042 },
  pout: { weight: 1.8, halfLife: 0.042 },
  rhotic: { weight: 0.75, halfLife: 0.045 },
  glide: { weight: 1, halfLife: 0.045 },
  palatal: { weight: 0.7, halfLife: 0.045 },
  breath: { weight: 0.2, halfLife: 0.04 },
};

const ROUNDING: Readonly<Record<Manner, Strength>> = {
  vowel: { weight: 1, halfLife: 0.085 },
  seal: { weight: 0.2, halfLife: 0.035 },
  bite: { weight: 0.4, halfLife: 0.035 },
  dental: { weight: 0.2, halfLife: 0.05 },
  tongue: { weight: 0.15, halfLife: 0.05 },
  hiss: { weight: 0.7, halfLife: 0.05 },
  pout: { weight: 1.1, halfLife: 0.1 },
  rhotic: { weight: 0.7, halfLife: 0.08 },
  glide: { weight: 1.2, halfLife: 0.1 },
  palatal: { weight: 1.1, halfLife: 0.06 },
  breath: { weight: 0.1, halfLife: 0.05 },
};

const DETAIL: Strength = { weight: 1, halfLife: 0.03 };

/** In running speech the mouth reaches this share of the opening that a sound has alone. */
const RUNNING_SPEECH = 0.85;
/** Rounding before its sound is weaker than after it (JALI). */
const ROUNDING_LOOKAHEAD = 0.12;
const ROUNDING_CARRYOVER = 0.07;
/** A consonant shorter than this does not reach the jaw, seconds. */
const ONE_VIDEO_FRAME = 0.04;

/** Turns the sounds of a speech into overlapping movements of the mouth. */
export function planMouthGestures(phrasing: Phrasing, prosody: Prosody, gains: MouthGains): MouthGesture[] {
  const sounds = phrasing.sounds;
  const gestures: MouthGesture[] = [];
  for (let i = 0; i < sounds.length; i++) {
    const sound = sounds[i]!;
    const mouth = mouthOf(sound.symbol);
    if (i > 0 && mergesWithPrevious(sounds, i)) continue;
    const end = endOfMerged(sounds, i);
    if (mouth.manner === "vowel") {
      gestures.push(...vowelGestures(sounds, i, mouth, prosody.efforts.get(i) ?? 1, gains));
    } else {
      gestures.push(consonantGesture(sounds, i, end, mouth, gains));
    }
  }
  return gestures;
}

/** Two equal consonants in a row are one movement ("pop man" closes once). */
function mergesWithPrevious(sounds: readonly Phoneme[], i: number): boolean {
  const mouth = mouthOf(sounds[i]!.symbol);
  if (mouth.manner === "vowel" || !follows(sounds, i)) return false;
  const previous = mouthOf(sounds[i - 1]!.symbol);
  return previous.viseme === mouth.viseme && previous.manner === mouth.manner;
}

function endOfMerged(sounds: readonly Phoneme[], i: number): number {
  let last = i;
  while (last + 1 < sounds.length && mergesWithPrevious(sounds, last + 1)) last++;
  return sounds[last]!.end;
}

/** True when no pause lies between a sound and the one before. */
function follows(sounds: readonly Phoneme[], i: number): boolean {
  return i > 0 && i < sounds.length && sounds[i]!.start - sounds[i - 1]!.end < HELD_PAUSE;
}

function vowelGestures(
  sounds: readonly Phoneme[],
  i: number,
  mouth: PhonemeMouth,
  effort: number,
  gains: MouthGains,
): MouthGesture[] {
  const { start, end } = sounds[i]!;
  if (mouth.glideTo === null) {
    return [gesture(sounds, i, start, end, mouth, scaled(mouth.shape, effort, gains), OPENING.vowel)];
  }
  // A diphthong spends 60 % on its first vowel and only approaches its second.
  const middle = start + 0.6 * (end - start);
  const first = scaled(mouth.shape, effort, gains);
  const second = scaled(mouth.glideTo.shape, 0.5 + 0.5 * effort, gains);
  return [
    gesture(sounds, i, start, middle, { ...mouth, lipHeavy: mouth.lipHeavy }, first, OPENING.vowel),
    gesture(sounds, i, middle, end, mouth, second, { weight: 0.85, halfLife: OPENING.vowel.halfLife }),
  ];
}

function consonantGesture(
  sounds: readonly Phoneme[],
  i: number,
  end: number,
  mouth: PhonemeMouth,
  gains: MouthGains,
): MouthGesture {
  const start = sounds[i]!.start;
  const opening = OPENING[mouth.manner];
  const isBrief = mouth.manner === "tongue" || mouth.manner === "dental" || mouth.manner === "breath";
  const reach = isBrief ? clamp((end - start) / ONE_VIDEO_FRAME - 0.25, 0.1, 1) : 1;
  let target = mouth.shape;
  if (mouth.manner === "tongue" || mouth.manner === "breath") {
    const lips = borrowedLips(sounds, i);
    target = {
      ...target,
      mouthWidth: lips.mouthWidth,
      protrusion: lips.protrusion,
      round: lips.round,
      // The tongue works with a raised jaw, also inside a narrow vowel: "do" must not look like one held "oo".
      lipGap: mouth.manner === "breath" ? 0.6 * lips.lipGap : Math.min(target.lipGap, 0.65 * lips.lipGap),
      upperLipLift: mouth.manner === "breath" ? lips.upperLipLift : target.upperLipLift,
    };
  }
  const bite = mouth.manner === "bite";
  const effortless = scaled(target, 1, bite ? { ...gains, opening: 1 / RUNNING_SPEECH } : gains);
  return gesture(sounds, i, start, end, mouth, effortless, { ...opening, weight: opening.weight * reach });
}

/** Sounds of the tongue take the lips of the next sound of the word; at its end, of the one before. */
function borrowedLips(sounds: readonly Phoneme[], i: number): MouthShape {
  const leavesLips = (k: number): boolean => {
    const manner = mouthOf(sounds[k]!.symbol).manner;
    return manner === "tongue" || manner === "breath" || manner === "seal" || manner === "bite";
  };
  const word = sounds[i]!.word;
  for (let k = i + 1; follows(sounds, k) && sounds[k]!.word === word && k <= i + 4; k++) {
    if (!leavesLips(k)) return mouthOf(sounds[k]!.symbol).shape;
  }
  for (let k = i - 1; k >= 0 && follows(sounds, k + 1) && k >= i - 4; k--) {
    const mouth = mouthOf(sounds[k]!.symbol);
    if (!leavesLips(k)) return mouth.glideTo?.shape ?? mouth.shape;
  }
  return mouthOf(sounds[i]!.symbol).shape;
}

function scaled(shape: MouthShape, effort: number, gains: MouthGains): MouthShape {
  const opening = RUNNING_SPEECH * gains.opening * effort;
  // Lips give up less than the jaw when a syllable is weak.
  const lips = gains.rounding * (0.35 + 0.65 * Math.min(1.1, effort));
  return {
    ...shape,
    lipGap: shape.lipGap * opening,
    jaw: shape.jaw * opening,
    mouthWidth: 1 + (shape.mouthWidth - 1) * lips,
    protrusion: Math.min(1, shape.protrusion * lips),
    round: Math.min(1, shape.round * lips),
  };
}

function gesture(
  sounds: readonly Phoneme[],
  i: number,
  start: number,
  end: number,
  mouth: PhonemeMouth,
  shape: MouthShape,
  opening: Strength,
): MouthGesture {
  const length = end - start;
  const middle = (start + end) / 2;
  const hold = (mouth.manner === "vowel" ? 0.2 : 0.15) * length;
  // A vowel of 60 ms cannot hold its neighbours off for as long as one of 200 ms.
  const halfLife =
    mouth.manner === "vowel" ? clamp(0.5 * length, 0.04, opening.halfLife + 0.025) : opening.halfLife;
  const rounding = ROUNDING[mouth.manner];
  const spread = mouth.lipHeavy
    ? lipHeavySpread(sounds, i, start, end)
    : { start: middle - hold, end: middle + hold };
  const curbed = mouth.lipHeavy || mouth.manner === "vowel" ? 1 : besideLipHeavy(sounds, i) ? 0.5 : 1;
  return {
    shape,
    dominance: {
      opening: {
        start: middle - hold,
        end: middle + hold,
        weight: opening.weight,
        halfLifeBefore: halfLife,
        halfLifeAfter: halfLife,
      },
      rounding: {
        ...spread,
        weight: rounding.weight * curbed * (mouth.lipHeavy ? 1.2 : 1),
        halfLifeBefore: rounding.halfLife,
        halfLifeAfter: 0.75 * rounding.halfLife,
      },
      detail: {
        start: middle - 0.25 * length,
        end: middle + 0.25 * length,
        weight: DETAIL.weight,
        halfLifeBefore: DETAIL.halfLife,
        halfLifeAfter: DETAIL.halfLife,
      },
    },
  };
}

/** Lip-heavy sounds begin with the sound before and end with the one after. */
function lipHeavySpread(
  sounds: readonly Phoneme[],
  i: number,
  start: number,
  end: number,
): { start: number; end: number } {
  const length = end - start;
  const before =
    follows(sounds, i) && !isVowelAt(sounds, i - 1) ? sounds[i]!.start - sounds[i - 1]!.start : 0;
  const after = follows(sounds, i + 1) && !isVowelAt(sounds, i + 1) ? sounds[i + 1]!.end - sounds[i]!.end : 0;
  return {
    start: start + 0.2 * length - Math.min(ROUNDING_LOOKAHEAD, 0.7 * before),
    end: end - 0.2 * length + Math.min(ROUNDING_CARRYOVER, 0.5 * after),
  };
}

function isVowelAt(sounds: readonly Phoneme[], i: number): boolean {
  return mouthOf(sounds[i]!.symbol).manner === "vowel";
}

function besideLipHeavy(sounds: readonly Phoneme[], i: number): boolean {
  return (
    (follows(sounds, i + 1) && mouthOf(sounds[i + 1]!.symbol).lipHeavy) ||
    (follows(sounds, i) && mouthOf(sounds[i - 1]!.symbol).lipHeavy)
  );
}
