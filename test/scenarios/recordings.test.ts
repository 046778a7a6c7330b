import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeSound } from "../support/encode-sound.js";
import { decodeSound, readTracks } from "../support/read-video.js";
import { createBench } from "../support/run-cli.js";
import { type RunningServer, startServer } from "../support/run-server.js";
import { call, MODEL, portraitDataUri } from "../support/server-calls.js";
import { rms, tone, wavFile } from "../support/wav.js";

const bench = createBench();
afterAll(() => bench.remove());

const LEVEL = rms(tone(1));
const voice = tone(1);
const inverted = voice.map((sample) => -sample);
const silence = new Float32Array(voice.length);

beforeAll(async () => {
  const write = async (name: string, channels: Float32Array[], file: Parameters<typeof encodeSound>[1]) =>
    writeFileSync(bench.path(name), await encodeSound(channels, file));
  await write("camera.mpg", [voice, inverted], {
    container: "mpeg",
    codec: "mp2",
    video: "mpeg1video",
    bitRate: 192_000,
  });
  await write("film.ac3", [silence, silence, voice, silence, silence, silence], {
    container: "ac3",
    codec: "ac3",
    bitRate: 448_000,
  });
  await write("silent.mkv", [voice], { container: "matroska", codec: null, video: "mpeg4" });
  await write("long.flac", [new Float32Array(8_000 * 700)], {
    container: "flac",
    codec: "flac",
    sampleRate: 8_000,
  });
  const broken = tone(1);
  broken.set([Number.NaN, Number.POSITIVE_INFINITY, 1e30], 20_000);
  writeFileSync(bench.path("broken.wav"), wavFile([silence, broken], { format: "f32" }));
  writeFileSync(bench.path("header.wav"), wavFile([new Float32Array(0)]));
  writeFileSync(bench.path("blink.wav"), wavFile([tone(0.05)]));
  writeFileSync(bench.path("empty.mp3"), "");
  writeFileSync(bench.path("text.mp3"), "Dear reader, this is no recording at all. ".repeat(40));
  writeFileSync(bench.path("radio.mp3"), "#EXTM3U\n#EXTINF:-1,Radio\nhttp://127.0.0.1:1/stream\n");
  writeFileSync(bench.path("parts.wav"), "ffconcat version 1.0\nfile 'camera.mpg'\n");
});

const speak = (audio: string, out: string) =>
  bench.run([
    "speak",
    "--audio",
    audio,
    "--prompt",
    "Something else.",
    "--voice",
    "x",
    "--resolution",
    "360p",
    "--json",
    "--out",
    out,
  ]);

describe("a recording of any kind speaks, whatever prompt and voice say", () => {
  it.each(["camera.mpg", "film.ac3", "broken.wav"])("%s", async (name) => {
    const run = await speak(name, "a.mp4");
    expect([run.exitCode, run.stderr.includes("is not a known voice")]).toEqual([0, false]);
    const tracks = await readTracks(bench.path("a.mp4"));
    expect(tracks.map(({ kind }) => kind).sort()).toEqual(["audio", "video"]);
    const heard = await decodeSound(bench.path("a.mp4"), 48_000);
    expect(Math.abs(heard.length / 48_000 - 1)).toBeLessThan(0.1);
    expect(rms(heard.subarray(9_600, 38_400)) / LEVEL).toBeGreaterThan(0.9);
    expect(rms(heard.subarray(9_600, 38_400)) / LEVEL).toBeLessThan(1.1);
  });
});

describe("what is no recording is refused by name, with its cure", () => {
  it.each([
    ["empty.mp3", "unsupported_audio_format", "The audio file is empty. Give a recording"],
    ["header.wav", "unsupported_audio_format", "holds no sound, not one sample. Give a recording"],
    ["text.mp3", "unsupported_audio_format", "holds no sound that is known. Give a recording"],
    [
      "silent.mkv",
      "unsupported_audio_format",
      "is a video without a sound track. Give a recording, or a video with sound",
    ],
    ["radio.mp3", "unsupported_audio_format", "is a list of other files or addresses"],
    ["parts.wav", "unsupported_audio_format", "is a list of other files or addresses"],
    ["long.flac", "audio_duration_too_long", "lasts 700 s; the limit is 600 s. Cut it into parts."],
    ["blink.wav", "audio_duration_too_short", "at least 0.1 s are needed"],
    ["absent.wav", "file_download_error", "there is no such file"],
  ])("%s", async (name, type, message) => {
    const run = await speak(name, "refused.mp4");
    expect(run.exitCode).toBe(1);
    const { detail } = JSON.parse(run.stdout);
    expect(detail).toMatchObject([{ type, loc: ["body", "audio_url"] }]);
    expect(detail[0].msg).toContain(message);
    if (type === "audio_duration_too_long")
      expect(detail[0].ctx).toMatchObject({ max_duration: 600, provided_duration: 700 });
    if (type === "unsupported_audio_format") expect(detail[0].ctx.supported_formats).toContain(".mp3");
    expect(bench.leftovers()).toEqual([]);
    expect(readdirSync(bench.directory).filter((entry) => entry.includes("refused"))).toEqual([]);
  });

  it("without --json it is a sentence about the flag", async () => {
    const run = await bench.run(["speak", "--audio", "silent.mkv", "--out", "b.mp4"]);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain("parlante: --audio: The audio file is a video without a sound track.");
  });
});

describe("over HTTP", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  const run = (name: string) => {
    const audio = `data:application/octet-stream;base64,${readFileSync(bench.path(name)).toString("base64")}`;
    const body = { image_url: portraitDataUri(), audio_url: audio, prompt: "Else.", resolution: "360p" };
    return call(`${server.url}/run/${MODEL}`, { body });
  };

  it("the sound of a video speaks", async () => {
    const answer = await run("camera.mpg");
    expect(answer.status).toBe(200);
    const video = await fetch(answer.body.video.url);
    writeFileSync(bench.path("fetched.mp4"), Buffer.from(await video.arrayBuffer()));
    const heard = await decodeSound(bench.path("fetched.mp4"), 48_000);
    expect(rms(heard.subarray(9_600, 38_400)) / LEVEL).toBeCloseTo(1, 0);
  });

  it.each([
    ["silent.mkv", "unsupported_audio_format"],
    ["empty.mp3", "unsupported_audio_format"],
    ["long.flac", "audio_duration_too_long"],
  ])("%s is refused with status 422", async (name, type) => {
    const { status, body } = await run(name);
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ type, loc: ["body", "audio_url"] }]);
  });
});
