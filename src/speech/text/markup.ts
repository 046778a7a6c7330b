import { MAX_BREAK, MAX_TOTAL_BREAK } from "../limits.js";

/** A run of text between two marks. */
export type MarkedText = {
  readonly text: string;
  /** What stands after the run: an exact pause in seconds, the end of a paragraph, or nothing. */
  readonly after:
    | { readonly kind: "break"; readonly seconds: number }
    | { readonly kind: "paragraph" }
    | null;
};

/** Pauses of `<break strength="…"/>`, seconds. */
const STRENGTHS: Readonly<Record<string, number>> = {
  none: 0,
  "x-weak": 0.1,
  weak: 0.2,
  medium: 0.4,
  strong: 0.7,
  "x-strong": 1,
};
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/**
 * Takes the markup out of a prompt. `<break time="0.5s"/>` (also `ms`, or `strength`) becomes a pause; every
 * other tag vanishes, and scripts, styles and comments vanish with their content. Control characters and
 * direction marks vanish too. What is left is plain text.
 */
export function readMarkup(prompt: string): { readonly parts: MarkedText[]; readonly warnings: string[] } {
  const clean = withoutControls(prompt)
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/<(script|style)\b[^<>]*>[\s\S]*?<\/\1\s*>/gi, " ");
  const parts: MarkedText[] = [];
  let total = 0;
  let shortened = false;
  let text = "";
  const push = (after: MarkedText["after"]): void => {
    parts.push({ text: decodeEntities(text), after });
    text = "";
  };
  for (const piece of clean.split(/(<\/?[A-Za-z][^<>]*>|\n[^\S\n]*\n\s*)/)) {
    if (/^\n/.test(piece)) push({ kind: "paragraph" });
    else if (/^<break\b/i.test(piece)) {
      const wanted = breakSeconds(piece);
      const seconds = Math.min(wanted, MAX_BREAK, MAX_TOTAL_BREAK - total);
      shortened ||= seconds < wanted;
      total += seconds;
      push({ kind: "break", seconds });
    } else if (/^<\/?[A-Za-z][^<>]*>$/.test(piece)) {
      text += /^<\/?(?:p|speak|s|br|div|li)\b/i.test(piece) ? " " : "";
    } else text += piece;
  }
  push(null);
  const warnings = shortened
    ? [`Pauses were shortened: at most ${MAX_BREAK} s each and ${MAX_TOTAL_BREAK} s together.`]
    : [];
  return { parts, warnings };
}

function breakSeconds(tag: string): number {
  const time = /\btime\s*=\s*["']?\s*(\d*\.?\d+)\s*(ms|s)\b/i.exec(tag);
  if (time !== null) return Number(time[1]) / (time[2]?.toLowerCase() === "ms" ? 1000 : 1);
  const strength = /\bstrength\s*=\s*["']?\s*([a-z-]+)/i.exec(tag)?.[1]?.toLowerCase() ?? "medium";
  return STRENGTHS[strength] ?? (STRENGTHS.medium as number);
}

function withoutControls(text: string): string {
  return (
    text
      .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
      // Emoji are held together by U+200D, which is a format character as well.
      .replace(/[\u200B\u00A0]/g, " ")
      .replace(/(?![\u200D\u{E0020}-\u{E007F}])\p{Cf}/gu, "")
      .replace(/(?![\n\t])\p{Cc}/gu, " ")
      .replace(/\p{Cs}|\p{Co}|\p{Cn}/gu, "")
  );
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[(name as string).toLowerCase()] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex as string, 16);
    return code >= 32 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
      ? String.fromCodePoint(code)
      : " ";
  });
}
