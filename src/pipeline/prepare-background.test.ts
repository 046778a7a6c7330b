import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodeFilm } from "../../test/support/encode-film.js";
import { tone, wavFile } from "../../test/support/wav.js";
import { decodePhoto, loadAsset, loadAssetFile } from "../assets/index.js";
import { parseTalkRequest } from "../request/index.js";
import { AssetError, EngineError } from "../shared/errors.js";
import { type MediaProcess, startMediaProcess } from "./media-process.js";
import { readPhoto } from "./photo-file.js";
import {
  MAX_FILM_BYTES,
  type PreparedBackground,
  prepareBackground,
  withSizeWarning,
} from "./prepare-background.js";

let workspace: string;
let media: MediaProcess;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), "parlante-test-"));
  media = startMedia();
});
afterAll(async () => {
  await media.close();
  await rm(workspace, { recursive: true, force: true });
});

function startMedia(): MediaProcess {
  const entry = new URL("../../test/support/gradient-media-child.ts", import.meta.url);
  return startMediaProcess({ entry });
}

function prepare(background: unknown, changes: Record<string, unknown> = {}): Promise<PreparedBackground> {
  return prepareBackground({
    request: parseTalkRequest({ image_url: "face.png", background, ...changes }),
    dependencies: {
      loadAsset,
      loadAssetFile: (source, options) => loadAssetFile(source, { ...options, allowPrivateHosts: true }),
      decodePhoto,
    },
    media,
    signal: new AbortController().signal,
    options: { allowLocalPaths: true },
    workspace,
  });
}

async function refusal(type: string, value: string): Promise<AssetError> {
  const error = await prepare({ type, value }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AssetError);
  expect((error as AssetError).details.field).toEqual(["background", "value"]);
  return error as AssetError;
}

const file = (name: string): string => join(workspace, name);
const picture = (width: number, height: number, background = "#336699") =>
  sharp({ create: { width, height, channels: 4, background } });
const shortFilm = async (name: string): Promise<string> => {
  await encodeFilm({
    ...{ path: file(name), container: "mp4", codec: "libx264", width: 160, height: 90, times: [0, 40] },
    draw: (x) => [x, 90, 90],
  });
  return file(name);
};

