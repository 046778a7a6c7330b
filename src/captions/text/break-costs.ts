import type { CaptionUnit } from "./caption-units.js";
import { type FunctionWords, functionWordsOf } from "./function-words.js";

/** How bad it is to break at a place, from none at the end of a sentence to nearly never. */
const COST = {
  sentence: 0,
  pause: 2,
  clause: 3,
  comma: 5,
  space: 5,
  hesitation: 6,
  bracket: 6,
  conjunction: 8,
  preposition: 11,
  phrase: 9,
  word: 18,
  name: 26,
  number: 40,
  attached: 60,
} as const;

/** Silence in seconds from which on a pause is heard, and one that is as good as a full stop. */
const HESITATION = 0.25;
const PAUSE = 0.6;

const SENTENCE = /[.!?…。！？؟۔।॥]["'“”‘’»›)\]」』）》】]*$/u;
const CLAUSE = /[;:；：؛—–]["'”’»)\]」』）]*$|\s[-–—]$/u;
const COMMA = /[,،、，]["'”’»)\]」』）]*$/u;
const OPENS = /^["'“„«‹([{「『（《【]/u;
const CLOSES = /["”»›)\]}」』）》】]$/u;
const NUMBER = /^[^\p{L}]*\p{N}[\p{N}.,:/]*[^\p{L}]*$/u;
const ORDINAL = /^\d+\.$/;
const TITLE =
  /^(?:\p{Lu}|mr|mrs|ms|dr|prof|st|no|vol|fig|sr|sra|hr|herr|frau|mme|mlle|vs|e\.g|i\.e|z\.b)\.$/iu;
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HIRAGANA_ONLY = /^[\p{Script=Hiragana}ー]+[、。！？]*$/u;
const ENDS_IN_HIRAGANA = /\p{Script=Hiragana}$/u;
/** Chinese particles, which belong to what stands before them. */
const CHINESE_TRAILING = /^[的了吗嗎呢吧着著过過得地们們]/u;
const HAN = /\p{Script=Han}/u;
const CAPITAL = /^["'“‘«(]*\p{Lu}\p{Ll}/u;

/** The cost of breaking after each unit, a line or a caption alike. The last one's is 0. */
export function breakCosts(units: readonly CaptionUnit[]): number[] {
  const bare = units.map(({ text }) => bareWord(text));
  const small = functionWordsOf(bare);
  const isJapanese = units.some(({ text }) => KANA.test(text));
  return units.map((unit, i) => {
    const next = units[i + 1];
    if (next === undefined || next.sentence !== unit.sentence) return COST.sentence;
    const silence = next.start - unit.end;
    if (silence >= PAUSE) return COST.pause;
    const cost =
      next.gap === ""
        ? unspacedCost(unit.text, next.text, isJapanese)
        : spacedCost([unit.text, next.text], [bare[i]!, bare[i + 1]!], small);
    return silence >= HESITATION ? Math.min(cost, COST.hesitation) : cost;
  });
}

function spacedCost(
  [text, next]: readonly [string, string],
  [bare, nextBare]: readonly [string, string],
  small: FunctionWords,
): number {
  if (TITLE.test(text)) return COST.attached;
  // Within a sentence the point makes an ordinal: "5. Mai".
  if (ORDINAL.test(text)) return COST.number;
  const mark = markCost(text, next);
  if (mark !== null) return mark;
  if (small.trailing.has(nextBare)) return COST.attached;
  if (small.attached.has(bare) || small.prepositions.has(bare) || small.conjunctions.has(bare))
    return COST.attached;
  if (NUMBER.test(text)) return COST.number;
  if (small.conjunctions.has(nextBare)) return COST.conjunction;
  if (small.prepositions.has(nextBare)) return COST.preposition;
  if (NUMBER.test(next) || (CAPITAL.test(text) && CAPITAL.test(next))) return COST.name;
  if (HAN.test(text) || KANA.test(text)) return COST.space;
  return COST.word;
}

function unspacedCost(text: string, next: string, isJapanese: boolean): number {
  const mark = markCost(text, next);
  if (mark !== null) return mark;
  if (NUMBER.test(text)) return COST.number;
  if (!isJapanese) return CHINESE_TRAILING.test(next) ? COST.attached : COST.word;
  // A phrase of Japanese is a word with the endings and particles after it, which are written in hiragana.
  if (HIRAGANA_ONLY.test(next)) return COST.attached;
  return ENDS_IN_HIRAGANA.test(text) ? COST.phrase : COST.name;
}

function markCost(text: string, next: string): number | null {
  if (SENTENCE.test(text)) return COST.pause;
  if (CLAUSE.test(text)) return COST.clause;
  if (COMMA.test(text)) return COST.comma;
  if (OPENS.test(next) || CLOSES.test(text)) return COST.bracket;
  return null;
}

function bareWord(text: string): string {
  return text.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
}
