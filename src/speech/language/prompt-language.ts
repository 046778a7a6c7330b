import { InputError } from "../../shared/errors.js";
import { detectLanguage } from "./detect-language.js";
import { LANGUAGES, type Language, languageOf, mainLanguage } from "./languages.js";

/** Share of a text's letters that the engine may not know and still be asked to speak it. */
const MAX_UNREADABLE = 0.02;

/**
 * The language to speak a prompt in.
 *
 * @param text - the prompt without its markup
 * @param wanted - BCP 47 tag that the caller gave; `null` to find it out
 * @throws InputError `feature_not_supported` on `language` or `prompt` where nothing here speaks it
 */
export async function promptLanguage(text: string, wanted: string | null): Promise<Language> {
  const language = wanted === null ? await detectLanguage(text) : languageOf(wanted);
  if (language === null) throw wanted === null ? unknownScript() : unknownTag(wanted);
  refuseUnreadable(text, language);
  return language;
}

/** Whether a language is English of any kind. */
export function isEnglish({ tag }: Language): boolean {
  return mainLanguage(tag) === "en";
}

function refuseUnreadable(text: string, { name, readable }: Language): void {
  if (readable === null) return;
  const letters = text.match(/\p{L}/gu) ?? [];
  const unreadable = letters.filter((letter) => !readable.test(letter));
  if (unreadable.length <= MAX_UNREADABLE * letters.length) return;
  throw new InputError(
    "feature_not_supported",
    `The ${name} prompt has ${unreadable.length} characters whose reading the voices here do not know ("${[...new Set(unreadable)].slice(0, 5).join("")}"). Write it in kana, or send a recording as "audio_url".`,
    { field: ["prompt"], context: { unreadable: unreadable.length } },
  );
}

function unknownScript(): InputError {
  return new InputError(
    "feature_not_supported",
    'The prompt is written in a script that no voice here reads. Send it in one of the languages of "context", or a recording of the words as "audio_url".',
    { field: ["prompt"], context: { languages: LANGUAGES.map(({ tag }) => tag) } },
  );
}

function unknownTag(wanted: string): InputError {
  return new InputError(
    "feature_not_supported",
    `No voice here speaks the language "${wanted.slice(0, 40)}". Give a tag such as "en", "de" or "pt-BR", or leave "language" out to have it found from the prompt.`,
    { field: ["language"], input: wanted, context: { languages: LANGUAGES.map(({ tag }) => tag) } },
  );
}
