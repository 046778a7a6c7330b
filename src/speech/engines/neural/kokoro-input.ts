import { ipaOfKokoro, KOKORO_IDS, type KokoroDialect, kokoroLetters } from "./kokoro-phonemes.js";
import type { SpokenWord } from "./spoken-words.js";
import type { SpokenSymbol } from "./symbols.js";

/** Symbols in one run of the network, without the two at its ends. */
export const MAX_SYMBOLS = 510;
/** From here on a text is cut at the next mark. */
const PREFERRED_SYMBOLS = 400;

/** What goes into one run of Kokoro. */
export type KokoroInput = {
  /** With the network's own mark at both ends. */
  readonly ids: readonly number[];
  /** One for each id, in IPA. */
  readonly symbols: readonly SpokenSymbol[];
};

const EDGE: SpokenSymbol = { text: "", token: -1 };

/** Kokoro's input for words: as many runs as their length takes, cut between words. */
export function kokoroInputs(
  words: readonly SpokenWord[],
  dialect: KokoroDialect,
): { readonly inputs: KokoroInput[]; readonly unknown: ReadonlySet<string> } {
  const unknown = new Set<string>();
  const runs: { id: number; symbol: SpokenSymbol }[][] = [[]];
  words.forEach((word, token) => {
    const letters = kokoroLetters(word.ipa, dialect).flatMap((letter) => {
      const id = KOKORO_IDS.get(letter);
      if (id === undefined) unknown.add(letter);
      return id === undefined ? [] : [{ id, symbol: { text: ipaOfKokoro(letter), token } }];
    });
    if (letters.length === 0 && word.mark === "") return;
    let run = runs.at(-1) as (typeof runs)[number];
    const isFull = run.length + letters.length + 2 > MAX_SYMBOLS;
    const isGoodCut = run.length > PREFERRED_SYMBOLS && /[,.?!]/.test(run.at(-1)?.symbol.text ?? "");
    if (run.length > 0 && (isFull || isGoodCut)) {
      run = [];
      runs.push(run);
    }
    if (run.length > 0 && letters.length > 0) run.push(between(" "));
    run.push(...letters.slice(0, MAX_SYMBOLS - 2));
    if (run.length > 0 && word.mark !== "") run.push(between(word.mark));
  });
  const inputs = runs
    .filter((run) => run.some(({ symbol }) => symbol.token >= 0))
    .map((run) => ({
      ids: [0, ...run.map(({ id }) => id), 0],
      symbols: [EDGE, ...run.map(({ symbol }) => symbol), EDGE],
    }));
  return { inputs, unknown };
}

function between(text: string): { id: number; symbol: SpokenSymbol } {
  return { id: KOKORO_IDS.get(text) as number, symbol: { text, token: -1 } };
}
