import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import {
  colorLayout,
  layoutCorrelation,
  layoutDistance,
  orientations,
  QUARTERS,
  quarteredPicture,
  quarteredPixels,
} from "../../test/support/pictures.js";
import { testDataDir, testFile } from "../../test/support/test-data.js";
import { AssetError, CancelledError } from "../shared/errors.js";
import { type Asset, decodePhoto, type Photo } from "./index.js";

const field = ["image_url"];

function assetOf(bytes: Uint8Array): Asset {
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex"), origin: "test" };
}

function decode(bytes: Uint8Array): Promise<Photo> {
  return decodePhoto(assetOf(bytes), { field });
}

async function refusal(bytes: Uint8Array): Promise<AssetError> {
  const error = await decode(bytes).then(
    () => new Error("The picture was accepted."),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AssetError)) throw error;
  expect(error.details.field).toEqual(field);
  expect(error.message).toMatch(/^(?:[A-Z]|\/).*\.$/s);
  return error;
}

/** Colours in the middle of the four quarters. */
function quarterColors(photo: Photo): number[][] {
  const at = (x: number, y: number) => {
    const i = (Math.floor(y * photo.height) * photo.width + Math.floor(x * photo.width)) * 3;
    return [...photo.rgb.subarray(i, i + 3)];
  };
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}

function expectQuarters(photo: Photo, tolerance: number): void {
  quarterColors(photo).forEach((color, quarter) => {
    color.forEach((value, channel) => {
      expect(Math.abs(value - QUARTERS[quarter]![channel]!)).toBeLessThanOrEqual(tolerance);
    });
  });
}

/** Where the first stored row and column of each EXIF orientation lie in the upright picture. */
const EXIF_ORIENTATIONS = [
  [1, "top", "left"],
  [2, "top", "right"],
  [3, "bottom", "right"],
  [4, "bottom", "left"],
  [5, "left", "top"],
  [6, "right", "top"],
  [7, "right", "bottom"],
  [8, "left", "bottom"],
] as const;

/** The quartered picture as a camera of that orientation stores it. */
function storedPicture(firstRow: string, firstColumn: string) {
  const upright = quarteredPixels(96, 80);
  const isTurned = firstRow === "left" || firstRow === "right";
  const [width, height] = isTurned ? [80, 96] : [96, 80];
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const along = (name: string, length: number) => {
        const step = firstRow === name || firstColumn === name ? 1 : -1;
        const index = isTurned === (name === "left") ? row : column;
        return step === 1 ? index : length - 1 - index;
      };
      const from = (along("top", 80) * 96 + along("left", 96)) * 3;
      data.set(upright.subarray(from, from + 3), (row * width + column) * 3);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

describe("a photo is upright", () => {
  it.each(EXIF_ORIENTATIONS)(
    "with EXIF orientation %i: %s row, %s column first",
    async (orientation, row, column) => {
      const pixels = await storedPicture(row, column).png().toBuffer();
      for (const format of ["jpeg", "webp", "tiff", "png"] as const) {
        const file = await sharp(pixels).withMetadata({ orientation }).toFormat(format).toBuffer();
        const photo = await decode(file);
        expect([format, photo.width, photo.height]).toEqual([format, 96, 80]);
        expectQuarters(photo, 20);
      }
    },
  );
});

describe("a photo is sRGB with 8 bits", () => {
  it.each([
    ["image/png", quarteredPicture().png(), 0],
    ["image/png", quarteredPicture().toColourspace("rgb16").png(), 1],
    ["image/png", quarteredPicture().png({ palette: true, colours: 8 }), 2],
    ["image/webp", quarteredPicture().webp({ lossless: true }), 0],
    ["image/jpeg", quarteredPicture().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }), 4],
    ["image/jpeg", quarteredPicture().jpeg({ progressive: true, quality: 95 }), 6],
    ["image/gif", quarteredPicture().gif(), 4],
    ["image/avif", quarteredPicture().avif({ quality: 90 }), 10],
    ["image/tiff", quarteredPicture().tiff({ compression: "lzw" }), 0],
    // A profile of a wider gamut: the numbers in the file differ, the colours do not.
    ["image/png", quarteredPicture().withIccProfile("p3").png(), 3],
    ["image/jpeg", quarteredPicture().withIccProfile("p3").jpeg({ quality: 98 }), 6],
    // Print colours cannot hold these: they come back duller, but recognisable.
    ["image/jpeg", quarteredPicture().toColourspace("cmyk").withIccProfile("cmyk").jpeg({ quality: 98 }), 60],
  ])("%s, variant %#", async (mediaType, picture, tolerance) => {
    const photo = await decode(await picture.toBuffer());
    expect(photo).toMatchObject({ mediaType, width: 96, height: 80, alpha: null, warnings: [] });
    expect(photo.rgb).toHaveLength(96 * 80 * 3);
    expectQuarters(photo, tolerance);
  });

  it("stores wide-gamut numbers that really differ, so that the test above means something", async () => {
    const file = await quarteredPicture().withIccProfile("p3").png().toBuffer();
    const { data } = await sharp(file, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
    expect(Math.abs(data[0]! - QUARTERS[0][0])).toBeGreaterThan(5);
  });

  it.each(["b-w", "grey16"] as const)("%s becomes equal red, green and blue", async (space) => {
    const photo = await decode(await quarteredPicture().toColourspace(space).png().toBuffer());
    expect(photo.rgb).toHaveLength(96 * 80 * 3);
    for (const [r, g, b] of quarterColors(photo)) expect([g, b]).toEqual([r, r]);
    expect(new Set(quarterColors(photo).map(([r]) => r)).size).toBeGreaterThan(2);
  });

  it("takes the first frame of an animation and says so", async () => {
    const frames = await Promise.all(
      [quarteredPicture(), quarteredPicture().negate(), quarteredPicture().flip()].map((frame) =>
        frame.png().toBuffer(),
      ),
    );
    const photo = await decode(
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    );
    expect([photo.width, photo.height]).toEqual([96, 80]);
    expectQuarters(photo, 6);
    expect(photo.warnings.join()).toContain("first");
  });
});

