import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { laplacianRms, largestDeviation } from "../../test/support/sharpness.js";
import { testDataDir, testFile } from "../../test/support/test-data.js";
import { createRandom } from "../shared/random.js";
import { fillDoubledPlate, type RowSource } from "./dense-plate.js";
import { Arena } from "./kernels/arena.js";
import { fillWeightTable, TABLE_SHORTS } from "./kernels/kernels.js";
import { createWasmKernels } from "./kernels/wasm-kernels.js";

/** Pixels around the drawn part. */
const MARGIN = 16;
const CELL_SHIFT = 3;

type Plane = { readonly width: number; readonly height: number; readonly data: Float32Array };
type Drawn = { readonly width: number; readonly height: number; readonly data: Uint8Array };

function rowsOf(data: Float32Array, width: number): RowSource {
  return (row) => data.subarray(row * width, (row + 1) * width);
}

/** Draws the inner part of a plane, moved by (x, y) pixels, as the renderer does. */
async function createDrawing(plane: Plane, density: 1 | 2): Promise<(x: number, y: number) => Drawn> {
  const width = (plane.width - 2 * MARGIN) & ~7;
  const height = (plane.height - 2 * MARGIN) & ~7;
  const columns = width >> CELL_SHIFT;
  const rows = height >> CELL_SHIFT;
  const texels = plane.width * plane.height * density * density;
  const kernels = await createWasmKernels(texels * 2 + width * height * 2 + TABLE_SHORTS * 2 + 65_536);
  const arena = new Arena(kernels.memory);
  const table = arena.shorts(TABLE_SHORTS);
  fillWeightTable(table.view);
  const plate = arena.bytes(texels);
  if (density === 2) fillDoubledPlate(rowsOf(plane.data, plane.width), plane.width, plane.height, plate.view);
  else plate.view.set(plane.data);
  const nodes = arena.integers((columns + 1) * (rows + 1) * 2);
  const flags = arena.bytes(columns * rows);
  flags.view.fill(1);
  const target = arena.bytes(width * height);
  // Nodes count in luma pixels: chroma has half as many.
  const pixel = density === 2 ? 1 : 2;
  return (shiftX, shiftY) => {
    for (let i = 0; i < nodes.view.length / 2; i++) {
      const x = ((i % (columns + 1)) << CELL_SHIFT) + MARGIN + shiftX;
      const y = (Math.floor(i / (columns + 1)) << CELL_SHIFT) + MARGIN + shiftY;
      nodes.view[2 * i] = Math.round(x * pixel * 65536);
      nodes.view[2 * i + 1] = Math.round(y * pixel * 65536);
    }
    kernels.warpCells(
      plate.at,
      plane.width * density,
      plane.width * density,
      plane.height * density,
      density,
      table.at,
      nodes.at,
      1,
      columns,
      rows,
      flags.at,
      target.at,
      width,
      CELL_SHIFT,
    );
    return { width, height, data: target.view.slice() };
  };
}

/** Any values, the worst case for interpolation: neighbours have nothing in common. */
function noise(width: number, height: number, seed: number): Plane {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: width * height }, () => Math.floor(random.between(16, 236)));
  return { width, height, data };
}

/**
 * A texture like a photo at video density: noise of equal power per octave with discs, lines and hair over it, drawn
 * four times finer and reduced as photos are.
 */
async function naturalTexture(size: number, seed: number): Promise<Plane> {
  const random = createRandom(seed);
  const fine = 4 * size;
  const data = new Float32Array(fine * fine).fill(120);
  for (let grain = 1; grain <= fine / 4; grain *= 2) {
    const across = Math.ceil(fine / grain) + 2;
    const values = Float32Array.from({ length: across * across }, () => random.normal());
    for (let y = 0; y < fine; y++) {
      for (let x = 0; x < fine; x++) {
        const gx = x / grain;
        const gy = y / grain;
        const at = Math.floor(gy) * across + Math.floor(gx);
        const fx = gx - Math.floor(gx);
        const fy = gy - Math.floor(gy);
        const top = values[at]! * (1 - fx) + values[at + 1]! * fx;
        const bottom = values[at + across]! * (1 - fx) + values[at + across + 1]! * fx;
        data[y * fine + x]! += 9 * (top * (1 - fy) + bottom * fy);
      }
    }
  }
  for (let k = 0; k < 24; k++) {
    const [cx, cy] = [random.between(0, fine), random.between(0, fine)];
    const radius = random.between(0.02, 0.12) * fine;
    const width = k % 3 === 0 ? radius : random.between(1.5, 8);
    const tone = random.between(-70, 70);
    for (let y = 0; y < fine; y++) {
      for (let x = 0; x < fine; x++) {
        const r = Math.sqrt((x - cx) ** 2 + (y - cy) ** 2);
        if (r <= radius && r > radius - width) data[y * fine + x]! += tone;
      }
    }
  }
  const bytes = Uint8Array.from(data, (value) => Math.min(Math.max(value, 0), 255));
  const reduced = await sharp(bytes, { raw: { width: fine, height: fine, channels: 1 } })
    .resize(size, size, { kernel: "lanczos3" })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  return { width: size, height: size, data: Float32Array.from(reduced) };
}

