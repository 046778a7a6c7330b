import type { CaptionLine, Cue } from "../captions.js";

/** Where a word lies on its line: pieces from left to right, `[left, right)`. */
export type WordPlace = { readonly left: number; readonly right: number };

/** A stretch of a line that is written in one direction. */
type Run = { text: string; word: number; level: number };

const RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const LEFT = /\p{L}/u;
const DIGIT = /\p{Nd}/u;
const ARABIC_LETTER = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;
/** Within or beside a number these belong to it. */
const NUMBER_MARK = /[.,:/+\-\u060c\u066b\u066c]/u;
const NUMBER_SIGN = /[%$€£¥#°‰₪]/u;

/**
 * Where each word of a line lies, from 0 at its left end, by the Unicode bidirectional algorithm as far as captions need
 * it: no embeddings, no mirrored pairs across directions. A word of two directions has several places.
 *
 * @param widthOf - width of a text in one direction
 */
export function wordPlaces(
  line: CaptionLine,
  direction: Cue["direction"],
  widthOf: (text: string) => number,
): readonly (readonly WordPlace[])[] {
  const runs = visualOrder(levelRuns(line, direction));
  const places: WordPlace[][] = line.words.map(() => []);
  let at = 0;
  for (const { text, word } of runs) {
    const width = widthOf(text);
    if (word >= 0) places[word]!.push({ left: at, right: at + width });
    at += width;
  }
  return places;
}

/** The line as runs of one word (-1 for a gap) and one level, in reading order. */
function levelRuns({ words }: CaptionLine, direction: Cue["direction"]): Run[] {
  const characters: { text: string; word: number }[] = [];
  words.forEach(({ text, gap }, word) => {
    if (word > 0 && gap === " ") characters.push({ text: " ", word: -1 });
    for (const character of text) characters.push({ text: character, word });
  });
  const levels = levelsOf(
    characters.map(({ text }) => text),
    direction === "rtl" ? 1 : 0,
  );
  const runs: Run[] = [];
  characters.forEach(({ text, word }, i) => {
    const last = runs.at(-1);
    if (last !== undefined && last.word === word && last.level === levels[i]) last.text += text;
    else runs.push({ text, word, level: levels[i]! });
  });
  return runs;
}

type Kind = "L" | "R" | "EN" | "AN" | "ON";

function levelsOf(characters: readonly string[], base: 0 | 1): number[] {
  const kinds = resolveNeutrals(resolveNumbers(characters.map(kindOf), characters), base);
  return kinds.map((kind) => {
    if (base === 0) return kind === "L" ? 0 : kind === "R" ? 1 : 2;
    return kind === "R" ? 1 : 2;
  });
}

function kindOf(character: string): Kind {
  if (DIGIT.test(character)) return /[\u0660-\u0669]/u.test(character) ? "AN" : "EN";
  if (RIGHT.test(character)) return "R";
  return LEFT.test(character) ? "L" : "ON";
}

/** Rules W2 to W7: digits after Arabic letters, marks within numbers, signs beside them, numbers after Latin letters. */
function resolveNumbers(kinds: Kind[], characters: readonly string[]): Kind[] {
  const out = [...kinds];
  let strong: "L" | "R" | "AL" | null = null;
  out.forEach((kind, i) => {
    if (kind === "L") strong = "L";
    else if (kind === "R") strong = ARABIC_LETTER.test(characters[i]!) ? "AL" : "R";
    else if (kind === "EN" && strong === "AL") out[i] = "AN";
    else if (kind === "EN" && strong === "L") out[i] = "L";
  });
  const number = (kind: Kind | undefined): boolean => kind === "EN" || kind === "AN";
  for (let i = 1; i < out.length - 1; i++) {
    if (
      out[i] === "ON" &&
      NUMBER_MARK.test(characters[i]!) &&
      number(out[i - 1]) &&
      out[i - 1] === out[i + 1]
    )
      out[i] = out[i - 1]!;
  }
  for (let i = 0; i < out.length; i++) {
    if (out[i] !== "ON" || !NUMBER_SIGN.test(characters[i]!)) continue;
    if (out[i - 1] === "EN" || out[i + 1] === "EN") out[i] = "EN";
  }
  return out;
}

/** Rules N1 and N2: what has no direction takes that of both its neighbours, or of the sentence; numbers count as R. */
function resolveNeutrals(kinds: Kind[], base: 0 | 1): Kind[] {
  const side = (kind: Kind | undefined): "L" | "R" => {
    if (kind === undefined) return base === 1 ? "R" : "L";
    return kind === "L" ? "L" : "R";
  };
  const out = [...kinds];
  for (let i = 0; i < out.length; ) {
    if (out[i] !== "ON") {
      i++;
      continue;
    }
    let end = i;
    while (end < out.length && out[end] === "ON") end++;
    const before = side(out[i - 1]);
    const kind = before === side(out[end]) ? before : side(undefined);
    out.fill(kind, i, end);
    i = end;
  }
  return out;
}

/** Rule L2: from the highest level down, whatever has it or a higher one is turned round. */
function visualOrder(runs: readonly Run[]): Run[] {
  const order = [...runs];
  const highest = Math.max(0, ...order.map(({ level }) => level));
  for (let level = highest; level > 0; level--) {
    for (let i = 0; i < order.length; ) {
      if (order[i]!.level < level) {
        i++;
        continue;
      }
      let end = i;
      while (end < order.length && order[end]!.level >= level) end++;
      order.splice(i, end - i, ...order.slice(i, end).reverse());
      i = end;
    }
  }
  return order;
}
