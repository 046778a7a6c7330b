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
    const [low, high] = options.range;
    readGrid(level, { originX, originY, c, s, size, taps }, options, out);
    const scale = (high - low) / (255 * taps * taps);
    for (let i = 0; i < out.length; i++) out[i] = low + out[i]! * scale;
  }

  #level(depth: number): Level {
    while (this.#levels.length <= depth) this.#levels.push(halve(this.#levels.at(-1)!));
    return this.#levels[depth]!;
  }
}

/** Where the samples of a region lie in a level, in pixel-centre coordinates. */
type Grid = {
  readonly originX: number;
  readonly originY: number;
  /** Cosine and sine of the region's rotation, times the level's pixels per sample. */
  readonly c: number;
  readonly s: number;
  readonly size: number;
  /** Bilinear reads per sample and axis. */
  readonly taps: number;
};

/** Sums `taps * taps` bilinear reads for each sample. One flat loop: this runs millions of times per portrait. */
function readGrid(level: Level, grid: Grid, options: SampleOptions, out: Float32Array): void {
  const { width, height, rgb } = level;
  const { originX, originY, c, s, size, taps } = grid;
  const isBlackOutside = options.outside === "black";
  const fine = size * taps;
  out.fill(0);
  for (let fy = 0; fy < fine; fy++) {
    const dy = (fy + 0.5) / taps - size / 2;
    const row = Math.floor(fy / taps) * size;
    for (let fx = 0; fx < fine; fx++) {
      const dx = (fx + 0.5) / taps - size / 2;
      const u = originX + c * dx - s * dy;
      const v = originY + s * dx + c * dy;
      if (isBlackOutside && (u < -0.5 || v < -0.5 || u > width - 0.5 || v > height - 0.5)) continue;
      const x = clamp(u, 0, width - 1);
      const y = clamp(v, 0, height - 1);
      const x0 = Math.floor(x);
      const y0 = Math.floor(y);
      const ax = x - x0;
      const ay = y - y0;
      const a = (y0 * width + x0) * 3;
      const right = x0 + 1 < width ? 3 : 0;
      const b = y0 + 1 < height ? a + width * 3 : a;
      const upperRight = ax * (1 - ay);
      const upperLeft = 1 - ay - upperRight;
      const lowerRight = ax * ay;
      const lowerLeft = ay - lowerRight;
      const column = Math.floor(fx / taps);
      const to = (row + (options.mirrored ? size - 1 - column : column)) * 3;
      for (let k = 0; k < 3; k++) {
        out[to + k]! +=
          rgb[a + k]! * upperLeft +
          rgb[a + right + k]! * upperRight +
          rgb[b + k]! * lowerLeft +
          rgb[b + right + k]! * lowerRight;
      }
    }
  }
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
