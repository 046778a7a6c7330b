import {
  ABBREVIATIONS,
  LETTER_NAMES,
  LONE_UNITS,
  PRONUNCIATIONS,
  SPELLED_CAPITALS,
  SPOKEN_CAPITALS,
  TITLES,
  UNITS,
  UNMISTAKABLE,
} from "./abbreviations.js";
import { fold } from "./characters.js";
import { cardinal, spellDigits, yearWords } from "./number-words.js";
import { spokenNumber } from "./spoken-number.js";

/** A token among its neighbours; cores are without outer punctuation. */
export type WrittenContext = {
  readonly core: string;
  readonly previous: string;
  readonly next: string;
  /** A point follows the core directly. */
  readonly point: boolean;
  /** The sentence goes on after this token without a mark. */
  readonly joined: boolean;
  /** The whole sentence is in capitals, so capitals mean nothing. */
  readonly shouted: boolean;
};

/** Words of the engine, and what the unusual ones sound like (ARPAbet with stress digits). */
export type SpokenWords = {
  readonly words: string[];
  readonly pronunciations: Map<string, readonly string[]>;
};

/** A word longer than this is cut: no engine is built for it. */
const MAX_WORD_LETTERS = 30;
const SYMBOLS: Readonly<Record<string, string>> = {
  "&": "and",
  "@": "at",
  "+": "plus",
  "=": "equals",
  "%": "percent",
  "/": "slash",
  "\\": "backslash",
  "×": "times",
  "÷": "divided by",
  "±": "plus or minus",
  "≤": "less than or equal to",
  "≥": "greater than or equal to",
  "≠": "not equal to",
  "≈": "about",
  "→": "to",
  "°": "degrees",
  "§": "section",
  $: "dollar",
  "€": "euro",
  "£": "pound",
  "¥": "yen",
  "#": "hash",
  ">": "greater than",
  "<": "less than",
};
/** At their own value; V and X alone are letters. */
const ROMAN_NUMBERS = [
  "",
  "",
  "II",
  "III",
  "IV",
  "",
  "VI",
  "VII",
  "VIII",
  "IX",
  "",
  "XI",
  "XII",
  "XIII",
  "XIV",
];
const URL_LIKE =
  /^(?:https?:\/\/\S+|www\.\S+|\S+@\S+\.[a-z]{2,}|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|ai|dev|edu|gov|app|co|uk|de|fr|info)(?:\/\S*)?)$/i;
const URL_SYMBOLS: Readonly<Record<string, string>> = {
  ".": "dot",
  "/": "slash",
  "-": "dash",
  _: "underscore",
  "@": "at",
  ":": "colon",
  "?": "question mark",
  "=": "equals",
  "&": "and",
  "#": "hash",
  "~": "tilde",
  "%": "percent",
};

/** What is said for one written token; no words if there is nothing to say. */
export function spokenWords(context: WrittenContext): SpokenWords {
  const speaker = new TokenSpeaker(context);
  speaker.token();
  return { words: speaker.words, pronunciations: speaker.pronunciations };
}

class TokenSpeaker {
  readonly words: string[] = [];
  readonly pronunciations = new Map<string, readonly string[]>();
  readonly #context: WrittenContext;

  constructor(context: WrittenContext) {
    this.#context = context;
  }

  token(): void {
    const { core } = this.#context;
    if (core === "") return;
    const known = this.#abbreviation() ?? spokenNumber(this.#context);
    if (known !== null) this.#say(known);
    else if (URL_LIKE.test(core)) this.#url(core);
    else if (/^(?:\p{L}\.)+\p{L}?(?:'?s)?$/u.test(core)) this.#spellOut(core);
    else if (/^[A-Z]#$/.test(core)) this.#spellOut(core[0] as string, "sharp");
    else this.#mixed(core);
  }

  /** Adds plain words. */
  #say(words: string): void {
    for (const word of words.split(" ")) if (word !== "") this.#lexical(word);
  }

  /** A word that may stand in the list of pronunciations. */
  #lexical(word: string): void {
    const phones = Object.hasOwn(PRONUNCIATIONS, word.toLowerCase())
      ? PRONUNCIATIONS[word.toLowerCase()]
      : undefined;
    if (phones === undefined) {
      for (let at = 0; at < word.length; at += MAX_WORD_LETTERS)
        this.words.push(word.slice(at, at + MAX_WORD_LETTERS));
    } else this.#sound(word.toLowerCase(), phones.split(" "));
  }

  #sound(key: string, phones: readonly string[]): void {
    this.words.push(`=${key}`);
    this.pronunciations.set(`=${key}`, phones);
  }

