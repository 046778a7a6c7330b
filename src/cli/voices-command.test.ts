import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ListedVoice } from "../app/serve.js";
import { NotFoundError } from "../shared/errors.js";
import { UsageError } from "./usage.js";
import { voicesCommand } from "./voices-command.js";
import { voicesTable } from "./voices-table.js";

const directory = mkdtempSync(join(tmpdir(), "parlante-voices-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function call(...args: string[]): Promise<{ status: number; printed: string; told: string }> {
  let [printed, told] = ["", ""];
  const status = await voicesCommand.run(args, {
    print: async (text) => {
      printed += text;
    },
    messages: {
      write: (text) => {
        told += text;
      },
    },
    signal: new AbortController().signal,
    environment: { PARLANTE_DATA: join(directory, "data") },
  });
  return { status, printed, told };
}

describe("the arguments of parlante voices", () => {
  it.each([
    [[], /list, preview, pull or remove/],
    [["sing"], /"sing": list, preview/],
    [["list", "all"], /"all" is too much/],
    [["list", "--gender", "x"], /f or m/],
    [["list", "--colour", "red"], /colour/],
    [["preview"], /needs the name/],
    [["preview", " "], /needs the name/],
    [["preview", "Chill", "Brian"], /quotes/],
    [["preview", "Ivy", "--out", "/no/such/folder/x.wav"], /no folder/],
    [["preview", "Ivy", "--out", tmpdir()], /name of a file/],
    [["pull"], /needs the id/],
    [["remove"], /needs the id/],
  ])("%j is not understood", async (args, explanation) => {
    const error = await call(...args).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(explanation);
  });

  it("help names every flag and fits a terminal", async () => {
    const text = await voicesCommand.usage();
    for (const flag of ["--out", "--text", "--language", "--gender", "--from", "--data", "--json"])
      expect(text).toContain(flag);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });
});

describe("parlante voices list", () => {
  it("shows every voice with what speaks it", async () => {
    const { printed, status } = await call("list");
    expect(status).toBe(0);
    const lines = printed.trimEnd().split("\n");
    expect(lines).toHaveLength(1 + 103 + 4);
    expect(lines.find((line) => line.startsWith("Melissa "))).toMatch(
      /female +middle +neutral +en-US +flite slt +kokoro-v1\.0, en_US-/,
    );
    expect(lines.filter((line) => line.startsWith('"'))).toHaveLength(6);
  });

  it("filters by gender and language", async () => {
    const voices = async (...args: string[]): Promise<ListedVoice[]> =>
      JSON.parse((await call("list", "--json", ...args)).printed).voices;
    const [women, men, british, all] = [
      await voices("--gender", "f"),
      await voices("--gender", "Male"),
      await voices("--language", "EN-gb"),
      await voices("--language", "en"),
    ];
    expect(women.length + men.length).toBe(107);
    expect(all).toHaveLength(107);
    expect(british.length).toBeGreaterThan(10);
    expect(british.every(({ language }) => language === "en-GB")).toBe(true);
    const none = await call("list", "--language", "e");
    expect(none.printed).toBe("");
    expect(none.told).toMatch(/en-US, en-GB/);
  });

  it("says which engine and speaker in JSON", async () => {
    const { voices } = JSON.parse((await call("list", "--json")).printed);
    expect(voices[2]).toEqual({
      name: "Ivy",
      gender: "female",
      age: "young",
      style: "bright casual",
      language: "en-US",
      engine: "flite",
      model: null,
      speaker: "slt",
      better: ["kokoro-v1.0", "en_US-libritts_r-medium"],
    });
  });

  it("keeps columns straight under wide signs and long names", () => {
    const voice = (name: string): ListedVoice => ({
      name,
      gender: "female",
      age: "young",
      style: "calm",
      language: "en-US",
      source: { engine: "piper", model: "en_US-x-low", speaker: "0" },
      better: [],
    });
    const [head, wide, plain] = voicesTable([voice("A 🤩"), voice("Abcde")]).split("\n");
    // The face takes two columns and two units of a string.
    expect(wide!.indexOf("female")).toBe(plain!.indexOf("female"));
    expect(head!.indexOf("GENDER")).toBe(plain!.indexOf("female"));
    expect(plain).toMatch(/en_US-x-low +-$/);
  });
});

describe("parlante voices preview", () => {
  it("writes a sound file of the voice, whole, under a plain name", async () => {
    const out = join(directory, "derya.wav");
    const { status, printed } = await call(
      "preview",
      "derya - lifelike - excited 🤩",
      "--out",
      out,
      "--text",
      "Hello there!",
      "--json",
    );
    expect(status).toBe(0);
    const { voice, file, duration } = JSON.parse(printed);
    expect(voice).toBe("Derya - Lifelike - Excited 🤩");
    expect(file).toBe(out);
    expect(readdirSync(directory).filter((name) => name.includes(".part"))).toEqual([]);
    const wave = readFileSync(out);
    expect(wave.toString("latin1", 0, 16)).toMatch(/^RIFF.{4}WAVEfmt $/s);
    expect([wave.readUInt16LE(22), wave.readUInt32LE(24), wave.readUInt16LE(34)]).toEqual([1, 48_000, 16]);
    expect(wave.readUInt32LE(4)).toBe(wave.length - 8);
    expect(wave.readUInt32LE(40)).toBe(wave.length - 44);
    expect((wave.length - 44) / 2 / 48_000).toBeCloseTo(duration, 6);
    const samples = new Int16Array(wave.buffer.slice(wave.byteOffset + 44, wave.byteOffset + wave.length));
    expect(Math.max(...samples)).toBeGreaterThan(8_000);
  });

  it("knows no stranger, and says who is near", async () => {
    const out = join(directory, "none.wav");
    const error = await call("preview", "Mellissa", "--out", out).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as Error).message).toMatch(/"Melissa".*voices list/);
    const { status, printed } = await call("preview", "Mellissa", "--out", out, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(printed).detail[0].type).toBe("not_found");
    expect(readdirSync(directory)).not.toContain("none.wav");
  });

  it("refuses a text that cannot be spoken", async () => {
    const { status, printed } = await call(
      "preview",
      "Ivy",
      "--out",
      join(directory, "x.wav"),
      "--text",
      "...",
      "--json",
    );
    expect(status).toBe(1);
    expect(JSON.parse(printed).detail[0].type).toBe("sequence_too_short");
  });
});

describe("parlante voices pull and remove", () => {
  it.each([
    ["pull", "Mellissa", /"Melissa"/],
    ["remove", "Mellissa", /"Melissa"/],
    ["pull", "slt", /comes along/],
    ["remove", "Melissa", /kokoro-v1\.0 is not installed/],
    ["remove", " ivy ", /kokoro-v1\.0 is not installed/],
    ["remove", "Patrick", /en_US-libritts_r-medium is not installed/],
    ["remove", "en_US-amy-medium", /en_US-amy-medium is not installed/],
  ])("%s %s", async (action, name, explanation) => {
    const error = await call(action, name).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as Error).message).toMatch(explanation);
  });

  it("pulls the best model of a voice", async () => {
    const { status, printed } = await call("pull", "Helen", "--from", directory, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(printed).detail[0]).toMatchObject({ type: "model_source_error" });
    expect(JSON.parse(printed).detail[0].msg).toContain("en_US-lessac-high");
  });
});
