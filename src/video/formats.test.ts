import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gradientRenderer } from "../../test/support/gradient-renderer.js";
import { decodePictures, decodeSound, readTracks } from "../../test/support/read-video.js";
import { coverageAt, greyRenderer, transparentRenderer } from "../../test/support/transparent-renderer.js";
import { tone } from "../../test/support/wav.js";
import { type EncodeVideoOptions, encodeVideo } from "./encode-video.js";
import { boxesOf, elementsOf } from "./file-parts.js";

const [WIDTH, HEIGHT] = [320, 180];
const TEXT = {
  cues: [
    { start: 0.2, end: 0.9, text: "Fish & <chips>\nfor two" },
    { start: 1, end: 1.8, text: "שלום" },
  ],
  language: "pt-BR",
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

type Format = NonNullable<EncodeVideoOptions["format"]>;

function encode(format: Format, changes: Partial<EncodeVideoOptions> = {}) {
  return encodeVideo({
    renderer: gradientRenderer(WIDTH, HEIGHT),
    frameCount: 50,
    frameRate: 25,
    samples: tone(1.99),
    sampleRate: 48_000,
    path: join(directory, `video.${format}`),
    format,
    threads: 2,
    ...changes,
  });
}

/** Largest difference between the coverage of all pictures and what was drawn, of 255. */
async function coverageError(path: string, bits: 8 | 12): Promise<{ flat: number; slope: number }> {
  const error = { flat: 0, slope: 0 };
  let pictures = 0;
  await decodePictures(path, ({ planes, strides }) => {
    pictures++;
    const [plane, stride] = [planes[3]!, strides[3]!];
    for (let row = 0; row < HEIGHT; row += 3) {
      for (let x = 0; x < WIDTH; x++) {
        const at = row * stride;
        const value = bits === 8 ? plane[at + x]! : (plane.readUInt16LE(at + 2 * x) * 255) / 4095;
        const drawn = coverageAt(x, WIDTH);
        // Away from the slope nothing may shine through, and nothing may be left over.
        const where = x < WIDTH * 0.25 || x > WIDTH * 0.75 ? "flat" : "slope";
        error[where] = Math.max(error[where], Math.abs(value - drawn));
      }
    }
  });
  expect(pictures).toBe(50);
  return error;
}

describe("webm", () => {
  it.each([true, false])(
    "is VP9 with coverage, and Opus (planes one behind the other: %s)",
    async (isOne) => {
      const renderer = transparentRenderer(WIDTH, HEIGHT, isOne);
      const { video } = await encode("webm", { renderer });
      expect(video).toMatchObject({ contentType: "video/webm", fileName: "video.webm", duration: 2 });
      const [picture, sound] = (await readTracks(video.path)) as [Tracks[0], Tracks[0]];
      expect([picture.codec, picture.packets, sound.codec]).toEqual(["vp9", 50, "opus"]);
      expect([picture.start, sound.start]).toEqual([0, 0]);
      const error = await coverageError(video.path, 8);
      expect(error.flat).toBeLessThanOrEqual(1);
      expect(error.slope).toBeLessThanOrEqual(12);
    },
  );

  it("has its index in front, and no coverage where frames have none", async () => {
    const { video } = await encode("webm");
    const { parts } = await elementsOf(video.path);
    const names = parts.map(({ name }) => name);
    expect(names.indexOf("Cues")).toBeGreaterThan(0);
    expect(names.indexOf("Cues")).toBeLessThan(names.indexOf("Cluster"));
    await decodePictures(video.path, ({ planes }) => expect(planes[3]).toBeUndefined());
  });
});

type Tracks = Awaited<ReturnType<typeof readTracks>>;

describe("mov", () => {
  it("is ProRes 4444 with exact coverage, and plain samples", async () => {
    const { video } = await encode("mov", { renderer: transparentRenderer(WIDTH, HEIGHT) });
    expect(video).toMatchObject({ contentType: "video/quicktime", fileName: "video.mov" });
    const [picture, sound] = (await readTracks(video.path)) as [Tracks[0], Tracks[0]];
    expect([picture.codec, picture.packets, sound.codec]).toEqual(["prores", 50, "pcm_s16le"]);
    expect([picture.duration, sound.duration]).toEqual([2, 2]);
    const error = await coverageError(video.path, 12);
    expect(error.flat).toBe(0);
    expect(error.slope).toBeLessThan(0.5);
  });

  it("keeps every picture although several are encoded at a time", async () => {
    const { video } = await encode("mov");
    await decodePictures(video.path, ({ index, planes, strides }) => {
      // Below the square of the gradient; 12 bits.
      const drawn = (16 + ((150 + index) % 200)) * 16;
      expect(Math.abs(planes[0]!.readUInt16LE(150 * strides[0]! + 400) - drawn)).toBeLessThan(48);
      expect(
        Math.abs(planes[1]!.readUInt16LE(80 * strides[1]! + 160) / 16 - (100 + (index % 50))),
      ).toBeLessThan(2);
    });
  });
});

describe.each(["mp4", "webm", "mov"] as const)("%s", (format) => {
  it("says BT.709 in limited range, and leaves grey grey", async () => {
    const { video } = await encode(format, { renderer: greyRenderer(WIDTH, HEIGHT, 121), frameCount: 50 });
    const [{ parameters }] = (await readTracks(video.path)) as [Tracks[0]];
    expect(parameters).toMatchObject({ colorRange: 1, colorPrimaries: 1, colorTrc: 1, colorSpace: 1 });
    await decodePictures(video.path, ({ planes, strides }) => {
      const at = (plane: number) =>
        format === "mov"
          ? planes[plane]!.readUInt16LE(90 * strides[plane]! + 100) / 16
          : planes[plane]![100]!;
      expect([0, 1, 2].map((plane) => Math.round(at(plane)))).toEqual([121, 128, 128]);
    });
  });

  it("keeps sound where it was: a click stays within a millisecond", async () => {
    const samples = new Float32Array(95_000);
    for (let i = 0; i < 48; i++) samples[60_000 + i] = 0.9 * Math.sin((i / 48) * 4 * Math.PI);
    const { video } = await encode(format, { samples });
    const heard = await decodeSound(video.path, 48_000);
    let loudest = 0;
    heard.forEach((sample, i) => {
      if (Math.abs(sample) > Math.abs(heard[loudest]!)) loudest = i;
    });
    expect(Math.abs(loudest - 60_024)).toBeLessThan(48);
  });

  it("has a track of text that is shown only when it is asked for", async () => {
    const { video } = await encode(format, { textTrack: TEXT });
    const tracks = await readTracks(video.path);
    expect(tracks.map(({ kind, isDefault }) => [kind, isDefault])).toEqual([
      ["video", true],
      ["audio", true],
      ["text", false],
    ]);
    expect(tracks[2]).toMatchObject({ language: "por", codec: format === "webm" ? "webvtt" : "mov_text" });
    expect(tracks[2]!.packets).toBeGreaterThanOrEqual(2);
  });
});

describe("a film that is watched while it is made", () => {
  it.each(["mp4", "webm"] as const)("can be decoded before its end (%s)", async (format) => {
    const livePath = join(directory, "live");
    const early = join(directory, "early");
    let copied: Promise<void> | null = null;
    const { video } = await encode(format, {
      livePath,
      frameCount: 100,
      onFrame: (frame) => {
        if (frame === 50) copied = copyFile(livePath, early);
      },
    });
    await copied;
    let pictures = 0;
    await decodePictures(early, () => void pictures++);
    expect(pictures).toBeGreaterThan(25);
    expect(pictures).toBeLessThan(100);
    expect((await decodeSound(early, 48_000)).length).toBeGreaterThan(40_000);
    const [whole, live] = await Promise.all([readTracks(video.path), readTracks(livePath)]);
    expect(live.map(({ packets, start }) => [packets, start])).toEqual(
      whole.map(({ packets, start }) => [packets, start]),
    );
    if (format === "mp4") {
      const { parts } = await boxesOf(livePath);
      expect(parts.slice(0, 4).map(({ name }) => name)).toEqual(["ftyp", "moov", "moof", "mdat"]);
    }
  });

  it("is removed when something fails, and refused where it cannot be played", async () => {
    const scene = gradientRenderer(WIDTH, HEIGHT);
    const renderer = {
      ...scene,
      render(index: number) {
        if (index === 40) throw new Error("no paint left");
        return scene.render(index);
      },
    };
    const livePath = join(directory, "live.mp4");
    await expect(encode("mp4", { renderer, livePath })).rejects.toThrow("no paint left");
    expect(await readdir(directory)).toEqual([]);
    await expect(encode("mov", { livePath })).rejects.toBeInstanceOf(RangeError);
  });
});
