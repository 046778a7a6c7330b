import { SILENCE, SOUND_CLASSES } from "./sound-classes.js";
import type { SoundScores } from "./sound-scores.js";

/** A sound that is known to be said. */
export type KnownSound = {
  /** One class, or two for a diphthong. */
  readonly classes: readonly number[];
  /** Whether there may be a pause before it: a word begins. */
  readonly mayPause: boolean;
};

/** Where a known sound is, frames `[start, end)`. */
export type AlignedSound = { readonly start: number; readonly end: number };

export type Alignment = {
  /** One for each known sound, in order; between them there are pauses. */
  readonly sounds: readonly AlignedSound[];
  /** Sum of the scores along the way. */
  readonly score: number;
};

const CLASSES = SOUND_CLASSES.length;
/** Least frames of a sound, and of a pause. */
const SHORTEST_SOUND = 2;
const SHORTEST_PAUSE = 4;
/** A pause has to be better than no pause by this. */
const PAUSE_COST = 2;
/** States that are so much worse than the best are given up. */
const BEAM = 400;

/** One state of the chain: a frame of a sound of a class. */
type Chain = {
  readonly classes: Uint8Array;
  /** Index of the known sound; -1 for pauses. */
  readonly sound: Int32Array;
  /** Whether one can stay in it. */
  readonly loops: Uint8Array;
  /** Whether it begins a sound before which a pause can be left out: how many states back its predecessor then is. */
  readonly skips: Uint8Array;
};

/**
 * Where known sounds are in a recording (forced alignment by Viterbi's algorithm). Pauses are allowed before words, at
 * the start and at the end. Takes memory and time in proportion to the frames and to how unclear they are.
 *
 * @returns `null` when there are more sounds than fit into the frames
 */
export function alignSounds({ frames, values }: SoundScores, known: readonly KnownSound[]): Alignment | null {
  const chain = chainOf(known);
  const states = chain.classes.length;
  let score = new Float64Array(states).fill(Number.NEGATIVE_INFINITY);
  let next = new Float64Array(states).fill(Number.NEGATIVE_INFINITY);
  const steps: { low: number; moves: Uint8Array }[] = [];
  score[0] = values[SILENCE]!;
  score[SHORTEST_PAUSE] = values[chain.classes[SHORTEST_PAUSE]!]!;
  let [low, high] = [0, SHORTEST_PAUSE];
  let highest = high;
  for (let frame = 1; frame < frames; frame++) {
    const top = Math.min(states - 1, high + 1 + SHORTEST_PAUSE);
    const moves = new Uint8Array(top - low + 1);
    let best = Number.NEGATIVE_INFINITY;
    for (let state = low; state <= top; state++) {
      const move = bestMove(score, chain, state);
      moves[state - low] = move;
      const from = score[state - move]!;
      const cost = chain.sound[state] === -1 && move === 1 && chain.sound[state - 1] !== -1 ? PAUSE_COST : 0;
      next[state] = from - cost + values[frame * CLASSES + chain.classes[state]!]!;
      if (next[state]! > best) best = next[state]!;
    }
    steps.push({ low, moves });
    // What the row holds of the frame before the last must not be taken for this one's.
    next.fill(Number.NEGATIVE_INFINITY, Math.max(0, low - SHORTEST_PAUSE - 1), low);
    next.fill(Number.NEGATIVE_INFINITY, top + 1, Math.max(top, highest) + 1);
    highest = Math.max(highest, top);
    [low, high] = within(next, low, top, best - BEAM);
    [score, next] = [next, score];
  }
  return traceBack(chain, score, steps, frames, known.length);
}

/** How many states back the best way into a state comes from; 0 is staying. */
function bestMove(score: Float64Array, { loops, skips }: Chain, state: number): number {
  let move = 1;
  let best = state > 0 ? score[state - 1]! : Number.NEGATIVE_INFINITY;
  if (loops[state] === 1 && score[state]! >= best) [move, best] = [0, score[state]!];
  const skip = skips[state]!;
  if (skip > 0 && state >= skip && score[state - skip]! > best) move = skip;
  return state === 0 ? 0 : move;
}

/** The states that are still worth looking at; those outside are forgotten. */
function within(score: Float64Array, low: number, high: number, limit: number): [number, number] {
  let [first, last] = [low, high];
  while (first < last && score[first]! < limit) score[first++] = Number.NEGATIVE_INFINITY;
  while (last > first && score[last]! < limit) score[last--] = Number.NEGATIVE_INFINITY;
  return [first, last];
}

function traceBack(
  chain: Chain,
  score: Float64Array,
  steps: readonly { low: number; moves: Uint8Array }[],
  frames: number,
  count: number,
): Alignment | null {
  // It ends in the last sound or in the pause after it.
  const ends = [chain.classes.length - 1, chain.classes.length - 1 - SHORTEST_PAUSE];
  let state = score[ends[0]!]! >= score[ends[1]!]! ? ends[0]! : ends[1]!;
  const total = score[state]!;
  if (total === Number.NEGATIVE_INFINITY) return null;
  const sounds = Array.from({ length: count }, () => ({ start: -1, end: -1 }));
  for (let frame = frames - 1; frame >= 0; frame--) {
    const sound = sounds[chain.sound[state]!];
    if (sound !== undefined) {
      if (sound.end < 0) sound.end = frame + 1;
      sound.start = frame;
    }
    if (frame === 0) break;
    const { low, moves } = steps[frame - 1]!;
    state -= moves[state - low] ?? 0;
  }
  return { sounds, score: total };
}

/** All states in a row: a pause, the sounds with pauses before words, a pause. */
function chainOf(known: readonly KnownSound[]): Chain {
  const classes: number[] = [];
  const sound: number[] = [];
  const loops: number[] = [];
  const skips: number[] = [];
  const add = (classIndex: number, soundIndex: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      classes.push(classIndex);
      sound.push(soundIndex);
      loops.push(i === count - 1 ? 1 : 0);
      skips.push(0);
    }
  };
  known.forEach((entry, index) => {
    const mayPause = entry.mayPause || index === 0;
    if (mayPause) add(SILENCE, -1, SHORTEST_PAUSE);
    const begin = classes.length;
    for (const classIndex of entry.classes) add(classIndex, index, SHORTEST_SOUND);
    if (mayPause && index > 0) skips[begin] = SHORTEST_PAUSE + 1;
  });
  add(SILENCE, -1, SHORTEST_PAUSE);
  return {
    classes: Uint8Array.from(classes),
    sound: Int32Array.from(sound),
    loops: Uint8Array.from(loops),
    skips: Uint8Array.from(skips),
  };
}
