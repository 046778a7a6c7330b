/** A word as written, with its marks. */
export type WrittenWord = {
  readonly written: string;
  /** What stands between it and the word before it. */
  readonly gap: "" | " ";
};

const OPENING_MARKS = /^[「『（《【“‘(¿¡]+$/u;

/**
 * The words of a text, each with the marks beside it.
 *
 * @param unspaced - BCP 47 tag of a language that is written without spaces between words; `null` for others
 */
export function splitWords(text: string, unspaced: string | null): WrittenWord[] {
  const chunks = text.split(/\s+/).filter((chunk) => chunk !== "");
  if (unspaced === null) return chunks.map((written) => ({ written, gap: " " }));
  const segmenter = new Intl.Segmenter(unspaced, { granularity: "word" });
  return chunks.flatMap((chunk) => segmentedWords(chunk, segmenter));
}

function segmentedWords(chunk: string, segmenter: Intl.Segmenter): WrittenWord[] {
  const words: { written: string; gap: "" | " " }[] = [];
  // A mark belongs to the word before it, an opening one to the word after it.
  let opening = "";
  for (const { segment, isWordLike } of segmenter.segment(chunk)) {
    const last = words.at(-1);
    if (isWordLike !== true && OPENING_MARKS.test(segment)) opening += segment;
    else if (isWordLike !== true && last !== undefined && opening === "") last.written += segment;
    else {
      words.push({ written: opening + segment, gap: words.length === 0 ? " " : "" });
      opening = "";
    }
  }
  const last = words.at(-1);
  if (opening !== "" && last !== undefined) last.written += opening;
  else if (opening !== "") words.push({ written: opening, gap: " " });
  return words;
}
