import { readdirSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createBench } from "../support/run-cli.js";

const bench = createBench();
afterAll(() => bench.remove());
afterEach(() => expect(readdirSync(bench.directory).filter((name) => /mp4|part/.test(name))).toEqual([]));

writeFileSync(bench.path("text.png"), "This is no picture.");
writeFileSync(bench.path("empty.jpg"), "");

describe("a usage error: exit status 2, help on standard error, nothing on standard output", () => {
  it.each([
    [["speak", "--speed", "2"], "--speed"],
    [["speak", "--prompt"], "--prompt"],
    [["speak", "--prompt", "a", "--prompt-file", "b"], "not both"],
    [["speak", "--prompt-file", "absent.txt"], "absent.txt"],
    [["speak", "photo.png"], "photo.png"],
    [["speak", "--out", "absent/a.mp4"], "no folder"],
    [["sing"], "Usage: parlante COMMAND"],
  ])("%j", async (args, reason) => {
    const run = await bench.run(args);
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(reason);
    expect(run.stderr).toContain("Usage: parlante ");
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

describe("a refused request: exit status 1", () => {
  it("with --json the whole list of problems is on standard output, in fal's form", async () => {
    const run = await bench.run([
      "speak",
      "--talking-style",
      "loud",
      "--seed",
      "-1",
      "--json",
      "--out",
      "a.mp4",
    ]);
    // A value that starts with a dash must be joined by "="; that is a usage error.
    expect(run.exitCode).toBe(2);
    const again = await bench.run([
      "speak",
      "--talking-style",
      "loud",
      "--seed=-1",
      "--json",
      "--out",
      "a.mp4",
    ]);
    expect(again.exitCode).toBe(1);
    expect(JSON.parse(again.stdout).detail).toMatchObject([
      {
        loc: ["body", "talking_style"],
        type: "literal_error",
        ctx: { expected: "'stable' or 'expressive'" },
      },
      { loc: ["body", "seed"], type: "greater_than_equal", ctx: { ge: 0 } },
    ]);
  });

  it.each([
    ["a file that is not there", "file_download_error", ["--image", "absent.png"]],
    ["a text", "unsupported_image_format", ["--image", "text.png"]],
    ["an empty file", "image_load_error", ["--image", "empty.jpg"]],
    ["a private address", "file_download_error", ["--image", "http://192.0.2.1/face.png"]],
    ["a malformed data URI", "file_download_error", ["--image", "data:image/png;base64,@"]],
    ["a shape that is not offered", "literal_error", ["--aspect-ratio", "4:3"]],
    ["a prompt that is too long", "sequence_too_long", ["--prompt", "a".repeat(5001)]],
  ])("%s is of type %s", async (_, type, args) => {
    const run = await bench.run(["speak", ...args, "--json", "--out", "a.mp4"]);
    expect(run.exitCode).toBe(1);
    const { detail } = JSON.parse(run.stdout);
    expect(detail).toHaveLength(1);
    expect(detail[0]).toMatchObject({ type, url: `https://docs.fal.ai/errors#${type}` });
    expect(detail[0].loc).toEqual(["body", expect.stringMatching(/^(image_url|aspect_ratio|prompt)$/)]);
    expect(detail[0].msg).toMatch(/\w+ \w+/);
  });

  it("without --json it is a sentence about the flag, on standard error", async () => {
    const run = await bench.run(["speak", "--image", "absent.png", "--out", "a.mp4"]);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain("parlante: --image: Cannot read absent.png: there is no such file.\n");
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

it("a reader of standard output that has gone does no harm", async () => {
  const { child, ended } = bench.start(["speak", "--image", "absent.png", "--json", "--out", "a.mp4"]);
  child.stdout?.destroy();
  expect(await ended).toMatchObject({ exitCode: 1, signal: null });
});

describe("asking about the program", () => {
  it("--help explains every flag on standard output", async () => {
    const run = await bench.run(["speak", "--help"]);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.stdout).toContain("--talking-style stable|expressive");
    expect(run.stdout).toContain("Exit status");
  });

  it("--version is a version", async () => {
    expect((await bench.run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("nothing at all shows the help, as a usage error", async () => {
    expect((await bench.run([])).exitCode).toBe(2);
  });
});
