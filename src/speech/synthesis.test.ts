import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { testDataDir, testFile } from "../../test/support/test-data.js";
import { InputError } from "../shared/errors.js";
import { MAX_PROMPT_LENGTH, SAMPLE_RATE, type Speech, silentSpeech, synthesizeSpeech } from "./index.js";
import { truePeak } from "./signal/limiter.js";
import { integratedLoudness } from "./signal/loudness.js";

/** What every speech must obey. */
function expectLaws(speech: Speech): void {
  const { samples, duration, sentences, words, phonemes } = speech;
  expect(duration).toBe(samples.length / SAMPLE_RATE);
  expect(samples.every((x) => Number.isFinite(x) && Math.abs(x) <= 1)).toBe(true);
  expect(phonemes[0]!.start).toBe(0);
  expect(phonemes.at(-1)!.end).toBe(duration);
  phonemes.forEach((phoneme, i) => {
    expect(phoneme.end).toBeGreaterThan(phoneme.start);
    if (i > 0) expect(phoneme.start).toBe(phonemes[i - 1]!.end);
    expect(phoneme.symbol).toMatch(/^[a-z]{1,3}$/);
    if (phoneme.symbol === "pau") expect(phoneme.word).toBe(-1);
    else {
      const word = words[phoneme.word]!;
      expect(phoneme.start).toBeGreaterThanOrEqual(word.start);
      expect(phoneme.end).toBeLessThanOrEqual(word.end);
    }
  });
  for (const [items, parents] of [[words, sentences]] as const) {
    items.forEach((word, i) => {
      const parent = parents[word.sentence]!;
      expect(word.start).toBeGreaterThanOrEqual(Math.max(parent.start, items[i - 1]?.end ?? 0));
      expect(word.end).toBeLessThanOrEqual(Math.min(parent.end, duration));
      expect(word.end).toBeGreaterThan(word.start);
      expect(parent.text).toContain(word.text);
    });
  }
  sentences.forEach((sentence, i) => {
    expect(sentence.start).toBeGreaterThanOrEqual(sentences[i - 1]?.end ?? 0);
    expect(sentence.end).toBeGreaterThan(sentence.start);
  });
}

const say = (prompt: string, voice: string | null = null): Promise<Speech> =>
  synthesizeSpeech({ prompt, voice });

