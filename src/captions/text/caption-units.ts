import type { Sentence, Word } from "../../speech/index.js";
import type { CaptionWord, Cue } from "../captions.js";
import { textDirection } from "./text-direction.js";
import { charactersOf } from "./text-measure.js";

/** A stretch of text between two places where it may be broken. */
export type CaptionUnit = CaptionWord & {
  /** Index of its sentence, and which way that is read. */
  readonly sentence: number;
  readonly direction: Cue["direction"];
};

/** Scripts that are written without spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const FULL_WIDTH = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f]/u;
/** Marks and letters that do not begin a line of Chinese or Japanese. */
const NO_START =
  /^[\p{Pe}\p{Pf}、。，．・：；？！ー〜～…‥々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰ-ㇿ!?,.:;%％]/u;
/** Marks that do not end a line. */
const NO_END = /[\p{Ps}\p{Pi}$£¥€＄￥#＃]$/u;

/** Whether a line may end between these two texts at all. */
export function mayBreak(before: string, after: string): boolean {
  return !NO_START.test(after) && !NO_END.test(before);
}

/**
 * The words as they are written, each with the marks and signs around it that are not said. Of a sentence that does not
 * hold its words, the words alone.
 */
export function captionUnits(words: readonly Word[], sentences: readonly Sentence[]): CaptionUnit[] {
  const units: CaptionUnit[] = [];
  for (let first = 0; first < words.length; ) {
    const { sentence } = words[first]!;
    let end = first + 1;
    while (end < words.length && words[end]!.sentence === sentence) end++;
    const own = words.slice(first, end);
    const direction = textDirection(sentences[sentence]?.text ?? own.map(({ text }) => text).join(" "));
    const texts = writtenTexts(own, sentences[sentence]?.text ?? "") ?? looseTexts(own);
    texts.forEach((written, i) => {
      const { start, end: wordEnd } = own[i]!;
      const times = { start, end: Math.max(start, wordEnd) };
      if (written.text !== "") units.push({ ...written, ...times, sentence, direction });
    });
    first = end;
  }
  return joinInseparable(units);
}

type Written = { readonly text: string; readonly gap: "" | " " };

/** Cuts the sentence before each word, so that what is not said (a dash, an emoji) stays with the word before it. */
function writtenTexts(words: readonly Word[], sentence: string): Written[] | null {
  const starts: number[] = [];
  let from = 0;
  for (const { text } of words) {
    const at = sentence.indexOf(text, from);
    if (at < 0) return null;
    starts.push(at);
    from = at + text.length;
  }
  return starts.map((at, i) => {
    const begin = i === 0 ? 0 : at;
    const text = clean(sentence.slice(begin, starts[i + 1] ?? sentence.length));
    return { text, gap: i === 0 || /\s/u.test(sentence[at - 1] ?? "") ? " " : "" };
  });
}

function looseTexts(words: readonly Word[]): Written[] {
  return words.map(({ text }, i) => {
    const before = words[i - 1]?.text.at(-1) ?? " ";
    return { text: clean(text), gap: UNSPACED.test(before) && UNSPACED.test(text[0] ?? "") ? "" : " " };
  });
}

/** One line of text: no line breaks, no control characters, no marks of direction of its own. */
function clean(text: string): string {
  return text
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/gu, "")
    .trim();
}

/** Puts together what no line may break: a closing mark with what it closes. Spaces always allow a break. */
function joinInseparable(units: readonly CaptionUnit[]): CaptionUnit[] {
  const joined: CaptionUnit[] = [];
  for (const unit of units) {
    const last = joined.at(-1);
    if (last === undefined) joined.push(unit);
    else if (last.sentence !== unit.sentence)
      joined.push({ ...unit, gap: sentenceGap(last.text, unit.text) });
    else if (unit.gap === "" && !mayBreak(last.text, unit.text)) {
      joined[joined.length - 1] = {
        ...last,
        text: last.text + unit.text,
        end: Math.max(last.end, unit.end),
      };
    } else joined.push(unit);
  }
  return joined;
}

/** Between two sentences on one line. */
function sentenceGap(before: string, after: string): "" | " " {
  return UNSPACED.test(before) && FULL_WIDTH.test(after) ? "" : " ";
}

const words = new Intl.Segmenter("ja", { granularity: "word" });

/**
 * Cuts a unit that is too wide for any line, e.g. an address, between words where it has some, else between characters.
 * The time of each piece is its share of the characters.
 */
export function splitUnit(unit: CaptionUnit, fits: (text: string) => boolean): CaptionUnit[] {
  if (fits(unit.text)) return [unit];
  const pieces = packed(unit.text, fits);
  const total = charactersOf(unit.text).length;
  let before = 0;
  return pieces.map((text, i) => {
    const start = unit.start + ((unit.end - unit.start) * before) / total;
    before += charactersOf(text).length;
    const end = unit.start + ((unit.end - unit.start) * before) / total;
    return { ...unit, text: text.trim(), gap: i === 0 ? unit.gap : "", start, end };
  });
}

function packed(text: string, fits: (text: string) => boolean): string[] {
  const atoms = Array.from(words.segment(text), ({ segment }) => segment).flatMap((segment) =>
    fits(segment) ? [segment] : charactersOf(segment),
  );
  const pieces: string[] = [];
  for (const atom of atoms) {
    const last = pieces.at(-1);
    // What may not be parted stays together as long as it fits at all.
    if (last !== undefined && (fits(last + atom) || atom.trim() === ""))
      pieces[pieces.length - 1] = last + atom;
    else pieces.push(atom);
  }
  return moveForbidden(pieces, fits).filter((piece) => piece.trim() !== "");
}

/** Takes the last character over to a piece that would begin with a mark that may not begin a line. */
function moveForbidden(pieces: readonly string[], fits: (text: string) => boolean): string[] {
  const moved = [...pieces];
  for (let i = 1; i < moved.length; i++) {
    for (let tries = 0; tries < 3 && !mayBreak(moved[i - 1]!, moved[i]!); tries++) {
      const characters = charactersOf(moved[i - 1]!);
      const taken = characters.at(-1)! + moved[i]!;
      if (characters.length < 2 || !fits(taken)) break;
      moved[i - 1] = characters.slice(0, -1).join("");
      moved[i] = taken;
    }
  }
  return moved;
}
