import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodePhoto, loadAsset, type Photo } from "../../assets/index.js";
import { CancelledError } from "../../shared/errors.js";
import { clamp } from "../../shared/numeric.js";
import { analysePortrait } from "../analyse-portrait.js";
import type { Rig } from "../rig.js";
import { cutOutPerson } from "./cut-out-person.js";
import { reducePhoto } from "./planes.js";
import { refineMatte } from "./refine-matte.js";

const SIZE = 256;
const EYE_DISTANCE = 40;
/** Centre and radius of the drawn head. */
const HEAD = { x: 128, y: 120, radius: 60 } as const;
const HAIR = [70, 40, 25] as const;

function photoOf(width: number, height: number, rgb: Uint8Array, alpha: Uint8Array | null = null): Photo {
  return { width, height, rgb, alpha, sha256: "f".repeat(64), mediaType: "image/png", warnings: ["kept"] };
}

/** Coverage of a head with a soft edge and thin strands that stand off it; the strands alone are not in `rough`. */
function drawnCoverage(x: number, y: number): { exact: number; rough: number } {
  const [dx, dy] = [x + 0.5 - HEAD.x, y + 0.5 - HEAD.y];
  const distance = Math.hypot(dx, dy);
  const disk = clamp(HEAD.radius + 0.5 - distance, 0, 1);
  const turn = (Math.atan2(dy, dx) / Math.PI) * 24;
  const side = Math.abs(turn - Math.round(turn)) * ((Math.PI * distance) / 24);
  const strand = distance < HEAD.radius + 9 ? clamp(1.3 - side, 0, 1) : 0;
  return { exact: Math.max(disk, strand), rough: clamp((HEAD.radius + 4 - distance) / 8, 0, 1) };
}

/** The head before a wall of the given colour, with what a segmenter would make of it. */
function drawnScene(wall: (x: number, y: number) => readonly number[]) {
  const rgb = new Uint8Array(SIZE * SIZE * 3);
  const exact = new Float32Array(SIZE * SIZE);
  const probability = new Float32Array(SIZE * SIZE);
  const face = new Uint8Array(SIZE * SIZE);
  for (let i = 0; i < exact.length; i++) {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    const coverage = drawnCoverage(x, y);
    exact[i] = coverage.exact;
    // A ghost away from the person that the segmenter is sure of.
    probability[i] = Math.hypot(x - 30, y - 220) < 14 ? 1 : coverage.rough;
    face[i] = Math.hypot(x - HEAD.x, y - HEAD.y) < 30 ? 1 : 0;
    const behind = wall(x, y);
    for (let k = 0; k < 3; k++)
      rgb[3 * i + k] = Math.round(HAIR[k]! * exact[i]! + behind[k]! * (1 - exact[i]!));
  }
  const photo = photoOf(SIZE, SIZE, rgb);
  const head = { eyeDistance: EYE_DISTANCE, chinY: 170 };
  return { photo, exact, rough: { picture: reducePhoto(photo, SIZE), probability, face, head } };
}

const noPause = async (): Promise<void> => {};

describe("refineMatte", () => {
  const walls = {
    "a bright wall": () => [190, 200, 215],
    "a green wall with a slope": (x: number, y: number) => [60 + y / 8, 150 + x / 8, 70],
    "a wall of two colours": (x: number, y: number) =>
      ((x >> 5) + (y >> 5)) % 2 ? [235, 190, 90] : [90, 160, 220],
  };
  it.each(Object.entries(walls))("finds coverage and true colours before %s", async (_, wall) => {
    const { photo, exact, rough } = drawnScene(wall);
    const cut = await refineMatte(photo, rough, noPause);
    let error = 0;
    let band = 0;
    let colour = 0;
    let mixed = 0;
    let holes = 0;
    let ghosts = 0;
    for (let i = 0; i < exact.length; i++) {
      const distance = Math.hypot((i % SIZE) - HEAD.x, Math.floor(i / SIZE) - HEAD.y);
      const alpha = cut.alpha![i]!;
      if (distance < HEAD.radius - 7) holes += alpha < 255 ? 1 : 0;
      else if (distance > HEAD.radius + 16) ghosts += alpha;
      else {
        error += Math.abs(alpha / 255 - exact[i]!);
        band++;
      }
      // Colours are true where the person shows at all, and beyond.
      if (distance > HEAD.radius - 8 && distance < HEAD.radius + 24) {
        for (let k = 0; k < 3; k++) colour += Math.abs(cut.rgb[3 * i + k]! - HAIR[k]!) / 3;
        mixed++;
      }
    }
    console.log(
      `mean error of coverage ${(error / band).toFixed(4)}, of colour ${(colour / mixed).toFixed(2)}`,
    );
    expect({ holes, ghosts }).toEqual({ holes: 0, ghosts: 0 });
    expect(error / band).toBeLessThan(0.012);
    expect(colour / mixed).toBeLessThan(2.5);
    expect(Buffer.compare((await refineMatte(photo, rough, noPause)).alpha!, cut.alpha!)).toBe(0);
  });
});

