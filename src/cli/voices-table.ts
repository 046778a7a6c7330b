import type { ListedVoice } from "../app/serve.js";

const HEAD = ["NAME", "GENDER", "AGE", "STYLE", "LANGUAGE", "SPOKEN BY", "BETTER AFTER PULL"];

/** The voices as lines in columns. */
export function voicesTable(voices: readonly ListedVoice[]): string {
  const rows = [HEAD, ...voices.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column]!))));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell + " ".repeat(widths[column]! - widthOf(cell))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

function rowOf({ name, gender, age, style, language, source, better }: ListedVoice): string[] {
  // A space at the end is a part of the name, and would not be seen.
  const shown = name === name.trim() ? name : `"${name}"`;
  const by =
    source.model === undefined
      ? `${source.engine} ${source.speaker}`
      : speakerOf(source.model, source.speaker);
  return [shown, gender, age, style, language, by, better.join(", ") || "-"];
}

/** Models of one speaker call it 0, which tells nothing. */
function speakerOf(model: string, speaker: string): string {
  return speaker === "0" ? model : `${model} ${speaker}`;
}

/** Columns of a terminal: signs beyond the basic plane take two, selectors of variants none. */
function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0)!;
    if (code === 0xfe0f || code === 0x200d) continue;
    width += code > 0xffff ? 2 : 1;
  }
  return width;
}
