import { log, sigmoid } from "../../shared/portable-math.js";
import { LOWEST_PITCH, MAX_CANDIDATES, OCTAVE_COST, type PitchCandidates } from "./pitch-candidates.js";

/** A frame is voiced rather than not from this similarity of neighbouring periods on. */
const VOICING_THRESHOLD = 0.5;
/** Price of a voice that sets in or stops, and of an octave's leap from one frame to the next. */
const CHANGE_COST = 0.14;
const LEAP_COST = 0.4;
/** A voice this far below the usual loud level is doubted, and further below it is not believed, decibels. */
const DOUBT = { begins: 28, ends: 40, cost: 0.6 } as const;
/** Voices last longer than this, frames; shorter ones are chance. */
const SHORTEST_VOICE = 3;
/**
 * A stretch of voice must be this alike on average. Hiss through a narrow resonance, as in whispering, repeats itself for a few
 * milliseconds, so high voices must be more alike: by `more` per octave above `from` hertz.
 */
const LEAST_MEAN = { likeness: 0.55, more: 0.17, from: 200, octaves: 1.3 } as const;
/** Width of the step from unvoiced to voiced, in similarity. */
const SOFTNESS = 0.06;
const UNVOICED = MAX_CANDIDATES;
const STATES = MAX_CANDIDATES + 1;

/** How the pitch goes, per frame. */
export type PitchPath = {
  /** Hertz; 0 where there is no voice. */
  readonly f0Hz: Float32Array;
  /** Probability of a voice, `[0, 1]`. */
  readonly voicing: Float32Array;
};

/**
 * The cheapest path through the candidates (Viterbi): alike periods, few leaps, few changes between voiced and
 * unvoiced (Talkin 1995; prices after Boersma 1993).
 *
 * @param levelDb Level per frame, decibels.
 * @param loudDb What is loud in this sound, decibels.
 * @returns the path; a generator that stops for breath every 1000 frames
 */
export function* findPitchPath(
  candidates: PitchCandidates,
  levelDb: Float32Array,
  loudDb: number,
): Generator<undefined, PitchPath> {
  const count = levelDb.length;
  const origin = new Uint8Array(count * STATES);
  const pitch = new Float64Array(MAX_CANDIDATES);
  const previousPitch = new Float64Array(MAX_CANDIDATES);
  let scores = new Float64Array(STATES);
  let next = new Float64Array(STATES);
  for (let frame = 0; frame < count; frame++) {
    if (frame % 1000 === 999) yield;
    const base = frame * MAX_CANDIDATES;
    previousPitch.set(pitch);
    for (let k = 0; k < MAX_CANDIDATES; k++) {
      const hertz = candidates.hertz[base + k]!;
      pitch[k] = hertz > 0 ? log(hertz / LOWEST_PITCH) / Math.LN2 : -1;
    }
    const doubt = doubtOf(loudDb - levelDb[frame]!);
    for (let k = 0; k < STATES; k++) {
      const isVoiced = k !== UNVOICED;
      if (isVoiced && pitch[k]! < 0) {
        next[k] = Number.NEGATIVE_INFINITY;
        continue;
      }
      let best = Number.NEGATIVE_INFINITY;
      let from = UNVOICED;
      for (let j = 0; j < STATES; j++) {
        const wasVoiced = j !== UNVOICED;
        if (frame > 0 && wasVoiced && previousPitch[j]! < 0) continue;
        const price =
          isVoiced && wasVoiced
            ? LEAP_COST * Math.abs(pitch[k]! - previousPitch[j]!)
            : isVoiced === wasVoiced
              ? 0
              : CHANGE_COST;
        const score = frame === 0 ? 0 : scores[j]! - price;
        if (score > best) {
          best = score;
          from = j;
        }
      }
      const own = isVoiced
        ? candidates.likeness[base + k]! + OCTAVE_COST * pitch[k]!
        : VOICING_THRESHOLD + doubt;
      next[k] = best + own;
      origin[frame * STATES + k] = from;
    }
    [scores, next] = [next, scores];
  }
  return readPath(candidates, origin, scores, levelDb, loudDb);
}

/** What speaks against a voice that is `below` decibels quieter than loud. */
function doubtOf(below: number): number {
  const share = (below - DOUBT.begins) / (DOUBT.ends - DOUBT.begins);
  return DOUBT.cost * Math.max(0, Math.min(1, share));
}

function readPath(
  candidates: PitchCandidates,
  origin: Uint8Array,
  scores: Float64Array,
  levelDb: Float32Array,
  loudDb: number,
): PitchPath {
  const count = levelDb.length;
  const f0Hz = new Float32Array(count);
  const voicing = new Float32Array(count);
  const chosen = new Float32Array(count);
  let state = UNVOICED;
  for (let k = 0; k < STATES; k++) if (scores[k]! > scores[state]!) state = k;
  for (let frame = count - 1; frame >= 0; frame--) {
    const base = frame * MAX_CANDIDATES;
    if (state !== UNVOICED) f0Hz[frame] = candidates.hertz[base + state]!;
    let likeness = state === UNVOICED ? 0 : candidates.likeness[base + state]!;
    if (state === UNVOICED) {
      for (let k = 0; k < MAX_CANDIDATES; k++) likeness = Math.max(likeness, candidates.likeness[base + k]!);
    }
    const against = VOICING_THRESHOLD + doubtOf(loudDb - levelDb[frame]!);
    chosen[frame] = likeness;
    voicing[frame] = likeness > 0 ? sigmoid((likeness - against) / SOFTNESS) : 0;
    state = origin[frame * STATES + state]!;
  }
  dropDoubtful(f0Hz, chosen);
  return { f0Hz, voicing };
}

/** Stretches of voice that are too short or too little alike are not voices. */
function dropDoubtful(f0Hz: Float32Array, likeness: Float32Array): void {
  let start = 0;
  let [sum, octaves] = [0, 0];
  for (let frame = 0; frame <= f0Hz.length; frame++) {
    const hertz = f0Hz[frame] ?? 0;
    if (hertz > 0) {
      sum += likeness[frame]!;
      octaves += log(hertz / LEAST_MEAN.from) / Math.LN2;
      continue;
    }
    const length = frame - start;
    const high = Math.max(0, Math.min(LEAST_MEAN.octaves, octaves / length));
    if (length < SHORTEST_VOICE || sum / length < LEAST_MEAN.likeness + LEAST_MEAN.more * high) {
      f0Hz.fill(0, start, frame);
    }
    start = frame + 1;
    sum = 0;
    octaves = 0;
  }
}