describe("transparency", () => {
  it("is kept as coverage, and the colour is laid on white", async () => {
    const rgba = new Uint8Array(64 * 64 * 4);
    for (let i = 0; i < 64 * 64; i++) rgba.set(i < 2048 ? [100, 0, 0, 128] : [0, 0, 0, 255], i * 4);
    const file = await sharp(rgba, { raw: { width: 64, height: 64, channels: 4 } })
      .png()
      .toBuffer();
    const photo = await decode(file);
    expect([photo.alpha?.[0], photo.alpha?.[4095]]).toEqual([128, 255]);
    expect([...photo.rgb.subarray(0, 3)]).toEqual([177, 127, 127]);
    expect([...photo.rgb.subarray(4095 * 3)]).toEqual([0, 0, 0]);
  });

  it("works for gray with transparency", async () => {
    const gray = sharp(new Uint8Array(64 * 64 * 2).fill(128), {
      raw: { width: 64, height: 64, channels: 2 },
    });
    const photo = await decode(await gray.png().toBuffer());
    expect(photo.alpha?.[0]).toBe(128);
    expect(photo.rgb[0]).toBe(photo.rgb[1]);
    expect(photo.rgb[0]).toBeGreaterThan(180);
  });

  it("is absent from an opaque file with an alpha channel", async () => {
    expect((await decode(await quarteredPicture().ensureAlpha().png().toBuffer())).alpha).toBeNull();
  });

  it("of everything means that no face can be seen", async () => {
    const empty = sharp({ create: { width: 64, height: 64, channels: 4, background: "#ff000000" } });
    expect((await refusal(await empty.png().toBuffer())).code).toBe("face_detection_error");
  });
});