describe("cutOutPerson of a file with transparency", () => {
  const alpha = Uint8Array.from({ length: 80 * 80 }, (_, i) => clamp((50 - (i % 80)) * 25, 0, 255));
  const onWhite = Uint8Array.from({ length: 80 * 80 * 3 }, (_, i) => {
    const a = alpha[Math.floor(i / 3)]!;
    return Math.round((HAIR[i % 3]! * a + 255 * (255 - a)) / 255);
  });
  const matte = {
    width: 80,
    height: 80,
    data: alpha,
    isGuess: false,
    opaque: alpha.map((a) => (a > 250 ? 1 : 0)),
  };
  const landmarks = Float32Array.from({ length: 478 * 3 }, (_, i) => 15 + ((i * 7) % 20));
  const rig = { matte, landmarks, head: { eyeDistance: 10 } } as unknown as Rig;

  it("keeps the coverage of a person who was cut out, and gives the colours from before the white", async () => {
    const cut = await cutOutPerson(photoOf(80, 80, onWhite, alpha), rig);
    expect(Buffer.compare(cut.alpha!, alpha)).toBe(0);
    const errors = cut.rgb.map((value, i) => Math.abs(value - HAIR[i % 3]!));
    expect(Math.max(...errors)).toBeLessThanOrEqual(3);
    expect(cut).toMatchObject({ width: 80, height: 80, sha256: "f".repeat(64), warnings: ["kept"] });
  });
});

/** Every second pixel of every second row. */
function halved(photo: Photo): Photo {
  const width = photo.width >> 1;
  const height = photo.height >> 1;
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const from = 2 * Math.floor(pixel / width) * photo.width + 2 * (pixel % width);
    return photo.rgb[3 * from + (i % 3)]!;
  });
  return { ...photo, width, height, rgb };
}

const sample = fileURLToPath(new URL("../../../samples/portrait.png", import.meta.url));

describe.skipIf(!existsSync(sample))("cutOutPerson of our drawn portrait", () => {
  it("keeps the face, clears the corners, repeats itself, and stops when asked to", async () => {
    const field = ["image_url"];
    const photo = halved(
      await decodePhoto(await loadAsset(sample, { allowLocalPaths: true, field }), { field }),
    );
    const rig = await analysePortrait(photo);
    const fractions: number[] = [];
    const start = performance.now();
    const cut = await cutOutPerson(photo, rig, { onProgress: (fraction) => fractions.push(fraction) });
    console.log(`cut out at ${photo.width} x ${photo.height}: ${Math.round(performance.now() - start)} ms`);
    expect(cut).toMatchObject({ width: photo.width, height: photo.height, sha256: photo.sha256 });
    for (const id of [1, 168, 13, 50, 280]) {
      const at = Math.floor(rig.landmarks[3 * id + 1]!) * photo.width + Math.floor(rig.landmarks[3 * id]!);
      expect(cut.alpha![at]).toBe(255);
      expect(cut.rgb.subarray(3 * at, 3 * at + 3)).toEqual(photo.rgb.subarray(3 * at, 3 * at + 3));
    }
    expect([cut.alpha![0], cut.alpha![photo.width - 1]]).toEqual([0, 0]);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
    expect(fractions.at(-1)).toBe(1);
    const again = await cutOutPerson(photo, rig);
    expect(Buffer.compare(again.alpha!, cut.alpha!)).toBe(0);
    expect(Buffer.compare(again.rgb, cut.rgb)).toBe(0);
    const stop = new AbortController();
    const stopped = cutOutPerson(photo, rig, {
      signal: stop.signal,
      onProgress: (fraction) => fraction > 0.3 && stop.abort(),
    });
    await expect(stopped).rejects.toBeInstanceOf(CancelledError);
  });
});
