import type { Photo } from "../assets/index.js";
import { clamp } from "../shared/numeric.js";
import { cos, sin } from "../shared/portable-math.js";

/**
 * A rotated square of the photo. Coordinates are continuous: the photo covers `[0, width] x [0, height]`, the
 * centre of its first pixel lies at (.5, .5).
 */
export type Region = {
  readonly centerX: number;
  readonly centerY: number;
  /** Side length, photo pixels. */
  readonly size: number;
  /** Clockwise rotation of the square's x axis, radians. */
  readonly angle: number;
};

type Level = { readonly width: number; readonly height: number; readonly rgb: Uint8Array };

/** How a region is read. */
export type SampleOptions = {
  /** Side length of the result, pixels. */
  readonly size: number;
  /** Read from right to left. */
  readonly mirrored: boolean;
  /** Colour 0 and colour 255 become these. */
  readonly range: readonly [number, number];
  /** What lies outside the photo: its border pixels, or black. */
  readonly outside: "border" | "black";
};

/** Reads rotated squares out of a photo at any scale, free of aliasing, from a box-filtered pyramid. */
export class RegionSampler {
  readonly #levels: Level[];

  constructor(photo: Photo) {
    this.#levels = [{ width: photo.width, height: photo.height, rgb: photo.rgb }];
  }

  /** Fills `out` with `size * size * 3` values. */
  sample(region: Region, options: SampleOptions, out: Float32Array): void {
    const perPixel = region.size / options.size;
    let depth = 0;
    while (perPixel / 2 ** depth >= 2) depth++;
    const level = this.#level(depth);
    const shrink = 2 ** depth;
    const taps = Math.ceil(perPixel / shrink - 1e-9);
    const { size } = options;
    const step = region.size / size / shrink;
    const c = cos(region.angle) * step;
    const s = sin(region.angle) * step;
    const originX = region.centerX / shrink - 0.5;
    const originY = region.centerY / shrink - 0.5;
    const scale = (options.range[1] - options.range[0]) / 255 / (taps * taps);
    const base = options.range[0];
    const sum = new Float64Array(3);
    let to = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const left = options.mirrored ? size - 1 - x : x;
        sum.fill(0);
        for (let ty = 0; ty < taps; ty++) {
          const dy = y + (ty + 0.5) / taps - size / 2;
          for (let tx = 0; tx < taps; tx++) {
            const dx = left + (tx + 0.5) / taps - size / 2;
            addPixel(level, originX + c * dx - s * dy, originY + s * dx + c * dy, options.outside, sum);
          }
        }
        out[to++] = base + sum[0]! * scale;
        out[to++] = base + sum[1]! * scale;
        out[to++] = base + sum[2]! * scale;
      }
    }
  }

  #level(depth: number): Level {
    while (this.#levels.length <= depth) this.#levels.push(halve(this.#levels.at(-1)!));
    return this.#levels[depth]!;
  }
}

/** Adds the bilinear colour at (u, v), in pixel-centre coordinates of the level. */
function addPixel(level: Level, u: number, v: number, outside: "border" | "black", sum: Float64Array): void {
  const { width, height, rgb } = level;
  if (outside === "black" && (u < -0.5 || v < -0.5 || u > width - 0.5 || v > height - 0.5)) return;
  const x = clamp(u, 0, width - 1);
  const y = clamp(v, 0, height - 1);
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  const a = (y0 * width + x0) * 3;
  const b = x0 + 1 < width ? a + 3 : a;
  const down = y0 + 1 < height ? width * 3 : 0;
  const wa = (1 - fx) * (1 - fy);
  const wb = fx * (1 - fy);
  const wc = (1 - fx) * fy;
  const wd = fx * fy;
  sum[0]! += rgb[a]! * wa + rgb[b]! * wb + rgb[a + down]! * wc + rgb[b + down]! * wd;
  sum[1]! += rgb[a + 1]! * wa + rgb[b + 1]! * wb + rgb[a + down + 1]! * wc + rgb[b + down + 1]! * wd;
  sum[2]! += rgb[a + 2]! * wa + rgb[b + 2]! * wb + rgb[a + down + 2]! * wc + rgb[b + down + 2]! * wd;
}

/** Half the size, each pixel the mean of four; an odd last row or column counts twice. */
function halve(level: Level): Level {
  const width = Math.ceil(level.width / 2);
  const height = Math.ceil(level.height / 2);
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const top = 2 * y * level.width * 3;
    const bottom = Math.min(2 * y + 1, level.height - 1) * level.width * 3;
    for (let x = 0; x < width; x++) {
      const left = 2 * x * 3;
      const right = Math.min(2 * x + 1, level.width - 1) * 3;
      const to = (y * width + x) * 3;
      for (let k = 0; k < 3; k++) {
        const sum =
          level.rgb[top + left + k]! +
          level.rgb[top + right + k]! +
          level.rgb[bottom + left + k]! +
          level.rgb[bottom + right + k]!;
        rgb[to + k] = (sum + 2) >> 2;
      }
    }
  }
  return { width, height, rgb };
}

/** Takes a point of the region's own `[0, 1]` square to the photo. */
export function regionToPhoto(region: Region, x: number, y: number): { x: number; y: number } {
  const dx = (x - 0.5) * region.size;
  const dy = (y - 0.5) * region.size;
  const c = cos(region.angle);
  const s = sin(region.angle);
  return { x: region.centerX + c * dx - s * dy, y: region.centerY + s * dx + c * dy };
}
