import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBench } from "../support/run-cli.js";

const bench = createBench();
afterAll(() => bench.remove());

type Word = { text: string; start: number; end: number };

const timeline = (name: string): { words: Word[]; warnings?: string[] } =>
  JSON.parse(readFileSync(bench.path(name), "utf8"));

const SMALL = ["--resolution", "360p", "--json"];

describe("a prompt that is not English", () => {
  it("is spoken in its language, and every word has its time", async () => {
    const prompt = "Guten Morgen, wie geht es Ihnen heute?";
    const run = await bench.run([
      "speak",
      "--prompt",
      prompt,
      ...SMALL,
      "--out",
      "de.mp4",
      "--timeline",
      "de.json",
    ]);
    expect([run.exitCode, run.stderr.includes("warning")]).toEqual([0, false]);
    const { words } = timeline("de.json");
    expect(words.map(({ text }) => text).join(" ")).toBe(prompt);
    words.forEach(({ start, end }, i) => {
      expect(end).toBeGreaterThan(start);
      expect(start).toBeGreaterThanOrEqual(words[i - 1]?.end ?? 0);
    });
  });

  it.each([
    [["--prompt", "Hello", "--language", "tlh"], "feature_not_supported", ["body", "language"]],
    [["--prompt", "Hello", "--language", "a language"], "string_pattern_mismatch", ["body", "language"]],
    [["--prompt", "今日はいい天気です", "--language", "ja"], "feature_not_supported", ["body", "prompt"]],
  ])("is refused with the field and the cure: %j", async (args, type, loc) => {
    const run = await bench.run(["speak", ...args, ...SMALL, "--out", "no.mp4"]);
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout).detail[0]).toMatchObject({ type, loc });
  });
});

describe("a recording", () => {
  const text = "Bob met Pam by the pub, and Peter paid for my map.";
  beforeAll(async () => {
    const run = await bench.run(["voices", "preview", "kal16", "--text", text, "--out", "said.wav"]);
    expect(run.exitCode).toBe(0);
  });

  it("has the times of its words when they are given", async () => {
    const run = await bench.run([
      ...["speak", "--audio", "said.wav", "--prompt", text, ...SMALL],
      ...["--out", "said.mp4", "--timeline", "said.json"],
    ]);
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout).warnings).toEqual([]);
    expect(
      timeline("said.json")
        .words.map((word) => word.text)
        .join(" "),
    ).toBe(text);
  });

  it("has no invented words when they are not, and says when the prompt is another", async () => {
    const run = await bench.run([
      ...[
        "speak",
        "--audio",
        "said.wav",
        "--prompt",
        "The weather will be fine on Sunday, I hope.",
        ...SMALL,
      ],
      ...["--out", "other.mp4", "--timeline", "other.json"],
    ]);
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout).warnings.join()).toContain("does not fit");
    expect(timeline("other.json").words).toEqual([]);
  });
});
