import { readFileSync } from "node:fs";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import {
  colorLayout,
  layoutDistance,
  quarteredPicture,
  quarteredPixels,
} from "../../../test/support/pictures.js";
import { testDataDir, testFile } from "../../../test/support/test-data.js";
import { writeHeic } from "../../../test/support/write-heic.js";
import { AssetError } from "../../shared/errors.js";
import { decodeHevc } from "../../video/index.js";
import { decodePhoto, type Photo } from "../index.js";

const PICTURE = { width: 96, height: 80, rgb: quarteredPixels(96, 80) };

function decode(bytes: Uint8Array): Promise<Photo> {
  return decodePhoto({ bytes, sha256: "", origin: "test" }, { field: ["image_url"], decodeHevc });
}

/** Largest difference to what sharp makes of the same pixels. */
async function distanceTo(photo: Photo, expected: Sharp): Promise<number> {
  const { data, info } = await expected.raw().toBuffer({ resolveWithObject: true });
  expect([photo.width, photo.height]).toEqual([info.width, info.height]);
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]! - photo.rgb[i]!));
  return largest;
}

describe("a HEIC photo", () => {
  it("of one picture has its colours", async () => {
    const photo = await decode(writeHeic(PICTURE));
    expect(photo).toMatchObject({ mediaType: "image/heic", alpha: null, warnings: [] });
    expect(await distanceTo(photo, quarteredPicture())).toBeLessThanOrEqual(3);
  });

  it("of a grid, as phones write it, is put together, without what lies beyond its borders", async () => {
    expect(
      await distanceTo(await decode(writeHeic(PICTURE, { tileSize: 32 })), quarteredPicture()),
    ).toBeLessThanOrEqual(3);
    expect(
      await distanceTo(await decode(writeHeic(PICTURE, { tileSize: 64 })), quarteredPicture()),
    ).toBeLessThanOrEqual(3);
  });

  it.each([0, 1, 2, 3] as const)("is turned anticlockwise by %i quarters", async (turns) => {
    const photo = await decode(writeHeic(PICTURE, { turns, tileSize: 32 }));
    expect(await distanceTo(photo, quarteredPicture().rotate(360 - 90 * turns))).toBeLessThanOrEqual(3);
  });

  it("is mirrored after it was turned", async () => {
    const turned = await quarteredPicture().rotate(270).png().toBuffer();
    const down = await decode(writeHeic(PICTURE, { turns: 1, mirror: 0 }));
    expect(await distanceTo(down, sharp(turned).flip())).toBeLessThanOrEqual(3);
    const across = await decode(writeHeic(PICTURE, { turns: 1, mirror: 1 }));
    expect(await distanceTo(across, sharp(turned).flop())).toBeLessThanOrEqual(3);
  });

  it("with a wide-gamut profile comes back in sRGB", async () => {
    const wide = await quarteredPicture().withIccProfile("p3").png().toBuffer();
    const { icc } = await sharp(wide).metadata();
    const { data, info } = await sharp(wide, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
    const file = writeHeic({ width: info.width, height: info.height, rgb: data }, { iccProfile: icc! });
    expect(await distanceTo(await decode(file), quarteredPicture())).toBeLessThanOrEqual(8);
  });

  it("is refused with a way out where nothing can decode it", async () => {
    const asset = { bytes: writeHeic(PICTURE), sha256: "", origin: "test" };
    await expect(decodePhoto(asset, { field: ["image_url"] })).rejects.toMatchObject({
      code: "unsupported_image_format",
      message: expect.stringContaining("JPEG"),
    });
  });
});

describe("a broken HEIC photo", () => {
  const file = writeHeic(PICTURE, { tileSize: 64, turns: 1 });
  const media = file.indexOf("mdat");

  const outcomeOf = async (bytes: Uint8Array) => {
    try {
      const photo = await decode(bytes);
      expect(photo.rgb).toHaveLength(photo.width * photo.height * 3);
    } catch (error) {
      if (!(error instanceof AssetError)) throw error;
      expect(error.details.field).toEqual(["image_url"]);
    }
  };

  it("that is cut is refused", async () => {
    for (const share of [0.2, 0.5, 0.9])
      await expect(decode(file.subarray(0, file.length * share))).rejects.toMatchObject({
        code: "image_load_error",
      });
  });

  it("that announces gigabytes is refused by its header", async () => {
    const huge = Buffer.from(file);
    const grid = huge.length - 4;
    huge.writeUInt16BE(65535, grid);
    huge.writeUInt16BE(65535, grid + 2);
    await expect(decode(huge)).rejects.toBeInstanceOf(AssetError);
  });

  it("gives a photo or a typed refusal, whatever bytes of its boxes or pictures are changed", async () => {
    const change = fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }));
    const inBoxes = fc.tuple(fc.integer({ min: 12, max: media }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(change, inBoxes), { minLength: 1, maxLength: 5 }),
        async (changes) => {
          const broken = Buffer.from(file);
          for (const [where, xor] of changes) broken[where]! ^= xor;
          await outcomeOf(broken);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe.skipIf(testDataDir === null)("the HEIC photo of the collection", () => {
  it("is the portrait it was made from", async () => {
    const photo = await decode(readFileSync(testFile("portraits/pv_heic.heic")));
    const original = await decode(readFileSync(testFile("portraits/p22_man_black_smile.jpg")));
    expect(layoutDistance(await colorLayout(photo, 16), await colorLayout(original, 16))).toBeLessThan(2);
  });
});
