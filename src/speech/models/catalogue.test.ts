import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MODEL_CATALOGUE } from "./catalogue.js";
import { modelEntry } from "./model-schema.js";

describe("the catalogue", () => {
  it.each(MODEL_CATALOGUE.map((entry) => [entry.id, entry] as const))("%s is sound", (id, entry) => {
    expect(modelEntry.parse(entry)).toEqual(entry);
    expect(MODEL_CATALOGUE.filter((other) => other.id.toLowerCase() === id.toLowerCase())).toHaveLength(1);
    for (const file of entry.files) {
      expect(file.url).toMatch(/^https:/);
      expect(file.sha256 ?? file.md5).toBeDefined();
    }
  });

  it("has a voice for every language it should", () => {
    const languages = new Set(MODEL_CATALOGUE.map(({ language }) => language.split("-")[0]));
    for (const language of "en de es fr it pt nl pl ru uk tr ar zh sv fi no cs mul".split(" "))
      expect(languages).toContain(language);
  });

  it("has no hash twice: a slip of the pen would", () => {
    const hashes = MODEL_CATALOGUE.flatMap(({ files }) => files.map(({ sha256, md5 }) => sha256 ?? md5));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("knows all 54 speakers of Kokoro", () => {
    expect(MODEL_CATALOGUE.find(({ kind }) => kind === "kokoro")?.speakers).toHaveLength(54);
  });

  it("names the vocabulary of wav2vec2 by its true hash", () => {
    const characters = "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split(
      " ",
    );
    const sorted = characters.map((text, id) => [text, id] as const).sort(([a], [b]) => (a < b ? -1 : 1));
    const bytes = `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
    const file = MODEL_CATALOGUE.find(({ kind }) => kind === "ctc")?.files.find(
      ({ name }) => name === "vocab.json",
    );
    expect(file).toMatchObject({
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  });
});