  #abbreviation(): string | null {
    const { core, previous, next, point } = this.#context;
    const key = core.toLowerCase();
    const nextIsName = /^\p{Lu}/u.test(next);
    if (/^[ap]\.?m$/.test(key) && (/\d$/.test(previous) || core.includes("."))) {
      this.#spellOut(core);
      return "";
    }
    if (point && Object.hasOwn(TITLES, key)) {
      if (key === "st" && !nextIsName) return "street";
      if (key === "dr" && !nextIsName) return "drive";
      return TITLES[key] as string;
    }
    // Doctor and mister are written without a point in British English.
    if (/^(?:Dr|Mr|Mrs|Ms|Prof|St)$/.test(core) && nextIsName) return TITLES[key] as string;
    if (/^no\.?$/i.test(core) && point && !/^\d/.test(next)) return null;
    if (key === "min" && point && /\d$/.test(previous)) return "minutes";
    const unit = this.#unit();
    if (unit !== null) return unit;
    const isAbbreviation = point || key.includes(".") || UNMISTAKABLE.includes(key);
    if (isAbbreviation && Object.hasOwn(ABBREVIATIONS, key) && !(key === "max" && nextIsName)) {
      return ABBREVIATIONS[key] as string;
    }
    if (/^w\/o?$/.test(key)) return key === "w/" ? "with" : "without";
    return null;
  }

  /** A unit in a token of its own, after a number: "5 km". */
  #unit(): string | null {
    const { core, previous } = this.#context;
    const key = core.toLowerCase();
    if (!Object.hasOwn(UNITS, key)) return null;
    const names = UNITS[key] as readonly [string, string];
    const afterNumber = /^[-+]?[\d.,]*\d$/.test(previous);
    const isOtherCapital = /^[A-Z]$/.test(core) && !["W", "V"].includes(core);
    if (afterNumber && key !== "x" && !isOtherCapital) return previous === "1" ? names[0] : names[1];
    return LONE_UNITS.includes(key) || key === "%" ? names[1] : null;
  }

  /** Letter names as one word: "GPUs". What follows the letters may be a plural or possessive s. */
  #spellOut(letters: string, then = ""): void {
    const match = /^(.*?)('?s)?$/.exec(letters.replaceAll(".", "")) as RegExpExecArray;
    const stem = fold(match[1] as string)
      .toLowerCase()
      .replace(/[^a-z]/g, "");
    const phones = [...stem].flatMap((letter) => (LETTER_NAMES[letter] as string).split(" "));
    if (phones.length === 0) return;
    if (match[2] !== undefined) phones.push(...pluralEnding(phones.at(-1) as string));
    this.#sound(stem + (match[2] === undefined ? "" : "'s"), phones);
    if (then !== "") this.#say(then);
  }

  #url(text: string): void {
    const parts =
      text
        .replace(/^https?:\/\//i, "")
        .replace(/\/$/, "")
        .match(/\p{L}+|\d+|[^\p{L}\d]/gu) ?? [];
    for (const part of parts) {
      if (/^www$/i.test(part)) this.#spellOut("www");
      else if (/^\d/.test(part)) this.#say(part.length > 4 ? spellDigits(part) : cardinal(part));
      else if (/^\p{L}/u.test(part)) this.#letters(part);
      else this.#say(URL_SYMBOLS[part] ?? "");
    }
  }

  /** Everything else: runs of letters, of digits, and single symbols. */
  #mixed(text: string): void {
    const parts = text.match(/\p{L}[\p{L}\p{M}']*|\d+(?:[.,]\d+)*|([^\p{L}\d])\1*/gu) ?? [];
    const alone = parts.length === 1;
    parts.forEach((part, i) => {
      if (/^\p{L}/u.test(part)) this.#letters(part.replace(/'+$/, ""));
      else if (/^\d/.test(part)) this.#say(numberInName(part));
      else this.#symbol(part, alone, parts[i - 1] ?? "", parts[i + 1] ?? "");
    });
  }

  #symbol(part: string, alone: boolean, before: string, after: string): void {
    const symbol = part[0] as string;
    if (symbol === "+" && part.length <= 2) this.#say(Array(part.length).fill("plus").join(" "));
    else if (part.length > 1 || !Object.hasOwn(SYMBOLS, symbol)) {
      if (symbol === "~" && /^\d/.test(after)) this.#say("about");
      if (/^[*xX]$/.test(part) && /\d$/.test(before) && /^\d/.test(after)) this.#say("times");
    } else if (symbol === "#" && /^\p{L}/u.test(after)) this.#say("hashtag");
    else if (
      symbol === "/" &&
      !alone &&
      /^[^/]+\/[^/]+$/.test(this.#context.core) &&
      /\p{L}$/u.test(before) &&
      /^\p{L}/u.test(after)
    ) {
      // "and/or", "his/her": the stroke is not said.
    } else this.#say(SYMBOLS[symbol] as string);
  }

  /** One run of letters with inner apostrophes. */
  #letters(text: string): void {
    const word = fold(text);
    if (!/[A-Za-z]/.test(word)) return;
    const joined = word.replace(/'n'/gi, " and ");
    const roman = this.#romanNumber(word);
    if (joined !== word) this.#say(joined);
    else if (roman !== null) this.#say(roman);
    else if (Object.hasOwn(PRONUNCIATIONS, word.toLowerCase())) this.#lexical(word);
    else if (this.#isSpelled(word)) this.#spellOut(word);
    else {
      for (const part of camelParts(word)) {
        if (part === word) this.#plain(word);
        else this.#letters(part);
      }
    }
  }

  #plain(word: string): void {
    const { core, joined } = this.#context;
    const isLoneLetter = /^[A-Za-z]$/.test(word);
    // The article is never last, and nothing but the article and the pronoun is one letter long.
    const isArticleOrPronoun = core === "I" || core === "i" || (/^[aA]$/.test(core) && joined);
    if (isLoneLetter && !isArticleOrPronoun) this.#spellOut(word);
    else if (!/[aeiouyAEIOUY]/.test(word) && word.length <= 6) this.#spellOut(word);
    else this.#lexical(word.toLowerCase());
  }

  /** The "II" of "World War II". */
  #romanNumber(word: string): string | null {
    const at = ROMAN_NUMBERS.indexOf(word);
    return at > 1 && /^\p{Lu}\p{Ll}/u.test(this.#context.previous) ? cardinal(String(at)) : null;
  }

  #isSpelled(word: string): boolean {
    const { shouted } = this.#context;
    const match = /^([A-Z]+)(?:'?s)?$/.exec(word);
    const capitals = match?.[1] ?? "";
    if (capitals.length < 2) return false;
    if (!/[AEIOUY]/.test(capitals)) return true;
    if (shouted || SPOKEN_CAPITALS.has(word) || SPOKEN_CAPITALS.has(capitals)) return false;
    return capitals.length <= 3 || SPELLED_CAPITALS.has(capitals);
  }
}

