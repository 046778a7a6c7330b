import type { CaptionLine, Captions, Cue } from "./captions.js";
import { firstDirection } from "./text/text-direction.js";

const RIGHT_TO_LEFT_MARK = "\u200f";
const LEFT_TO_RIGHT_MARK = "\u200e";
const RIGHT_TO_LEFT_EMBEDDING = "\u202b";
const END_OF_EMBEDDING = "\u202c";

/**
 * The captions as SubRip (UTF-8 without byte order mark, lines end with CRLF). SubRip has no way to escape anything, so
 * angle brackets that would be taken for markup are replaced by `‹` and `›`, and what players take for commands is broken up. Lines of sentences that are read from right
 * to left are marked as such, because players take a line to be read from left to right.
 */
export function toSrt({ cues }: Pick<Captions, "cues">): string {
  const blocks = cues.map((cue, i) => {
    const times = `${clock(cue.start, ",")} --> ${clock(cue.end, ",")}`;
    return [String(i + 1), times, ...cue.lines.map((line) => srtLine(line, cue)), ""].join("\r\n");
  });
  return blocks.map((block) => `${block}\r\n`).join("");
}

/** How {@link toVtt} writes. */
export type VttOptions = {
  /** Whether each word says when it is spoken, so that players can show it. @defaultValue `false` */
  readonly wordTimes?: boolean;
};

/** The captions as WebVTT (UTF-8, lines end with LF). */
export function toVtt({ cues }: Pick<Captions, "cues">, { wordTimes = false }: VttOptions = {}): string {
  const blocks = cues.map((cue, i) => {
    const times = `${clock(cue.start, ".")} --> ${clock(cue.end, ".")}`;
    const lines = cue.lines.map(
      (line) => directionMark(line, cue) + (wordTimes ? timedText(line, cue) : escapeVtt(line.text)),
    );
    return [String(i + 1), times, ...lines, ""].join("\n");
  });
  return ["WEBVTT\n", ...blocks].join("\n");
}

function srtLine({ text }: CaptionLine, { direction }: Cue): string {
  const plain = noArrow(text)
    .replace(/<([\p{L}/!][^<>]*)>/gu, "‹$1›")
    .replace(/<(?=[\p{L}/!])/gu, "‹")
    .replaceAll("{\\", "{ \\");
  if (direction === "rtl") return RIGHT_TO_LEFT_EMBEDDING + plain + END_OF_EMBEDDING;
  return firstDirection(text) === "rtl" ? LEFT_TO_RIGHT_MARK + plain : plain;
}

/** What makes a line that begins with a letter of the other direction be read like its sentence. */
function directionMark({ text }: CaptionLine, { direction }: Cue): string {
  if ((firstDirection(text) ?? "ltr") === direction) return "";
  return direction === "rtl" ? RIGHT_TO_LEFT_MARK : LEFT_TO_RIGHT_MARK;
}

function timedText({ words }: CaptionLine, cue: Cue): string {
  return words
    .map(({ text, gap, start }, i) => {
      // Times of words have to lie within the cue, and not on its beginning.
      const isWithin =
        milliseconds(start) > milliseconds(cue.start) && milliseconds(start) < milliseconds(cue.end);
      const time = isWithin ? `<${clock(start, ".")}>` : "";
      return (i === 0 ? "" : gap) + time + escapeVtt(text);
    })
    .join("");
}

function escapeVtt(text: string): string {
  return noArrow(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The arrow of times may not stand in a text. */
function noArrow(text: string): string {
  return text.replaceAll("-->", "→");
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}

function clock(seconds: number, point: "," | "."): string {
  const total = milliseconds(seconds);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const fraction = String(total % 1000).padStart(3, "0");
  return `${two(total / 3_600_000)}:${two((total / 60_000) % 60)}:${two((total / 1000) % 60)}${point}${fraction}`;
}
