import type { SpokenWords } from "./spoken-words.js";

/** A word longer than this is cut: no engine is built for it. */
const MAX_WORD_LETTERS = 60;
/** Signs that are said where they stand alone. */
const SAID_SIGNS = /^[&@+=%$€£¥§°#<>×÷±]$/u;
const ADDRESS = /^(?:https?:\/\/|www\.)\S+$|^\S+@\S+\.\p{L}{2,}$/iu;

/**
 * What is said for one written token of a language whose engine reads numbers, dates and signs itself: the token, in
 * pieces where it is an address. Square brackets fall away, because they are commands of some engines.
 */
export function plainWords(core: string): SpokenWords {
  const pronunciations = new Map<string, readonly string[]>();
  const pieces = ADDRESS.test(core)
    ? core.replace(/^https?:\/\/(?:www\.)?/i, "").split(/([@])|[./?=&#_~:%-]+/u)
    : core.replace(/[[\]]/g, " ").split(/\s+/u);
  const words = pieces
    .filter((piece): piece is string => piece !== undefined && isSaid(piece))
    .flatMap((piece) => piece.match(new RegExp(`.{1,${MAX_WORD_LETTERS}}`, "gsu")) ?? []);
  return { words, pronunciations };
}

function isSaid(piece: string): boolean {
  return /[\p{L}\p{N}]/u.test(piece) || SAID_SIGNS.test(piece);
}
