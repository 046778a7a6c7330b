import { isVowel } from "../arpabet.js";

/** A part of a sound: an ARPAbet symbol and its share of the sound's time, `(0, 1]`. */
export type IpaPart = { readonly symbol: string; readonly share: number };

/** Pairs that are one sound, before single letters are looked at. */
const PAIRS: Readonly<Record<string, string>> = {
  aɪ: "ay",
  ai: "ay",
  ɑɪ: "ay",
  aʊ: "aw",
  ɑu: "aw",
  au: "aw",
  aʊ̯: "aw",
  eɪ: "ey",
  ei: "ey",
  ɛɪ: "ey",
  oʊ: "ow",
  əʊ: "ow",
  ou: "ow",
  ɔɪ: "oy",
  ɔʏ: "oy",
  oɪ: "oy",
  ɔø: "oy",
  tʃ: "ch",
  tɕ: "ch",
  tʂ: "ch",
  ʈʂ: "ch",
  dʒ: "jh",
  dʑ: "jh",
  dʐ: "jh",
  ɖʐ: "jh",
};

/**
 * The ARPAbet symbol with the nearest mouth shape for each IPA letter. Sounds that English lacks go by what is seen:
 * `y` and `ø` by their lips, uvular and pharyngeal sounds by their open mouth, taps and trills by the tongue tip.
 */
const LETTERS: ReadonlyMap<string, string> = new Map(
  [
    ["p p", "b b", "t t ʈ", "d d ɖ ɾ ɽ", "k k q c", "g g ɡ ɢ ɣ ɰ"],
    ["m m ɱ", "n n ɳ ɲ", "ng ŋ ɴ", "f f ɸ", "v v β ʋ ⱱ", "th θ", "dh ð"],
    ["s s", "z z", "sh ʃ ʂ ɕ", "zh ʒ ʐ ʑ", "hh h ɦ x χ ħ ʕ ʔ ʁ ʀ", "y j ç ʝ ʎ ɟ ʲ"],
    ["l l ɫ ɭ ɬ ɮ ʟ r", "r ɹ ɻ", "w w ɥ ʍ ʷ"],
    ["iy i", "ih ɪ ɨ ɯ", "eh e ɛ", "ae æ", "aa a ɑ ä", "ao ɒ ɔ o", "uh ʊ ʉ ɵ", "uw u y", "ow ø"],
    ["ah ʌ ɐ ɤ", "ax ə ɘ", "er ɜ ɝ ɞ œ ɶ", "axr ɚ", "uh ʏ"],
  ]
    .flat()
    .flatMap((line) => {
      const [symbol, ...letters] = line.split(" ") as [string, ...string[]];
      return letters.map((letter): [string, string] => [letter, symbol]);
    }),
);

/** How long a consonant is beside a vowel in the same sound. */
const CONSONANT_WEIGHT = 0.6;

/**
 * Reads one sound in IPA, which may be a diphthong, an affricate, long, nasal or aspirated, as ARPAbet symbols.
 * Marks and letters that no mouth shows (stress, tone, length, voicing) are passed over.
 *
 * @returns parts whose shares add up to 1; nothing for what is no sound
 */
export function arpabetOfIpa(ipa: string): IpaPart[] {
  const letters = bareLetters(ipa);
  const symbols: string[] = [];
  for (let i = 0; i < letters.length; i++) {
    const pair = PAIRS[letters[i]! + (letters[i + 1] ?? "")];
    const symbol = pair ?? LETTERS.get(letters[i]!);
    if (pair !== undefined) i++;
    // Aspiration is breath out of the mouth of the sound before it.
    const isAspiration = symbol === "hh" && symbols.length > 0 && !isVowel(symbols.at(-1)!);
    if (symbol !== undefined && !isAspiration && symbols.at(-1) !== symbol) symbols.push(symbol);
  }
  const weights = symbols.map((symbol) => (isVowel(symbol) ? 1 : CONSONANT_WEIGHT));
  const sum = weights.reduce((a, b) => a + b, 0);
  return symbols.map((symbol, i) => ({ symbol, share: weights[i]! / sum }));
}

/** Stress that is marked in a sound: 1 primary, 2 secondary. */
export function stressOfIpa(ipa: string): 0 | 1 | 2 {
  return ipa.includes("ˈ") ? 1 : ipa.includes("ˌ") ? 2 : 0;
}

function bareLetters(ipa: string): string[] {
  const plain = ipa.replace(/\([^)]*\)/g, "").normalize("NFD");
  return [...plain].filter((letter) => LETTERS.has(letter));
}
