import { withoutEmoji } from "../text/characters.js";
import { LANGUAGES, type Language, languageOf, mainLanguage } from "./languages.js";
import { scriptLanguages } from "./scripts.js";
import { COMMON_WORDS, TELLING_LETTERS } from "./word-lists.js";

/** Share of letters in other scripts above which the text is not in Latin letters at all. */
const MAX_OTHER_SHARE = 0.3;
/** What a common word and a telling letter are worth beside the statistics of letters, which lie in `[0, 1]`. */
const WORD_WORTH = 0.12;
const MOST_WORDS = 3;
const LETTER_WORTH = 0.15;
/** English is expected; of a text of few words more so, since statistics of few letters say little. */
const ENGLISH_LEAD = 0.08;
const SHORT_TEXT_LEAD = 0.12;
const SHORT_TEXT_WORDS = 4;
/** Of fewer words, names mostly, the statistics of letters alone are not believed. */
const FEWEST_WORDS = 4;
/** Share of common English words from which on nothing else is asked. */
const ENGLISH_SHARE = 0.2;

/**
 * The language that a text is written in; English where nothing tells.
 *
 * @returns `null` for a text mostly in a script of which no language is spoken here
 */
export async function detectLanguage(text: string): Promise<Language | null> {
  const plain = withoutEmoji(text).replace(/\b(?:https?:\/\/|www\.)\S+|\S+@\S+/gi, " ");
  const letters = plain.match(/\p{L}/gu)?.length ?? 0;
  const latin = plain.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (letters > 0 && (letters - latin) / letters > MAX_OTHER_SHARE) return otherScript(plain);
  return latinLanguage(plain);
}

async function otherScript(text: string): Promise<Language | null> {
  const candidates = scriptLanguages(text);
  if (candidates.length < 2) return candidates[0] === undefined ? null : languageOf(candidates[0]);
  const scores = await letterStatistics(text);
  const best = [...candidates].sort((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0))[0]!;
  return languageOf(best);
}

async function latinLanguage(text: string): Promise<Language> {
  const english = LANGUAGES[0]!;
  const words = text.toLowerCase().match(/\p{L}[\p{L}\p{M}']*/gu) ?? [];
  if (words.length === 0) return english;
  const hits = (main: string): number => {
    const common = COMMON_WORDS.get(main);
    return common === undefined ? 0 : words.filter((word) => common.has(word)).length;
  };
  const others = [...new Set(LANGUAGES.map(({ tag }) => mainLanguage(tag)))].filter((main) => main !== "en");
  const englishHits = hits("en");
  if (englishHits / words.length >= ENGLISH_SHARE && others.every((main) => hits(main) <= englishHits))
    return english;
  const statistics = await letterStatistics(text);
  const worth = (main: string): number =>
    (statistics.get(main) ?? 0) +
    WORD_WORTH * Math.min(MOST_WORDS, hits(main)) +
    (TELLING_LETTERS.get(main)?.test(text) === true ? LETTER_WORTH : 0);
  const lead = ENGLISH_LEAD + (words.length < SHORT_TEXT_WORDS ? SHORT_TEXT_LEAD : 0);
  let best = { main: "en", worth: worth("en") + lead };
  for (const main of others) if (worth(main) > best.worth) best = { main, worth: worth(main) };
  const isEvident = hits(best.main) > 0 || TELLING_LETTERS.get(best.main)?.test(text) === true;
  if (words.length < FEWEST_WORDS && !isEvident) return english;
  return languageOf(best.main) ?? english;
}

/** How well the letters of a text fit each language, `[0, 1]`, by main language. */
async function letterStatistics(text: string): Promise<ReadonlyMap<string, number>> {
  // Half a second and some 80 MB, which plain English does not need.
  const { eld } = await import("eld/extrasmall");
  const scores = eld.detect(text.slice(0, 2_000)).getScores();
  return new Map(Object.entries(scores).map(([language, score]) => [mainLanguage(language), Number(score)]));
}
