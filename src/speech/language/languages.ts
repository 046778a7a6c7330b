/** A language that a prompt may be written in. */
export type Language = {
  /** BCP 47. */
  readonly tag: string;
  /** English name, for messages. */
  readonly name: string;
  /** eSpeak NG's voice for it. */
  readonly espeak: string;
  /** Whether words are written with spaces between them. */
  readonly hasSpaces: boolean;
  /** Letters that the engine reads; others it would spell out or name. `null`: whatever it is given. */
  readonly readable: RegExp | null;
};

const KANA_AND_LATIN =
  /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u;

function language(tag: string, name: string, espeak = tag, more: Partial<Language> = {}): Language {
  return { tag, name, espeak, hasSpaces: true, readable: null, ...more };
}

/** The languages that are spoken here; the first of each main language is the one that the bare tag means. */
export const LANGUAGES: readonly Language[] = [
  language("en-US", "English", "en-us"),
  language("en-GB", "British English", "en"),
  language("es-ES", "Spanish", "es"),
  language("es-MX", "Latin American Spanish", "es-419"),
  language("fr-FR", "French", "fr"),
  language("de-DE", "German", "de"),
  language("it-IT", "Italian", "it"),
  language("pt-BR", "Brazilian Portuguese", "pt-br"),
  language("pt-PT", "Portuguese", "pt"),
  language("nl-NL", "Dutch", "nl"),
  language("pl-PL", "Polish", "pl"),
  language("ru-RU", "Russian", "ru"),
  language("uk-UA", "Ukrainian", "uk"),
  language("tr-TR", "Turkish", "tr"),
  language("ar-SA", "Arabic", "ar"),
  language("hi-IN", "Hindi", "hi"),
  language("zh-CN", "Chinese", "cmn", { hasSpaces: false }),
  // eSpeak NG knows no readings of Chinese characters in Japanese: it would say "Chinese letter" for each.
  language("ja-JP", "Japanese", "ja", { hasSpaces: false, readable: KANA_AND_LATIN }),
  language("ko-KR", "Korean", "ko"),
  language("sv-SE", "Swedish", "sv"),
  language("fi-FI", "Finnish", "fi"),
  language("da-DK", "Danish", "da"),
  language("nb-NO", "Norwegian", "nb"),
  language("cs-CZ", "Czech", "cs"),
  language("sk-SK", "Slovak", "sk"),
  language("hu-HU", "Hungarian", "hu"),
  language("ro-RO", "Romanian", "ro"),
  language("bg-BG", "Bulgarian", "bg"),
  language("hr-HR", "Croatian", "hr"),
  language("sr-RS", "Serbian", "sr"),
  language("sl-SI", "Slovenian", "sl"),
  language("el-GR", "Greek", "el"),
  language("fa-IR", "Persian", "fa"),
  language("ur-PK", "Urdu", "ur"),
  language("bn-BD", "Bengali", "bn"),
  language("ta-IN", "Tamil", "ta"),
  language("te-IN", "Telugu", "te"),
  language("vi-VN", "Vietnamese", "vi"),
  language("id-ID", "Indonesian", "id"),
  language("ms-MY", "Malay", "ms"),
  language("ca-ES", "Catalan", "ca"),
  language("et-EE", "Estonian", "et"),
  language("lv-LV", "Latvian", "lv"),
  language("lt-LT", "Lithuanian", "lt"),
  language("ka-GE", "Georgian", "ka"),
  language("hy-AM", "Armenian", "hy"),
];

/** Main part of a tag, lower case: `pt` of `pt-BR`. */
export function mainLanguage(tag: string): string {
  const main = tag.toLowerCase().split("-")[0]!;
  return { cmn: "zh", no: "nb", iw: "he" }[main] ?? main;
}

/**
 * The language of a BCP 47 tag, written in any case, with `-` or `_`; a region that is not known falls back to the main
 * language. `null` where even that is not known.
 */
export function languageOf(tag: string): Language | null {
  const wanted = tag.trim().replaceAll("_", "-").toLowerCase();
  const main = mainLanguage(wanted);
  return (
    LANGUAGES.find((entry) => entry.tag.toLowerCase() === wanted) ??
    LANGUAGES.find((entry) => mainLanguage(entry.tag) === main) ??
    null
  );
}