describe("sizes", () => {
  const blank = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "#777" } })
      .png()
      .toBuffer();

  it("a long side is reduced to 4096 pixels, with a warning", async () => {
    const photo = await decode(await blank(5000, 1000));
    expect([photo.width, photo.height]).toEqual([4096, 819]);
    expect(photo.warnings.join()).toContain("5000 x 1000");
  });

  it("64 pixels are enough, 63 are not", async () => {
    expect((await decode(await blank(64, 64))).width).toBe(64);
    const error = await refusal(await blank(63, 200));
    expect(error).toMatchObject({
      code: "image_too_small",
      details: { context: { min_width: 64, min_height: 64 } },
    });
  });

  it("a strip is refused for its shape", async () => {
    const error = await refusal(await blank(1000, 100));
    expect(error).toMatchObject({
      code: "image_aspect_ratio_error",
      details: { context: { min_aspect_ratio: 0.125, max_aspect_ratio: 8 } },
    });
  });

  it("too many pixels are refused by the header, fast and without memory", async () => {
    const file = await sharp({ create: { width: 10001, height: 10000, channels: 3, background: "#000" } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    const started = performance.now();
    const memory = process.memoryUsage().rss;
    const error = await refusal(file);
    expect(error).toMatchObject({
      code: "image_too_large",
      details: { context: { max_resolution: 100_000_000 } },
    });
    expect(performance.now() - started).toBeLessThan(500);
    expect(process.memoryUsage().rss - memory).toBeLessThan(50e6);
  });
});

describe("what is no picture", () => {
  it.each([
    ["nothing", "", "image_load_error"],
    ["text", "Just some words, saved as a photo.", "unsupported_image_format"],
    ["an HTML page", "<!doctype html><html><body>404</body></html>", "unsupported_image_format"],
    [
      "an SVG drawing",
      '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>',
      "unsupported_image_format",
    ],
    ["an XML document that is an SVG", '<?xml version="1.0"?><svg width="99"/>', "unsupported_image_format"],
    ["a PDF", "%PDF-1.7\n", "unsupported_image_format"],
    ["a JPEG of two bytes", "\xff\xd8\xff", "image_load_error"],
  ])("%s is refused", async (_, text, code) => {
    const error = await refusal(Buffer.from(text, "latin1"));
    expect(error.code).toBe(code);
    if (code === "unsupported_image_format")
      expect(error.details.context?.supported_formats).toContain(".jpg");
  });
});

describe("damaged files", () => {
  const noise = () => {
    const data = new Uint8Array(200 * 200 * 3);
    for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761) >>> 24;
    return sharp(data, { raw: { width: 200, height: 200, channels: 3 } });
  };

  it.each(["png", "webp", "gif", "tiff", "avif"] as const)("a cut %s is refused", async (format) => {
    const file = await noise().toFormat(format).toBuffer();
    expect((await refusal(file.subarray(0, file.length / 2))).code).toBe("image_load_error");
  });

  it("a JPEG that lacks half its rows is refused, one that lacks the last few is read with a warning", async () => {
    const file = await noise().jpeg().toBuffer();
    expect((await refusal(file.subarray(0, file.length / 2))).code).toBe("image_load_error");
    const photo = await decode(file.subarray(0, file.length - Math.floor(file.length * 0.05)));
    expect(photo.warnings.join()).toContain("damaged");
  });

  it("never crash: flipped bytes give a photo or a typed refusal", async () => {
    const files = await Promise.all(
      (["jpeg", "png", "webp", "gif", "tiff"] as const).map((format) =>
        quarteredPicture().toFormat(format).toBuffer(),
      ),
    );
    const flips = fc.array(
      fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 255 })),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), flips, async (file, changes) => {
        const broken = Uint8Array.from(file);
        for (const [where, xor] of changes) broken[Math.floor(where * broken.length)]! ^= xor;
        const result = await decode(broken).catch((error: unknown) => error);
        if (result instanceof AssetError) return;
        const photo = result as Photo;
        expect(photo.rgb).toHaveLength(photo.width * photo.height * 3);
      }),
      { numRuns: 150 },
    );
  });
});

it("stops when cancelled", async () => {
  const file = await quarteredPicture().png().toBuffer();
  const promise = decodePhoto(assetOf(file), { field, signal: AbortSignal.abort() });
  await expect(promise).rejects.toBeInstanceOf(CancelledError);
});