describe("prepareBackground", () => {
  it("leaves the photo's own background, unless the video shall be transparent", async () => {
    expect((await prepare(null)).job).toBeNull();
    expect((await prepare(null, { output_format: "webm" })).job).toEqual({ type: "nothing" });
  });

  it("reads colours", async () => {
    expect(await prepare({ value: "#0f8" })).toEqual({
      job: { type: "color", rgb: [0, 255, 136] },
      size: null,
      warnings: [],
    });
    expect((await prepare({}, { output_format: "mov" })).job).toEqual({
      type: "color",
      rgb: [255, 255, 255],
    });
  });

  it("decodes pictures upright and onto white", async () => {
    const half = await picture(60, 40, "#00000080").png().toBuffer();
    const turned = await sharp(half).withMetadata({ orientation: 6 }).png().toBuffer();
    await writeFile(file("half.png"), turned);
    const { job, size } = await prepare({ type: "image", value: file("half.png") });
    expect(size).toEqual({ width: 40, height: 60 });
    const photo = await readPhoto((job as { photo: Parameters<typeof readPhoto>[0] }).photo);
    expect(photo).toMatchObject({ width: 40, height: 60, alpha: null });
    expect(Math.abs(photo.rgb[0]! - 127)).toBeLessThanOrEqual(1);
  });

  it("warns when a background is enlarged so much that it shows", async () => {
    await writeFile(file("small.png"), await picture(320, 180).png().toBuffer());
    const small = await prepare({ type: "image", value: file("small.png") });
    expect(withSizeWarning(small, { width: 1280, height: 720 }).warnings).toEqual([
      expect.stringMatching(/background picture is enlarged 4\.00 times.*320x180.*1280x720/),
    ]);
    expect(withSizeWarning(small, { width: 480, height: 270 }).warnings).toEqual([]);
  });

  it("looks at a film where it lies, or where it was written to", async () => {
    const path = await shortFilm("good.mp4");
    expect(await prepare({ type: "video", value: path })).toEqual({
      job: { type: "film", path, field: ["background", "value"], input: path },
      size: { width: 160, height: 90 },
      warnings: [],
    });
    const bytes = await readFile(path);
    const uri = `data:video/mp4;base64,${bytes.toString("base64")}`;
    const { job } = await prepare({ type: "video", value: uri });
    expect(job).toMatchObject({ type: "film", path: file("background.film") });
    expect((await readFile(file("background.film"))).equals(bytes)).toBe(true);
  });

  it("downloads a film, and stops where it is too large", async () => {
    const bytes = await readFile(await shortFilm("remote.mp4"));
    const server = createServer((request, response) => {
      if (request.url === "/huge") response.writeHead(200, { "content-length": MAX_FILM_BYTES + 1 });
      response.end(request.url === "/film" ? bytes : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect((await prepare({ type: "video", value: `${base}/film` })).size).toEqual({
        width: 160,
        height: 90,
      });
      const tooLarge = await refusal("video", `${base}/huge`);
      expect(tooLarge).toMatchObject({
        code: "file_too_large",
        details: { context: { max_size: MAX_FILM_BYTES } },
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it("refuses what cannot be shown, as an error of `background.value`", async () => {
    const write = async (name: string, content: Uint8Array | string) => {
      await writeFile(file(name), content);
      return file(name);
    };
    const sound = await write("sound.png", wavFile([tone(0.1)]));
    const still = await write("still.mp4", await picture(64, 64).png().toBuffer());
    const cases: [string, string, string][] = [
      ["image", "ftp://example.com/a.png", "file_download_error"],
      ["image", file("none.png"), "file_download_error"],
      ["video", file("none.mp4"), "file_download_error"],
      ["image", sound, "unsupported_image_format"],
      ["image", await shortFilm("film.png"), "unsupported_image_format"],
      [
        "image",
        await write("cut.png", (await picture(64, 64).png().toBuffer()).subarray(0, 60)),
        "image_load_error",
      ],
      [
        "image",
        await write("none.png.png", await picture(64, 64, "#ffffff00").png().toBuffer()),
        "image_load_error",
      ],
      ["image", await write("tiny.png", await picture(15, 15).png().toBuffer()), "image_too_small"],
      [
        "image",
        await write("strip.png", await picture(900, 100).png().toBuffer()),
        "image_aspect_ratio_error",
      ],
      ["video", sound, "unsupported_video_format"],
      ["video", still, "unsupported_video_format"],
      ["video", await write("empty.mp4", ""), "unsupported_video_format"],
      ["video", await write("page.mp4", "<html><body>no</body></html>"), "unsupported_video_format"],
    ];
    const codes = [];
    for (const [type, value] of cases) codes.push((await refusal(type, value)).code);
    expect(codes).toEqual(cases.map(([, , code]) => code));
    for (const [type, value] of cases)
      expect((await refusal(type, value)).message).toMatch(/[Bb]ackground|file/);
  });
});

describe("a media process that is asked for two things at once", () => {
  let process: MediaProcess;
  afterEach(() => process.close());
  const bad = () => ({ path: file("empty.mp4"), field: ["background", "value"], input: "film" });
  const sound = (bytes: Uint8Array) => ({
    ...{ bytes, sampleRate: 48_000, field: ["audio_url"], input: "a.wav", path: file("sound.f32") },
  });

  it("tells their failures apart", async () => {
    process = startMedia();
    const [recording, film] = await Promise.allSettled([
      process.decodeAudio(sound(wavFile([tone(2)]))),
      process.probeFilm(bad()),
    ]);
    expect(recording).toMatchObject({ status: "fulfilled", value: { sound: { length: 96_000 } } });
    expect(film).toMatchObject({ status: "rejected", reason: { code: "unsupported_video_format" } });
    const [again, failed] = await Promise.allSettled([
      process.probeFilm({ ...bad(), path: file("good.mp4") }),
      process.decodeAudio(sound(new Uint8Array(0))),
    ]);
    expect(again).toMatchObject({ status: "fulfilled", value: { width: 160 } });
    expect(failed).toMatchObject({ status: "rejected", reason: { code: "unsupported_audio_format" } });
  });

  it("does not blame a job that had not begun for its end", async () => {
    process = startMedia();
    await process.ready;
    const both = Promise.allSettled([
      process.decodeAudio(sound(wavFile([tone(60)]))),
      process.probeFilm({ ...bad(), path: file("good.mp4") }),
    ]);
    globalThis.process.kill(process.pid!, "SIGSEGV");
    const [under, waiting] = await both;
    expect(under).toMatchObject({ reason: { details: { context: { signal: "SIGSEGV" } } } });
    expect((waiting as PromiseRejectedResult).reason).toBeInstanceOf(EngineError);
    expect(waiting).toMatchObject({ reason: { details: { context: { signal: null } } } });
  });
});
