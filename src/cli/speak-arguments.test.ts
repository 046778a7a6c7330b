import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseTalkRequest, talkRequestJsonSchema } from "../request/index.js";
import { readBackground, requestFlags } from "./request-flags.js";
import { readSpeakArguments } from "./speak-arguments.js";
import { UsageError, usage } from "./usage.js";

const directory = mkdtempSync(join(tmpdir(), "parlante-cli-"));
afterAll(() => rmSync(directory, { recursive: true }));

const requestOf = (...args: string[]) => parseTalkRequest(readSpeakArguments(args).body);
const refused = (...args: string[]) => expect(() => readSpeakArguments(args)).toThrow(UsageError);

describe("the flags", () => {
  it("are the fields of the request, one for each", () => {
    expect(requestFlags().map(({ field }) => field)).toEqual(
      Object.keys(talkRequestJsonSchema().properties ?? {}),
    );
    expect(requestFlags().map(({ flag }) => flag)).toEqual([
      "image",
      "prompt",
      "voice",
      "audio",
      "talking-style",
      "expression",
      "background",
      "resolution",
      "aspect-ratio",
      "caption",
      "language",
      "seed",
      "output-format",
      "fit",
      "caption-style",
      "caption-track",
      "extra-outputs",
      "progressive",
    ]);
  });

  it("are all explained by --help, with choices and defaults", () => {
    for (const { flag } of requestFlags()) expect(usage()).toContain(`--${flag}`);
    expect(usage()).toContain("360p|480p|540p|720p|1080p");
    expect(usage()).toContain("(default: 720p)");
    for (const line of usage().split("\n")) expect(line.length).toBeLessThanOrEqual(110);
  });

  it("reach the request", () => {
    const request = requestOf(
      ...["--image", "me.jpg", "--prompt", "Hello", "--voice", "Hope ", "--audio", "speech.wav"],
      ...["--talking-style", "expressive", "--expression", "happy", "--resolution=360p"],
      ...[
        "--aspect-ratio",
        "9:16",
        "--caption",
        "--language",
        "de",
        "--seed",
        "42",
        "--fit",
        "cover",
        "--background",
        "00ff00",
      ],
      ...["--output-format", "webm", "--caption-style", "highlight", "--caption-track"],
      ...["--extra-outputs", "srt,poster"],
    );
    expect(request).toEqual({
      image: "me.jpg",
      prompt: "Hello",
      voice: "Hope ",
      audio: "speech.wav",
      talkingStyle: "expressive",
      expression: "happy",
      background: { type: "color", value: "#00FF00" },
      resolution: "360p",
      aspectRatio: "9:16",
      caption: true,
      extras: {
        language: "de",
        seed: 42,
        outputFormat: "webm",
        fit: "cover",
        captionStyle: "highlight",
        captionTrack: true,
        extraOutputs: ["srt", "poster"],
        progressive: false,
      },
    });
  });

  it("may all be left out: then our own portrait is taken", () => {
    expect(requestOf().image).toBe(resolve("samples/portrait.png"));
    expect(readSpeakArguments([])).toMatchObject({
      target: { path: resolve("talk.mp4") },
      timelinePath: null,
      json: false,
    });
  });

  it("keep a value that starts with a dash when it is joined by =", () => {
    expect(requestOf("--prompt=-5 degrees").prompt).toBe("-5 degrees");
  });
});

describe("usage errors", () => {
  it("an unknown flag", () => refused("--speed", "2"));
  it("a flag without its value", () => refused("--prompt"));
  it("a switch with a value", () => refused("--caption=no"));
  it("a word that belongs to no flag", () => refused("photo.png"));
  it("a flag given twice", () => refused("--prompt", "a", "--prompt", "b"));
  it("prompt and prompt file together", () => refused("--prompt", "a", "--prompt-file", "b.txt"));
  it("a prompt file that is not there", () => refused("--prompt-file", join(directory, "absent.txt")));
  it("a prompt file that is a folder", () => refused("--prompt-file", directory));
  it("an output folder that is not there", () => refused("--out", join(directory, "absent", "a.mp4")));
  it("an output that is a folder", () => refused("--out", directory));
  it("a timeline without a name", () => refused("--timeline="));

  it("are one sentence, without Node's advice", () => {
    try {
      readSpeakArguments(["--speed"]);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toBe("Unknown option '--speed'.");
    }
  });
});

describe("where the video goes", () => {
  const targetOf = (...args: string[]) => readSpeakArguments(args).target;

  it("is named after the format when nothing is said", () => {
    expect(targetOf("--output-format", "webm")).toEqual({ path: resolve("talk.webm") });
    expect(targetOf("--output-format", "avi")).toEqual({ path: resolve("talk.mp4") });
  });

  it("is not a name that promises another format, and says what helps", () => {
    refused("--out", "a.webm");
    refused("--out", "a.MP4", "--output-format", "mov");
    expect(() => readSpeakArguments(["--out", "a.mov"])).toThrow("Add --output-format mov, or let the name");
    expect(targetOf("--out", "a.mov", "--output-format", "mov")).toEqual({ path: resolve("a.mov") });
    expect(targetOf("--out", "a.bin")).toEqual({ path: resolve("a.bin") });
  });

  it("is standard output with -, while the video is made", () => {
    expect(targetOf("--out", "-")).toBe("stdout");
    expect(requestOf("--out", "-").extras.progressive).toBe(true);
    expect(requestOf("--out", "-", "--progressive", "--output-format", "webm").extras.progressive).toBe(true);
    refused("--progressive");
    refused("--out", "-", "--json");
    refused("--out", "-", "--output-format", "mov");
    refused("--out", "-", "--extra-outputs", "srt");
  });
});

describe("the prompt file", () => {
  it("is read as UTF-8, without byte order mark and final line end", () => {
    const path = join(directory, "prompt.txt");
    writeFileSync(path, "\uFEFFGrüße,\nWorld!\r\n\n");
    expect(requestOf("--prompt-file", path).prompt).toBe("Grüße,\nWorld!");
  });

  it("may not be huge", () => {
    const path = join(directory, "huge.txt");
    writeFileSync(path, "a".repeat(1_000_001));
    refused("--prompt-file", path);
  });
});

describe("the background", () => {
  it.each([
    ["#0F0", { type: "color", value: "#0F0" }],
    ["00ff00", { type: "color", value: "#00ff00" }],
    ["color:fff", { type: "color", value: "#fff" }],
    ["image:beach.jpg", { type: "image", value: "beach.jpg" }],
    ["video:https://example.com/a.mp4", { type: "video", value: "https://example.com/a.mp4" }],
    ['{"type":"image","value":"a:b.png"}', { type: "image", value: "a:b.png" }],
  ])("%s", (text, expected) => expect(readBackground(text)).toEqual(expected));

  it.each(["red", "{broken", "image:"])("%s is left for the schema to refuse", (text) => {
    if (text === "image:") return expect(readBackground(text)).toEqual({ type: "image", value: "" });
    expect(() => requestOf("--background", text)).toThrow(/colour|object/);
  });
});
