import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { byToken } from "../../../../test/support/engine-utterances.js";
import {
  hasOnnxRuntime,
  installToy,
  type ToyVoice,
  toyKokoro,
  toyPhonemizer,
} from "../../../../test/support/neural-models.js";
import { numpyArchive, numpyFile } from "../../../../test/support/numpy-archive.js";
import type { EngineUtterance, SpeechEngine } from "../speech-engine.js";
import { createKokoroEngine } from "./kokoro.js";
import type { NeuralEngineOptions } from "./piper.js";

const ROWS = 510;
const directories: string[] = [];
const engines: SpeechEngine[] = [];

/** A voice whose pitch is the first number of every row. */
function styles(pitch: number, rows = ROWS): Float32Array {
  return Float32Array.from({ length: rows * 256 }, (_, i) => (i % 256 === 0 ? pitch : 0));
}

const bytes = (values: Float32Array): Buffer => Buffer.from(values.buffer);
const array = (pitch: number): Buffer => numpyFile([ROWS, 1, 256], styles(pitch));
const VOICES = { "af_heart.npy": array(200), "bm_george.npy": array(100) };

function newEngine(
  voice: ToyVoice = {},
  voices: Readonly<Record<string, Buffer>> = { "voices-v1.0.bin": numpyArchive(VOICES) },
  options: Partial<NeuralEngineOptions> = {},
): SpeechEngine {
  const directory = mkdtempSync(join(tmpdir(), "parlante-kokoro-"));
  directories.push(directory);
  const files = { "kokoro.onnx": toyKokoro(voice), ...voices };
  const model = installToy(directory, "kokoro", files, ["af_heart", "bm_george"]);
  const engine = createKokoroEngine({ model, phonemizer: toyPhonemizer(), ...options });
  engines.push(engine);
  return engine;
}

function say(
  engine: SpeechEngine,
  text: string,
  speaker = "af_heart",
  stretch = 1,
): Promise<EngineUtterance> {
  return engine.speak({ text, pronunciations: new Map(), language: "en-US" }, { speaker, stretch });
}

function expectCovered({ samples, sampleRate, phones }: EngineUtterance): void {
  expect(phones[0]!.start).toBe(0);
  phones.slice(1).forEach((phone, i) => {
    expect(phone.start).toBe(phones[i]!.end);
    expect(phone.end).toBeGreaterThan(phone.start);
  });
  expect(phones.at(-1)!.end).toBe(samples.length / sampleRate);
}

const crossings = ({ samples }: EngineUtterance): number =>
  samples.reduce((n, x, i) => n + (i > 0 && x > 0.05 && samples[i - 1]! <= 0.05 ? 1 : 0), 0);

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const EXPECTED = ["hh ax l ow1", "dh eh1 r", "m ay", "jh ah1 jh"];

