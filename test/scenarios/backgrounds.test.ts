import { writeFileSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeFilm } from "../support/encode-film.js";
import { decodePictures } from "../support/read-video.js";
import { createBench } from "../support/run-cli.js";
import { tone, wavFile } from "../support/wav.js";

const bench = createBench();
const gray = (level: number) => [level, level, level] as const;
afterAll(() => bench.remove());

/** `[luma, U, V]` near the upper left and right corners of every frame. */
async function cornersOf(path: string): Promise<number[][][]> {
  const frames: number[][][] = [];
  await decodePictures(path, ({ planes: [y, u, v], strides }) => {
    frames.push(
      [16, 620].map((x) => {
        const at = 10 * strides[1]! + (x >> 1);
        return [y![20 * strides[0]! + x]!, u![at]!, v![at]!];
      }),
    );
  });
  return frames;
}

/** What a colour is in a video. */
function videoColor([red, green, blue]: readonly [number, number, number]): number[] {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [u, v] = [(blue - luma) / 1.8556, (red - luma) / 1.5748];
  return [16 + (luma * 219) / 255, 128 + (u * 224) / 255, 128 + (v * 224) / 255];
}

async function speak(background: string, out: string): Promise<number[][][]> {
  const common = ["--prompt", "Bob.", "--resolution", "360p", "--out", out];
  const run = await bench.run(["speak", ...common, "--background", background]);
  expect([run.exitCode, run.signal, run.stderr.match(/warning.*/)?.[0]]).toEqual([0, null, undefined]);
  return cornersOf(bench.path(out));
}

function expectNear(seen: readonly number[], expected: readonly number[]): void {
  for (const [index, value] of expected.entries())
    expect(Math.abs(seen[index]! - value)).toBeLessThanOrEqual(4);
}

describe("parlante speak, with another background", () => {
  beforeAll(async () => {
    const picture = sharp({ create: { width: 640, height: 360, channels: 3, background: "#c01818" } });
    const right = sharp({ create: { width: 320, height: 360, channels: 3, background: "#1818c0" } });
    await picture
      .composite([{ input: await right.png().toBuffer(), left: 320, top: 0 }])
      .png()
      .toFile(bench.path("halves.png"));
    await encodeFilm({
      ...{ path: bench.path("steps.mp4"), container: "mp4", codec: "libx264", width: 640, height: 360 },
      times: [0, 40, 80, 120],
      draw: (_x, _y, frame) => gray(60 + 40 * frame),
    });
    writeFileSync(bench.path("sound.mp4"), wavFile([tone(0.2)]));
  });

  it("puts one colour behind the person", async () => {
    for (const corners of await speak("22AA44", "color.mp4"))
      for (const corner of corners) expectNear(corner, videoColor([0x22, 0xaa, 0x44]));
  });

  it("puts a picture behind the person", async () => {
    for (const [left, right] of await speak("image:halves.png", "image.mp4")) {
      expectNear(left!, videoColor([0xc0, 0x18, 0x18]));
      expectNear(right!, videoColor([0x18, 0x18, 0xc0]));
    }
  });

  it("plays a film behind the person, again and again", async () => {
    const frames = await speak("video:steps.mp4", "video.mp4");
    expect(frames.length).toBeGreaterThan(8);
    for (const [index, [left]] of frames.entries())
      expectNear(left!, videoColor(gray(60 + 40 * (index % 4))));
  });

  it("says which background cannot be used", async () => {
    const run = await bench.run([
      "speak",
      "--prompt",
      "Bob.",
      "--background",
      "video:sound.mp4",
      "--out",
      "bad.mp4",
      "--json",
    ]);
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toMatch(/background.*holds no pictures/);
    expect(bench.leftovers()).toEqual([]);
  });
});
