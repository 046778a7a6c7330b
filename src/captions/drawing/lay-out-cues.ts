import type { Cue } from "../captions.js";
import { cuesOf } from "../make-captions.js";
import type { CaptionUnit } from "../text/caption-units.js";
import { READING_SPEED, readingOf } from "../text/text-measure.js";

/** The room that captions have. */
export type CaptionRoom = {
  /** Width of a text and of a line, in the same unit. */
  readonly widthOf: (text: string) => number;
  readonly lineWidth: number;
  readonly lines: 1 | 2;
  readonly frameRate: number;
};

/** Cues whose lines fit: those that do stay as they are, others are broken anew, and into several where that is needed. */
export function layOutCues(cues: readonly Cue[], room: CaptionRoom): Cue[] {
  return cues.flatMap((cue) => (fits(cue, room) ? [cue] : breakAnew(cue, room)));
}

function fits({ lines }: Cue, { widthOf, lineWidth, lines: most }: CaptionRoom): boolean {
  return lines.length <= most && lines.every(({ text }) => widthOf(text) <= lineWidth);
}

function breakAnew(cue: Cue, { widthOf, lineWidth, lines, frameRate }: CaptionRoom): Cue[] {
  const { direction } = cue;
  const units = cue.lines.flatMap(({ words }) =>
    words.map((word): CaptionUnit => ({ ...word, sentence: 0, direction })),
  );
  const parts = cuesOf(units, {
    // A hair more than measured: parts of a line are not exactly as wide as they are on their own.
    widthOf: (text) => widthOf(text) * 1.005,
    lineWidth,
    lines,
    readingTime: (text) => readingOf(text) / READING_SPEED,
    frameRate,
    end: cue.end,
  });
  // One after the other, from the first frame to the last of the whole.
  return parts.map((part, i) => ({
    ...part,
    start: i === 0 ? cue.start : part.start,
    end: parts[i + 1]?.start ?? cue.end,
  }));
}
