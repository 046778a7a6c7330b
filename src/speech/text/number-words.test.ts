import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cardinal, decimal, ordinal, pluralOfNumber, spellDigits, yearWords } from "./number-words.js";

const UNITS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "x x twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES: Record<string, number> = { thousand: 1e3, million: 1e6, billion: 1e9, trillion: 1e12 };

/** Reads number words back, independently of how they were made. */
function readBack(words: string): number {
  let total = 0;
  let group = 0;
  for (const word of words.split(" ")) {
    if (UNITS.includes(word)) group += UNITS.indexOf(word);
    else if (TENS.includes(word)) group += 10 * TENS.indexOf(word);
    else if (word === "hundred") group *= 100;
    else {
      total += group * (SCALES[word] ?? Number.NaN);
      group = 0;
    }
  }
  return total + group;
}

describe("cardinal", () => {
  it("can be read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (n) => {
        expect(readBack(cardinal(String(n)))).toBe(n);
      }),
    );
  });

  it("spells digits that are no quantity", () => {
    expect(cardinal("007")).toBe("zero zero seven");
    expect(cardinal("1".repeat(16)).split(" ")).toHaveLength(16);
  });
});

describe("other forms of numbers", () => {
  it.each([
    ["1", "first"],
    ["2", "second"],
    ["12", "twelfth"],
    ["20", "twentieth"],
    ["21", "twenty first"],
    ["103", "one hundred third"],
    ["1000", "one thousandth"],
  ])("orders %s", (digits, words) => {
    expect(ordinal(digits)).toBe(words);
  });

  it.each([
    [1905, "nineteen oh five"],
    [1900, "nineteen hundred"],
    [2000, "two thousand"],
    [2004, "two thousand four"],
    [2019, "twenty nineteen"],
    [1066, "ten sixty six"],
  ])("says the year %i", (year, words) => {
    expect(yearWords(year)).toBe(words);
  });

  it("says decimals, versions, digits and plurals", () => {
    expect(decimal("1,299.05")).toBe("one thousand two hundred ninety nine point zero five");
    expect(decimal("1.2.10")).toBe("one point two point ten");
    expect(decimal(".5")).toBe("zero point five");
    expect(spellDigits("4-2")).toBe("four two");
    expect(pluralOfNumber("nineteen ninety")).toBe("nineteen nineties");
    expect(pluralOfNumber("six")).toBe("sixes");
  });
});
