import { weightOf } from "./align-phones.js";
import type { PiperConfig } from "./piper-config.js";
import type { SpokenWord } from "./spoken-words.js";
import { type SpokenSymbol, soundsOf } from "./symbols.js";

/** What goes into a model of Piper. */
export type PiperInput = {
  readonly ids: readonly number[];
  /** What the ids stand for. */
  readonly symbols: readonly SpokenSymbol[];
  /** How many ids belong to each symbol: its own and the gaps after it. */
  readonly counts: readonly number[];
  /** Phonemes that the model does not know, which are left out. */
  readonly unknown: ReadonlySet<string>;
};

const [BEGIN, GAP, END] = ["^", "_", "$"] as const;
/** What to say where a model lacks a phoneme: the nearest that models have. */
const NEAREST: Readonly<Record<string, string>> = {
  ᵻ: "ɪ",
  ɡ: "g",
  g: "ɡ",
  ɚ: "ə",
  ɝ: "ɜ",
  ɹ: "r",
  r: "ɹ",
  ɾ: "t",
  ɐ: "ə",
  ɫ: "l",
};

/** Piper's ids for words: begin, the phonemes with gaps between all of them, end. Marks stay, words are spaced. */
export function piperInput(words: readonly SpokenWord[], config: PiperConfig): PiperInput {
  const ids: number[] = [];
  const symbols: SpokenSymbol[] = [];
  const counts: number[] = [];
  const unknown = new Set<string>();
  const gap = config.ids.get(GAP) ?? [];
  const put = (symbol: SpokenSymbol, own: readonly number[] | undefined, after = gap): void => {
    if (own === undefined) return;
    ids.push(...own, ...after);
    symbols.push(symbol);
    counts.push(own.length + after.length);
  };
  put({ text: "", token: -1 }, config.ids.get(BEGIN));
  let isFirst = true;
  words.forEach((word, token) => {
    const letters = lettersOf(word, config);
    if (letters.length > 0 && !isFirst) put({ text: " ", token: -1 }, config.ids.get(" "));
    for (const text of letters) {
      const own = idsOf(text, config);
      if (own === undefined) unknown.add(text);
      put({ text, token }, own);
      isFirst = false;
    }
    if (word.mark !== "" && !isFirst) put({ text: word.mark, token: -1 }, config.ids.get(word.mark));
  });
  put({ text: "", token: -1 }, config.ids.get(END), []);
  return { ids, symbols, counts, unknown };
}

function lettersOf({ ipa, written }: SpokenWord, { phonemeType, clusters }: PiperConfig): string[] {
  if (phonemeType === "text")
    return [...written.normalize("NFD")].filter((letter) => !"^_$=".includes(letter));
  const letters: string[] = [];
  for (let at = 0; at < ipa.length; ) {
    const cluster = clusters.find((letters) => letters !== "" && ipa.startsWith(letters, at));
    const letter = cluster ?? String.fromCodePoint(ipa.codePointAt(at) as number);
    letters.push(letter);
    at += letter.length;
  }
  return letters;
}

function idsOf(letter: string, { ids, phonemeType }: PiperConfig): readonly number[] | undefined {
  if (phonemeType === "text") return ids.get(letter) ?? ids.get(letter.toLowerCase());
  return ids.get(letter) ?? ids.get(NEAREST[letter] ?? letter);
}

/** Frames of each symbol from the frames of each id. */
export function framesOfSymbols({ counts }: PiperInput, frames: ArrayLike<number>): Float64Array {
  let at = 0;
  return Float64Array.from(counts, (count) => {
    let sum = 0;
    for (const end = at + count; at < end; at++) sum += frames[at] as number;
    return sum;
  });
}

/**
 * The same input, and its frames, with the sounds of each word in place of its letters: for models that read letters,
 * of which only the words' own times are known.
 */
export function asSounds(
  symbols: readonly SpokenSymbol[],
  frames: ArrayLike<number>,
  words: readonly SpokenWord[],
): { symbols: SpokenSymbol[]; frames: number[] } {
  const result: { symbols: SpokenSymbol[]; frames: number[] } = { symbols: [], frames: [] };
  for (let i = 0; i < symbols.length; ) {
    const { token } = symbols[i] as SpokenSymbol;
    let total = 0;
    let end = i;
    do total += frames[end++] as number;
    while (token >= 0 && symbols[end]?.token === token);
    const letters = [...(words[token]?.ipa ?? "")].map((text): SpokenSymbol => ({ text, token }));
    const sounds = soundsOf(letters);
    const sum = sounds.reduce((weight, sound) => weight + weightOf(sound), 0);
    if (sounds.length === 0) {
      result.symbols.push({ text: token < 0 ? (symbols[i] as SpokenSymbol).text : "", token: -1 });
      result.frames.push(total);
    }
    for (const sound of sounds) {
      const own = letters.slice(sound.first, sound.end);
      result.symbols.push(...own);
      const share = (total * weightOf(sound)) / sum;
      result.frames.push(...own.map(() => share / own.length));
    }
    i = end;
  }
  return result;
}
