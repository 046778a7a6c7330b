import { EngineError } from "../../../shared/errors.js";
import type { Phonemizer } from "../phonemizer.js";
import type { EngineSentence } from "../speech-engine.js";
import { ipaOfArpabet } from "./arpabet-to-ipa.js";

/** A word of a sentence as a network needs it. */
export type SpokenWord = {
  /** As written, without the mark. */
  readonly written: string;
  /** Decomposed (NFD), with stress marks, without ties; empty for what is not said. */
  readonly ipa: string;
  /** `,` `.` `?` `!`, or nothing. */
  readonly mark: string;
};

/** Marks that eSpeak NG puts between letters, and those that mean something else to a network. */
const NOT_SOUNDS = /\u0361|\u035c|\u200d|[\^_$\s,.?!]/g;
/** Around words of another language, "(en)". */
const LANGUAGE_SWITCH = /\([^)]*\)/g;

/** The words of a sentence with their sounds: the sentence's own pronunciations, and the phonemizer's for the rest. */
export async function spokenWords(
  { text, pronunciations }: EngineSentence,
  language: string,
  phonemizer: Phonemizer,
  signal: AbortSignal | undefined,
): Promise<SpokenWord[]> {
  const tokens = text.split(" ").map((token) => {
    const [, written, marks] = /^(.*?)([,.?!]*)$/s.exec(token) as unknown as [string, string, string];
    return { written, mark: marks.slice(-1), phones: pronunciations.get(written) };
  });
  // A word with a pronunciation of its own is only there to be a neighbour: its letters are enough.
  const readable = tokens.map(({ written, mark, phones }) =>
    phones === undefined ? written + mark : (written.replace(/[^\p{L}]/gu, "") || "a") + mark,
  );
  const heard = await phonemizer.phonemize(readable.join(" "), language, signal);
  if (heard.length !== tokens.length) {
    throw new EngineError("internal_server_error", "The phonemizer lost count of the words.", {
      field: ["prompt"],
      context: { words: tokens.length, heard: heard.length },
    });
  }
  return tokens.map(({ written, mark, phones }, i) => {
    const ipa = phones === undefined ? (heard[i] ?? "") : ipaOfArpabet(phones);
    return { written, mark, ipa: ipa.replace(LANGUAGE_SWITCH, "").replace(NOT_SOUNDS, "").normalize("NFD") };
  });
}
