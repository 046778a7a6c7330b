import type { Melody } from "../speech/index.js";
import type { BreathGroup, BreathGroups } from "./breath-groups.js";
import { gaussianSmooth } from "./curve-shaping.js";

/** The loud middle of a syllable, found in the sound. Seconds. */
export type Nucleus = {
  readonly start: number;
  readonly end: number;
  /** The loudest moment. */
  readonly peak: number;
  /** Level of the loudest moment, decibels. */
  readonly levelDb: number;
  /** Index of the breath group. */
  readonly phrase: number;
};

/** Between two syllables the level dips at least this far (Mermelstein 1975; de Jong & Wempe 2009), decibels. */
const DIP = 2;
/** Syllables are no weaker than this below what is loud, decibels. */
const WEAKEST = 22;
/** A nucleus ends where the level has fallen so far from its peak, decibels. */
const SHOULDER = 5;
const SHORTEST = 0.04;
const SMOOTHING = 0.018;
/** A voice is heard this near to the loudest moment of a syllable, seconds. */
const VOICE_NEAR = 0.03;

/** Finds the syllables of all breath groups: peaks of the level that are voiced, told apart by dips. */
export function findNuclei(melody: Melody, breath: BreathGroups): Nucleus[] {
  const level = gaussianSmooth(melody.levelDb, SMOOTHING / melody.step);
  return breath.groups.flatMap((group, phrase) => nucleiIn(melody, level, breath, group, phrase));
}

function nucleiIn(
  melody: Melody,
  level: Float64Array,
  breath: BreathGroups,
  group: BreathGroup,
  phrase: number,
): Nucleus[] {
  const { f0Hz, step } = melody;
  const first = Math.max(0, Math.round(group.start / step));
  const end = Math.min(level.length, Math.round(group.end / step));
  const near = Math.round(VOICE_NEAR / step);
  const isVoiced = (i: number): boolean => breath.isWhispered || f0Hz[i]! > 0;
  const isHeard = (i: number): boolean => {
    if (level[i]! < breath.loudDb - WEAKEST) return false;
    for (let k = Math.max(first, i - near); k < Math.min(end, i + near + 1); k++)
      if (isVoiced(k)) return true;
    return false;
  };
  const peaks = separatePeaks(level, first, end).filter(({ at }) => isHeard(at));
  return peaks.flatMap(({ at, left, right }) => {
    const floor = level[at]! - SHOULDER;
    let start = at;
    while (start > left && level[start - 1]! > floor && (start > at - near || isVoiced(start - 1))) start--;
    let stop = at + 1;
    while (stop < right && level[stop]! > floor && (stop < at + near || isVoiced(stop))) stop++;
    if ((stop - start) * step < SHORTEST) return [];
    return [{ start: start * step, end: stop * step, peak: (at + 0.5) * step, levelDb: level[at]!, phrase }];
  });
}

type Peak = { at: number; left: number; right: number };

/** Peaks of the level with a dip of {@link DIP} between neighbours; `left` and `right` are the deepest points around. */
function separatePeaks(level: Float64Array, first: number, end: number): Peak[] {
  const peaks: Peak[] = [];
  let dip = first;
  let top = first;
  let isRising = true;
  // A turn counts once the level has moved by the dip in the other direction.
  for (let i = first; i < end; i++) {
    if (isRising) {
      if (level[i]! > level[top]!) top = i;
      else if (level[i]! < level[top]! - DIP) {
        peaks.push({ at: top, left: dip, right: i });
        dip = i;
        isRising = false;
      }
      continue;
    }
    if (level[i]! < level[dip]!) dip = i;
    else if (level[i]! > level[dip]! + DIP) {
      peaks[peaks.length - 1]!.right = dip;
      top = i;
      isRising = true;
    }
  }
  if (isRising && end > first) peaks.push({ at: top, left: dip, right: end });
  else if (peaks.length > 0) peaks[peaks.length - 1]!.right = dip;
  return peaks;
}