describe.skipIf(!hasOnnxRuntime())("kokoro", () => {
  it("speaks, with the durations that it rounds", async () => {
    const utterance = await say(newEngine(), "Hello there, my judge.");
    expect(byToken(utterance)).toEqual(EXPECTED);
    expectCovered(utterance);
    const [heart, second] = utterance.phones.filter(({ symbol }) => symbol === "hh" || symbol === "ax");
    // h has id 50, so 3 frames of 25 ms; before it is the edge with one.
    expect(heart!.start).toBeCloseTo(0.025, 6);
    expect(heart!.end - heart!.start).toBeCloseTo(0.075, 6);
    expect(second!.start).toBeCloseTo(0.1, 6);
  });

  it("takes the durations that an export gives out itself, with other names and types", async () => {
    const utterance = await say(newEngine({ ownDurations: "pred_dur" }), "Hello there, my judge.");
    expect(byToken(utterance)).toEqual(EXPECTED);
    expect(utterance.phones).toEqual((await say(newEngine(), "Hello there, my judge.")).phones);
  });

  it.each([{ durationOps: 0 }, { durationOps: 2 }, { ownDurations: "duration", lie: 1.7 }] as const)(
    "estimates where the durations are not known or cannot be true: %o",
    async (voice) => {
      const utterance = await say(newEngine(voice), "Hello there, my judge.");
      expect(byToken(utterance)).toEqual(EXPECTED);
      expectCovered(utterance);
    },
  );

  it("gives the same sound for the same sentence", async () => {
    const engine = newEngine();
    const [first, , again] = [
      await say(engine, "Moon."),
      await say(engine, "Judge."),
      await say(engine, "Moon."),
    ];
    expect(again.samples).toEqual(first.samples);
    expect(again.phones).toEqual(first.phones);
  });

  it("speaks slower when stretched, and in a dialect by the speaker", async () => {
    const phonemizer = toyPhonemizer();
    const engine = newEngine({}, undefined, { phonemizer });
    const normal = await say(engine, "Moon moon moon.");
    const slow = await say(engine, "Moon moon moon.", "bm_george", 1.5);
    expect(slow.samples.length / normal.samples.length).toBeGreaterThan(1.3);
    expect(phonemizer.asked.map(({ language }) => language)).toEqual(["en-US", "en-GB"]);
  });

  it("joins the runs that a long sentence takes", async () => {
    const text = `${"banana ".repeat(120).trim()}.`;
    const utterance = await say(newEngine(), text, "af_heart", 0.5);
    expectCovered(utterance);
    expect(byToken(utterance)).toEqual(Array.from({ length: 120 }, () => "b ax n ae1 n ax"));
  });

  it.each([
    ["an archive", { "voices-v1.0.bin": numpyArchive(VOICES) }],
    ["a packed archive", { "voices-v1.0.bin": numpyArchive(VOICES, true) }],
    ["files of their own", { "af_heart.bin": bytes(styles(200)), "bm_george.bin": bytes(styles(100)) }],
  ])("reads its voices from %s", async (_what, voices) => {
    const engine = newEngine({}, voices);
    const [high, low] = [await say(engine, "Moon."), await say(engine, "Moon.", "bm_george")];
    expect(crossings(high) / crossings(low)).toBeGreaterThan(1.8);
    for (const nobody of ["af_nobody", "../af_heart", "", "af_heart.bin"]) {
      await expect(say(engine, "Moon.", nobody)).rejects.toMatchObject({
        code: "model_damaged",
        status: 500,
      });
    }
  });

  const archive = numpyArchive(VOICES);
  const wrongSize = numpyArchive({ "af_heart.npy": numpyFile([510, 1, 128], styles(1, 255)) });
  const lying = numpyArchive({ "af_heart.npy": numpyFile([100_000, 1, 256], styles(1)) });
  const bomb = numpyArchive({ "af_heart.npy": Buffer.alloc(50_000_000) }, true);
  const notNumbers = numpyArchive({ "af_heart.npy": numpyFile([510, 256], styles(Number.NaN)) });
  const doubles = numpyArchive({ "af_heart.npy": numpyFile([510, 256], styles(1), "<f8") });
  const directoryBeyond = Buffer.from(archive);
  directoryBeyond.writeUInt32LE(0xfffffff0, archive.length - 6);
  it.each([
    ["cut off", archive.subarray(0, archive.length - 400)],
    ["empty", Buffer.alloc(0)],
    ["of another length", Buffer.alloc(1_000)],
    ["without numbers", bytes(styles(Number.POSITIVE_INFINITY))],
    ["a text", Buffer.from("<!doctype html>")],
    ["huge", Buffer.alloc(30_000_000)],
    ["with a directory beyond its end", directoryBeyond],
    ["with rows of another size", wrongSize],
    ["with fewer numbers than it says", lying],
    ["much larger when unpacked", bomb],
    ["with rows that are no numbers", notNumbers],
    ["with other numbers", doubles],
  ])("a file of voices that is %s is an error with a cure", async (_what, content) => {
    await expect(say(newEngine({}, { "voices.bin": content }), "Moon.")).rejects.toMatchObject({
      code: "model_damaged",
      retryable: false,
      message: expect.stringContaining("parlante models pull toy-kokoro") as unknown,
    });
  });

  it("says what is missing", async () => {
    await expect(say(newEngine({}, {}), "Moon.")).rejects.toMatchObject({ code: "model_damaged" });
    const engine = newEngine();
    await expect(say(engine, "xyzzy")).rejects.toMatchObject({ details: { field: ["prompt"] } });
    await engine.close();
    await expect(say(engine, "Moon.")).rejects.toMatchObject({ status: 500 });
  });
});