describe.skipIf(testDataDir === null)("the broken files of the collection", () => {
  it.each([
    ["b20_truncated.jpg", "image_load_error"],
    ["b21_truncated.png", "image_load_error"],
    ["b30_bomb_30000x30000_gray1.png", "image_too_large"],
    ["b31_cartoon_face.svg", "unsupported_image_format"],
    ["b32_html_saved_as.jpg", "unsupported_image_format"],
    ["b33_zero_byte.jpg", "image_load_error"],
    ["b34_one_pixel.png", "image_too_small"],
    ["b35_strip_6000x20.png", "image_aspect_ratio_error"],
    ["b36_fully_transparent.png", "face_detection_error"],
    ["b37_text.txt.png", "unsupported_image_format"],
  ])("%s: %s, within a second", async (file, code) => {
    const started = performance.now();
    expect((await refusal(readFileSync(testFile(`bad/${file}`)))).code).toBe(code);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it.each([
    "b22_bitflips.jpg",
    "b23_png_named.jpg",
    "b24_upside_down.jpg",
    "b25_sideways.jpg",
    "b38_smiley_flat.png",
  ])("%s can be decoded", async (file) => {
    const photo = await decode(readFileSync(testFile(`bad/${file}`)));
    expect(photo.rgb).toHaveLength(photo.width * photo.height * 3);
  });

  it("b23: the content decides, not the name", async () => {
    expect((await decode(readFileSync(testFile("bad/b23_png_named.jpg")))).mediaType).toBe("image/png");
  });
});

describe.skipIf(testDataDir === null)("every variant of a portrait", () => {
  const WHOLE = [
    ["pv_exif6_rotated.jpg", "p19_man_threequarter_outdoor.jpg", 4],
    ["pv_exif5_mirrored.jpg", "p19_man_threequarter_outdoor.jpg", 4],
    ["pv_avif.avif", "p30_woman_eastasian_glasses_smile.jpg", 4],
    ["pv_gif_still.gif", "p03_man_longbeard_bald_outdoor.jpg", 6],
    ["pv_gif_animated.gif", "p03_man_longbeard_bald_outdoor.jpg", 6],
    ["pv_cmyk.jpg", "p02_woman_glasses_curly_smile.jpg", 30],
    ["pv_rgb16.png", "p23_man_slightturn_neutral.jpg", 4],
    ["pv_progressive.jpg", "p27_woman_mature_blond_2351px.jpg", 4],
    ["pv_jpeg_q5.jpg", "p05_elderman_whitehair_outdoor.jpg", 8],
    ["pv_96px.png", "p06_woman_darkskin_smile_3216px.jpg", 4],
    ["pv_blurred.jpg", "p06_woman_darkskin_smile_3216px.jpg", 6],
    ["pv_webp_lossy.webp", "p26_woman_smile_rgba_circle.png", 6],
    ["pv_bmp.bmp", "p09_woman_astronaut_halfbody.png", 4],
    ["pv_tiff_lzw.tiff", "p09_woman_astronaut_halfbody.png", 4],
    ["pv_gray16.png", "p23_man_slightturn_neutral.jpg", 255],
    ["pv_gray8.jpg", "p20_woman_longhair_openlaugh.jpg", 255],
    ["pv_underexposed.jpg", "p20_woman_longhair_openlaugh.jpg", 255],
  ] as const;

  it.each(WHOLE)("%s is %s, the right way up", async (variant, original, tolerance) => {
    const photo = await decode(readFileSync(testFile(`portraits/${variant}`)));
    const expected = await colorLayout(await decode(readFileSync(testFile(`portraits/${original}`))));
    const layout = await colorLayout(photo);
    const fits = orientations(layout).map((turned) => layoutCorrelation(turned, expected));
    expect(fits[0]).toBeGreaterThan(0.95);
    for (const other of fits.slice(1)) expect(other).toBeLessThan(fits[0]!);
    expect(layoutDistance(layout, expected)).toBeLessThan(tolerance);
  });

  it.each([
    ["pv_16x9_face_right.jpg", 1280, 720],
    ["pv_9x16.jpg", 720, 1280],
    ["pv_extreme_closeup.jpg", 800, 960],
    ["pv_tilt25.jpg", 512, 512],
  ])("%s has its size", async (variant, width, height) => {
    const photo = await decode(readFileSync(testFile(`portraits/${variant}`)));
    expect([photo.width, photo.height]).toEqual([width, height]);
  });
});

it("reads the same pixels as the quartered source", async () => {
  const photo = await decode(await quarteredPicture().png().toBuffer());
  expect(Buffer.from(photo.rgb).equals(Buffer.from(quarteredPixels(96, 80)))).toBe(true);
});
