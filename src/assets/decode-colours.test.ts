import sharp from "sharp";
import { describe, expect, it } from "vitest";
import {
  ADOBE_RGB,
  DISPLAY_P3,
  greyProfile,
  invert,
  matrixProfile,
  PROPHOTO,
  type Primaries,
  SRGB,
  times,
  toXyzD50,
  withProfile,
} from "../../test/support/icc-profile.js";
import { decodePhoto } from "./index.js";

/** Colours of sRGB: skin, greys, and some that are as strong as it can hold. */
const COLOURS = [
  [224, 172, 145],
  [141, 85, 60],
  [70, 40, 30],
  [255, 255, 255],
  [128, 128, 128],
  [12, 12, 12],
  [250, 20, 20],
  [20, 230, 40],
  [30, 30, 240],
  [250, 240, 20],
] as const;
/** Size of a patch, pixels. */
const SIDE = 40;
const HEIGHT = 80;

const toLinear = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

/** What a camera of other primaries would have written for an sRGB colour, `[0, 1]`. */
function numbersIn(primaries: Primaries, gamma: number, colour: readonly number[]): number[] {
  const [r, g, b] = colour.map((value) => toLinear(value / 255));
  const linear = times(invert(toXyzD50(primaries)), times(toXyzD50(SRGB), [r!, g!, b!]));
  return linear.map((value) => Math.min(Math.max(value, 0), 1) ** (1 / gamma));
}

/** A strip of patches; channels one (grey) or three. */
async function strip(patches: readonly (readonly number[])[], depth: 8 | 16): Promise<Buffer> {
  const channels = patches[0]!.length as 1 | 3;
  const width = patches.length * SIDE;
  const top = depth === 16 ? 65_535 : 255;
  const data = new (depth === 16 ? Uint16Array : Uint8Array)(width * HEIGHT * channels);
  for (let i = 0; i < width * HEIGHT; i++) {
    const patch = patches[Math.floor((i % width) / SIDE)]!;
    for (let c = 0; c < channels; c++) data[i * channels + c] = Math.round(patch[c]! * top);
  }
  const image = sharp(data, { raw: { width, height: HEIGHT, channels } });
  if (depth === 8) return (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
  return image
    .toColourspace(channels === 1 ? "grey16" : "rgb16")
    .png()
    .toBuffer();
}

async function coloursOf(file: Buffer, count: number): Promise<number[][]> {
  const photo = await decodePhoto({ bytes: file, sha256: "", origin: "test" }, { field: ["image_url"] });
  return Array.from({ length: count }, (_, i) => {
    const at = ((HEIGHT / 2) * photo.width + i * SIDE + SIDE / 2) * 3;
    return [...photo.rgb.subarray(at, at + 3)];
  });
}

describe("a photo of another colour space comes back in sRGB", () => {
  it.each([
    ["Display P3", DISPLAY_P3, 2.2, 8, 4],
    ["Adobe RGB", ADOBE_RGB, 2.19921875, 8, 4],
    ["ProPhoto", PROPHOTO, 1.80078125, 16, 10],
    ["Display P3", DISPLAY_P3, 2.2, 16, 2],
    ["linear sRGB", SRGB, 1, 16, 2],
    ["sRGB's primaries with exponent 1.8", SRGB, 1.80078125, 8, 3],
  ] as const)("%s (variant %#)", async (_name, primaries, gamma, depth, tolerance) => {
    const patches = COLOURS.map((colour) => numbersIn(primaries, gamma, colour));
    const file = withProfile(await strip(patches, depth), matrixProfile(primaries, gamma));
    const found = await coloursOf(file, COLOURS.length);
    COLOURS.forEach((colour, i) => {
      colour.forEach((value, c) => {
        expect([i, Math.abs(found[i]![c]! - value) <= tolerance, found[i]]).toEqual([i, true, found[i]]);
      });
    });
  });

  it.each([
    [1, 16],
    [1.80078125, 8],
    [2.19921875, 8],
  ] as const)("grey with exponent %d in %d bits", async (gamma, depth) => {
    const greys = [0.02, 0.2, 0.5, 0.8, 1];
    const file = withProfile(
      await strip(
        greys.map((value) => [toLinear(value) ** (1 / gamma)]),
        depth,
      ),
      greyProfile(gamma),
    );
    const found = await coloursOf(file, greys.length);
    found.forEach(([r, g, b], i) => {
      expect([g, b]).toEqual([r, r]);
      // Eight bits of linear light are few in the dark.
      expect(Math.abs(r! - 255 * greys[i]!)).toBeLessThanOrEqual(greys[i]! < 0.1 ? 6 : 3);
    });
  });

  it("cuts off no more than what sRGB cannot hold", async () => {
    // The greenest green of Display P3, and one half as strong, which sRGB just holds.
    const file = withProfile(
      await strip(
        [
          [0, 1, 0],
          [0.5, 0.75, 0.5],
        ],
        8,
      ),
      matrixProfile(DISPLAY_P3, 2.2),
    );
    const [strong, mild] = await coloursOf(file, 2);
    expect(strong![1]).toBeGreaterThan(245);
    expect(strong![0]).toBeLessThan(8);
    expect(mild![0]).toBeGreaterThan(100);
    expect(mild![1]).toBeGreaterThan(mild![0]! + 60);
  });
});
