import { afterAll, describe, expect, it } from "vitest";
import { LANGUAGES } from "../language/languages.js";
import { ESPEAK_VARIANTS } from "../voices/espeak-variants.js";
import { createEspeak } from "./espeak.js";
import type { EngineSentence, EngineUtterance } from "./speech-engine.js";

const espeak = createEspeak();
afterAll(() => espeak.close());

const sentence = (text: string, language: string): EngineSentence => ({
  text,
  language,
  pronunciations: new Map(),
});
const speak = (text: string, language: string, voice = {}): Promise<EngineUtterance> =>
  espeak.speak(sentence(text, language), { speaker: "f2", ...voice });

function expectLaws({ samples, sampleRate, phones }: EngineUtterance): void {
  expect(phones[0]!.start).toBe(0);
  expect(phones.at(-1)!.end).toBeCloseTo(samples.length / sampleRate, 6);
  phones.forEach((phone, i) => {
    expect(phone.end).toBeGreaterThan(phone.start);
    if (i > 0) expect(phone.start).toBeCloseTo(phones[i - 1]!.end, 9);
    expect(phone.symbol).toMatch(/^[a-z]{1,3}$/);
  });
}

function wordsOf({ phones }: EngineUtterance): string[] {
  const words: string[] = [];
  for (const { token, symbol } of phones)
    if (token >= 0) words[token] = `${words[token] ?? ""} ${symbol}`.trim();
  return words;
}

describe("eSpeak NG", () => {
  it("tells the sounds and times of every word", async () => {
    const spoken = await speak("Guten Morgen, wie geht es dir?", "de");
    expectLaws(spoken);
    expect(wordsOf(spoken)).toEqual(["g uw t ax n", "m ao d g ax n", "v iy", "g eh t", "eh s", "d iy d"]);
    expect(spoken.samples.some((sample) => Math.abs(sample) > 0.1)).toBe(true);
  });

  it("gives words that are read as one their parts of it", async () => {
    const spoken = await speak("오늘 날씨가 좋아요.", "ko");
    expectLaws(spoken);
    expect(wordsOf(spoken).filter((word) => word !== undefined && word !== "")).toHaveLength(3);
  });

  it("knows a voice for every language of the list", async () => {
    for (const { tag } of LANGUAGES) {
      const spoken = await speak("1 2 3", tag);
      expectLaws(spoken);
      expect(wordsOf(spoken).join(" ").split(" ").length, tag).toBeGreaterThan(5);
    }
  });

  it("has all the variants, at about the pitch that is wanted of them", async () => {
    const sounds = new Set<string>();
    for (const { name } of ESPEAK_VARIANTS) {
      const { samples } = await speak("Ja.", "de", { speaker: name });
      sounds.add(Buffer.from(samples.buffer).toString("base64"));
    }
    expect(sounds.size).toBe(ESPEAK_VARIANTS.length);
  });

  it("sounds the same whatever was said before", async () => {
    const first = await speak("Noch einmal dasselbe.", "de");
    await speak("Something else entirely, and longer than before.", "en");
    const second = await speak("Noch einmal dasselbe.", "de");
    expect(second.phones).toEqual(first.phones);
    expect(Buffer.from(second.samples.buffer).equals(Buffer.from(first.samples.buffer))).toBe(true);
  });

  it("speaks slower when told to", async () => {
    const normal = await speak("Das ist ein Satz.", "de");
    const slow = await speak("Das ist ein Satz.", "de", { stretch: 1.4 });
    expect(slow.samples.length / normal.samples.length).toBeGreaterThan(1.2);
  });

  it("reads words as phonemes, and nothing for what is not said", async () => {
    const words = await espeak.phonemize("Hello world, it costs twenty.", "en-US");
    expect(words).toEqual(["həlˈoʊ", "wˈɜːld", "ɪt", "kˈɔsts", "twˈɛnti"]);
    expect(await espeak.phonemize("Hallo - du", "de")).toHaveLength(3);
  });

  it("survives what it is not made for", async () => {
    for (const text of ["", "\0", "[[", "<speak>", "😀", "x".repeat(5_000), "\u202e", "¡¿", "𠮷"]) {
      const spoken = await speak(text, "de");
      expectLaws(spoken);
    }
    await expect(speak("ä".repeat(40_000), "de")).rejects.toMatchObject({ code: "internal_server_error" });
    await expect(speak("Hallo", "xx")).rejects.toMatchObject({ code: "feature_not_supported" });
  });

  it("says what to install where it is missing", async () => {
    const missing = createEspeak({ packageName: "@echogarden/not-installed" });
    const call = missing.speak(sentence("Hallo", "de"), { speaker: "f2" });
    await expect(call).rejects.toMatchObject({
      code: "feature_not_supported",
      details: { field: ["prompt"] },
    });
    await expect(missing.phonemize("Hallo", "de")).rejects.toThrow(/npm install @echogarden/);
    await missing.close();
  });

  it("stops at once when cancelled, and works again afterwards", async () => {
    const controller = new AbortController();
    const call = espeak.speak(
      sentence("wort ".repeat(3_000).trim(), "de"),
      { speaker: "f2" },
      controller.signal,
    );
    setTimeout(() => controller.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: "client_cancelled" });
    expectLaws(await speak("Zurück.", "de"));
  });

  it("gives up on a sentence that takes too long, and refuses calls after its end", async () => {
    const impatient = createEspeak({ timeLimitMs: 5 });
    const call = impatient.speak(sentence("Hallo", "de"), { speaker: "f2" });
    await expect(call).rejects.toMatchObject({ code: "generation_timeout", status: 504 });
    await impatient.close();
    await expect(impatient.phonemize("Hallo", "de")).rejects.toMatchObject({ code: "internal_server_error" });
  });
});
