import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { testDataDir, testFile } from "../../test/support/test-data.js";
import { decodePhoto, loadAsset, type Photo } from "../assets/index.js";
import { CancelledError, InputError } from "../shared/errors.js";
import { analysePortrait } from "./analyse-portrait.js";
import { EYE_RINGS, LIPS_INNER, LIPS_OUTER } from "./landmark-sets.js";
import type { Rig } from "./rig.js";

const sample = fileURLToPath(new URL("../../samples/portrait.png", import.meta.url));
const DEGREES = 180 / Math.PI;

async function openPhoto(path: string): Promise<Photo> {
  const field = ["image_url"];
  return decodePhoto(await loadAsset(path, { allowLocalPaths: true, field }), { field });
}

async function analyseFile(path: string): Promise<Rig> {
  return analysePortrait(await openPhoto(path));
}

function blankPhoto(width: number, height: number): Photo {
  const rgb = new Uint8Array(width * height * 3).fill(180);
  return { width, height, rgb, alpha: null, sha256: "0".repeat(64), mediaType: "image/png", warnings: [] };
}

/** What must hold for the landmarks of any upright face. */
function expectPlausible(rig: Rig): void {
  const { landmarks, head } = rig;
  expect(landmarks.length).toBe(478 * 3);
  expect(landmarks.every((value) => Number.isFinite(value))).toBe(true);
  const x = (id: number): number => landmarks[3 * id]!;
  const y = (id: number): number => landmarks[3 * id + 1]!;
  const z = (id: number): number => landmarks[3 * id + 2]!;
  // Along the head's own axes, so that a tilted head counts as well.
  const [ax, ay] = [Math.cos(rig.angles.roll), Math.sin(rig.angles.roll)];
  const across = (id: number): number => x(id) * ax + y(id) * ay;
  const down = (id: number): number => -x(id) * ay + y(id) * ax;
  expect(across(33)).toBeLessThan(across(133));
  expect(across(133)).toBeLessThan(across(362));
  expect(across(362)).toBeLessThan(across(263));
  expect(across(61)).toBeLessThan(across(291));
  for (const [upper, lower] of [
    [10, 168],
    [168, 2],
    [2, 0],
    [0, 17],
    [17, 152],
    [159, 145],
    [386, 374],
  ] as const) {
    expect(down(upper)).toBeLessThan(down(lower));
  }
  // The inner lips may touch, yet never cross by much.
  expect(down(13) - down(14)).toBeLessThan(0.02 * head.eyeDistance);
  expect(z(1)).toBeLessThan(z(234));
  // Irises lie in their eyes.
  for (const [iris, ring] of [
    [468, EYE_RINGS[0]],
    [473, EYE_RINGS[1]],
  ] as const) {
    expect(across(iris)).toBeGreaterThan(Math.min(...ring.map(across)));
    expect(across(iris)).toBeLessThan(Math.max(...ring.map(across)));
  }
  for (const id of [...LIPS_INNER, ...LIPS_OUTER]) {
    expect(Math.hypot(x(id) - head.originX, y(id) - head.originY)).toBeLessThan(2.6 * head.eyeDistance);
  }
  // The matte covers the face and is not everything on a picture that shows more than the face.
  const at = (id: number): number => {
    const { width, height, data } = rig.matte;
    const column = Math.min(width - 1, Math.floor((x(id) / rig.width) * width));
    return data[Math.min(height - 1, Math.floor((y(id) / rig.height) * height)) * width + column]!;
  };
  for (const id of [1, 168, 13, 50, 280]) expect(at(id)).toBe(255);
  expect(Math.max(rig.matte.width, rig.matte.height)).toBeLessThanOrEqual(512);
}

