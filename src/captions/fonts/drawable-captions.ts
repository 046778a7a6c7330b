import { type CaptionLine, type Captions, type CaptionWord, type Cue, lineOf } from "../captions.js";
import { charactersOf } from "../text/text-measure.js";
import { hanStyleOf } from "./font-packages.js";
import { FontShelf } from "./font-shelf.js";

/** Beyond this share of missing letters the rest would make no sense. */
const MOST_MISSING = 0.1;
/** Characters that a message names. */
const NAMED = 10;

/**
 * What of the captions can be drawn with the fonts that are here: a character that none has is left out, never drawn as
 * an empty box, and where there are many, there are no captions to be drawn. Warnings say so. The text for files is not
 * touched.
 */
export function drawableCaptions(captions: Captions): Captions {
  const text = captions.cues.flatMap(({ lines }) => lines.map((line) => line.text)).join(" ");
  const shelf = new FontShelf(hanStyleOf(text));
  const missing = shelf.choose(text).missing;
  if (missing.length === 0) return captions;
  const named = [...new Set(missing)];
  const letters = (characters: readonly string[]): number =>
    characters.filter((character) => /[\p{L}\p{M}]/u.test(character)).length;
  const cure = cureFor(shelf.absent);
  if (letters(missing) > MOST_MISSING * letters(charactersOf(text))) {
    const warning =
      `The captions are not drawn, because no font here has their letters (${some(named)}). ${cure}` +
      "They can be had as a file: `extra_outputs`.";
    return { cues: [], warnings: [...captions.warnings, warning] };
  }
  const lost = new Set(named);
  const warning = `No font here has ${some(named)}, so the captions are drawn without. ${cure}`.trim();
  return {
    cues: captions.cues.flatMap((cue) => without(cue, lost)),
    warnings: [...captions.warnings, warning],
  };
}

function some(characters: readonly string[]): string {
  const rest = characters.length - NAMED;
  return characters.slice(0, NAMED).join(" ") + (rest > 0 ? ` and ${rest} more` : "");
}

function cureFor(absent: readonly string[]): string {
  if (absent.length === 0) return "";
  return `These packages of fonts are not installed: ${absent.join(", ")}. `;
}

function without(cue: Cue, lost: ReadonlySet<string>): Cue[] {
  const lines = cue.lines.flatMap((line) => lineWithout(line, lost));
  return lines.length === 0 ? [] : [{ ...cue, lines }];
}

function lineWithout({ words }: CaptionLine, lost: ReadonlySet<string>): CaptionLine[] {
  const left = words.flatMap((word): CaptionWord[] => {
    const text = charactersOf(word.text)
      .filter((character) => !lost.has(character))
      .join("")
      .trim();
    return text === "" ? [] : [{ ...word, text }];
  });
  return left.length === 0 ? [] : [lineOf(left)];
}
