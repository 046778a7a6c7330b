import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { CommandContext } from "./command.js";
import { createPullDisplay } from "./model-progress.js";
import { modelsCommand } from "./models-command.js";
import { UsageError } from "./usage.js";

const root = mkdtempSync(join(tmpdir(), "parlante-models-command-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A run of the command in a data directory of its own. */
async function run(args: readonly string[], data = join(root, "data")) {
  const written = { out: "", messages: "" };
  const context: CommandContext = {
    print: async (text) => {
      written.out += text;
    },
    messages: {
      write: (text) => {
        written.messages += text;
      },
      isTTY: false,
    },
    signal: new AbortController().signal,
    environment: { PARLANTE_DATA: data },
  };
  const outcome = await modelsCommand.run(args, context).catch((error: unknown) => error);
  return { outcome, ...written };
}

describe("the arguments of parlante models", () => {
  it.each([
    [[], /list, pull or remove/],
    [["destroy"], /list, pull or remove/],
    [["constructor"], /list, pull or remove/],
    [["list", "all"], /"all" is too much/],
    [["list", "--from", "x"], /from/],
    [["pull"], /needs the id/],
    [["pull", "a", "b"], /"b" is too much/],
    [["pull", "a", "--from"], /from/],
    [["remove"], /needs the id/],
    [["remove", "a", "--colour", "red"], /colour/],
  ])("%j is not understood", async (args, explanation) => {
    const { outcome, out } = await run(args);
    expect(outcome).toBeInstanceOf(UsageError);
    expect((outcome as UsageError).message).toMatch(explanation);
    expect(out).toBe("");
  });

  it("help names every flag, in lines that fit", async () => {
    const text = await modelsCommand.usage();
    for (const flag of ["--from", "--data", "--json"]) expect(text).toContain(flag);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });
});

describe("parlante models list", () => {
  it("is a table of all models with state, size and licence", async () => {
    const { outcome, out } = await run(["list"]);
    expect(outcome).toBe(0);
    expect(out).toMatch(/^MODEL +STATE +LANGUAGE +SIZE +SPEAKERS +LICENCE\n/);
    expect(out).toMatch(/^en_US-lessac-medium +- +en-US +63 MB +female +MIT; recordings: Blizzard/m);
    expect(out).toMatch(/^kokoro-v1\.0 +- +mul +354 MB +54 +Apache-2\.0$/m);
  });

  it("is the same as JSON", async () => {
    const { models } = JSON.parse((await run(["list", "--json"])).out) as {
      models: Record<string, unknown>[];
    };
    expect(models.find(({ id }) => id === "wav2vec2-base-960h")).toMatchObject({
      kind: "ctc",
      state: "absent",
      size_bytes: 95_286_404,
      verified: true,
    });
  });

  it("tells of a damaged model, and how to mend it", async () => {
    const data = join(root, "damaged");
    mkdirSync(join(data, "models", "kokoro-v1.0"), { recursive: true });
    const { out, messages } = await run(["list"], data);
    expect(out).toMatch(/^kokoro-v1\.0 +DAMAGED /m);
    expect(messages).toMatch(/model\.json is missing.*parlante models pull kokoro-v1\.0/);
  });
});

describe("parlante models pull and remove", () => {
  it("take a part of an id that is clear, and ask when it is not", async () => {
    const from = mkdtempSync(join(root, "from-"));
    const clear = await run(["pull", "wav2vec2", "--from", from]);
    expect(clear.outcome).toMatchObject({ code: "model_source_error" });
    expect(clear.messages).toMatch(
      /wav2vec2-base-960h: speech recognition, en, 95 MB\n +licence +Apache-2\.0/,
    );
    const unclear = await run(["pull", "lessac"]);
    expect(unclear.outcome).toMatchObject({
      message: expect.stringMatching(/en_US-lessac-medium.*Give one of them/),
    });
  });

  it("refuse files that are not the model, as JSON too", async () => {
    const from = mkdtempSync(join(root, "from-"));
    writeFileSync(join(from, "model_quantized.onnx"), "not a network");
    const { outcome, out, messages } = await run(["pull", "wav2vec2-base-960h", "--json", "--from", from]);
    expect(outcome).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ detail: [{ type: "model_damaged" }] });
    expect(messages).not.toContain("licence");
  });

  it("remove what there is, once", async () => {
    const data = join(root, "removing");
    mkdirSync(join(data, "models", "kokoro-v1.0"), { recursive: true });
    const removed = await run(["remove", "kokoro-v1.0", "--json"], data);
    expect(JSON.parse(removed.out)).toEqual({ id: "kokoro-v1.0", removed: true });
    expect((await run(["remove", "kokoro-v1.0"], data)).outcome).toMatchObject({ code: "not_found" });
  });
});

describe("the display of a pull", () => {
  const steps = Array.from({ length: 101 }, (_, i) => ({
    file: "voice.onnx",
    doneBytes: i * 632_013,
    totalBytes: 63_201_300,
  }));

  it("is a line for every quarter in a pipe", () => {
    const lines: string[] = [];
    const display = createPullDisplay({ write: (text) => lines.push(text), isTTY: false });
    for (const step of steps) display.show(step);
    display.end();
    expect(lines).toEqual([0, 25, 50, 75, 100].map((part) => `pull: ${part} % of 63 MB (voice.onnx)\n`));
  });

  it.each([20, 40, 80, 0])("is one line that is drawn over on a terminal of %d columns", (columns) => {
    const drawn: string[] = [];
    let now = 0;
    const output = { write: (text: string) => drawn.push(text), isTTY: true, columns };
    const display = createPullDisplay(output, () => now);
    for (const step of steps) {
      display.show(step);
      now += 10;
    }
    display.end();
    // Not with every packet: a terminal would be slower than the network.
    expect(drawn.length).toBeLessThan(20);
    expect(drawn.at(-1)).toBe("\r\x1b[K");
    for (const text of drawn) {
      expect(text).toMatch(/^\r/);
      expect(text.replace("\r", "").replace("\x1b[K", "").length).toBeLessThan(columns || 80);
    }
    if (columns === 80) expect(drawn.at(-2)).toContain("100 %  63 of 63 MB  voice.onnx");
  });
});
