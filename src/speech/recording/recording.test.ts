import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeWhole } from "../../../test/support/decode-whole.js";
import { testDataDir, testFile } from "../../../test/support/test-data.js";
import { createRandom } from "../../shared/random.js";
import { SAMPLE_RATE, type Speech } from "../speech.js";
import { synthesizeSpeech } from "../synthesis.js";
import { speechFromRecording } from "./recording.js";

function expectLaws({ samples, duration, words, phonemes }: Speech): void {
  expect(words).toEqual([]);
  expect(duration).toBe(samples.length / SAMPLE_RATE);
  expect(samples.every((x) => Number.isFinite(x) && Math.abs(x) <= 1)).toBe(true);
  expect(phonemes[0]!.start).toBe(0);
  expect(phonemes.at(-1)!.end).toBe(duration);
  phonemes.forEach((phoneme, i) => {
    expect(phoneme.end).toBeGreaterThan(phoneme.start);
    if (i > 0) expect(phoneme.start).toBe(phonemes[i - 1]!.end);
  });
}

/** A buzz through two resonances: a vowel of the given formants. */
function vowel(formant1: number, formant2: number, seconds: number): Float32Array {
  const samples = new Float32Array(Math.round(seconds * SAMPLE_RATE));
  const states = [formant1, formant2, 2_700].map((hertz) => {
    const radius = Math.exp((-Math.PI * 90) / SAMPLE_RATE);
    return {
      a1: 2 * radius * Math.cos((2 * Math.PI * hertz) / SAMPLE_RATE),
      a2: -radius * radius,
      y1: 0,
      y2: 0,
    };
  });
  for (let i = 0; i < samples.length; i++) {
    let x = i % 400 === 0 ? 1 : 0;
    for (const s of states) {
      const y = x * (1 - s.a1 - s.a2) + s.a1 * s.y1 + s.a2 * s.y2;
      [s.y2, s.y1, x] = [s.y1, y, y];
    }
    samples[i] = x;
  }
  const peak = samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return samples.map((x) => (0.5 * x) / peak);
}

function joined(...parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const quiet = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * SAMPLE_RATE));

