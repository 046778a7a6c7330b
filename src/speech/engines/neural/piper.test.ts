import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { byToken } from "../../../../test/support/engine-utterances.js";
import {
  hasOnnxRuntime,
  installToy,
  type ToyVoice,
  toyPhonemizer,
  toyPiper,
  toyPiperConfig,
} from "../../../../test/support/neural-models.js";
import { createEspeak, hasEspeak } from "../espeak.js";
import type { EngineUtterance, SpeechEngine } from "../speech-engine.js";
import { createPiperEngine, type NeuralEngineOptions } from "./piper.js";

const NONE: ReadonlyMap<string, readonly string[]> = new Map();
const directories: string[] = [];
const engines: SpeechEngine[] = [];

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "parlante-neural-"));
  directories.push(directory);
  return directory;
}

function newEngine(
  voice: ToyVoice = {},
  config: Readonly<Record<string, unknown>> = {},
  options: Partial<NeuralEngineOptions> = {},
): SpeechEngine {
  return engineOf(toyPiper(voice), JSON.stringify(toyPiperConfig(config)), options);
}

function engineOf(
  onnx: Uint8Array,
  json: string | null,
  options: Partial<NeuralEngineOptions> = {},
): SpeechEngine {
  const files = { "toy.onnx": onnx, ...(json === null ? {} : { "toy.onnx.json": json }) };
  const model = installToy(newDirectory(), "piper", files);
  const engine = createPiperEngine({ model, phonemizer: toyPhonemizer(), ...options });
  engines.push(engine);
  return engine;
}

function say(engine: SpeechEngine, text: string, speaker = "0", stretch = 1): Promise<EngineUtterance> {
  return engine.speak({ text, pronunciations: NONE, language: "en-US" }, { speaker, stretch });
}

function expectCovered({ samples, sampleRate, phones }: EngineUtterance): void {
  expect(phones[0]!.start).toBe(0);
  phones.slice(1).forEach((phone, i) => {
    expect(phone.start).toBe(phones[i]!.end);
    expect(phone.end).toBeGreaterThan(phone.start);
  });
  expect(phones.at(-1)!.end).toBe(samples.length / sampleRate);
}

function loudness({ samples, sampleRate }: EngineUtterance, from: number, to: number): number {
  const part = samples.subarray(Math.round(from * sampleRate), Math.round(to * sampleRate));
  return Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / Math.max(1, part.length));
}

