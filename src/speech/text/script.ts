import { TITLES } from "./abbreviations.js";
import { EMOTICON, withoutEmoji } from "./characters.js";
import { readMarkup } from "./markup.js";
import { plainWords } from "./plain-words.js";
import { splitWords, type WrittenWord } from "./split-words.js";
import { type SpokenWords, spokenWords } from "./spoken-words.js";

/** A written word of the prompt with what is said for it. */
export type ScriptToken = {
  /** As written, with its punctuation. */
  readonly written: string;
  /** Nothing for a dash or an emoji. */
  readonly spoken: SpokenWords;
  /** Pause after it in seconds; `null` where speech runs on. */
  readonly pause: number | null;
  /** The pause was asked for by a `<break>` and is kept to the sample. */
  readonly exact: boolean;
};

/** A written sentence; `intonation` is the mark that it ends with. */
export type ScriptSentence = {
  readonly text: string;
  readonly tokens: readonly ScriptToken[];
  readonly intonation: "." | "?" | "!";
};

/** A prompt ready to be spoken. */
export type Script = {
  readonly sentences: readonly ScriptSentence[];
  /** Pause before the first word, seconds, from a leading `<break>`. */
  readonly leadingBreak: number;
  readonly warnings: readonly string[];
};

/** Pauses after marks, seconds. */
const PAUSES = {
  comma: 0.2,
  bracket: 0.15,
  dash: 0.25,
  colon: 0.3,
  ellipsis: 0.45,
  sentence: 0.4,
  paragraph: 0.75,
};
/** Marks before and after a word that are not said. */
const OPENING = /^["'“”‘’«»„‚「『（《【()[\]{}<*_`¿¡•·|^]+(?=.)/u;
const CLOSING = /["'“”‘’«»」』）》】()[\]{}*_`,.;:!?…。！？，、；：।॥؟،؛۔։・|~^<>—–-]+$/u;
/** Marks that end a sentence, and whatever may close with it. */
const SENTENCE_END = /^(.*?)([.!?…。！？।॥؟۔։]+)["'“”‘’«»」』）)\]]*$/su;
const FULL_STOP = /[!?。！？।॥؟۔։]/u;

type RawToken = {
  written: string;
  /** What stands between it and the token before it: a space, or nothing where words are written together. */
  gap: "" | " ";
  breakAfter: number | null;
  paragraphAfter: boolean;
};

/** How a prompt is read. */
export type ReadingOptions = {
  /** BCP 47. @defaultValue English */
  readonly language?: string;
  /** Whether its words are written with spaces between them. @defaultValue `true` */
  readonly hasSpaces?: boolean;
};

/**
 * Reads a prompt: markup out, sentences apart, every word turned into what is said for it. English is put into plain
 * words here; other languages are left to the engine, which knows their numbers, dates and signs.
 */
export function readScript(prompt: string, options: ReadingOptions = {}): Script {
  const { language = "en-US", hasSpaces = true } = options;
  const isEnglish = /^en\b/i.test(language);
  const { parts, warnings } = readMarkup(prompt);
  const raw: RawToken[] = [];
  let leadingBreak = 0;
  for (const part of parts) {
    for (const word of splitWords(part.text, hasSpaces ? null : language)) raw.push(rawToken(word));
    const last = raw.at(-1);
    if (part.after?.kind === "paragraph" && last !== undefined) last.paragraphAfter = true;
    if (part.after?.kind === "break") {
      if (last === undefined) leadingBreak += part.after.seconds;
      else last.breakAfter = (last.breakAfter ?? 0) + part.after.seconds;
    }
  }
  const sentences = splitSentences(raw).map((tokens) => readSentence(tokens, isEnglish));
  return { sentences, leadingBreak, warnings };
}

function rawToken({ written, gap }: WrittenWord): RawToken {
  return { written, gap, breakAfter: null, paragraphAfter: false };
}

function splitSentences(tokens: readonly RawToken[]): RawToken[][] {
  const sentences: RawToken[][] = [];
  let current: RawToken[] = [];
  tokens.forEach((token, i) => {
    current.push(token);
    const next = tokens[i + 1]?.written;
    if (
      next === undefined ||
      token.paragraphAfter ||
      endsSentence(token.written, next, tokens[i - 1]?.written)
    ) {
      sentences.push(current);
      current = [];
    }
  });
  return sentences;
}

/** Whether a sentence ends after a token, given its neighbours. */
function endsSentence(written: string, next: string, previous = ""): boolean {
  const match = SENTENCE_END.exec(written);
  if (match === null) return false;
  const [, stem, marks] = match as unknown as [string, string, string];
  // Marks on their own belong to what was said before.
  if (stem === "" && !FULL_STOP.test(marks)) return false;
  if (FULL_STOP.test(marks)) return !/^[!?.…]+$/.test(next);
  const nextStartsLower = /^["'“”‘’(]*\p{Ll}/u.test(next);
  if (marks !== ".") return !nextStartsLower;
  const bare = stem.replace(OPENING, "").toLowerCase();
  if (Object.hasOwn(TITLES, bare))
    return bare === "st" && nextStartsLower ? false : !/^\p{Lu}|^\p{Ll}/u.test(next);
  if (/^(?:e\.g|i\.e|vs|approx|cf)$/.test(bare)) return false;
  if (/^(?:no|nos|vol|fig)$/.test(bare)) return !/^\d/.test(next);
  // An initial follows another name or begins the sentence; "an A." ends it.
  if (/^\p{Lu}$/u.test(stem) && stem !== "I") return /^\p{Ll}/u.test(previous);
  if (bare.includes(".") || /^(?:etc|inc|ltd|corp|co|jr|sr|min|max|ave|blvd)$/.test(bare)) {
    return !nextStartsLower && !/^\d/.test(next);
  }
  return true;
}

function readSentence(raw: readonly RawToken[], isEnglish: boolean): ScriptSentence {
  const cores = raw.map((token) => coreOf(token.written));
  const shouted = isShouted(cores);
  const tokens = raw.map((token, i): ScriptToken => {
    const normal = normalForm(token.written);
    const core = cores[i] as string;
    const isLast = i === raw.length - 1;
    const pause = pauseAfter(token, normal, core, raw[i + 1]?.written, isLast);
    const spoken = isEnglish
      ? spokenWords({
          core,
          previous: cores[i - 1] ?? "",
          next: cores[i + 1] ?? "",
          point: normal.slice(normal.indexOf(core) + core.length).startsWith("."),
          joined: !isLast && pause === null,
          shouted,
        })
      : plainWords(core);
    return { written: token.written, spoken, pause, exact: token.breakAfter !== null };
  });
  const end = raw.at(-1)?.written ?? "";
  const text = raw.map(({ written, gap }, i) => (i === 0 ? written : gap + written)).join("");
  return { text, tokens, intonation: /[?？؟]/.test(end) ? "?" : /[!！]/.test(end) ? "!" : "." };
}

/** Compatibility forms unified (full-width digits, ligatures), curly quotes straightened, emoji out. */
function normalForm(written: string): string {
  return withoutEmoji(written.replace(/(\d?)([½¼¾⅓⅔⅛])/gu, "$1 $2").trim())
    .normalize("NFKC")
    .replace(/[‘’‛`´]/g, "'");
}

/** The token without the punctuation around it; signs that are said stay. */
function coreOf(written: string): string {
  const normal = normalForm(written);
  if (/^[<>]$/.test(normal)) return normal;
  if (EMOTICON.test(normal)) return "";
  // An apostrophe in front of a decade or a clipped word belongs to it.
  const opened = /^'\d0s/.test(normal) ? normal : normal.replace(OPENING, "");
  const core = opened.replace(CLOSING, "");
  // "e.g." and "U.S.A." keep their inner points only; "w/" and "C++" keep what makes them.
  return core;
}

function pauseAfter(
  token: RawToken,
  normal: string,
  core: string,
  next: string | undefined,
  isLast: boolean,
): number | null {
  if (token.breakAfter !== null) return token.breakAfter;
  if (isLast) return token.paragraphAfter ? PAUSES.paragraph : PAUSES.sentence;
  // Of a token that is not said only dashes and dots count; ":)" is no colon.
  const tail =
    core === "" ? normal.replace(/[^.…—–-]/g, "") : normal.slice(normal.lastIndexOf(core) + core.length);
  if (/\.{2,}|…/.test(tail)) return PAUSES.ellipsis;
  if (/[;:；：؛]/.test(tail)) return PAUSES.colon;
  if (/[,、，،]/.test(tail)) return PAUSES.comma;
  if (FULL_STOP.test(tail)) return PAUSES.sentence;
  if (/[—–]/.test(tail) || /^-{1,3}$/.test(normal) || /-{2,}$/.test(tail)) return PAUSES.dash;
  if (/[)\]]/.test(tail) || /^[([]/.test(next ?? "")) return PAUSES.bracket;
  return null;
}

/** More than two words, nearly all in capitals: then capitals are loudness, not abbreviation. */
function isShouted(cores: readonly string[]): boolean {
  const words = cores.filter((core) => /\p{L}{2,}/u.test(core));
  const capitals = words.filter((core) => core === core.toUpperCase());
  return words.length >= 3 && capitals.length / words.length > 0.7;
}
