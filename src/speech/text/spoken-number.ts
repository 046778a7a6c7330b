import { CURRENCIES, MONTHS, UNITS } from "./abbreviations.js";
import { cardinal, decimal, ordinal, pluralOfNumber, spellDigits, yearWords } from "./number-words.js";

/** A token with its neighbours, all without outer punctuation. */
export type TokenContext = {
  readonly core: string;
  readonly previous: string;
  readonly next: string;
};

const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*|\.\d+)`;
const SIGN = "[$€£¥₹]";
const MAGNITUDES: Readonly<Record<string, string>> = {
  k: "thousand",
  m: "million",
  mn: "million",
  b: "billion",
  bn: "billion",
  t: "trillion",
};
const MAGNITUDE_WORD = /^(?:hundred|thousand|million|billion|trillion)$/i;
/** Words after which four digits below 1900 are a year as well. */
const BEFORE_YEARS =
  /^(?:in|since|of|from|by|until|till|year|before|after|circa|around|between|during|and|to)$/i;

/** How a token with digits is said, or `null` if it is not of a known form. */
export function spokenNumber(context: TokenContext): string | null {
  for (const form of FORMS) {
    const words = form(context);
    if (words !== null) return words;
  }
  return null;
}

type Form = (context: TokenContext) => string | null;

const FORMS: readonly Form[] = [
  money,
  magnitudeOfMoney,
  clockTime,
  isoDate,
  slashDate,
  dayOfMonth,
  phoneNumber,
  range,
  fraction,
  mixedNumber,
  decade,
  year,
  ordinalNumber,
  withUnit,
  plainNumber,
];

function signed(sign: string | undefined, words: string): string {
  return sign === "-" || sign === "−" ? `minus ${words}` : sign === "+" ? `plus ${words}` : words;
}

function money({ core, next }: TokenContext): string | null {
  const before = new RegExp(`^([-+−]?)(${SIGN}|US\\$)(${NUMBER})(k|m|mn|b|bn|t)?$`, "i").exec(core);
  const after = new RegExp(`^([-+−]?)(${NUMBER})(k|m|mn|b|bn)?(${SIGN}|USD|EUR|GBP|JPY)$`, "i").exec(core);
  if (before === null && after === null) return null;
  const [sign, unit, amount, magnitude] =
    before !== null
      ? [before[1], before[2] as string, before[3] as string, before[4]]
      : [after?.[1], after?.[4] as string, after?.[2] as string, after?.[3]];
  const names = currency(unit);
  // "$5 million": the unit is said by the next token.
  if (MAGNITUDE_WORD.test(next)) return signed(sign, decimal(amount));
  if (magnitude !== undefined) {
    return signed(sign, `${decimal(amount)} ${MAGNITUDES[magnitude.toLowerCase()]} ${names[1]}`);
  }
  return signed(sign, amountOfMoney(amount, names));
}

function currency(unit: string): readonly [string, string, string, string] {
  return CURRENCIES[unit.toUpperCase()] ?? (CURRENCIES.$ as readonly [string, string, string, string]);
}

function amountOfMoney(amount: string, names: readonly [string, string, string, string]): string {
  const [whole = "", hundredths] = amount.replaceAll(",", "").split(".");
  if (hundredths !== undefined && hundredths.length !== 2) return `${decimal(amount)} ${names[1]}`;
  const cents = Number(hundredths ?? 0);
  const units = Number(whole === "" ? 0 : whole);
  const centWords = `${cardinal(String(cents))} ${cents === 1 ? names[2] : names[3]}`;
  if (units === 0 && cents > 0) return centWords;
  const unitWords = `${cardinal(whole.replace(/^0+(?=\d)/, "") || "0")} ${units === 1 ? names[0] : names[1]}`;
  return cents > 0 ? `${unitWords} and ${centWords}` : unitWords;
}

/** The "million" of "$5 million". */
function magnitudeOfMoney({ core, previous }: TokenContext): string | null {
  const money = new RegExp(`^[-+−]?(${SIGN})${NUMBER}$`).exec(previous);
  if (money === null || !MAGNITUDE_WORD.test(core)) return null;
  return `${core.toLowerCase()} ${currency(money[1] as string)[1]}`;
}

function clockTime({ core, next }: TokenContext): string | null {
  const match = /^(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(am|pm|a\.m|p\.m)?\.?$/i.exec(core);
  if (match === null || Number(match[1]) > 24) return null;
  const hour = cardinal(String(Number(match[1])));
  const minute = Number(match[2]);
  const suffix =
    match[4] === undefined ? "" : ` ${match[4].toLowerCase().startsWith("a") ? "ay em" : "pee em"}`;
  const isHalfDay = suffix !== "" || /^[ap]\.?m\.?$/i.test(next);
  const minuteWords =
    minute === 0
      ? isHalfDay
        ? ""
        : Number(match[1]) > 12 || Number(match[1]) === 0
          ? "hundred"
          : "o'clock"
      : minute < 10
        ? `oh ${cardinal(String(minute))}`
        : cardinal(String(minute));
  const seconds = match[3] === undefined ? "" : ` and ${counted(String(Number(match[3])), "s")}`;
  return `${hour} ${minuteWords}`.trim() + seconds + suffix;
}

function isoDate({ core }: TokenContext): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(core);
  return match === null ? null : dateWords(Number(match[2]), Number(match[3]), Number(match[1]));
}

/** 3/14/2024 in American order; where that is impossible, day first. */
function slashDate({ core }: TokenContext): string | null {
  const match = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(core);
  if (match === null) return null;
  const [first, second, yearNumber] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return dateWords(first, second, yearNumber) ?? dateWords(second, first, yearNumber);
}

function dateWords(month: number, day: number, yearNumber: number): string | null {
  const name = MONTHS[month - 1];
  if (name === undefined || day < 1 || day > 31) return null;
  return `${name} ${ordinal(String(day))} ${yearWords(yearNumber)}`;
}

/** The "3" of "3 March" or of "March 3". */
function dayOfMonth({ core, previous, next }: TokenContext): string | null {
  const match = /^(\d{1,2})(?:st|nd|rd|th)?$/i.exec(core);
  if (match === null || Number(match[1]) < 1 || Number(match[1]) > 31) return null;
  const day = ordinal(match[1] as string);
  if (isMonth(next)) return /^the$/i.test(previous) ? `${day} of` : `the ${day} of`;
  return isMonth(previous) ? day : null;
}

function isMonth(word: string): boolean {
  const name = word.toLowerCase();
  if (name === "may") return word === "May";
  return (
    (MONTHS as readonly string[]).includes(name) ||
    /^(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)$/.test(name)
  );
}

function phoneNumber({ core }: TokenContext): string | null {
  if (!/^\+?\d{1,4}(?:[-.]\d{2,5}){2,5}$|^\d{3}-\d{4}$|^\+\d{7,15}$/.test(core)) return null;
  // Two points could be a version; a telephone number has at least seven digits.
  if (core.replace(/\D/g, "").length < 7) return null;
  const groups = core.split(/[-.]/).map(spellDigits);
  return `${core.startsWith("+") ? "plus " : ""}${groups.join(", ")}`;
}

function range({ core }: TokenContext): string | null {
  const match = new RegExp(`^(${SIGN}?${NUMBER})[-–—](${SIGN}?${NUMBER}(?:[a-z°%]{1,4})?)$`, "i").exec(core);
  if (match === null) return null;
  const side = (text: string): string =>
    spokenNumber({ core: text, previous: "", next: "" }) ?? decimal(text);
  return `${side(match[1] as string)} to ${side(match[2] as string)}`;
}

function fraction({ core }: TokenContext): string | null {
  const match = /^(\d+)[/⁄](\d+)$/.exec(core);
  if (match === null) return null;
  const [above, below] = [match[1] as string, match[2] as string];
  if (above === "24" && below === "7") return "twenty four seven";
  if (Number(above) === 0 || Number(below) < 2 || Number(below) > 20 || Number(above) >= Number(below)) {
    return `${cardinal(above)} ${Number(below) > 20 ? "slash" : "over"} ${cardinal(below)}`;
  }
  const part = below === "2" ? "half" : below === "4" ? "quarter" : ordinal(below);
  return `${cardinal(above)} ${above === "1" ? part : pluralOfNumber(part)}`;
}

/** "1½", which has become "1 1⁄2". */
function mixedNumber({ core }: TokenContext): string | null {
  const match = /^(\d+) (\d+⁄\d+)$/.exec(core);
  if (match === null) return null;
  const part = fraction({ core: match[2] as string, previous: "", next: "" }) as string;
  return `${cardinal(match[1] as string)} and ${part.replace(/^one /, "a ")}`;
}

/** "1990s", "'90s". */
function decade({ core }: TokenContext): string | null {
  const match = /^'?(\d0|\d{3}0)'?s$/.exec(core);
  if (match === null) return null;
  const digits = match[1] as string;
  return pluralOfNumber(digits.length === 4 ? yearWords(Number(digits)) : cardinal(digits));
}

function year({ core, previous, next }: TokenContext): string | null {
  if (!/^\d{4}$/.test(core)) return null;
  const value = Number(core);
  const inContext =
    BEFORE_YEARS.test(previous) || isMonth(previous) || /^\d{1,2}(?:st|nd|rd|th)?$/.test(previous);
  if (UNITS[next.toLowerCase()] !== undefined) return null;
  // "RTX 4090": a type number, said in pairs like a year.
  if (/^[A-Z]{2,}$/.test(previous) && !core.endsWith("00")) return yearWords(value);
  return (value >= 1900 && value < 2100) || (value >= 1100 && inContext) ? yearWords(value) : null;
}

function ordinalNumber({ core }: TokenContext): string | null {
  const match = /^(\d[\d,]*)(?:st|nd|rd|th)$/i.exec(core);
  return match === null ? null : ordinal((match[1] as string).replaceAll(",", ""));
}

/** A number with its unit in one token: "5km", "12.5%", "20°C". */
function withUnit({ core }: TokenContext): string | null {
  const match = new RegExp(`^([-+−]?)(${NUMBER})([a-z°%/]+)$`, "i").exec(core);
  if (match === null) return null;
  const [, sign, amount, unit] = match as unknown as [string, string, string, string];
  // "4K" and "5G" are names, and so are "3D" or "2x4".
  if (/^[KG]$/.test(unit) || UNITS[unit.toLowerCase()] === undefined) return null;
  return signed(sign, counted(amount, unit.toLowerCase()));
}

/** A number and the right form of its unit. */
function counted(amount: string, unit: string): string {
  const names = UNITS[unit] as readonly [string, string];
  return `${decimal(amount)} ${amount === "1" ? names[0] : names[1]}`;
}

function plainNumber({ core }: TokenContext): string | null {
  const match = new RegExp(`^([-+−]?)(#?)(${NUMBER})$`).exec(core);
  if (match === null) return null;
  const words = decimal(match[3] as string);
  return signed(match[1], match[2] === "#" ? `number ${words}` : words);
}
