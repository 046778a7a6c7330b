import { clamp, smoothstep } from "../shared/numeric.js";
import type { Phoneme } from "../speech/index.js";
import { quietestMoment } from "./loudness.js";
import { mouthOf } from "./mouth-shapes.js";
import { HELD_PAUSE, type Phrasing } from "./phrasing.js";
import type { Prosody } from "./prosody.js";

/**
 * A moment at which the lips must touch: a `seal` closes them (p b m), a `bite` sets the lower lip to the
 * upper teeth (f v). Contact holds on `[start, end]`, seconds.
 */
export type LipContact = {
  readonly kind: "seal" | "bite";
  readonly start: number;
  readonly end: number;
  /** The moment that must not be missed. */
  readonly center: number;
  /** Compression of a seal, `[0, 1]`. */
  readonly press: number;
};

/** Longer than one frame at 25 fps, so that a frame always falls into it. */
const SHORTEST_SEAL = 0.06;
const LONGEST_SEAL = 0.16;
/** The lips of an m that ends a phrase stay closed for so long after it, until the mouth is at rest, seconds. */
const HUM = 0.08;
const BITE = 0.05;
/** Time for closing before a contact and opening after it, seconds. Bursts open faster than lips close. */
const CLOSING = 0.075;
const OPENING = 0.06;

/** Finds every lip contact of a speech. */
export function findLipContacts(phrasing: Phrasing, prosody: Prosody): LipContact[] {
  const sounds = phrasing.sounds;
  const contacts: LipContact[] = [];
  for (let i = 0; i < sounds.length; i++) {
    const mouth = mouthOf(sounds[i]!.symbol);
    if (mouth.manner === "bite") {
      const center = (sounds[i]!.start + sounds[i]!.end) / 2;
      contacts.push({ kind: "bite", start: center - BITE / 2, end: center + BITE / 2, center, press: 0 });
    } else if (mouth.manner === "seal") {
      const seal = sealOf(sounds[i]!, mouth.press, mouth.nasal, prosody);
      contacts.push(mouth.nasal ? hummedAtRest(seal, sounds, i) : seal);
      const bridge = bridgeTo(sounds, i, contacts);
      if (bridge !== null) contacts.push(bridge);
    }
  }
  return contacts;
}

/**
 * Plosives are closed from their start until the burst; the closure's middle is where the sound is
 * quietest. Nasals are closed throughout.
 */
function sealOf(sound: Phoneme, press: number, isNasal: boolean, prosody: Prosody): LipContact {
  const length = sound.end - sound.start;
  let center = sound.start + (isNasal ? 0.5 : 0.42) * length;
  if (!isNasal) {
    const dip = quietestMoment(prosody.loudness, sound.start - 0.01, sound.end);
    if (dip !== null) center = clamp(dip, sound.start + 0.2 * length, sound.start + 0.75 * length);
  }
  const half = clamp((isNasal ? 0.75 : 0.6) * length, SHORTEST_SEAL, LONGEST_SEAL) / 2;
  return { kind: "seal", start: center - half, end: center + half, center, press };
}

/** An m beside a pause is hummed from or into rest with closed lips: they do not part in between. */
function hummedAtRest(seal: LipContact, sounds: readonly Phoneme[], i: number): LipContact {
  const { start, end } = sounds[i]!;
  const comes = i === 0 || start - sounds[i - 1]!.end >= HELD_PAUSE;
  const goes = i === sounds.length - 1 || sounds[i + 1]!.start - end >= HELD_PAUSE;
  return {
    ...seal,
    start: comes ? Math.min(seal.start, start) : seal.start,
    end: goes ? Math.max(seal.end, end + HUM) : seal.end,
  };
}

/** Keeps the lips together between a seal and the one right before it. */
function bridgeTo(sounds: readonly Phoneme[], i: number, contacts: readonly LipContact[]): LipContact | null {
  const own = contacts[contacts.length - 1]!;
  const previous = contacts[contacts.length - 2];
  if (i === 0 || previous === undefined || mouthOf(sounds[i - 1]!.symbol).manner !== "seal") return null;
  if (sounds[i]!.start - sounds[i - 1]!.end >= HELD_PAUSE) return null;
  const start = Math.min(previous.center, own.center);
  return {
    kind: "seal",
    start,
    end: own.center,
    center: own.center,
    press: Math.max(previous.press, own.press),
  };
}

/**
 * Bends a finely sampled gap towards the contacts, so that the lips glide into them.
 *
 * @param gap - lip gap at `i / rate` seconds, changed in place
 * @param biteGap - gap at f and v
 * @returns how free the lips are of seals, `[0, 1]`, at the same times
 */
export function bendToContacts(
  gap: Float64Array,
  contacts: readonly LipContact[],
  rate: number,
  biteGap: number,
): Float64Array {
  const openness = new Float64Array(gap.length).fill(1);
  for (const contact of contacts) {
    const from = Math.max(0, Math.floor((contact.start - CLOSING) * rate));
    const to = Math.min(gap.length - 1, Math.ceil((contact.end + OPENING) * rate));
    for (let i = from; i <= to; i++) {
      const t = i / rate;
      const open = Math.max(
        smoothstep(0, CLOSING, contact.start - t),
        smoothstep(0, OPENING, t - contact.end),
      );
      if (contact.kind === "seal") openness[i] = Math.min(openness[i]!, open);
      else gap[i] = biteGap + (gap[i]! - biteGap) * open;
    }
  }
  for (let i = 0; i < gap.length; i++) gap[i]! *= openness[i]!;
  return openness;
}
