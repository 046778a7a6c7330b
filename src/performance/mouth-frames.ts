import { clamp } from "../shared/numeric.js";
import type { Phoneme } from "../speech/index.js";
import type { LipContact } from "./lip-contacts.js";
import { mouthOf } from "./mouth-shapes.js";

/** Largest opening and closing of the lips from one frame to the next, eye distances. */
export const OPENING_SPEED = 0.07;
export const CLOSING_SPEED = 0.08;

/** Smallest gap that shows that a sound is not a closure. */
const VOWEL_FLOOR = 0.05;
const CONSONANT_FLOOR = 0.018;
/** Widest gap in the middle of s, z, sh …, which need the teeth together. */
const HISS_CEILING = 0.09;
const CRACK = 0.006;
const BITE_GAP = { low: 0.02, high: 0.045 } as const;

/** Lips press before and after a seal with this share of its strength, frame by frame, where they are closed. */
const PRESS_RAMP = [0.5, 0.2] as const;
/** Lips that close for one or two frames only touch; they have no time to press fully. */
const BRIEF_PRESS = [0.6, 0.8] as const;

/** The lips frame by frame after the contacts were enforced. */
export type LipFrames = {
  readonly lipGap: Float64Array;
  readonly lipPress: Float64Array;
  /** Least roll of the lower lip that a frame needs (f, v). */
  readonly lowerLipRoll: Float64Array;
};

/**
 * Makes the sampled gap obey the hard rules: exactly closed at every p b m, lower lip at the teeth in f v,
 * open at some moment of everything else, and no movement faster than lips can do. Where rules compete,
 * closure wins, then the bite, then speed, then opening.
 *
 * @param lipGap - gap per frame, changed in place
 * @param timeOf - time of speech that a frame shows, seconds
 */
export function enforceLipRules(
  lipGap: Float64Array,
  contacts: readonly LipContact[],
  sounds: readonly Phoneme[],
  frameAt: (time: number) => number,
  timeOf: (frame: number) => number,
): LipFrames {
  const frames = lipGap.length;
  const nearest = (time: number): number => clamp(Math.floor(frameAt(time) + 0.5), 0, frames - 1);
  const isSealed = new Uint8Array(frames);
  const lipPress = new Float64Array(frames);
  const lowerLipRoll = new Float64Array(frames);
  for (const contact of contacts) {
    if (contact.kind !== "seal") continue;
    const center = nearest(contact.center);
    for (let f = nearest(contact.start); f <= nearest(contact.end); f++) {
      const isInside = timeOf(f) >= contact.start && timeOf(f) <= contact.end;
      if (f !== center && !isInside) continue;
      isSealed[f] = 1;
      lipPress[f] = Math.max(lipPress[f]!, contact.press * (f === center ? 1 : 0.75));
    }
  }
  keepOpen(lipGap, isSealed, sounds, frameAt, timeOf);
  for (const contact of contacts) {
    const f = nearest(contact.center);
    if (contact.kind !== "bite" || isSealed[f] === 1) continue;
    lipGap[f] = clamp(lipGap[f]!, BITE_GAP.low, BITE_GAP.high);
    lowerLipRoll[f] = 0.65;
  }
  for (let f = 0; f < frames; f++) if (isSealed[f] === 1) lipGap[f] = 0;
  // The clip begins and ends with the photo.
  lipGap[0] = 0;
  lipGap[frames - 1] = 0;
  limitSpeed(lipGap);
  // A crack beside a closure is not seen as an opening but as lips that fail to close.
  for (let f = 1; f + 1 < frames; f++) {
    if (lipGap[f]! < CRACK && (isSealed[f - 1] === 1 || isSealed[f + 1] === 1)) lipGap[f] = 0;
  }
  limitSpeed(lipGap);
  easeBriefPress(lipPress, lipGap);
  rampPress(lipPress, lipGap);
  return { lipGap, lipPress, lowerLipRoll };
}

function easeBriefPress(lipPress: Float64Array, lipGap: Float64Array): void {
  for (let from = 0; from < lipGap.length; from++) {
    if (lipGap[from] !== 0) continue;
    let to = from;
    while (to + 1 < lipGap.length && lipGap[to + 1] === 0) to++;
    const factor = BRIEF_PRESS[to - from] ?? 1;
    for (let f = from; f <= to; f++) lipPress[f]! *= factor;
    from = to;
  }
}

/** Pressure builds up and goes rather than jumping, as far as the lips are closed. */
function rampPress(lipPress: Float64Array, lipGap: Float64Array): void {
  const pressed = lipPress.slice();
  for (let f = 0; f < pressed.length; f++) {
    for (const step of [-1, 1]) {
      for (let k = 0; k < PRESS_RAMP.length && lipGap[f + step * (k + 1)] === 0; k++) {
        const at = f + step * (k + 1);
        lipPress[at] = Math.max(lipPress[at]!, PRESS_RAMP[k]! * pressed[f]!);
      }
    }
  }
  lipPress[0] = 0;
  lipPress[lipPress.length - 1] = 0;
}

/**
 * Every sound that is no closure opens the lips in the frame nearest to its middle that is free; hissing
 * sounds also keep it narrow there.
 */
function keepOpen(
  lipGap: Float64Array,
  isSealed: Uint8Array,
  sounds: readonly Phoneme[],
  frameAt: (time: number) => number,
  timeOf: (frame: number) => number,
): void {
  for (const sound of sounds) {
    const { manner, nasal } = mouthOf(sound.symbol);
    if (manner === "seal" || nasal) continue;
    const middle = (sound.start + sound.end) / 2;
    let best = -1;
    const from = Math.max(0, Math.floor(frameAt(sound.start)));
    const to = Math.min(lipGap.length - 1, Math.ceil(frameAt(sound.end)));
    for (let f = from; f <= to; f++) {
      const isInside = timeOf(f) >= sound.start - 0.01 && timeOf(f) <= sound.end + 0.01;
      if (isSealed[f] === 1 || !isInside) continue;
      if (best < 0 || Math.abs(timeOf(f) - middle) < Math.abs(timeOf(best) - middle)) best = f;
    }
    if (best < 0) continue;
    const floor = manner === "vowel" ? VOWEL_FLOOR : CONSONANT_FLOOR;
    const ceiling = manner === "hiss" || manner === "pout" ? HISS_CEILING : Number.POSITIVE_INFINITY;
    lipGap[best] = clamp(lipGap[best]!, floor, ceiling);
  }
}

/** Only ever lowers the gap: a closure is never broken, the movement into it begins earlier. */
function limitSpeed(lipGap: Float64Array): void {
  for (let f = 1; f < lipGap.length; f++) lipGap[f] = Math.min(lipGap[f]!, lipGap[f - 1]! + OPENING_SPEED);
  for (let f = lipGap.length - 2; f >= 0; f--)
    lipGap[f] = Math.min(lipGap[f]!, lipGap[f + 1]! + CLOSING_SPEED);
}
