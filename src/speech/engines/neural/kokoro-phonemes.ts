/**
 * Kokoro's own phonemes: IPA with one letter for each diphthong and affricate (misaki, Apache-2.0; ids from the
 * model's `config.json`).
 */
const IDS: readonly [firstId: number, letters: string][] = [
  [1, ";:,.!?"],
  [9, '—…"()“” '],
  [17, "\u0303ʣʥʦʨᵝ\uab67AI"],
  [31, "O"],
  [33, "Q"],
  [35, "ST"],
  [39, "W"],
  [41, "Yᵊabcdef"],
  [50, "hijklmnopqrstuvwxyzɑɐɒæ"],
  [75, "βɔɕç"],
  [80, "ɖðʤə"],
  [85, "ɚɛɜ"],
  [90, "ɟ"],
  [92, "ɡ"],
  [99, "ɥ"],
  [101, "ɨɪʝ"],
  [110, "ɯɰŋɳɲɴø"],
  [118, "ɸθœ"],
  [123, "ɹ"],
  [125, "ɾɻ"],
  [128, "ʁɽʂʃʈʧ"],
  [135, "ʊʋ"],
  [138, "ʌɣɤ"],
  [142, "χʎ"],
  [147, "ʒʔ"],
  [156, "ˈˌː"],
  [162, "ʰ"],
  [164, "ʲ"],
  [169, "↓"],
  [171, "→↗↘"],
  [177, "ᵻ"],
];

/** Id of each phoneme. */
export const KOKORO_IDS: ReadonlyMap<string, number> = new Map(
  IDS.flatMap(([first, letters]) => [...letters].map((letter, i): [string, number] => [letter, first + i])),
);

/** What Kokoro's letters sound like, where they are not IPA. */
const IPA_OF_LETTER: Readonly<Record<string, string>> = {
  A: "eɪ",
  I: "aɪ",
  O: "oʊ",
  Q: "əʊ",
  S: "s",
  T: "ɾ",
  W: "aʊ",
  Y: "ɔɪ",
};

/** IPA of one of Kokoro's letters. */
export function ipaOfKokoro(letter: string): string {
  return IPA_OF_LETTER[letter] ?? letter;
}

/** Ways to say English, and all other languages as one. */
export type KokoroDialect = "american" | "british" | "other";

type Rule = readonly [RegExp, string];

/** English as misaki reads eSpeak NG's phonemes, longest first. */
const ENGLISH: readonly Rule[] = [
  [/ʔ[ˈˌ]?n\u0329?/g, "tn"],
  [/ʔ/g, "t"],
  [/aɪ/g, "I"],
  [/aʊ/g, "W"],
  [/dʒ/g, "ʤ"],
  [/eɪ/g, "A"],
  [/tʃ/g, "ʧ"],
  [/ɔɪ/g, "Y"],
  [/ʲo/g, "jo"],
  [/ʲə/g, "jə"],
  [/ʲ/g, ""],
  [/ɚ/g, "əɹ"],
  [/r/g, "ɹ"],
  [/x|c\u0327/g, "k"],
  [/ɐ/g, "ə"],
  [/ɬ/g, "l"],
  [/g/g, "ɡ"],
  [/\u0303/g, ""],
  // A consonant that is a syllable of its own gets a little vowel.
  [/(.)\u0329/gu, "ᵊ$1"],
];
const AMERICAN: readonly Rule[] = [
  [/oʊ/g, "O"],
  [/ɜːɹ|ɜː/g, "ɜɹ"],
  [/ɪə/g, "iə"],
  [/ː/g, ""],
  [/ɾ/g, "T"],
  [/e(?!ə)/g, "A"],
  [/o/g, "ɔ"],
];
const BRITISH: readonly Rule[] = [
  [/eə/g, "ɛː"],
  [/iə/g, "ɪə"],
  [/əʊ/g, "Q"],
  [/e/g, "A"],
  [/o/g, "ɔ"],
];
const OTHER: readonly Rule[] = [
  [/aɪ/g, "I"],
  [/aʊ/g, "W"],
  [/dz/g, "ʣ"],
  [/dʒ/g, "ʤ"],
  [/eɪ/g, "A"],
  [/oʊ/g, "O"],
  [/əʊ/g, "Q"],
  [/ts/g, "ʦ"],
  [/tʃ/g, "ʧ"],
  [/ɔɪ/g, "Y"],
  [/g/g, "ɡ"],
  [/-/g, ""],
];
const RULES: Readonly<Record<KokoroDialect, readonly Rule[]>> = {
  american: [...ENGLISH, ...AMERICAN],
  british: [...ENGLISH, ...BRITISH],
  other: OTHER,
};

/**
 * Kokoro's letters for the IPA of one word, as eSpeak NG writes it, decomposed (NFD).
 *
 * Misaki has eSpeak tie the letters of a diphthong, which tells "a" + "ɪ" from "aɪ"; without ties any such pair is
 * taken for one, which differs only where two vowels meet.
 */
export function kokoroLetters(ipa: string, dialect: KokoroDialect): string[] {
  const letters = RULES[dialect].reduce((text, [pattern, into]) => text.replace(pattern, into), ipa);
  // Letters that Kokoro has with their mark as one.
  return [...letters.replaceAll("c\u0327", "ç")];
}
