import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readScript } from "./script.js";

/** All that is said, words apart; unusual pronunciations start with "=". */
function spoken(prompt: string): string {
  return readScript(prompt)
    .sentences.flatMap((sentence) => sentence.tokens.flatMap((token) => token.spoken.words))
    .join(" ");
}

describe("what is said for what is written", () => {
  it.each([
    ["It cost $1,299.99.", "it cost one thousand two hundred ninety nine dollars and ninety nine cents"],
    [
      "$5 million, $3.5k, 25€, £1.50, $0.01, -$5",
      "five million dollars three point five thousand dollars twenty five euros one pound and fifty pence one cent minus five dollars",
    ],
    ["12.5% or 12 %", "twelve point five percent or twelve percent"],
    ["On 3 March 2024", "on the third of march twenty twenty four"],
    ["on March 3rd, 2024 and the 5 May", "on march third twenty twenty four and the fifth of may"],
    [
      "2024-03-05 3/14/2024 25/12/2023",
      "march fifth twenty twenty four march fourteenth twenty twenty four december twenty fifth twenty twenty three",
    ],
    [
      "at 7:45 p.m. or 10:00 or 14:05 or 9:00 AM",
      "at seven forty five =pm or ten o'clock or fourteen oh five or nine =am",
    ],
    ["Dr. Smith vs. Mr. Jones, etc.", "doctor smith versus mister jones et cetera"],
    ["Maple Dr. in St. Louis", "maple drive in saint louis"],
    [
      "the U.S.A. uses HTTP, GPUs and e.g. 5 km of cable",
      "the =usa uses =http =gpu's and for example five kilometers of cable",
    ],
    [
      "1 km, 5km/h, 20°C, 3 GB, 1 hr",
      "one kilometer five kilometers per hour twenty degrees celsius three gigabytes one hour",
    ],
    ["NASA and the FBI", "nasa and the =fbi"],
    ["STOP SHOUTING AT US NOW", "stop shouting at us now"],
    ["YouTube, GPT-4, RTX 4090, McDonald's", "you tube =gpt four =rtx forty ninety mcdonald's"],
    ["World War II", "world war two"],
    ["the 1990s and '90s", "the nineteen nineties and nineties"],
    ["1/2, 3/4, 1½, 24/7", "one half three quarters one and a half twenty four seven"],
    ["10-20% of 1990–2000", "ten to twenty percent of nineteen ninety to two thousand"],
    ["Call +1-800-555-0199", "call plus one, eight zero zero, five five five, zero one nine nine"],
    [
      "bob@example.org or https://example.com/a-b",
      "bob at example dot org or example dot com slash =a dash =b",
    ],
    ["C++ and C# & #1 #wow", "=c plus plus and =c sharp and number one hashtag wow"],
    ["I got an A. A cat.", "i got an =a a cat"],
    ["naïve café, Schön & Ærø", "naive cafe schon and aero"],
    ["Great job 🎉🎉 see you at 5️⃣ 👍🏽 :) <3", "great job see you at five"],
    ["ＨＥＬＬＯ　ｗｏｒｌｄ", "hello world"],
    ["and/or x = 5 + 3 × 2 > 1", "and or =x equals five plus three times two greater than one"],
    ["rock'n'roll isn’t ‘dead’", "rock and roll isn't dead"],
    [
      'Hello"; echo pwned > /tmp/x; $(id) `id` --help',
      "hello echo pwned greater than slash =tmp slash =x dollar id id help",
    ],
  ])("%s", (written, words) => {
    expect(spoken(written)).toBe(words);
  });

  it("gives letters their names, with the right plural", () => {
    const [token] = readScript("GPUs").sentences[0]!.tokens;
    expect(token!.spoken.pronunciations.get("=gpu's")!.join(" ")).toBe("jh iy1 p iy1 y uw1 z");
  });
});

describe("sentences", () => {
  it.each([
    ["Dr. Smith of the U.S.A. left. He came back!", ["Dr. Smith of the U.S.A. left.", "He came back!"]],
    [
      "J. R. R. Tolkien wrote it. No. 5 is alive. No. Yes.",
      ["J. R. R. Tolkien wrote it.", "No. 5 is alive.", "No.", "Yes."],
    ],
    [
      'It is 3.14 e.g. here... and goes on? "Yes." Good',
      ["It is 3.14 e.g. here... and goes on?", '"Yes."', "Good"],
    ],
    ["First line\n\nSecond", ["First line", "Second"]],
  ])("%s", (prompt, sentences) => {
    expect(readScript(prompt).sentences.map((sentence) => sentence.text)).toEqual(sentences);
  });

  it("pauses at marks, and longer between paragraphs", () => {
    const pauses = readScript("One, two; three — four (five) six... seven. Eight.\n\nNine").sentences.flatMap(
      (s) => s.tokens.map((token) => token.pause),
    );
    expect(pauses).toEqual([0.2, 0.3, null, 0.25, 0.15, 0.15, 0.45, 0.4, 0.75, 0.4]);
  });
});

describe("markup", () => {
  it("reads breaks in seconds, milliseconds and strengths, and caps them", () => {
    const { sentences, leadingBreak, warnings } = readScript(
      '<break time="1s"/>A <break time="250ms"/> b <break strength="strong"/> c <break time=\'99s\'/> d <break/>e',
    );
    expect(leadingBreak).toBe(1);
    expect(sentences[0]!.tokens.map((token) => token.pause)).toEqual([0.25, 0.7, 10, 0.4, 0.4]);
    expect(warnings).toHaveLength(1);
  });

  it("lets nothing else act", () => {
    expect(
      spoken(
        "<speak>Hello <b>bold</b><!-- no --> <audio src='x'/>&lt;break time='5s'/&gt; <script>alert(1)</script>bye</speak>",
      ),
    ).toMatch(/^hello bold .*bye$/);
    expect(
      readScript("a &lt;break time='5s'/&gt; b").sentences[0]!.tokens.every((token) => !token.exact),
    ).toBe(true);
  });

  it("bounds the sum of all breaks", () => {
    const { leadingBreak } = readScript('<break time="9s"/>'.repeat(50));
    expect(leadingBreak).toBe(60);
  });
});

describe("any text", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc
      .array(
        fc.constantFrom(
          "<break",
          "/>",
          "<",
          "$5",
          "1/2",
          "...",
          "'",
          "a.b",
          "U.S.",
          "-",
          "٣",
          "é",
          "\0",
          "\n\n",
          "~",
          "%",
          "#",
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join("")),
  );

  it("gives words that are letters, apostrophes or given pronunciations", () => {
    fc.assert(
      fc.property(text, (prompt) => {
        for (const sentence of readScript(prompt).sentences) {
          for (const token of sentence.tokens) {
            for (const word of token.spoken.words) {
              expect(word).toMatch(/^(?:[a-zA-Z']+,?|=[a-z']+)$/);
              expect(word).toMatch(/[a-zA-Z]/);
              if (word.startsWith("="))
                expect(token.spoken.pronunciations.get(word)!.length).toBeGreaterThan(0);
            }
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it("keeps every written token, in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("Hello,", "world.", "5", "km", "Dr.", "🎉", "A.", "why?", "—"), {
          maxLength: 30,
        }),
        (tokens) => {
          const { sentences } = readScript(tokens.join(" "));
          expect(sentences.map((sentence) => sentence.text).join(" ")).toBe(tokens.join(" "));
          expect(sentences.flatMap((s) => s.tokens.map((token) => token.written))).toEqual(tokens);
        },
      ),
    );
  });
});
