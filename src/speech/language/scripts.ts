/** Scripts, the main languages written in them here, and letters that only one of these has. */
const SCRIPTS: readonly {
  readonly letters: RegExp;
  readonly languages: readonly string[];
  readonly only?: Readonly<Record<string, RegExp>>;
}[] = [
  { letters: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, languages: ["ja"] },
  { letters: /\p{Script=Hangul}/gu, languages: ["ko"] },
  { letters: /\p{Script=Han}/gu, languages: ["zh"] },
  {
    letters: /\p{Script=Arabic}/gu,
    languages: ["ar", "fa", "ur"],
    only: { ur: /[ٹڈڑںے]/u, fa: /[پچژگ]/u },
  },
  {
    letters: /\p{Script=Cyrillic}/gu,
    languages: ["ru", "uk", "bg", "sr"],
    only: { uk: /[іїєґ]/iu, sr: /[јљњћђџ]/iu, ru: /[ыэё]/iu },
  },
  { letters: /\p{Script=Devanagari}/gu, languages: ["hi"] },
  { letters: /\p{Script=Greek}/gu, languages: ["el"] },
  { letters: /\p{Script=Bengali}/gu, languages: ["bn"] },
  { letters: /\p{Script=Tamil}/gu, languages: ["ta"] },
  { letters: /\p{Script=Telugu}/gu, languages: ["te"] },
  { letters: /\p{Script=Armenian}/gu, languages: ["hy"] },
  { letters: /\p{Script=Georgian}/gu, languages: ["ka"] },
];

/** Main languages that a text may be in by its script; one where its letters decide, none where no script is known. */
export function scriptLanguages(text: string): readonly string[] {
  const count = (letters: RegExp): number => text.match(letters)?.length ?? 0;
  // Japanese and Korean mix in Chinese characters; their own letters decide.
  const own = SCRIPTS.slice(0, 2).find(({ letters }) => count(letters) > 0);
  const most = own ?? [...SCRIPTS].sort((a, b) => count(b.letters) - count(a.letters))[0]!;
  if (count(most.letters) === 0) return [];
  const telling = Object.entries(most.only ?? {}).find(([, letters]) => letters.test(text));
  return telling === undefined ? most.languages : [telling[0]];
}
