import type { Speech } from "../speech/index.js";
import { type BreakRules, breakCues, type CueSpan } from "./break-cues.js";
import { type CaptionLine, type Captions, type Cue, lineOf } from "./captions.js";
import { type CaptionUnit, captionUnits, splitUnit } from "./text/caption-units.js";
import { columnsOf, LINE_COLUMNS, READING_SPEED, readingOf } from "./text/text-measure.js";
import { timeCues } from "./time-cues.js";

/** What captions are made from: when which word is said. */
export type SpokenTimeline = Pick<Speech, "words" | "sentences" | "duration" | "source">;

/**
 * Captions of what is said, timed by its words.
 *
 * Broken by sense: at ends of sentences, then of clauses, before conjunctions and prepositions, not after an article or
 * within a number and its unit. At most two lines of 42 characters (16 of full width), which are read at 17 characters a
 * second (9 of full width), 1 to 6 s. Speech that is faster than that has faster captions: they hold as much silence as
 * there is around them. Where nothing follows at once, a cue stays until it can be read; it never appears more than a
 * frame before its first word. Without words there are no captions, but a warning.
 *
 * @param frameRate - frames per second, on which the times lie
 */
export function makeCaptions(
  speech: SpokenTimeline,
  { frameRate }: { readonly frameRate: number },
): Captions {
  const units = captionUnits(speech.words, speech.sentences);
  if (units.length === 0) return { cues: [], warnings: [missingWords(speech.source)] };
  return {
    cues: cuesOf(units, {
      widthOf: columnsOf,
      lineWidth: LINE_COLUMNS,
      readingTime: (text) => readingOf(text) / READING_SPEED,
      frameRate,
      end: speech.duration,
    }),
    warnings: [],
  };
}

/** Cues of any measure of text, e.g. that of a font. Units that are wider than a line are cut. */
export function cuesOf(units: readonly CaptionUnit[], rules: BreakRules): Cue[] {
  const fitting = units.flatMap((unit) => splitUnit(unit, (text) => rules.widthOf(text) <= rules.lineWidth));
  const spans = breakCues(fitting, rules);
  const lines = spans.map((span) => linesOf(fitting, span));
  const times = timeCues(
    spans.map(({ from, to }, i) => ({
      start: fitting[from]!.start,
      end: fitting[to - 1]!.end,
      readingTime: lines[i]!.reduce((sum, { text }) => sum + rules.readingTime(text), 0),
    })),
    rules,
  );
  return spans.map(({ from }, i) => ({
    ...times[i]!,
    direction: fitting[from]!.direction,
    lines: lines[i]!,
  }));
}

function linesOf(units: readonly CaptionUnit[], { from, to, second }: CueSpan): CaptionLine[] {
  const line = (begin: number, end: number): CaptionLine =>
    lineOf(
      units.slice(begin, end).map(({ text, gap, start, end: stop }) => ({ text, gap, start, end: stop })),
    );
  return second === to ? [line(from, to)] : [line(from, second), line(second, to)];
}

function missingWords(source: Speech["source"]): string {
  if (source === "silence")
    return "There are no captions, because nothing is said. Captions need a `prompt` or a recording of speech.";
  if (source === "synthesis") return "There are no captions, because the prompt has no words that are said.";
  return (
    "There are no captions, because the words of the recording are not known. Send what is said in it as `prompt`, " +
    "or pull a recogniser (`parlante models pull wav2vec2-base-960h`, English)."
  );
}
