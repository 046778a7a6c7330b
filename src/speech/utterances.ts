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

/** Cuts a sentence into what the engine speaks at once; tokens without words fall away. */
export function planUtterances(sentence: ScriptSentence): PlannedUtterance[] {
  const groups: number[][] = [];
  let group: number[] = [];
  let words = 0;
  sentence.tokens.forEach((token, i) => {
    const count = token.spoken.words.length;
    if (count === 0) return;
    if (words > 0 && words + count > MAX_WORDS) {
      groups.push(group);
      group = [];
      words = 0;
    }
    group.push(i);
    words += count;
    if (words >= PREFERRED_WORDS && token.pause !== null) {
      groups.push(group);
      group = [];
      words = 0;
    }
  });
  if (group.length > 0) groups.push(group);
  return groups.map((tokens, i) => planGroup(sentence, tokens, i === groups.length - 1));
}

function planGroup(sentence: ScriptSentence, tokens: readonly number[], isLast: boolean): PlannedUtterance {
  const words: string[] = [];
  const tokenOf: number[] = [];
  const pronunciations = new Map<string, readonly string[]>();
  tokens.forEach((index, k) => {
    const token = sentence.tokens[index] as ScriptToken;
    for (const [word, phones] of token.spoken.pronunciations) pronunciations.set(word, phones);
    const isEnd = k === tokens.length - 1;
    const nextToken = tokens[k + 1] ?? sentence.tokens.length;
    const pauses = pauseBetween(sentence, index, nextToken) !== null;
    const mark = isEnd ? (isLast ? sentence.intonation : ",") : pauses ? "," : "";
    token.spoken.words.forEach((word, w) => {
      words.push(w === token.spoken.words.length - 1 ? word.replace(/[,.?!]+$/, "") + mark : word);
      tokenOf.push(index);
    });
  });
  return { sentence: { text: words.join(" "), pronunciations }, tokenOf };
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