/** The plural or possessive ending after a phone. */
function pluralEnding(last: string): string[] {
  if (/^(?:s|z|sh|zh|ch|jh)$/.test(last)) return ["ax0", "z"];
  return /^(?:p|t|k|f|th)$/.test(last) ? ["s"] : ["z"];
}

/** Digits inside a name, as in "RTX 4090", "H264", "A100". */
function numberInName(digits: string): string {
  if (/[.,]/.test(digits)) return digits.split(/[.,]/).map(cardinal).join(" point ");
  if (digits.length === 4 && !digits.startsWith("0")) return yearWords(Number(digits));
  if (digits.length === 3 && !digits.startsWith("0") && !digits.endsWith("00")) {
    const rest = Number(digits.slice(1));
    const ones = cardinal(digits[0] as string);
    return `${ones} ${rest < 10 ? `oh ${cardinal(String(rest))}` : cardinal(String(rest))}`;
  }
  return digits.length > 4 ? spellDigits(digits) : cardinal(digits);
}

/** "YouTube" to "You", "Tube"; names such as "McDonald" stay whole. */
function camelParts(word: string): string[] {
  if (/^(?:Mc|Mac|De|Di|La|Le|Van|O')[A-Z][a-z]+(?:'s)?$/.test(word)) return [word];
  return word.split(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2,})/);
}
