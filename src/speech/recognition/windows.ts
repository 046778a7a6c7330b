import type { FrameLabels } from "./ctc-decode.js";
import type { Vocabulary } from "./vocabulary.js";

/** Samples per second that recognisers are given. */
export const RECOGNITION_RATE = 16_000;
/** Samples per label. */
export const FRAME_SAMPLES = 320;
/** A recogniser that is given more at once needs memory by the square of it. */
const WINDOW_SAMPLES = 20 * RECOGNITION_RATE;
/** Neighbours share this much; each is unsure near its edges, where it does not know what came before or comes next. */
const OVERLAP_SAMPLES = 4 * RECOGNITION_RATE;
/** The last window may be longer by this, so that a few samples more do not cost a whole window more. */
const SLACK_SAMPLES = 2 * RECOGNITION_RATE;
/** Of the shared part, what is left out on both sides. */
const EDGE_FRAMES = 25;

/** A part of a recording. Both are whole numbers of frames, but for the end of the recording. */
export type Window = { readonly start: number; readonly end: number };

/** Cuts a recording into windows that overlap; a short one is one window. */
export function cutWindows(length: number): readonly Window[] {
  const windows: Window[] = [];
  for (let start = 0; ; start += WINDOW_SAMPLES - OVERLAP_SAMPLES) {
    if (start + WINDOW_SAMPLES + SLACK_SAMPLES < length) {
      windows.push({ start, end: start + WINDOW_SAMPLES });
      continue;
    }
    // The last one is as long as the others: a recogniser hears little in a second of sound.
    const last = Math.max(0, Math.floor((length - WINDOW_SAMPLES) / FRAME_SAMPLES) * FRAME_SAMPLES);
    windows.push({ start: Math.min(start, last), end: length });
    return windows;
  }
}

/** Labels of a whole recording. */
export type JoinedLabels = FrameLabels & {
  /** Frames where two windows meet between words. */
  readonly seams: ReadonlySet<number>;
};

/**
 * Joins the labels of overlapping windows. The seam lies where both windows hear a pause between words, so that no
 * word is heard twice or cut; where there is none, where both hear no new character for longest.
 */
export function joinWindows(
  windows: readonly Window[],
  parts: readonly FrameLabels[],
  vocabulary: Vocabulary,
): JoinedLabels {
  const firstFrames = windows.map(({ start }) => start / FRAME_SAMPLES);
  const total = firstFrames.at(-1)! + parts.at(-1)!.labels.length;
  const labels = new Int32Array(total).fill(vocabulary.blank);
  const confidences = new Float32Array(total);
  const seams = new Set<number>();
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const offset = firstFrames[index]!;
    const next = parts[index + 1];
    const end = offset + part.labels.length;
    let until = end;
    if (next !== undefined) {
      const seam = findSeam(part, next, {
        offset,
        nextOffset: firstFrames[index + 1]!,
        from,
        end,
        vocabulary,
      });
      until = seam.frame;
      if (seam.isBetweenWords) seams.add(until);
    }
    if (until > from) {
      labels.set(part.labels.subarray(from - offset, until - offset), from);
      confidences.set(part.confidences.subarray(from - offset, until - offset), from);
    }
    from = Math.max(from, until);
  }
  return { labels, confidences, seams };
}

type Meeting = {
  readonly offset: number;
  readonly nextOffset: number;
  /** No seam before this frame: another one is there. */
  readonly from: number;
  readonly end: number;
  readonly vocabulary: Vocabulary;
};

function findSeam(
  left: FrameLabels,
  right: FrameLabels,
  { offset, nextOffset, from, end, vocabulary }: Meeting,
): { frame: number; isBetweenWords: boolean } {
  const first = Math.max(from, Math.min(nextOffset + EDGE_FRAMES, end));
  const last = Math.max(first, end - EDGE_FRAMES);
  const { boundary, characters } = vocabulary;
  let best = { frame: Math.floor((first + last) / 2), isBetweenWords: false, length: 0 };
  let start = first;
  let leftBoundary = false;
  let rightBoundary = false;
  for (let frame = first; frame <= last; frame++) {
    const a = left.labels[frame - offset];
    const b = right.labels[frame - nextOffset];
    const isQuiet =
      frame < last &&
      a !== undefined &&
      b !== undefined &&
      (characters[a] ?? "") === "" &&
      (characters[b] ?? "") === "";
    if (isQuiet) {
      leftBoundary ||= a === boundary;
      rightBoundary ||= b === boundary;
      continue;
    }
    const isBetweenWords = leftBoundary && rightBoundary;
    const length = frame - start;
    const isBetter = isBetweenWords === best.isBetweenWords ? length > best.length : isBetweenWords;
    if (length > 0 && isBetter) best = { frame: start + Math.floor(length / 2), isBetweenWords, length };
    start = frame + 1;
    leftBoundary = false;
    rightBoundary = false;
  }
  return best;
}
