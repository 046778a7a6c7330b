import type { EngineSentence } from "./engines/speech-engine.js";
import type { ScriptSentence, ScriptToken } from "./text/script.js";

/** What the engine is given in one go: a sentence, or a part of a very long one. */
export type PlannedUtterance = {
  readonly sentence: EngineSentence;
  /** Index into the sentence's tokens for each space-separated word of the engine's text. */
  readonly tokenOf: readonly number[];
};

/** Longer sentences are cut, so that memory and the wait for the first sound stay bounded. */
const MAX_WORDS = 60;
/** From here on a sentence is cut at the next mark. */
const PREFERRED_WORDS = 36;

/** One word for the engine and the token that it is a part of. */
type Unit = { readonly word: string; readonly token: number };

/**
 * Cuts a sentence into what the engine speaks at once; tokens without words fall away.
 *
 * @param language - BCP 47 tag of the text
 */
export function planUtterances(sentence: ScriptSentence, language = "en-US"): PlannedUtterance[] {
  const units = sentence.tokens.flatMap((token, index) =>
    token.spoken.words.map((word): Unit => ({ word, token: index })),
  );
  const groups: Unit[][] = [[]];
  units.forEach((unit, i) => {
    const group = groups.at(-1) as Unit[];
    group.push(unit);
    const next = units[i + 1];
    if (next === undefined) return;
    const isAtMark = next.token !== unit.token && pauseBetween(sentence, unit.token, next.token) !== null;
    if (group.length >= MAX_WORDS || (isAtMark && group.length >= PREFERRED_WORDS)) groups.push([]);
  });
  return groups
    .filter((group) => group.length > 0)
    .map((group, i, all) => planGroup(sentence, group, i === all.length - 1, language));
}

function planGroup(
  sentence: ScriptSentence,
  units: readonly Unit[],
  isLast: boolean,
  language: string,
): PlannedUtterance {
  const pronunciations = new Map<string, readonly string[]>();
  const words = units.map(({ word, token }, i) => {
    const { spoken } = sentence.tokens[token] as ScriptToken;
    const phones = spoken.pronunciations.get(word);
    if (phones !== undefined) pronunciations.set(word, phones);
    const next = units[i + 1];
    if (next === undefined) return bare(word) + (isLast ? sentence.intonation : ",");
    if (next.token === token) return word;
    return pauseBetween(sentence, token, next.token) === null ? bare(word) : `${bare(word)},`;
  });
  return {
    sentence: { text: words.join(" "), pronunciations, language },
    tokenOf: units.map((unit) => unit.token),
  };
}

function bare(word: string): string {
  return word.replace(/[,.?!]+$/, "");
}

/**
 * The pause between two spoken tokens, seconds: the longest of those that were written between them, or the
 * sum of the exact ones; `null` where speech runs on.
 */
export function pauseBetween(sentence: ScriptSentence, from: number, to: number): number | null {
  const between = sentence.tokens.slice(from, to);
  const exact = between.filter((token) => token.exact);
  if (exact.length > 0) return exact.reduce((sum, token) => sum + (token.pause ?? 0), 0);
  const pauses = between.flatMap((token) => (token.pause === null ? [] : [token.pause]));
  return pauses.length === 0 ? null : Math.max(...pauses);
}
