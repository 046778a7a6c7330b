import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gradientRenderer } from "../../test/support/gradient-renderer.js";
import { transparentRenderer } from "../../test/support/transparent-renderer.js";
import type { Frame, FrameRenderer } from "../frames/index.js";
import { PreviewMaker } from "./preview.js";
import { takeStill } from "./still.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function previewsOf(renderer: FrameRenderer, frameCount: number) {
  const paths = { gif: join(directory, "a.gif.part"), webp: join(directory, "a.webp.part") };
  const { width, height } = renderer;
  const files = (["gif", "webp"] as const).map((kind) => ({ kind, path: paths[kind] }));
  const maker = new PreviewMaker(files, { width, height, frameCount, frameRate: 25 });
  for (let i = 0; i < frameCount; i++) maker.add(renderer.render(i), i);
  await maker.finish();
  maker.close();
  return paths;
}

describe("a moving preview", () => {
  it("shows the first six seconds at 12.5 frames a second, for ever, 320 pixels on the short side", async () => {
    const paths = await previewsOf(gradientRenderer(400, 360), 170);
    for (const path of [paths.gif, paths.webp]) {
      const { pages, width, pageHeight, loop, delay } = await sharp(path, { pages: -1 }).metadata();
      expect({ pages, width, pageHeight, loop }).toEqual({ pages: 75, width: 356, pageHeight: 320, loop: 0 });
      expect(new Set(delay)).toEqual(new Set([80]));
    }
  });

  it("is not larger than the video, is as long as a short one, and is transparent where that is", async () => {
    const paths = await previewsOf(transparentRenderer(160, 96), 7);
    for (const path of [paths.gif, paths.webp]) {
      const { pages, width, hasAlpha } = await sharp(path, { pages: -1 }).metadata();
      expect({ pages, width, hasAlpha }).toEqual({ pages: 4, width: 160, hasAlpha: true });
      const { data, info } = await sharp(path, { page: 3 })
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const coverage = (x: number) => data[(48 * info.width + x) * 4 + 3];
      expect([coverage(10), coverage(150)]).toEqual([0, 255]);
    }
  });
});

describe("a still", () => {
  /** One colour, in BT.709 limited range. */
  function plain(y: number, u: number, v: number, a?: number): Frame {
    const of = (length: number, value: number) => new Uint8Array(length).fill(value);
    const frame = { width: 64, height: 32, y: of(2048, y), u: of(512, u), v: of(512, v) };
    return a === undefined ? frame : { ...frame, a: of(2048, a) };
  }

  it.each([
    ["grey", plain(126, 128, 128), [128, 128, 128]],
    ["white", plain(235, 128, 128), [255, 255, 255]],
    ["black", plain(16, 128, 128), [0, 0, 0]],
    ["pure green", plain(173, 42, 26), [0, 255, 0]],
    ["skin", plain(161, 114, 149), [206, 161, 139]],
  ])("keeps %s", async (_, frame, rgb) => {
    const { bytes, contentType } = await takeStill(frame);
    expect(contentType).toBe("image/jpeg");
    const pixel = await sharp(bytes).raw().toBuffer();
    rgb.forEach((value, i) => {
      expect(Math.abs(pixel[i]! - value)).toBeLessThanOrEqual(3);
    });
  });

  it("is a PNG with the coverage where there is one", async () => {
    const { bytes, contentType, extension } = await takeStill(plain(126, 128, 128, 77));
    expect([contentType, extension]).toEqual(["image/png", "png"]);
    expect([...(await sharp(bytes).raw().toBuffer()).subarray(0, 4)]).toEqual([128, 128, 128, 77]);
  });
});
