import { type Phoneme, SAMPLE_RATE } from "../speech.js";
import { FRAME_SECONDS } from "./acoustic-frames.js";
import { runsOf, type Sound } from "./classify.js";

const VOTERS = 2;
/** A mouth does not change its shape for less than this, frames; closures may be shorter. */
const MIN_FRAMES = 4;
const MIN_CLOSURE_FRAMES = 2;
const CLOSURES: ReadonlySet<Sound> = new Set(["p", "t", "k", "m", "pau"]);

/** Frames to phonemes that cover `[0, sampleCount)` without gaps; flicker between shapes is smoothed away. */
export function segmentSounds(sounds: readonly Sound[], sampleCount: number): Phoneme[] {
  const merged = absorbShort(runsOf(vote(sounds)));
  const duration = sampleCount / SAMPLE_RATE;
  const phonemes: Phoneme[] = [];
  let start = 0;
  merged.forEach((run, i) => {
    const end = i === merged.length - 1 ? duration : Math.min(duration, run.end * FRAME_SECONDS);
    if (end <= start) return;
    phonemes.push({ symbol: run.value, start, end, word: -1, stress: 0 });
    start = end;
  });
  return phonemes;
}

/** Each frame takes the sound that most of its neighbours have; closures and silence keep their own. */
function vote(sounds: readonly Sound[]): Sound[] {
  return sounds.map((own, i) => {
    if (CLOSURES.has(own)) return own;
    const counts = new Map<Sound, number>();
    for (let k = Math.max(0, i - VOTERS); k <= Math.min(sounds.length - 1, i + VOTERS); k++) {
      const sound = sounds[k] as Sound;
      if (!CLOSURES.has(sound)) counts.set(sound, (counts.get(sound) ?? 0) + (k === i ? 1.5 : 1));
    }
    let best = own;
    for (const [sound, count] of counts) if (count > (counts.get(best) ?? 0)) best = sound;
    return best;
  });
}

type Run = { start: number; end: number; value: Sound };

/** Runs that are too short go to the neighbour that is longer. */
function absorbShort(runs: readonly Run[]): Run[] {
  let current = runs.map((run) => ({ ...run }));
  for (let limit = 1; limit < MIN_FRAMES; limit++) {
    const next: Run[] = [];
    current.forEach((run, i) => {
      const length = run.end - run.start;
      const tooShort = CLOSURES.has(run.value)
        ? length < Math.min(limit + 1, MIN_CLOSURE_FRAMES)
        : length <= limit;
      const before = next.at(-1);
      const after = current[i + 1];
      if (!tooShort || (before === undefined && after === undefined)) push(next, run);
      else if (before === undefined || (after !== undefined && lengthOf(after) > lengthOf(before))) {
        (after as Run).start = run.start;
      } else before.end = run.end;
    });
    current = next;
  }
  return current;
}

function push(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last !== undefined && last.value === run.value) last.end = run.end;
  else runs.push(run);
}

function lengthOf(run: Run): number {
  return run.end - run.start;
}
