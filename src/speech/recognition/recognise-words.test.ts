import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  CTC_CHARACTERS,
  ctcGraph,
  installCtcModel,
  speakLabels,
  spellWords,
} from "../../../test/support/ctc-model.js";
import { writeOnnx } from "../../../test/support/write-onnx.js";
import { CancelledError, DeadlineError } from "../../shared/errors.js";
import { recogniseWords } from "./recognise-words.js";

const root = mkdtempSync(join(tmpdir(), "parlante-recognition-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const model = installCtcModel(join(root, "tiny-ctc"));

/** Words that follow each other and are never the same twice nearby. */
function talk(count: number): string[] {
  const letters = "etaonihsrdlu";
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: 1 + ((i * 7) % 6) }, (_, j) => letters[(i * 5 + j * 3) % letters.length]).join(""),
  );
}

describe("recognising words with a real network", () => {
  it("gives words with their times, whatever the loudness", async () => {
    const labels = [...Array<number>(50).fill(0), ...spellWords(["hello", "it's", "me"])];
    for (const loudness of [0.001, 0.1, 0.9]) {
      const words = await recogniseWords(speakLabels(labels, loudness), model);
      expect(words.map(({ text }) => text)).toEqual(["hello", "it's", "me"]);
      // Fifty frames of silence are a second; every character takes three frames.
      expect(words[0]!.start).toBeCloseTo(1, 9);
      expect(words[0]!.end).toBeCloseTo(1 + 15 * 0.02, 9);
      expect(words[1]!.start).toBeCloseTo(1 + 20 * 0.02, 9);
      for (const { confidence } of words) expect(confidence).toBeGreaterThan(0.99);
    }
  });

  it("hears every word of a long recording once, in place", async () => {
    const said = talk(300);
    const labels = spellWords(said);
    const words = await recogniseWords(speakLabels(labels), model);
    expect(labels.length * 0.02).toBeGreaterThan(80);
    expect(words.map(({ text }) => text)).toEqual(said);
    let frame = 0;
    for (const [index, word] of words.entries()) {
      expect(word.start).toBeCloseTo(frame * 0.02, 6);
      frame += said[index]!.length * 3 + 5;
      if (index > 0) expect(word.start).toBeGreaterThanOrEqual(words[index - 1]!.end);
    }
  });

  it("gives the same words for the same samples", async () => {
    const samples = speakLabels(spellWords(talk(60)));
    expect(await recogniseWords(samples, model)).toEqual(await recogniseWords(samples, model));
  });

  it("hears nothing in silence, in next to nothing, and in no numbers", async () => {
    expect(await recogniseWords(new Float32Array(0), model)).toEqual([]);
    expect(await recogniseWords(new Float32Array(100), model)).toEqual([]);
    expect(await recogniseWords(new Float32Array(16_000), model)).toEqual([]);
    expect(await recogniseWords(new Float32Array(16_000).fill(Number.NaN), model)).toEqual([]);
  });

  it("leaves the samples as they are", async () => {
    const samples = speakLabels(spellWords(["so"]));
    const copy = samples.slice();
    await recogniseWords(samples, model);
    expect(samples).toEqual(copy);
  });

  it("tells how far it is", async () => {
    const fractions: number[] = [];
    const samples = speakLabels(spellWords(talk(200)));
    await recogniseWords(samples, model, { onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions.at(-1)).toBe(1);
  });
});

describe("what can go wrong", () => {
  const samples = speakLabels(spellWords(["so"]));

  it("the runtime is missing: how to get it", async () => {
    const attempt = recogniseWords(samples, model, { runtime: "no-such-package" });
    await expect(attempt).rejects.toMatchObject({
      code: "model_runtime_missing",
      retryable: false,
      message: expect.stringContaining("npm install no-such-package"),
    });
  });

  it.each([
    ["no model at all", Buffer.from("this is no network")],
    ["a model that asks for something else", writeOnnx(ctcGraph("mel"))],
  ])("the file is %s: how to mend it", async (name, onnx) => {
    const broken = installCtcModel(join(root, name), onnx);
    await expect(recogniseWords(samples, broken)).rejects.toMatchObject({
      code: "model_damaged",
      message: expect.stringContaining("parlante models pull tiny-ctc"),
    });
  });

  it("the model knows fewer characters than its vocabulary", async () => {
    const small = installCtcModel(join(root, "small"), writeOnnx(ctcGraph("input_values", 10)));
    await expect(recogniseWords(samples, small)).rejects.toMatchObject({
      code: "internal_server_error",
      details: { context: { stderr: expect.stringMatching(/instead of \[1, \d+, 32\]/) } },
    });
  });

  it.each([
    "",
    "[]",
    '{"a": 0}',
    '{"<pad>": -1, "|": 1}',
    '{"<pad>": 0, "|": 1e9}',
    '{"<pad>": 0, "|": "1"}',
  ])("the vocabulary is %j", async (text) => {
    const broken = installCtcModel(join(root, "vocabulary"));
    writeFileSync(join(broken.directory, "vocab.json"), text);
    await expect(recogniseWords(samples, broken)).rejects.toMatchObject({ code: "model_damaged" });
  });

  it("the model is a voice", async () => {
    const voice = { ...model, entry: { ...model.entry, kind: "piper" as const } };
    await expect(recogniseWords(samples, voice)).rejects.toMatchObject({ code: "model_damaged" });
  });

  it("somebody cancels, again and again, in the middle", async () => {
    const long = speakLabels(spellWords(talk(400)));
    for (let round = 0; round < 6; round++) {
      const controller = new AbortController();
      const attempt = recogniseWords(long, model, {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      if (round % 2 === 0) setTimeout(() => controller.abort(), round * 20);
      await expect(attempt).rejects.toBeInstanceOf(CancelledError);
    }
    await expect(recogniseWords(long, model, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
      CancelledError,
    );
  });

  it("it takes too long", async () => {
    await expect(recogniseWords(samples, model, { timeLimitMs: 1 })).rejects.toBeInstanceOf(DeadlineError);
  });

  it("has the characters of the real model", () => {
    expect(CTC_CHARACTERS).toHaveLength(32);
  });
});
