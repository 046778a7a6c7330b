import type { Captions } from "../captions/index.js";
import type { TextTrackInput } from "../video/index.js";

const RIGHT_TO_LEFT_MARK = "\u200f";
const LEFT_TO_RIGHT_MARK = "\u200e";
/** Hebrew, Arabic and their neighbours. */
const RIGHT_TO_LEFT_LETTER = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/** Captions as a track of text. Lines of mixed directions say which way they are read. */
export function textTrackOf({ cues }: Pick<Captions, "cues">, language: string | null): TextTrackInput {
  return {
    language,
    cues: cues.map(({ start, end, direction, lines }) => ({
      start,
      end,
      text: lines.map(({ text }) => markOf(text, direction) + text).join("\n"),
    })),
  };
}

function markOf(text: string, direction: "ltr" | "rtl"): string {
  if (direction === "rtl") return RIGHT_TO_LEFT_MARK;
  return RIGHT_TO_LEFT_LETTER.test(text) ? LEFT_TO_RIGHT_MARK : "";
}