async function refusal(prompt: string, voice: string | null = null): Promise<InputError> {
  const error = await say(prompt, voice).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

describe("synthesizeSpeech", () => {
  const prompt =
    'Hello, Dr. Smith! It cost $25 in 2019. <break time="0.5s"/> GPUs map maple <break time="1200ms"/>and go.';
  let speech: Speech;
  beforeAll(async () => {
    speech = await say(prompt);
  });

  it("obeys the laws of the timeline", () => {
    expectLaws(speech);
    expect(speech.source).toBe("synthesis");
    expect(speech.warnings).toEqual([]);
  });

  it("gives words and sentences as written", () => {
    expect(speech.sentences.map((sentence) => sentence.text)).toEqual([
      "Hello, Dr. Smith!",
      "It cost $25 in 2019.",
      "GPUs map maple and go.",
    ]);
    expect(speech.words.map((word) => word.text).join(" ")).toBe(
      speech.sentences.map((s) => s.text).join(" "),
    );
  });

  it("maps sounds to the words that they are", () => {
    const soundsOf = (text: string): string => {
      const index = speech.words.findIndex((word) => word.text === text);
      return speech.phonemes.flatMap((p) => (p.word === index ? [p.symbol] : [])).join(" ");
    };
    expect(soundsOf("Dr.")).toBe("d aa k t er");
    expect(soundsOf("$25")).toBe("t w eh n t iy f ay v d aa l er z");
    expect(soundsOf("GPUs")).toBe("jh iy p iy y uw z");
    expect(soundsOf("map")).toBe("m ae p");
  });

  it("stresses vowels only", () => {
    const stressed = speech.phonemes.filter((phoneme) => phoneme.stress > 0);
    expect(stressed.length).toBeGreaterThan(8);
    expect(stressed.every((phoneme) => /^[aeiou]/.test(phoneme.symbol))).toBe(true);
    const hello = speech.phonemes.filter((phoneme) => phoneme.word === 0 && /^[aeiou]/.test(phoneme.symbol));
    expect(hello.map((phoneme) => phoneme.stress)).toEqual([0, 1]);
  });

  it("keeps breaks to the sample, and silent in their middle", () => {
    const gapAfter = (text: string): number => {
      const i = speech.words.findIndex((word) => word.text === text);
      const [from, to] = [speech.words[i]!.end, speech.words[i + 1]!.start];
      const middle = speech.samples.slice((from + 0.1) * SAMPLE_RATE, (to - 0.06) * SAMPLE_RATE);
      expect(middle.every((x) => x === 0)).toBe(true);
      return to - from;
    };
    expect(gapAfter("2019.")).toBeCloseTo(0.5, 9);
    expect(gapAfter("maple")).toBeCloseTo(1.2, 9);
    expect(gapAfter("Hello,")).toBeCloseTo(0.2, 9);
    expect(gapAfter("Smith!")).toBeCloseTo(0.4, 9);
  });

  it("begins and ends in silence", () => {
    expect(speech.words[0]!.start).toBeCloseTo(0.15, 9);
    expect(speech.duration - speech.words.at(-1)!.end).toBeCloseTo(0.25, 9);
    expect(speech.samples[0]).toBe(0);
    expect(speech.samples.at(-1)).toBe(0);
  });

  it("is as loud as it should be, without offset", () => {
    expect(Math.abs(integratedLoudness(speech.samples) + 16)).toBeLessThan(0.1);
    expect(20 * Math.log10(truePeak(speech.samples))).toBeLessThanOrEqual(-1);
    expect(Math.abs(speech.samples.reduce((a, b) => a + b, 0) / speech.samples.length)).toBeLessThan(1e-4);
  });

  it("sounds when the timeline says so: vowels are loud, closures and pauses are not", () => {
    const level = (symbols: RegExp): number => {
      let [power, count] = [0, 0];
      for (const { symbol, start, end } of speech.phonemes) {
        if (!symbols.test(symbol)) continue;
        const middle = Math.round(((start + end) / 2) * SAMPLE_RATE);
        for (let i = middle - 240; i < middle + 240; i++) power += (speech.samples[i] ?? 0) ** 2;
        count += 480;
      }
      return 10 * Math.log10(power / count + 1e-12);
    };
    expect(level(/^[aeo]/) - level(/^(?:p|t|k)$/)).toBeGreaterThan(9);
    expect(level(/^(?:p|t|k)$/) - level(/^pau$/)).toBeGreaterThan(20);
  });

  it("gives the same samples for the same input", async () => {
    const again = await say(prompt);
    expect(Buffer.from(again.samples.buffer).equals(Buffer.from(speech.samples.buffer))).toBe(true);
    expect(again).toEqual(speech);
  });

  it.each(["rms", "awb", "kal16", "Melissa", "Delicate Daisy - Excited 🤩", "imposing ian"])(
    "speaks as %s",
    async (voice) => {
      const other = await say("Hello, is this you?", voice);
      expectLaws(other);
      expect(Math.abs(integratedLoudness(other.samples) + 16)).toBeLessThan(0.5);
    },
  );

  it("speaks very long sentences and words in parts, and reports progress", async () => {
    const shares: number[] = [];
    const long = await synthesizeSpeech(
      { prompt: `${"bob met pam ".repeat(40)}and ${"ab".repeat(60)}. Then it ended.`, voice: "kal16" },
      { onProgress: (share) => shares.push(share) },
    );
    expectLaws(long);
    expect(long.words).toHaveLength(125);
    expect(shares.at(-1)).toBe(1);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    console.log(`speech: ${long.duration.toFixed(1)} s of speech with kal16`);
  });

  it("is faster than real time", async () => {
    const start = performance.now();
    const { duration } = await say("The quick brown fox jumps over the lazy dog. ".repeat(10));
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `speech: ${duration.toFixed(1)} s in ${seconds.toFixed(2)} s, RTF ${(seconds / duration).toFixed(3)}`,
    );
    expect(seconds).toBeLessThan(duration);
  });
});

