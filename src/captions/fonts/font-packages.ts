/** A package of one font in several files, each with some of its characters. All are under the SIL Open Font License 1.1. */
export type FontPackage = {
  readonly name: string;
  /** The file that says which set of characters is where: JSON, or CSS with a `unicode-range` after each file. */
  readonly index: "unicode.json" | "index.css";
  /** Name of a file by the set of characters it holds. */
  readonly fileOf: (set: string) => string;
  /** Sets that are looked at before all others of all packages, or after them; those that are not used at all. */
  readonly last?: RegExp;
  readonly unused?: RegExp;
  /** Whether it has the pictures of emoji. */
  readonly isEmoji?: boolean;
};

/** How Chinese characters are drawn: they differ by country. */
export type HanStyle = "sc" | "tc" | "jp" | "kr";

/** Of other scripts' packages only their own letters are used: all have Latin ones, too. */
const FOREIGN = /^(?:latin|latin-ext|cyrillic|vietnamese)$/;

function noto(script: string, more: Partial<FontPackage> = {}): FontPackage {
  const short = `noto-sans${script === "" ? "" : `-${script}`}`;
  return {
    name: `@fontsource-variable/${short}`,
    index: "unicode.json",
    fileOf: (set) => `${short}-${set}-wght-normal.woff2`,
    ...more,
  };
}

const LATIN = noto("", { unused: /^devanagari$/ });
const SCRIPTS = ["hebrew", "devanagari", "thai", "bengali", "tamil", "telugu", "georgian", "armenian"];
const ARABIC = noto("arabic", { unused: FOREIGN, last: /^(?:math|symbols)$/ });
/** Its colours are in a table that Skia draws everywhere (COLR); fonts with SVG it does not draw. */
const EMOJI: FontPackage = {
  name: "@infolektuell/noto-color-emoji",
  index: "index.css",
  fileOf: (set) => `${set}.woff2`,
  isEmoji: true,
};

/** The packages in the order in which a character is looked for. */
export function fontPackages(han: HanStyle): readonly FontPackage[] {
  const others = (["jp", "sc", "tc", "kr"] as const).filter((style) => style !== han);
  return [
    LATIN,
    ARABIC,
    ...SCRIPTS.map((script) => noto(script, { unused: FOREIGN })),
    EMOJI,
    ...[han, ...others].map((style) => noto(style, { unused: FOREIGN })),
  ];
}

/** Letters that only one way of writing Chinese has. */
const SIMPLIFIED =
  /[这说国们时会对个为发后经过东车长门问间马鸟鱼见觉语话谁让请谢开关电脑网习写书点还进远运边达迟认识]/gu;
const TRADITIONAL =
  /[這說國們時會對個為發後經過東車長門問間馬鳥魚見覺語話誰讓請謝開關電腦網習寫書點還進遠運邊達遲認識]/gu;

/** How the Chinese characters of a text are to be drawn, by the letters among them. */
export function hanStyleOf(text: string): HanStyle {
  const count = (letters: RegExp): number => text.match(letters)?.length ?? 0;
  if (count(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu) > 0) return "jp";
  if (count(/\p{Script=Hangul}/gu) > 0) return "kr";
  return count(TRADITIONAL) > count(SIMPLIFIED) ? "tc" : "sc";
}