describe("analysePortrait", () => {
  it("refuses a picture without a face", async () => {
    const error = await analysePortrait(blankPhoto(200, 150), { field: ["image_url"] }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      code: "face_detection_error",
      status: 422,
      details: { field: ["image_url"] },
    });
    expect((error as InputError).message).toMatch(/^Could not detect face in the image\. .*Use /);
  });

  it("survives pictures of one pixel and of one row", async () => {
    for (const photo of [blankPhoto(1, 1), blankPhoto(500, 1)]) {
      await expect(analysePortrait(photo)).rejects.toMatchObject({ code: "face_detection_error" });
    }
  });
});

describe.skipIf(!existsSync(sample))("analysePortrait on our drawn portrait", () => {
  it("finds a frontal face, twice the same, and lets others run meanwhile", async () => {
    const photo = await openPhoto(sample);
    const fractions: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const start = performance.now();
    const rig = await analysePortrait(photo, { onProgress: (fraction) => fractions.push(fraction) });
    console.log(`portrait analysis at ${photo.width} px: ${Math.round(performance.now() - start)} ms`);
    clearInterval(timer);
    expectPlausible(rig);
    expect(rig.confident).toBe(true);
    expect(rig.detectionScore).toBeGreaterThan(0.6);
    expect(Math.abs(rig.angles.yaw * DEGREES)).toBeLessThan(8);
    expect(Math.abs(rig.angles.roll * DEGREES)).toBeLessThan(5);
    expect(rig.photoSha256).toBe(photo.sha256);
    expect(fractions.at(-1)).toBe(1);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
    expect(turns).toBeGreaterThan(3);
    expect(await analysePortrait(photo)).toEqual(rig);
  });

  it("gives the same result to two at once", async () => {
    const photo = await openPhoto(sample);
    const [a, b] = await Promise.all([analysePortrait(photo), analysePortrait(photo)]);
    expect(a).toEqual(b);
  });

  it("stops when asked to", async () => {
    const photo = await openPhoto(sample);
    const controller = new AbortController();
    const onProgress = (fraction: number): void => {
      if (fraction > 0.2) controller.abort();
    };
    await expect(analysePortrait(photo, { signal: controller.signal, onProgress })).rejects.toBeInstanceOf(
      CancelledError,
    );
  });

  it("asks to turn a picture that lies on its side or its head", async () => {
    const photo = await openPhoto(sample);
    for (const turned of [rotateQuarter(photo), rotateQuarter(rotateQuarter(photo))]) {
      await expect(analysePortrait(turned)).rejects.toMatchObject({
        code: "face_detection_error",
        message: expect.stringContaining("Rotate the picture"),
      });
    }
  });

  it("warns of a second face and of a small one, and refuses a tiny one", async () => {
    const photo = await openPhoto(sample);
    const pair = await analysePortrait(sideBySide(photo));
    expect(pair.warnings.join()).toContain("shows 2 faces");
    const small = await analysePortrait(reduce(photo, 5));
    expect(small.warnings.join()).toContain("The face is small");
    await expect(analysePortrait(reduce(photo, 14))).rejects.toMatchObject({
      code: "image_too_small",
      details: { context: { min_width: expect.any(Number), min_height: expect.any(Number) } },
    });
  });

  it("refuses a face whose mouth is cut off", async () => {
    const photo = await openPhoto(sample);
    const rig = await analysePortrait(photo);
    const cut = crop(photo, photo.width, Math.round(rig.landmarks[3 * 13 + 1]!));
    await expect(analysePortrait(cut)).rejects.toMatchObject({ code: "face_detection_error" });
  });
});

function rotateQuarter(photo: Photo): Photo {
  return mapPixels(photo, photo.height, photo.width, (x, y) => [y, photo.height - 1 - x]);
}

function sideBySide(photo: Photo): Photo {
  return mapPixels(photo, photo.width * 2, photo.height, (x, y) => [x % photo.width, y]);
}

function crop(photo: Photo, width: number, height: number): Photo {
  return mapPixels(photo, width, height, (x, y) => [x, y]);
}

