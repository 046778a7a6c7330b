import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { deltaE2000, toLab } from "../../scripts/quality/colour.js";
import { placePhoto } from "../../scripts/quality/place-photo.js";
import { measureRestColour } from "../../scripts/quality/rest-colour.js";
import { videoToRgb } from "../../scripts/quality/video-to-rgb.js";
import { decodePhoto, loadAsset, type Photo } from "../../src/assets/index.js";
import { createFrameRenderer, planFraming } from "../../src/frames/index.js";
import { analysePortrait } from "../../src/portrait/index.js";
import { drawRig } from "../support/drawn-rig.js";
import { performPoses } from "../support/hand-made-performance.js";
import { testDataDir, testFile } from "../support/test-data.js";

const folder = mkdtempSync(join(tmpdir(), "parlante-colour-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PORTRAITS = [
  ["the bundled portrait", fileURLToPath(new URL("../../samples/portrait.png", import.meta.url))],
  ...(testDataDir === null ? [] : [["another", testFile("portraits/p05_elderman_whitehair_outdoor.jpg")]]),
] as [string, string][];

describe("from the photo to the decoded video", () => {
  it.each(PORTRAITS)("colours stay as they are: %s", async (_name, image) => {
    const field = ["image_url"];
    const photo = await decodePhoto(await loadAsset(image, { field, allowLocalPaths: true }), { field });
    const rig = await analysePortrait(photo);
    const framing = planFraming(rig, photo, { resolution: "540p", aspectRatio: "1:1", fit: null });
    const { all, skin } = await measureRestColour(photo, rig, framing, join(folder, "rest.mp4"));
    for (const { mean, p95, blocks } of [all, skin]) {
      expect(mean).toBeLessThan(1);
      expect(p95).toBeLessThan(3);
      expect(blocks).toBeLessThan(0.5);
    }
  });
});

/** The rest frame of a chart in place of a drawn face's photo, `[0, 255]`, and the chart in its place. */
async function showChart(colourAt: (x: number) => readonly [number, number, number]) {
  const { rig, photo } = drawRig();
  const { width, height } = photo;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(colourAt((i % width) / width), 3 * i);
  const chart: Photo = { ...photo, rgb };
  const framing = planFraming(rig, chart, { resolution: "360p", aspectRatio: "auto", fit: "contain" });
  const renderer = await createFrameRenderer({
    rig,
    photo: chart,
    framing,
    performance: performPoses([{}]),
  });
  const { y, u, v } = renderer.render(0);
  const shown = videoToRgb(
    [y, u, v],
    [framing.width, framing.width / 2, framing.width / 2],
    framing.width,
    framing.height,
  );
  const at = (x: number, row: number): [number, number, number] => {
    const i = (Math.floor(row * framing.height) * framing.width + Math.floor(x * framing.width)) * 3;
    return [shown[i]!, shown[i + 1]!, shown[i + 2]!];
  };
  return { at, shown, truth: placePhoto(chart, framing), ...framing };
}

describe("a chart in the frame at rest", () => {
  it("keeps grey grey, from black to white", async () => {
    const { at } = await showChart((x) => {
      const level = Math.floor(x * 20) * (255 / 19);
      return [Math.round(level), Math.round(level), Math.round(level)];
    });
    for (let k = 0; k < 20; k++) {
      const [l, a, b] = toLab(...at((k + 0.5) / 20, 0.5));
      const level = Math.round(k * (255 / 19));
      expect(Math.abs(l - toLab(level, level, level)[0])).toBeLessThan(0.6);
      expect(Math.hypot(a, b)).toBeLessThan(0.05);
    }
  });

  it("keeps the strongest colours and skin", async () => {
    const patches = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 0],
      [0, 255, 255],
      [255, 0, 255],
      [224, 172, 145],
      [96, 56, 40],
    ] as const;
    const { at } = await showChart((x) => patches[Math.min(7, Math.floor(x * 8))]!);
    patches.forEach((patch, k) => {
      expect(deltaE2000(toLab(...at((k + 0.5) / 8, 0.5)), toLab(patch[0], patch[1], patch[2]))).toBeLessThan(
        1,
      );
    });
  });

  it("has the edge between red and blue where the light has it", async () => {
    // Alike in light: only chroma tells them apart.
    const [red, blue] = [
      [200, 30, 30],
      [40, 66, 230],
    ] as const;
    const { shown, truth, width, height } = await showChart((x) => (x < 0.5 ? red : blue));
    const first = Math.floor(height / 2) * width + width / 2 - 12;
    // Pixels that are red, counted in parts of what the two sides show away from the edge.
    const redPixels = (rgb: Float32Array): number => {
      const line = Array.from({ length: 25 }, (_, k) => rgb[(first + k) * 3]!);
      return line.reduce((sum, r) => sum + (r - line[24]!) / (line[0]! - line[24]!), 0);
    };
    const moved = redPixels(shown) - redPixels(truth);
    expect(Math.abs(moved)).toBeLessThan(0.15);
  });
});
