import { LONGEST_CUE, SHORTEST_CUE } from "./break-cues.js";

/** When a cue is wanted at least, seconds: from its first word to its last, and how long it takes to be read. */
export type WantedTime = {
  readonly start: number;
  readonly end: number;
  readonly readingTime: number;
};

/** How long a cue stays after its last word where nothing follows at once, seconds. */
const LINGER = 0.3;
/** A silence between two cues that is shorter than this is closed: a flicker disturbs more than a text that stays. */
const CLOSED_GAP = 0.5;
/** Frames of a gap that is left open, at least. */
const SMALLEST_GAP = 2;

/**
 * Times of cues on the frames of a video, `[start, end)` in seconds: each begins with the frame in which its first word
 * does, stays to be read and at least {@link SHORTEST_CUE} where there is silence, and never longer than
 * {@link LONGEST_CUE}. Two cues are apart by two frames or more, or not at all.
 */
export function timeCues(
  wanted: readonly WantedTime[],
  { frameRate, end }: { frameRate: number; end: number },
): { start: number; end: number }[] {
  const last = Math.max(1, Math.ceil(end * frameRate - 1e-6));
  const longest = Math.floor(LONGEST_CUE * frameRate + 1e-6);
  const starts = startFrames(wanted, frameRate);
  return wanted.map((cue, i) => {
    const start = starts[i]!;
    const seconds = Math.max(SHORTEST_CUE, cue.readingTime, cue.end + LINGER - start / frameRate);
    const next = starts[i + 1];
    const limit = Math.min(start + longest, next ?? Math.max(last, start + 1));
    let stop = Math.min(limit, start + Math.ceil(seconds * frameRate - 1e-6));
    if (next !== undefined && next - stop < CLOSED_GAP * frameRate) stop = Math.min(next, start + longest);
    // After the longest time a gap may be left that is too small to be one.
    if (next !== undefined && next > stop && next - stop < SMALLEST_GAP) stop = next - SMALLEST_GAP;
    return { start: start / frameRate, end: stop / frameRate };
  });
}

/** Frames in which the first words begin; where several begin at once, one after the other. */
function startFrames(wanted: readonly WantedTime[], frameRate: number): number[] {
  let earliest = 0;
  return wanted.map(({ start }) => {
    const frame = Math.max(earliest, Math.floor(start * frameRate + 1e-6));
    earliest = frame + 1;
    return frame;
  });
}