function mapPixels(
  photo: Photo,
  width: number,
  height: number,
  from: (x: number, y: number) => readonly [number, number],
): Photo {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = from(x, y);
      const at = (v * photo.width + u) * 3;
      rgb.set(photo.rgb.subarray(at, at + 3), (y * width + x) * 3);
    }
  }
  return { ...photo, width, height, rgb, alpha: null };
}

/** The picture a whole number of times smaller, by averaging. */
function reduce(photo: Photo, factor: number): Photo {
  const width = Math.floor(photo.width / factor);
  const height = Math.floor(photo.height / factor);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) {
    const [x, y, k] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    let sum = 0;
    for (let d = 0; d < factor * factor; d++) {
      const row = y * factor + Math.floor(d / factor);
      sum += photo.rgb[(row * photo.width + x * factor + (d % factor)) * 3 + k]!;
    }
    rgb[i] = Math.round(sum / factor / factor);
  }
  return { ...photo, width, height, rgb, alpha: null };
}

describe.skipIf(testDataDir === null)("analysePortrait on real pictures", () => {
  it("makes a plausible rig of every portrait of a person", async () => {
    const files = (await readdir(testFile("portraits"))).filter(
      (file) => /^p\d/.test(file) && !/cat|dog/.test(file),
    );
    expect(files.length).toBeGreaterThan(25);
    for (const file of files) {
      const rig = await analyseFile(testFile(`portraits/${file}`));
      try {
        expectPlausible(rig);
      } catch (error) {
        throw new Error(file, { cause: error });
      }
    }
  });

  it("measures turns with the signs of the rig", async () => {
    const angles = async (file: string) => (await analyseFile(testFile(`portraits/${file}`))).angles;
    const right = await angles("p19_man_threequarter_outdoor.jpg");
    expect(right.yaw * DEGREES).toBeGreaterThan(15);
    const left = await angles("p11_painting_mona_lisa.jpg");
    expect(left.yaw * DEGREES).toBeLessThan(-8);
    // The rotated variant leans counter-clockwise.
    const tilted = await angles("pv_tilt25.jpg");
    expect(tilted.roll * DEGREES).toBeGreaterThan(-35);
    expect(tilted.roll * DEGREES).toBeLessThan(-18);
  });

  it("has nothing to do with animals", async () => {
    for (const file of ["p16_cat_closeup.png", "p17_dog_ai_rgba.png"]) {
      await expect(analyseFile(testFile(`portraits/${file}`))).rejects.toMatchObject({
        code: "face_detection_error",
      });
    }
  });

  const refused = {
    "b01_noface_coffee.png": "face_detection_error",
    "b02_noface_landscape_painting.jpg": "face_detection_error",
    "b03_group_large.jpg": "face_detection_error",
    "b05_profile_cameraman.png": "face_detection_error",
    "b06_tiny_face_skier.jpg": "image_too_small",
    "b09_back_of_head.jpg": "face_detection_error",
    "b10_face_cut_by_border.jpg": "face_detection_error",
    "b24_upside_down.jpg": "face_detection_error",
    "b25_sideways.jpg": "face_detection_error",
    "b36_fully_transparent.png": "face_detection_error",
    "b38_smiley_flat.png": "face_detection_error",
  };
  it.each(Object.entries(refused))("refuses %s with %s", async (file, code) => {
    await expect(analyseFile(testFile(`bad/${file}`))).rejects.toMatchObject({ code });
  });

  it.each([
    ["b04_two_faces_couple.jpg", "2 faces"],
    ["b08_two_people_sunglasses.jpg", "2 faces"],
    ["b11_medical_mask_drawn.jpg", "mouth seems to be covered"],
  ])("warns about %s", async (file, warning) => {
    expect((await analyseFile(testFile(`bad/${file}`))).warnings.join()).toContain(warning);
  });

  it.each(["b07_hand_on_chin_lookup.webp", "b22_bitflips.jpg", "b23_png_named.jpg"])(
    "accepts %s",
    async (file) => {
      expectPlausible(await analyseFile(testFile(`bad/${file}`)));
    },
  );
});
