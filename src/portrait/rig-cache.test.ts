import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Photo } from "../assets/index.js";
import { RIG_VERSION } from "./analyse-portrait.js";
import { createDiskRigCache } from "./disk-rig-cache.js";
import type { Eye, Mouth, Rig } from "./rig.js";
import { analyseWithCache } from "./rig-cache.js";
import { decodeRig, encodeRig } from "./rig-file.js";

const hash = "ab".repeat(32);
const point = { x: 0.1, y: -0.2, z: 1 / 3 };
const curve = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.fround(i / 7));

const eye: Eye = {
  center: point,
  cornerLeft: point,
  cornerRight: point,
  x: curve(49),
  upperLid: curve(49),
  lowerLid: curve(49),
  z: curve(49),
  browY: -0.3,
  iris: { x: 0, y: 0, radius: 0.1 },
  opening: 0.15,
};
const mouth: Mouth = {
  cornerLeft: point,
  cornerRight: point,
  outerCornerLeft: point,
  outerCornerRight: point,
  x: curve(97),
  upperInner: curve(97),
  lowerInner: curve(97),
  upperOuter: curve(97),
  lowerOuter: curve(97),
  z: curve(97),
  gap: 0,
  isOpen: false,
  toothEdge: null,
  noseBaseY: 0.6,
  chinY: 1.8,
  smile: 0.1,
};
const rig: Rig = {
  version: RIG_VERSION,
  photoSha256: hash,
  width: 40,
  height: 30,
  landmarks: curve(478 * 3),
  head: {
    originX: 20.5,
    originY: 12.25,
    eyeDistance: 9,
    rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    cameraDistance: 16,
  },
  angles: { yaw: 0.1, pitch: -0.2, roll: 0 },
  detectionScore: 0.875,
  confident: true,
  depth: { columns: 3, rows: 2, x0: -4, y0: -4, step: 24, z: curve(6) },
  matte: {
    width: 5,
    height: 3,
    data: Uint8Array.from({ length: 15 }, (_, i) => i * 17),
    isGuess: false,
    opaque: null,
  },
  mouth,
  eyes: [eye, eye],
  tones: {
    cheekLeft: [200, 150, 130],
    cheekRight: [200, 150, 130],
    lip: [180, 90, 90],
    sclera: [230, 230, 225],
    tooth: null,
    saturation: 1,
    grain: 1.5,
  },
  glasses: { x: 3, y: 4, width: 2, height: 2, data: Uint8Array.of(0, 255, 3, 4) },
  warnings: ["The face is small."],
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-rigs-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("a rig file", () => {
  it("gives back the same rig", () => {
    expect(decodeRig(encodeRig(rig))).toEqual(rig);
  });

  it("is no rig once any byte is changed, lost or added", () => {
    const bytes = encodeRig(rig);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = new Uint8Array(bytes);
        damaged[at] = damaged[at]! ^ change;
        expect(decodeRig(damaged)).toBeNull();
        expect(decodeRig(bytes.subarray(0, at))).toBeNull();
      }),
      { numRuns: 200 },
    );
    expect(decodeRig(new Uint8Array([...bytes, 0]))).toBeNull();
  });
});

describe("the rig cache on disk", () => {
  it("keeps a rig, whole, under the photo's hash", async () => {
    const cache = createDiskRigCache(join(directory, "new", "folder"));
    expect(await cache.load(hash)).toBeNull();
    await Promise.all([cache.store(rig), cache.store(rig), cache.store(rig)]);
    expect(await cache.load(hash)).toEqual(rig);
    expect(await readdir(join(directory, "new", "folder"))).toEqual([`${hash}.v${RIG_VERSION}.rig`]);
  });

  it("knows nothing of damaged files, other versions and other photos", async () => {
    const cache = createDiskRigCache(directory);
    await cache.store({ ...rig, version: RIG_VERSION + 1 });
    expect(await cache.load(hash)).toBeNull();
    await cache.store(rig);
    const path = join(directory, `${hash}.v${RIG_VERSION}.rig`);
    const other = "cd".repeat(32);
    await writeFile(path.replace(hash, other), await readFile(path));
    expect(await cache.load(other)).toBeNull();
    await writeFile(path, (await readFile(path)).subarray(0, 1000));
    expect(await cache.load(hash)).toBeNull();
    await cache.store(rig);
    expect(await cache.load(hash)).toEqual(rig);
  });

  it("never leaves its directory and never fails", async () => {
    const cache = createDiskRigCache("/dev/null/not-a-directory");
    await cache.store(rig);
    expect(await cache.load(hash)).toBeNull();
    expect(await createDiskRigCache(directory).load("../../etc/passwd")).toBeNull();
    await createDiskRigCache(directory).store({ ...rig, photoSha256: "../escaped" });
    expect((await readdir(join(directory, ".."))).includes("escaped")).toBe(false);
  });

  it("spares the analysis of a known photo, and analyses one of another size", async () => {
    const cache = createDiskRigCache(directory);
    await cache.store(rig);
    const photo: Photo = {
      width: rig.width,
      height: rig.height,
      rgb: new Uint8Array(rig.width * rig.height * 3),
      alpha: null,
      sha256: hash,
      mediaType: "image/png",
      warnings: [],
    };
    expect(await analyseWithCache(photo, cache)).toEqual(rig);
    // The black picture has no face: analysing it fails, which shows that the cached rig was not taken.
    const larger = { ...photo, width: 60, height: 20 };
    await expect(analyseWithCache(larger, cache)).rejects.toMatchObject({ code: "face_detection_error" });
  });
});
