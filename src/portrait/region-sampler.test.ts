import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Photo } from "../assets/index.js";
import { type Region, RegionSampler, regionToPhoto, type SampleOptions } from "./region-sampler.js";

function drawPhoto(width: number, height: number, color: (x: number, y: number) => readonly number[]): Photo {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgb.set(color(x, y), (y * width + x) * 3);
  }
  return { width, height, rgb, alpha: null, sha256: "0".repeat(64), mediaType: "image/png", warnings: [] };
}

function sample(photo: Photo, region: Region, options: Partial<SampleOptions> = {}): Float32Array {
  const full = { size: 16, mirrored: false, range: [0, 255], outside: "border", ...options } as const;
  const out = new Float32Array(full.size * full.size * 3);
  new RegionSampler(photo).sample(region, full, out);
  return out;
}

describe("RegionSampler", () => {
  it("gives the photo's own pixels at scale 1", () => {
    const photo = drawPhoto(16, 16, (x, y) => [x * 10, y * 10, 7]);
    const out = sample(photo, { centerX: 8, centerY: 8, size: 16, angle: 0 });
    expect([...out]).toEqual([...photo.rgb]);
  });

  it("mirrors, and maps colours to the range asked for", () => {
    const photo = drawPhoto(16, 16, (x) => [x === 0 ? 255 : 0, 0, 0]);
    const out = sample(
      photo,
      { centerX: 8, centerY: 8, size: 16, angle: 0 },
      { mirrored: true, range: [-1, 1] },
    );
    expect(out[0]).toBeCloseTo(-1, 6);
    expect(out[15 * 3]).toBeCloseTo(1, 6);
  });

  it("averages when shrinking: a checkerboard becomes grey", () => {
    const photo = drawPhoto(128, 128, (x, y) => ((x + y) % 2 === 0 ? [255, 255, 255] : [0, 0, 0]));
    const out = sample(photo, { centerX: 64, centerY: 64, size: 128, angle: 0 });
    for (const value of out) expect(Math.abs(value - 127.5)).toBeLessThan(1);
  });

  it("shows black or the border outside", () => {
    const photo = drawPhoto(8, 8, () => [200, 200, 200]);
    const far: Region = { centerX: 4, centerY: 4, size: 32, angle: 0 };
    expect(sample(photo, far, { outside: "black" })[0]).toBe(0);
    expect(sample(photo, far, { outside: "border" })[0]).toBeCloseTo(200, 3);
  });

  it("reads a smooth picture where regionToPhoto says, at any scale and rotation", () => {
    const photo = drawPhoto(200, 200, (x, y) => [x, y, 0]);
    const place = fc.double({ min: 80, max: 120, noNaN: true });
    const options = fc.record({
      centerX: place,
      centerY: place,
      size: fc.double({ min: 4, max: 100, noNaN: true }),
      angle: fc.double({ min: -3, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(options, (region) => {
        const out = sample(photo, region);
        for (const [x, y] of [
          [0, 0],
          [15, 3],
          [8, 15],
        ] as const) {
          const at = regionToPhoto(region, (x + 0.5) / 16, (y + 0.5) / 16);
          expect(Math.abs(out[(y * 16 + x) * 3]! - (at.x - 0.5))).toBeLessThan(0.6);
          expect(Math.abs(out[(y * 16 + x) * 3 + 1]! - (at.y - 0.5))).toBeLessThan(0.6);
        }
      }),
      { numRuns: 60 },
    );
  });
});
