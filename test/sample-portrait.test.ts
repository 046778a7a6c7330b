import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";

const SAMPLE = fileURLToPath(new URL("../samples/portrait.png", import.meta.url));

describe("the bundled portrait", () => {
  it("is a square opaque picture of 1024 pixels, small enough to travel with the package", async () => {
    const { width, height, channels, hasAlpha } = await sharp(SAMPLE).metadata();
    expect({ width, height, channels, hasAlpha }).toEqual({
      width: 1024,
      height: 1024,
      channels: 3,
      hasAlpha: false,
    });
    expect((await stat(SAMPLE)).size).toBeLessThan(900_000);
  });

  it("has a lit face in its middle, darker hair above and a quiet wall in the corners", async () => {
    const brightness = async (left: number, top: number): Promise<{ mean: number; spread: number }> => {
      const area = await sharp(SAMPLE).extract({ left, top, width: 60, height: 60 }).greyscale().toBuffer();
      const { channels } = await sharp(area).stats();
      return { mean: channels[0]!.mean, spread: channels[0]!.stdev };
    };
    const cheek = await brightness(390, 520);
    const hair = await brightness(420, 170);
    const wall = await brightness(20, 20);
    expect(cheek.mean).toBeGreaterThan(hair.mean + 50);
    expect(wall.spread).toBeLessThan(8);
  });
});
