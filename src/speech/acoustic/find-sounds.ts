import { SILENCE, SOUND_CLASSES } from "./sound-classes.js";
import type { SoundScores } from "./sound-scores.js";

/** A run of frames of one class, `[start, end)`. */
export type SoundRun = { readonly sound: number; readonly start: number; readonly end: number };

const CLASSES = SOUND_CLASSES.length;
/** What a change of sound costs: without it every doubtful frame would flicker. */
const CHANGE_COST = 3.5;
/** What closed lips cost besides: half of those that are found without it are not there. */
const CLOSURE_COST = 2;
const ENTRY_COSTS = SOUND_CLASSES.map(
  (name) => CHANGE_COST + (name === "p" || name === "m" ? CLOSURE_COST : 0),
);
/** Shortest sounds, frames. Vowels last longer than what lips and tongue do between them; silence is no closure. */
const VOWELS = new Set(["iy", "ih", "eh", "ae", "aa", "ah", "ao", "uh", "uw"]);
const SHORTEST = SOUND_CLASSES.map((name) => (name === "pau" ? 6 : VOWELS.has(name) ? 4 : 3));

/**
 * The likeliest sequence of sounds with nothing known about what is said (Viterbi 1967), each at least as long as such a
 * sound is.
 */
export function findSounds({ frames, values }: SoundScores): SoundRun[] {
  const first = stateOffsets();
  const states = first[CLASSES]!;
  let score = new Float64Array(states).fill(Number.NEGATIVE_INFINITY);
  let next = new Float64Array(states);
  // For each frame, the class that the best sound to end there belongs to, and where each sound was entered from.
  const cameFrom = new Uint8Array(frames * CLASSES);
  const stayed = new Uint8Array(frames * CLASSES);
  for (let c = 0; c < CLASSES; c++) score[first[c]!] = values[c]!;
  for (let frame = 1; frame < frames; frame++) {
    let best = 0;
    for (let c = 1; c < CLASSES; c++) if (endOf(score, first, c) > endOf(score, first, best)) best = c;
    const entry = endOf(score, first, best);
    for (let c = 0; c < CLASSES; c++) {
      const value = values[frame * CLASSES + c]!;
      const [from, to] = [first[c]!, first[c + 1]!];
      cameFrom[frame * CLASSES + c] = best;
      next[from] = entry - ENTRY_COSTS[c]! + value;
      for (let state = from + 1; state < to; state++) next[state] = score[state - 1]! + value;
      const last = to - 1;
      const stay = score[last]! + value;
      if (stay > next[last]!) {
        next[last] = stay;
        stayed[frame * CLASSES + c] = 1;
      }
    }
    [score, next] = [next, score];
  }
  return traceBack(frames, score, first, cameFrom, stayed);
}

/** First state of each class in a row of all states: a class has as many as its shortest sound has frames. */
function stateOffsets(): number[] {
  const offsets = [0];
  for (const length of SHORTEST) offsets.push(offsets.at(-1)! + length);
  return offsets;
}

function endOf(score: Float64Array, first: readonly number[], sound: number): number {
  return score[first[sound + 1]! - 1]!;
}

function traceBack(
  frames: number,
  score: Float64Array,
  first: readonly number[],
  cameFrom: Uint8Array,
  stayed: Uint8Array,
): SoundRun[] {
  let sound = 0;
  for (let c = 1; c < CLASSES; c++) if (endOf(score, first, c) > endOf(score, first, sound)) sound = c;
  // Too short for any sound.
  if (endOf(score, first, sound) === Number.NEGATIVE_INFINITY)
    return [{ sound: SILENCE, start: 0, end: frames }];
  const runs: SoundRun[] = [];
  let end = frames;
  for (let frame = frames - 1; frame >= 0; ) {
    while (frame > 0 && stayed[frame * CLASSES + sound] === 1) frame--;
    const start = Math.max(0, frame - SHORTEST[sound]! + 1);
    const last = runs.at(-1);
    if (last?.sound === sound) runs[runs.length - 1] = { ...last, start };
    else runs.push({ sound, start, end });
    sound = cameFrom[start * CLASSES + sound]!;
    end = start;
    frame = start - 1;
  }
  return runs.reverse();
}