/** The face of a photo, `[0, 1]` of its size, at `scale` video pixels per photo pixel. */
async function faceOf(
  path: string,
  area: readonly [left: number, top: number, right: number, bottom: number],
  scale: number,
): Promise<Plane> {
  const { width, height } = await sharp(path).metadata();
  const { data, info } = await sharp(path)
    .removeAlpha()
    .extract({
      left: Math.round(area[0] * width),
      top: Math.round(area[1] * height),
      width: Math.round((area[2] - area[0]) * width),
      height: Math.round((area[3] - area[1]) * height),
    })
    .resize(Math.round((area[2] - area[0]) * width * scale), null, { kernel: "lanczos3" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const plane = new Float32Array(info.width * info.height);
  for (let i = 0; i < plane.length; i++) {
    const p = i * info.channels;
    plane[i] = 16 + 0.182586 * data[p]! + 0.614231 * data[p + 1]! + 0.062007 * data[p + 2]!;
  }
  return { width: info.width, height: info.height, data: plane };
}

/** How much the sharpness of a plane varies while it moves by a pixel in steps of 1/8: along x, y, and the diagonal. */
async function sharpnessVariation(plane: Plane): Promise<{ x: number; y: number; diagonal: number }> {
  const draw = await createDrawing(plane, 2);
  const along = (dx: number, dy: number): number =>
    largestDeviation(
      Array.from({ length: 9 }, (_, k) => {
        const { data, width, height } = draw((dx * k) / 8, (dy * k) / 8);
        return laplacianRms(data, width, height);
      }),
    );
  return { x: along(1, 0), y: along(0, 1), diagonal: along(1, 1) };
}

describe("the plate's texels", () => {
  it("keep every sample, whatever the samples are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 70 }),
        fc.integer({ min: 4, max: 60 }),
        fc.integer({ min: 1, max: 1e6 }),
        (width, height, seed) => {
          const { data } = noise(width, height, seed);
          const double = new Uint8Array(4 * width * height);
          fillDoubledPlate(rowsOf(data, width), width, height, double);
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              expect(double[4 * y * width + 2 * x]).toBe(data[y * width + x]);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("keep a plain surface plain, up to the border", () => {
    const [width, height] = [37, 29];
    const plane = new Float32Array(width * height).fill(201);
    const double = new Uint8Array(4 * width * height);
    fillDoubledPlate(rowsOf(plane, width), width, height, double);
    expect(new Set(double)).toEqual(new Set([201]));
  });

  it("hold half-sample values of a fine wave as they are", () => {
    // .4 cycles per pixel: four fifths of what pixels can hold.
    const [width, height] = [96, 8];
    const wave = (x: number): number => 128 + 80 * Math.cos(2 * Math.PI * 0.4 * x + 0.7);
    const plane = Float32Array.from({ length: width * height }, (_, i) => wave(i % width));
    const double = new Uint8Array(4 * width * height);
    fillDoubledPlate(rowsOf(plane, width), width, height, double);
    for (let x = 40; x < 150; x++) {
      expect(Math.abs(double[7 * 2 * width + x]! - wave(x / 2))).toBeLessThan(1.7);
    }
  });
});

describe("a plate that is drawn where it lies, or whole pixels away", () => {
  it.each([1, 2] as const)("is the photo, within one step, at density %i", async (density) => {
    const plane = noise(120, 96, 5);
    const draw = await createDrawing(plane, density);
    for (const [dx, dy] of [
      [0, 0],
      [3, -2],
      [-7, 5],
    ] as const) {
      const { data, width, height } = draw(dx, dy);
      let worst = 0;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const truth = plane.data[(y + MARGIN + dy) * plane.width + x + MARGIN + dx]!;
          worst = Math.max(worst, Math.abs(data[y * width + x]! - truth));
        }
      }
      expect(worst).toBeLessThanOrEqual(1);
    }
  });
});

describe("sharpness does not depend on the position between two pixels", () => {
  it.each([1, 2, 3])("of a texture as natural as photos (%i)", async (seed) => {
    const { x, y, diagonal } = await sharpnessVariation(await naturalTexture(160, seed));
    expect(Math.max(x, y)).toBeLessThan(0.02);
    expect(diagonal).toBeLessThan(0.025);
  });

  it("of the bundled portrait's face", async () => {
    const path = fileURLToPath(new URL("../../samples/portrait.png", import.meta.url));
    for (const scale of [0.47, 0.71, 1.41]) {
      const { x, y, diagonal } = await sharpnessVariation(
        await faceOf(path, [0.353, 0.356, 0.614, 0.745], scale),
      );
      expect(Math.max(x, y)).toBeLessThan(0.02);
      expect(diagonal).toBeLessThan(0.025);
    }
  });

  // The four with the finest detail: beard, skin at a third of its size, film grain, a lined face.
  const faces = [
    ["portraits/p03_man_longbeard_bald_outdoor.jpg", [0.433, 0.193, 0.607, 0.423], [0.96, 1.28]],
    ["portraits/p06_woman_darkskin_smile_3216px.jpg", [0.315, 0.291, 0.598, 0.689], [0.14, 0.29]],
    ["portraits/p18_bw_woman_braids_hands.jpg", [0.378, 0.301, 0.631, 0.646], [0.25, 0.49]],
    ["portraits/p05_elderman_whitehair_outdoor.jpg", [0.314, 0.406, 0.61, 0.832], [0.41, 0.82]],
  ] as const;
  it.skipIf(testDataDir === null).each(faces)("of %s", async (file, area, scales) => {
    for (const scale of scales) {
      const { x, y, diagonal } = await sharpnessVariation(await faceOf(testFile(file), area, scale));
      expect(Math.max(x, y)).toBeLessThan(0.02);
      expect(diagonal).toBeLessThan(0.025);
    }
  });
});
