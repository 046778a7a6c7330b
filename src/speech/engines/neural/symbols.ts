import { isVowel } from "../../arpabet.js";
import { arpabetOfIpa, type IpaPart } from "../ipa.js";

/** What one step of a network's input stands for. */
export type SpokenSymbol = {
  /** IPA letter or mark; punctuation, a space, or nothing for the network's own marks. */
  readonly text: string;
  /** Which space-separated word of the text it belongs to; -1 for what is between and around words. */
  readonly token: number;
};

/** A sound that is seen as one: a letter with its marks, a diphthong, an affricate. */
export type Sound = {
  readonly parts: readonly IpaPart[];
  readonly token: number;
  readonly stress: 0 | 1 | 2;
  /** Its symbols, `[first, end)`. */
  readonly first: number;
  readonly end: number;
};

/** Letters that the reading of IPA does not know, by others that look the same. */
const LOOKALIKES: Readonly<Record<string, string>> = { ᵻ: "ɪ", ᵊ: "ə", ʧ: "tʃ", ʤ: "dʒ", ʦ: "ts", ʣ: "dz" };
const STRESS_MARKS: Readonly<Record<string, 1 | 2>> = { ˈ: 1, ˌ: 2 };

/** Joins symbols to sounds. Marks go to the sound that they belong to: stress to the next one, all others back. */
export function soundsOf(symbols: readonly SpokenSymbol[]): Sound[] {
  const sounds: (Sound & { readonly ipa: string })[] = [];
  let stress: 0 | 1 | 2 = 0;
  let first = -1;
  symbols.forEach(({ text, token }, i) => {
    if (token < 0) {
      [stress, first] = [0, -1];
      return;
    }
    const isNewWord = symbols[i - 1]?.token !== token;
    if (isNewWord) [stress, first] = [0, -1];
    const mark = STRESS_MARKS[text];
    if (mark !== undefined) {
      stress = mark;
      first = first < 0 ? i : first;
      return;
    }
    const ipa = [...text].map((letter) => LOOKALIKES[letter] ?? letter).join("");
    const parts = arpabetOfIpa(ipa);
    const last = isNewWord || first >= 0 ? undefined : sounds.at(-1);
    const joined = last?.token === token ? joinParts(last, ipa, parts) : null;
    if (last !== undefined && joined !== null) {
      sounds[sounds.length - 1] = { ...last, ...joined, end: i + 1 };
    } else if (parts.length > 0) {
      sounds.push({ ipa, parts, token, stress, first: first < 0 ? i : first, end: i + 1 });
      first = -1;
      if (parts.some(({ symbol }) => isVowel(symbol))) stress = 0;
    } else if (first < 0) first = i;
  });
  return sounds;
}

/** The sound and what follows it as one, where they are one to the eye. */
function joinParts(
  last: Sound & { readonly ipa: string },
  ipa: string,
  parts: readonly IpaPart[],
): { ipa: string; parts: readonly IpaPart[] } | null {
  if (parts.length === 0) return { ipa: last.ipa, parts: last.parts };
  if (last.parts.length !== 1 || parts.length !== 1) return null;
  const joined = arpabetOfIpa(last.ipa + ipa);
  const [before, after, both] = [last.parts[0], parts[0], joined[0]];
  if (joined.length !== 1 || before === undefined || after === undefined || both === undefined) return null;
  // "th" in "hothouse" reads as one aspirated sound, but it is two.
  const isOne = both.symbol !== before.symbol || after.symbol === before.symbol;
  return isOne ? { ipa: last.ipa + ipa, parts: joined } : null;
}
