import { InputError } from "../../shared/errors.js";
import { withoutEmoji } from "./characters.js";

/** Scripts that an English voice cannot read, and what they are mostly written for. */
const SCRIPTS: readonly (readonly [pattern: RegExp, language: string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, "Japanese"],
  [/\p{Script=Hangul}/gu, "Korean"],
  [/\p{Script=Han}/gu, "Chinese"],
  [/\p{Script=Arabic}/gu, "Arabic"],
  [/\p{Script=Cyrillic}/gu, "Russian or another language in Cyrillic letters"],
  [/\p{Script=Greek}/gu, "Greek"],
  [/\p{Script=Hebrew}/gu, "Hebrew"],
  [/\p{Script=Devanagari}/gu, "Hindi"],
  [/\p{Script=Bengali}/gu, "Bengali"],
  [/\p{Script=Tamil}/gu, "Tamil"],
  [/\p{Script=Telugu}/gu, "Telugu"],
  [/\p{Script=Thai}/gu, "Thai"],
  [/\p{Script=Armenian}/gu, "Armenian"],
  [/\p{Script=Georgian}/gu, "Georgian"],
];

/** Frequent words that are not English words, and letters that give a language away. */
const LATIN_LANGUAGES: readonly (readonly [language: string, words: string, letters: RegExp | null])[] = [
  [
    "German",
    "der das und ist nicht ein eine sie ich wir mit für auf den dem zu über sind heute guten",
    /[äöüß]/i,
  ],
  [
    "Spanish",
    "el los las y es una un que con por para está están hola todos hoy cómo del al bienvenidos",
    /[ñ¿¡]/i,
  ],
  [
    "French",
    "le les et est une un des du je vous nous pour avec dans que bonjour pas sur au",
    /[àâçêëîïôœùû]/i,
  ],
  ["Italian", "il gli e è un una di che con per sono ciao oggi della questo non", /[àèìò]/i],
  ["Portuguese", "o os as e é um uma que com para não você olá hoje do da em", /[ãõ]/i],
  ["Dutch", "de het een en is van ik je niet met voor zijn dat hallo vandaag", null],
  ["Polish", "i w na jest nie się to z że do dzień dobry", /[ąćęłńśźż]/i],
  ["Turkish", "ve bir bu için ile merhaba bugün değil çok", /[ğışİ]/],
  ["Swedish", "och är en ett det som på för inte hej jag", /[åäö]/i],
];
const ENGLISH_WORDS = new Set(
  "the a an and is are to of in it you i we they he she this that with for on at be not have has do does my your our hello what how was were will can".split(
    " ",
  ),
);

/** Share of letters in a foreign script above which the text is not in Latin letters at all. */
const MAX_FOREIGN_SHARE = 0.3;

/**
 * Checks that an English voice can read the text.
 *
 * @returns Warnings: a foreign language in Latin letters, words in other letters that are skipped.
 * @throws InputError `feature_not_supported` on `prompt` for text mostly in other scripts.
 */
export function checkLanguage(text: string, prompt: string): string[] {
  const plain = withoutEmoji(text);
  const letters = plain.match(/\p{L}/gu)?.length ?? 0;
  const latin = plain.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (letters === 0 || latin === letters) return latinWarnings(plain);
  const foreign = foreignScript(plain);
  if ((letters - latin) / letters > MAX_FOREIGN_SHARE) {
    throw new InputError(
      "feature_not_supported",
      `The prompt is written in ${foreign}, and the voices here speak English only. Send an English prompt, or a recording of the words as "audio_url".`,
      { field: ["prompt"], input: prompt },
    );
  }
  return [
    `Words in ${foreign} letters were skipped: the voices speak English only.`,
    ...latinWarnings(plain),
  ];
}

function foreignScript(text: string): string {
  // Japanese and Korean mix in Chinese characters; their own letters decide.
  const own = SCRIPTS.slice(0, 2).find(([pattern]) => (text.match(pattern)?.length ?? 0) > 0);
  if (own !== undefined) return own[1];
  const counts = SCRIPTS.map(([pattern, language]) => ({
    language,
    count: text.match(pattern)?.length ?? 0,
  }));
  counts.sort((a, b) => b.count - a.count);
  const first = counts[0] as { language: string; count: number };
  return first.count > 0 ? first.language : "a script other than Latin";
}

function latinWarnings(text: string): string[] {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const english = words.filter((word) => ENGLISH_WORDS.has(word)).length;
  const scored = LATIN_LANGUAGES.map(([language, list, letters]) => {
    const known = new Set(list.split(" "));
    const hits = words.filter((word) => known.has(word)).length;
    return { language, score: hits + (letters?.test(text) === true ? 1.5 : 0) };
  });
  scored.sort((a, b) => b.score - a.score);
  const best = scored[0] as { language: string; score: number };
  if (best.score < 2 || best.score <= english) return [];
  return [
    `The prompt looks like ${best.language}; it is read with an English voice, so it will sound foreign. Send a recording as "audio_url" for a natural result.`,
  ];
}
