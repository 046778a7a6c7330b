/** Most columns of a line: a narrow character takes one. */
export const LINE_COLUMNS = 42;
/** Most full-width characters of a line, as streaming services have it for Chinese, Japanese and Korean. */
const LINE_WIDE = 16;
/** Characters that are read in a second, narrow and full-width. */
export const READING_SPEED = 17;
const READING_SPEED_WIDE = 9;

const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Characters as a reader counts them: a letter with its marks is one, and so is an emoji of several parts. */
export function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Room that a text takes on a line of {@link LINE_COLUMNS}. A full-width character takes 42/16 of a narrow one. */
export function columnsOf(text: string): number {
  return sum(text, LINE_COLUMNS / LINE_WIDE);
}

/** How much there is to read, in narrow characters: {@link READING_SPEED} of them take a second. */
export function readingOf(text: string): number {
  return sum(text, READING_SPEED / READING_SPEED_WIDE);
}

function sum(text: string, wide: number): number {
  let total = 0;
  for (const character of charactersOf(text)) total += WIDE.test(character) ? wide : 1;
  return total;
}
