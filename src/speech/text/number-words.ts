const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES = ["", "thousand", "million", "billion", "trillion"];
const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};
/** Beyond this many digits a number is read digit by digit. */
const MAX_CARDINAL_DIGITS = 15;

/** A whole number in words: `"1299"` gives "one thousand two hundred ninety nine". Digits only. */
export function cardinal(digits: string): string {
  if (digits.length > MAX_CARDINAL_DIGITS || (digits.length > 1 && digits.startsWith("0")))
    return spellDigits(digits);
  let rest = Number(digits);
  if (rest === 0) return "zero";
  const groups: string[] = [];
  for (let scale = 0; rest > 0; scale++) {
    const group = rest % 1000;
    rest = Math.floor(rest / 1000);
    if (group > 0) groups.unshift(`${belowThousand(group)} ${SCALES[scale]}`.trim());
  }
  return groups.join(" ");
}

function belowThousand(n: number): string {
  const hundreds = n >= 100 ? [`${SMALL[Math.floor(n / 100)]} hundred`] : [];
  const rest = n % 100;
  return [...hundreds, ...(rest > 0 ? [belowHundred(rest)] : [])].join(" ");
}

function belowHundred(n: number): string {
  if (n < 20) return SMALL[n];
  return n % 10 === 0 ? TENS[Math.floor(n / 10)] : `${TENS[Math.floor(n / 10)]} ${SMALL[n % 10]}`;
}

/** A position: `"21"` gives "twenty first". */
export function ordinal(digits: string): string {
  return cardinal(digits).replace(/\w+$/, (last) => {
    const irregular = IRREGULAR_ORDINALS[last];
    if (irregular !== undefined) return irregular;
    return last.endsWith("y") ? `${last.slice(0, -1)}ieth` : `${last}th`;
  });
}

/** A year as it is said: 2019 "twenty nineteen", 1905 "nineteen oh five", 2004 "two thousand four". */
export function yearWords(year: number): string {
  const century = Math.floor(year / 100);
  const rest = year % 100;
  if (year < 1000 || (century % 10 === 0 && rest < 10)) return cardinal(String(year));
  if (rest === 0) return `${belowHundred(century)} hundred`;
  return `${belowHundred(century)} ${rest < 10 ? `oh ${SMALL[rest]}` : belowHundred(rest)}`;
}

/** Digits one by one; what is not a digit is skipped. */
export function spellDigits(digits: string): string {
  return [...digits]
    .filter((d) => d >= "0" && d <= "9")
    .map((d) => SMALL[Number(d)])
    .join(" ");
}

/** A number with optional thousands commas and decimals: `"1,299.5"`. Several points are read as in versions. */
export function decimal(text: string): string {
  const [whole = "", ...parts] = text.replaceAll(",", "").split(".");
  const head = whole === "" ? "zero" : cardinal(whole);
  if (parts.length === 0) return head;
  if (parts.length === 1) return `${head} point ${spellDigits(parts[0] as string)}`;
  return [head, ...parts.map(cardinal)].join(" point ");
}

/** The plural of a number word: "nineties", "twenties", "hundreds", "fives". */
export function pluralOfNumber(words: string): string {
  return words.replace(/\w+$/, (last) => {
    if (last.endsWith("y")) return `${last.slice(0, -1)}ies`;
    return last.endsWith("x") ? `${last}es` : `${last}s`;
  });
}