const same = (a: EngineUtterance, b: EngineUtterance): boolean =>
  a.samples.length === b.samples.length && a.samples.every((x, i) => x === b.samples[i]);

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(!hasOnnxRuntime())("piper", () => {
  it("speaks, and knows when each phone of each word is", async () => {
    const utterance = await say(newEngine(), "Hello there, my church banana.");
    expect(byToken(utterance)).toEqual(["hh ax l ow1", "dh eh1 r", "m ay", "ch er1 ch", "b ax n ae1 n ax"]);
    expectCovered(utterance);
    expect(utterance.sampleRate).toBe(48_000);
    const { phones } = utterance;
    expect(phones[0]!.symbol).toBe("pau");
    expect(phones.at(-1)!.symbol).toBe("pau");
    // The toy's vowels sound and nothing else does, so the sound shows when they are.
    const vowels = phones.filter(({ symbol }) => /^(ax|ae|eh)$/.test(symbol));
    expect(vowels.length).toBe(5);
    for (const { start, end } of vowels)
      expect(loudness(utterance, start + 0.01, end - 0.02)).toBeGreaterThan(0.25);
    for (const { symbol, start, end } of phones) {
      if (/^(pau|b|n|m|l|hh)$/.test(symbol))
        expect(loudness(utterance, start + 0.01, end - 0.01)).toBeLessThan(0.05);
    }
  });

  it("makes a pause of a mark, and none of a space", async () => {
    const { phones } = await say(newEngine(), "Moon, moon moon.");
    const inner = phones.slice(1, -1).filter(({ symbol }) => symbol === "pau");
    expect(inner).toHaveLength(1);
  });

  it("gives the same sound for the same sentence, whatever was said before", async () => {
    const [one, other] = [newEngine(), newEngine()];
    const first = await say(one, "Hello there.");
    await say(one, "Banana.");
    const again = await say(one, "Hello there.");
    expect(same(first, again)).toBe(true);
    expect(again.phones).toEqual(first.phones);
    expect(same(first, await say(other, "Hello there."))).toBe(true);
  });

  it("has its noise all the same", async () => {
    const silent = { inference: { noise_scale: 0, length_scale: 1, noise_w: 0 } };
    const [noisy, plain] = [await say(newEngine(), "Moon."), await say(newEngine({}, silent), "Moon.")];
    expect(noisy.samples.length).not.toBe(plain.samples.length);
    expect(loudness(noisy, 0.005, 0.02)).toBeGreaterThan(0.0003);
  });

  it("speaks slower when stretched", async () => {
    const engine = newEngine();
    const normal = await say(engine, "Hello there.");
    const slow = await say(engine, "Hello there.", "0", 1.5);
    expect(slow.samples.length / normal.samples.length).toBeGreaterThan(1.35);
    // Nonsense is kept within what a voice can do.
    const absurd = await say(engine, "Hello there.", "0", 1e9);
    expect(absurd.samples.length / normal.samples.length).toBeLessThan(2.2);
  });

  it("has several speakers, by number and by name", async () => {
    const engine = newEngine({ speakers: 3 }, { num_speakers: 3, speaker_id_map: { anna: 2, p225: 1 } });
    const crossings = async (speaker: string): Promise<number> => {
      const { samples } = await say(engine, "Moon moon.", speaker);
      return samples.reduce((n, x, i) => n + (i > 0 && x > 0.05 && samples[i - 1]! <= 0.05 ? 1 : 0), 0);
    };
    const [first, anna] = [await crossings("0"), await crossings("anna")];
    expect(anna / first).toBeGreaterThan(2.5);
    expect(await crossings("2")).toBe(anna);
    for (const speaker of ["3", "-1", "1.5", "nobody", "", "__proto__"]) {
      await expect(crossings(speaker)).rejects.toMatchObject({ status: 500, retryable: false });
    }
  });

  it("reads pronunciations of the sentence's own", async () => {
    const phonemizer = toyPhonemizer();
    const engine = newEngine({}, {}, { phonemizer });
    const pronunciations = new Map([["=gpu", ["jh", "iy1", "p", "iy0"]]]);
    const utterance = await engine.speak(
      { text: "my =gpu, moon", pronunciations, language: "en-GB" },
      { speaker: "0" },
    );
    expect(byToken(utterance)).toEqual(["m ay", "jh iy1 p iy", "m uw1 n"]);
    // In the dialect of the model.
    expect(phonemizer.asked).toEqual([{ text: "my gpu, moon", language: "en-US" }]);
  });

  it("leaves out what the model does not know, and says so once", async () => {
    const warnings: string[] = [];
    const engine = newEngine({}, {}, { onWarning: (message) => warnings.push(message) });
    const utterance = await say(engine, "odd moon");
    await say(engine, "odd moon");
    expect(byToken(utterance)).toEqual(["aa1 d", "m uw1 n"]);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toMatch(/"ʁ"/);
    await expect(say(engine, "xyzzy.")).rejects.toMatchObject({
      status: 500,
      details: { field: ["prompt"] },
    });
  });

  it("takes the durations that an export gives out itself", async () => {
    const [own, found] = [newEngine({ ownDurations: "durations_out" }), newEngine()];
    expect((await say(own, "Hello there.")).phones).toEqual((await say(found, "Hello there.")).phones);
  });

  it.each([0, 2] as const)("estimates where %i operations might give durations", async (durationOps) => {
    const utterance = await say(newEngine({ durationOps }), "Hello there, my church.");
    expect(byToken(utterance)).toEqual(["hh ax l ow1", "dh eh1 r", "m ay", "ch er1 ch"]);
    expectCovered(utterance);
  });

  it("lets the caller align such a sound", async () => {
    const asked: string[] = [];
    const engine = newEngine(
      { durationOps: 0 },
      {},
      {
        align: async ({ samples, sampleRate, symbols }) => {
          asked.push(symbols.map(({ text }) => text).join(""));
          return [{ symbol: "pau", start: 0, end: samples.length / sampleRate, stress: 0, token: -1 }];
        },
      },
    );
    expect((await say(engine, "Hello there.")).phones).toHaveLength(1);
    expect(asked).toEqual(["həlˈoʊ ðˈɛɹ."]);
  });

  it("speaks letters where the model reads letters", async () => {
    const utterance = await say(newEngine({}, { phoneme_type: "text" }), "Hello there.");
    expect(byToken(utterance)).toEqual(["hh ax l ow1", "dh eh1 r"]);
    expectCovered(utterance);
  });

  it.skipIf(!hasEspeak())("speaks with eSpeak NG's phonemes", async () => {
    const phonemizer = createEspeak();
    try {
      const utterance = await say(newEngine({}, {}, { phonemizer }), "My mother bought a pan, and a book.");
      expect(utterance.phones.filter(({ token }) => token === 0).map(({ symbol }) => symbol)).toEqual([
        "m",
        "ay",
      ]);
      expect(new Set(utterance.phones.map(({ token }) => token))).toEqual(
        new Set([-1, 0, 1, 2, 3, 4, 5, 6, 7]),
      );
      expectCovered(utterance);
    } finally {
      await phonemizer.close();
    }
  });

  it("can be broken off in the middle of a run, and speaks again", async () => {
    const engine = newEngine({ rounds: 200_000 });
    const controller = new AbortController();
    const started = performance.now();
    const sentence = { text: "Hello there.", pronunciations: NONE, language: "en" };
    const call = engine.speak(sentence, { speaker: "0" }, controller.signal);
    setTimeout(() => controller.abort(), 1_500);
    await expect(call).rejects.toMatchObject({ code: "client_cancelled" });
    expect(performance.now() - started).toBeLessThan(4_000);
    await expect(engine.speak(sentence, { speaker: "0" }, controller.signal)).rejects.toMatchObject({
      code: "client_cancelled",
    });
  });

  it("gives up on a run that takes too long", async () => {
    const engine = newEngine({ rounds: 200_000 }, {}, { timeLimitMs: 3_000 });
    await expect(say(engine, "Hello.")).rejects.toMatchObject({ code: "generation_timeout", status: 504 });
  });

  it("says how to install the runtime where it is missing", async () => {
    const engine = newEngine({}, {}, { runtime: "no-such-runtime" });
    await expect(say(engine, "Hello.")).rejects.toMatchObject({
      status: 500,
      retryable: false,
      message: expect.stringContaining("npm install no-such-runtime") as unknown,
    });
  });

  it("refuses calls after its end", async () => {
    const engine = newEngine();
    await say(engine, "Moon.");
    await engine.close();
    await expect(say(engine, "Moon.")).rejects.toMatchObject({ status: 500 });
  });
});