describe("speechFromRecording", () => {
  it("rests in silence and moves in speech, within 30 ms", async () => {
    const speech = await speechFromRecording({
      samples: joined(quiet(0.5), vowel(700, 1_200, 0.6), quiet(0.7)),
    });
    expectLaws(speech);
    expect(speech.source).toBe("recording");
    const sounds = speech.phonemes.filter((phoneme) => phoneme.symbol !== "pau");
    expect(Math.abs(sounds[0]!.start - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(sounds.at(-1)!.end - 1.1)).toBeLessThan(0.03);
  });

  it("leaves the sound alone unless it exceeds full scale", async () => {
    const samples = vowel(700, 1_200, 0.5);
    expect((await speechFromRecording({ samples })).samples).toEqual(samples);
    const loud = await speechFromRecording({ samples: samples.map((x) => x * 4) });
    expectLaws(loud);
    expect(loud.warnings.join()).toContain("full scale");
  });

  it("puts broken samples right, and never changes its input", async () => {
    const samples = vowel(700, 1_200, 0.5);
    samples.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 100);
    const speech = await speechFromRecording({ samples });
    expectLaws(speech);
    expect([...speech.samples.slice(100, 103)]).toEqual([0, 0, 0]);
    expect(samples[101]).toBe(Number.POSITIVE_INFINITY);
    expect(speech.warnings.join()).toContain("not numbers");
  });

  it("accepts silence, with a word about it", async () => {
    const speech = await speechFromRecording({ samples: quiet(2) });
    expect(speech.phonemes).toEqual([{ symbol: "pau", start: 0, end: 2, word: -1, stress: 0 }]);
    expect(speech.warnings).toHaveLength(1);
  });

  it("refuses what is too long or too short", async () => {
    await expect(speechFromRecording({ samples: quiet(600.1) })).rejects.toMatchObject({
      code: "audio_duration_too_long",
      details: { field: ["audio_url"], context: { max_duration: 600, provided_duration: 600.1 } },
    });
    await expect(speechFromRecording({ samples: quiet(0.05) })).rejects.toMatchObject({
      code: "audio_duration_too_short",
    });
  });

  it("stops when cancelled", async () => {
    const controller = new AbortController();
    const call = speechFromRecording({ samples: quiet(120) }, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "client_cancelled" });
  });

  it("obeys the laws for any sound", async () => {
    const piece = fc.record({
      kind: fc.constantFrom("silence", "vowel", "noise", "click"),
      seconds: fc.double({ min: 0.02, max: 0.4, noNaN: true }),
      gain: fc.double({ min: 0.001, max: 1.2, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
        const random = createRandom(pieces.length);
        const parts = pieces.map(({ kind, seconds, gain }) => {
          const base = kind === "vowel" ? vowel(600, 1_500, seconds) : quiet(seconds);
          if (kind === "noise") return base.map(() => gain * random.between(-1, 1));
          if (kind === "click") base[0] = gain;
          return base.map((x) => gain * x);
        });
        const speech = await speechFromRecording({ samples: joined(quiet(0.1), ...parts) });
        expectLaws(speech);
      }),
      { numRuns: 20 },
    );
  });

  it("finds the mouth of known speech: rest, openings and hisses", async () => {
    const known = await synthesizeSpeech({
      prompt: "She sells sea shells. My father got a large car, and Bob met Pam.",
      voice: "rms",
    });
    const heard = await speechFromRecording({ samples: known.samples });
    const classOf = (symbol: string): string =>
      /^pau$/.test(symbol)
        ? "rest"
        : /^(?:s|z|sh|zh|ch|jh)$/.test(symbol)
          ? "hiss"
          : /^[aeiou]/.test(symbol)
            ? "vowel"
            : "other";
    const at = (speech: Speech, time: number): string =>
      classOf(speech.phonemes.find((p) => time >= p.start && time < p.end)?.symbol ?? "pau");
    const hits: Record<string, [number, number]> = {};
    for (let time = 0.005; time < known.duration; time += 0.01) {
      const truth = at(known, time);
      const [hit, all] = hits[truth] ?? [0, 0];
      hits[truth] = [hit + (at(heard, time) === truth ? 1 : 0), all + 1];
    }
    const recall = (name: string): number => hits[name]![0] / hits[name]![1];
    expect(recall("rest")).toBeGreaterThan(0.9);
    expect(recall("vowel")).toBeGreaterThan(0.7);
    expect(recall("hiss")).toBeGreaterThan(0.6);
  });
});