describe("refusals", () => {
  it.each([
    ["... !!! ???", "sequence_too_short"],
    ["", "sequence_too_short"],
    [" \n\t ", "sequence_too_short"],
    ["🎉🎉 — :)", "sequence_too_short"],
    ["<break time='3s'/>", "sequence_too_short"],
    ["ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "feature_not_supported"],
    ["今日はいい天気です", "feature_not_supported"],
    ["x".repeat(MAX_PROMPT_LENGTH + 1), "sequence_too_long"],
  ])("%.20s", async (prompt, code) => {
    const error = await refusal(prompt);
    expect(error.code).toBe(code);
    expect(error.details.field).toEqual(["prompt"]);
  });

  it("names the limits", async () => {
    expect((await refusal("x".repeat(5_001))).details.context).toEqual({ max_length: 5_000 });
    expect((await refusal("Hello", "Nobody")).code).toBe("one_of");
  });

  it("stops when cancelled, soon", async () => {
    const controller = new AbortController();
    const call = synthesizeSpeech(
      { prompt: "Hello world again. ".repeat(200), voice: null },
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(), 100);
    const start = performance.now();
    await expect(call).rejects.toMatchObject({ code: "client_cancelled" });
    expect(performance.now() - start).toBeLessThan(2_000);
    await expect(
      synthesizeSpeech({ prompt: "Hello", voice: null }, { signal: controller.signal }),
    ).rejects.toMatchObject({ code: "client_cancelled" });
  });
});

describe("hostile text", () => {
  it.each([
    '"\\"$(rm -rf /)\\" \'; -voice kal -lv --help',
    "\ud83d hello \udc00 \u0000\u0007\u202eworld",
    "<a".repeat(100),
    "a,".repeat(60),
    "9".repeat(60),
    `h${"\u0301\u0302".repeat(300)}i`,
    "%s%n%x ../../../etc/passwd \\x00 $HOME",
    '<break time="9999s"/>'.repeat(3).concat("hi"),
  ])("%.24s", async (prompt) => {
    expectLaws(await say(prompt, "kal16"));
  });

  it("never breaks a law, whatever is written", async () => {
    const part = fc.constantFrom(
      "Hello",
      "$5.50",
      "GPUs,",
      "🎉",
      "1/2",
      "<br>",
      '<break time="100ms"/>',
      "--help",
      "’tis",
      "U.S.",
      "?!",
      "ﬁsh",
      "\u200b",
      "é",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 8 }), async (parts) => {
        const speech = await say(`so ${parts.join(" ")}`, "kal16");
        expectLaws(speech);
      }),
      { numRuns: 6 },
    );
  });
});

describe("silentSpeech", () => {
  it("rests for as long as it is told", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 20, noNaN: true }), (seconds) => {
        const speech = silentSpeech(seconds);
        expectLaws(speech);
        expect(speech.duration).toBeCloseTo(seconds, 4);
        expect(speech.phonemes.map((phoneme) => phoneme.symbol)).toEqual(["pau"]);
      }),
      { numRuns: 10 },
    );
    expect(silentSpeech().duration).toBe(5);
  });
});

describe.skipIf(testDataDir === null)("the prompts of the test data", () => {
  type Prompt = { id: string; text: string; expected: string };
  const prompts =
    testDataDir === null
      ? []
      : (JSON.parse(readFileSync(testFile("texts/prompts.json"), "utf8")) as Prompt[]);

  it.each(prompts)("$id", async ({ text, expected }) => {
    const outcome = await say(text).catch((error: unknown) => error);
    if (outcome instanceof InputError) {
      expect(expected).toMatch(/reject|clear message/);
      expect(outcome.details.field).toEqual(["prompt"]);
    } else {
      expect(outcome).not.toBeInstanceOf(Error);
      expect(expected).toMatch(/^ok/);
      expectLaws(outcome as Speech);
    }
  });
});