describe.skipIf(!hasOnnxRuntime())("damaged models of piper", () => {
  const good = toyPiper();
  const config = JSON.stringify(toyPiperConfig());
  const flipped = (seed: number): Uint8Array => {
    const bytes = Uint8Array.from(good);
    for (let i = 0; i < 40; i++)
      bytes[(seed * 7_919 + i * 104_729) % bytes.length]! ^= 1 + ((seed + i) % 255);
    return bytes;
  };
  const damaged: [string, Uint8Array][] = [
    ["cut off", good.subarray(0, good.length / 2)],
    ["empty", new Uint8Array()],
    ["a web page", Buffer.from("<!doctype html><title>404</title>")],
    ["zeros", new Uint8Array(10_000)],
    ["without a graph", Uint8Array.of(8, 8)],
    [
      "a pointer to large files",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    ],
    ["endless lengths", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)],
    ["an endless integer", new Uint8Array(30).fill(0xff)],
  ];

  it.each(damaged)("a model file that is %s is an error with a cure", async (_what, bytes) => {
    await expect(say(engineOf(bytes, config), "Moon.")).rejects.toMatchObject({
      code: "model_damaged",
      retryable: false,
      message: expect.stringContaining("parlante models pull toy-piper") as unknown,
    });
  });

  it("flipped bits are an error or a sound, and the program goes on", async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const answer = await say(engineOf(flipped(seed), config), "Moon.").catch(
        (error: { status: number }) => error.status,
      );
      expect(typeof answer === "number" ? answer : 200).toSatisfy((status: number) =>
        [200, 500].includes(status),
      );
    }
  });

  const wrong: [string, string | null][] = [
    ["missing", null],
    ["no JSON", "{"],
    ["empty", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["without phonemes", JSON.stringify(toyPiperConfig({ phoneme_id_map: undefined }))],
    ["with a text as rate", JSON.stringify(toyPiperConfig({ audio: { sample_rate: "22050" } }))],
    ["with an absurd rate", JSON.stringify(toyPiperConfig({ audio: { sample_rate: 1e12 } }))],
    ["with a number as phonemes", JSON.stringify(toyPiperConfig({ phoneme_id_map: { a: 5 } }))],
    ["with texts as ids", JSON.stringify(toyPiperConfig({ phoneme_id_map: { a: ["5"] } }))],
    ["with negative ids", JSON.stringify(toyPiperConfig({ phoneme_id_map: { a: [-5] } }))],
    [
      "with endless ids",
      JSON.stringify(toyPiperConfig({ phoneme_id_map: { a: new Array(100_000).fill(1) } })),
    ],
    [
      "with endless phonemes",
      JSON.stringify(
        toyPiperConfig({
          phoneme_id_map: Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`p${i}`, [1]])),
        }),
      ),
    ],
    ["of a kind that is not known", JSON.stringify(toyPiperConfig({ phoneme_type: "pinyin" }))],
    ["with endless noise", JSON.stringify(toyPiperConfig({ inference: { noise_scale: 1e30 } }))],
    ["with absurd speakers", JSON.stringify(toyPiperConfig({ num_speakers: 1e9 }))],
    ["larger than any", JSON.stringify(toyPiperConfig({ comment: "x".repeat(5_000_000) }))],
    ["with prototypes", JSON.stringify({ __proto__: null, constructor: 1 })],
  ];

  it.each(wrong)("a config that is %s is an error with a cure", async (_what, json) => {
    await expect(say(engineOf(good, json), "Moon.")).rejects.toMatchObject({
      code: "model_damaged",
      retryable: false,
    });
  });

  it("an id beyond the model's table is an error of this text", async () => {
    const map = Object.fromEntries(["_", "^", "$", "m", "n", "u"].map((letter) => [letter, [90_000]]));
    await expect(
      say(engineOf(good, JSON.stringify(toyPiperConfig({ phoneme_id_map: map }))), "Moon."),
    ).rejects.toMatchObject({ code: "internal_server_error", details: { field: ["prompt"] } });
  });

  it("a config that says more speakers than the model takes is an error of this text", async () => {
    const json = JSON.stringify(toyPiperConfig({ num_speakers: 5 }));
    await expect(say(engineOf(toyPiper({ speakers: 2 }), json), "Moon.", "4")).rejects.toMatchObject({
      status: 500,
    });
  });
});