describe("a recording whose words are known", () => {
  const prompt = "Bob met Pam by the pub. Peter paid $25 for my map!";
  let known: Speech;
  let heard: Speech;
  beforeAll(async () => {
    known = await synthesizeSpeech({ prompt, voice: "kal16" });
    heard = await speechFromRecording({ samples: known.samples, prompt });
  });

  it("has its words and sentences as written, near where they are", () => {
    expect(heard.warnings).toEqual([]);
    expect(heard.words.map(({ text }) => text)).toEqual(known.words.map(({ text }) => text));
    expect(heard.sentences.map(({ text }) => text)).toEqual(known.sentences.map(({ text }) => text));
    const off = heard.words
      .map(({ start }, i) => Math.abs(start - known.words[i]!.start))
      .sort((a, b) => a - b);
    expect(off[Math.floor(0.5 * off.length)]).toBeLessThan(0.03);
    expect(off.at(-1)).toBeLessThan(0.15);
  });

  it("has every closure of the lips where it is", () => {
    const closures = ({ phonemes }: Speech) => phonemes.filter(({ symbol }) => /^[pbm]$/.test(symbol));
    const found = closures(heard);
    expect(found).toHaveLength(closures(known).length);
    closures(known).forEach(({ start, end }, i) => {
      expect(found[i]!.start).toBeLessThan(end + 0.02);
      expect(found[i]!.end).toBeGreaterThan(start - 0.02);
    });
  });

  it("covers its sound with phonemes, and its words with theirs", () => {
    const { phonemes, words } = heard;
    expect(phonemes[0]!.start).toBe(0);
    expect(phonemes.at(-1)!.end).toBe(heard.duration);
    phonemes.forEach(({ start, end, word }, i) => {
      expect(end).toBeGreaterThan(start);
      if (i > 0) expect(start).toBe(phonemes[i - 1]!.end);
      if (word < 0) return;
      expect(start).toBeGreaterThanOrEqual(words[word]!.start);
      expect(end).toBeLessThanOrEqual(words[word]!.end);
    });
  });

  it("is not taken in by another text", async () => {
    const wrong = "The weather will be fine, so everyone should choose a longer road.";
    const speech = await speechFromRecording({ samples: known.samples, prompt: wrong });
    expect(speech.words).toEqual([]);
    expect(speech.warnings.join()).toContain("does not fit");
  });

  it("follows the sound alone where the prompt cannot be read, or is far too long", async () => {
    const unread = await speechFromRecording({ samples: known.samples, prompt: "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ" });
    expect(unread.words).toEqual([]);
    expect(unread.warnings.join()).toContain("not used");
    const long = await speechFromRecording({
      samples: known.samples.subarray(0, SAMPLE_RATE),
      prompt: prompt.repeat(20),
    });
    expect(long.words).toEqual([]);
    expect(long.warnings.join()).toMatch(/too long|does not fit/);
  });

  it("may be in another language", async () => {
    const german = "Guten Morgen! Wir backen heute Brot mit Mohn.";
    const spoken = await synthesizeSpeech({ prompt: german, voice: "Melissa", language: "de" });
    const speech = await speechFromRecording({ samples: spoken.samples, prompt: german, language: "de" });
    expect(speech.warnings).toEqual([]);
    expect(speech.words.map(({ text }) => text)).toEqual(german.split(" "));
  });
});

describe.skipIf(testDataDir === null)("real recordings", () => {
  const read = async (file: string) => (await decodeWhole(readFileSync(testFile(`speech/${file}`)))).samples;

  it("keep the mouth at rest in their long pauses, and move it in between", async () => {
    const { phonemes } = await speechFromRecording({ samples: await read("s31_long_pauses.wav") });
    for (const [start, end] of [
      [5.14, 8.14],
      [11.14, 13.64],
    ] as const) {
      const sounding = phonemes.filter(
        (phoneme) => phoneme.symbol !== "pau" && phoneme.end > start + 0.1 && phoneme.start < end - 0.1,
      );
      expect(sounding).toEqual([]);
    }
    expect(phonemes.filter(({ symbol }) => symbol !== "pau").length).toBeGreaterThan(40);
  });

  it("fit their transcripts and no others", async () => {
    const jfk =
      "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.";
    const lj =
      "Printing, in the only sense with which we are at present concerned, differs from most if not from all the arts and crafts represented in the Exhibition";
    for (const [file, right, wrong] of [
      ["s01_en_m_jfk.wav", jfk, lj],
      ["s03_en_f_lj_10s.wav", lj, jfk],
      ["s23_fmt_mulaw_8k.wav", jfk, lj],
    ] as const) {
      const samples = await read(file);
      const known = await speechFromRecording({ samples, prompt: right });
      expect(known.words.map(({ text }) => text).join(" "), file).toBe(right);
      expect((await speechFromRecording({ samples, prompt: wrong })).words, file).toEqual([]);
    }
  });

  it.each([
    ["s08_fr_dictee.aiff", "fr", "et c'est la dictée numéro 1"],
    ["s09_ru_sample.wav", "ru", "бедняга ребят на его месте должен был быть я"],
  ])("fit in other languages: %s", async (file, language, prompt) => {
    const speech = await speechFromRecording({ samples: await read(file), prompt, language });
    expect(speech.words).toHaveLength(prompt.split(" ").length);
  });

  it("hear no voice in silence", async () => {
    const { phonemes } = await speechFromRecording({ samples: await read("s17_silence_5s.wav") });
    expect(phonemes).toHaveLength(1);
  });
});
