import type { Planes } from "./planes.js";

/** Values kept for each cell: mean colour, then the mean products rr, rg, rb, gg, gb, bb. */
export const MOMENTS = 9;

/** Cells that make an estimate trustworthy: fewer are mixed with a wider neighbourhood. */
const ENOUGH = 24;

type Level = {
  readonly width: number;
  readonly height: number;
  /** Sum of weights below each cell, and the weighted mean of each value. */
  readonly weight: Float32Array;
  readonly values: Float32Array;
};

/**
 * Statistics of the colours near each cell of a lattice, of those cells alone that have a weight, from the smallest
 * neighbourhood with enough of them (a pyramid of 2 x 2 sums, read from coarse to fine).
 *
 * @param weight - of each cell, `[0, 1]`
 * @param channels - values per cell: 3 for mean colours, {@link MOMENTS} for their spread too
 * @returns `width * height * channels` values, interleaved
 */
export function localColours(
  picture: Planes,
  weight: Float32Array,
  channels: 3 | typeof MOMENTS,
  enough = ENOUGH,
): Float32Array {
  const levels: Level[] = [firstLevel(picture, weight, channels)];
  while (levels.at(-1)!.width > 1 || levels.at(-1)!.height > 1) levels.push(halve(levels.at(-1)!, channels));
  let estimate = levels.at(-1)!.values;
  for (let depth = levels.length - 2; depth >= 0; depth--)
    estimate = refine(levels[depth]!, levels[depth + 1]!, estimate, channels, enough);
  return estimate;
}

function firstLevel({ width, height, r, g, b }: Planes, weight: Float32Array, channels: number): Level {
  const values = new Float32Array(width * height * channels);
  for (let i = 0; i < weight.length; i++) {
    const at = i * channels;
    values[at] = r[i]!;
    values[at + 1] = g[i]!;
    values[at + 2] = b[i]!;
    if (channels === 3) continue;
    values[at + 3] = r[i]! * r[i]!;
    values[at + 4] = r[i]! * g[i]!;
    values[at + 5] = r[i]! * b[i]!;
    values[at + 6] = g[i]! * g[i]!;
    values[at + 7] = g[i]! * b[i]!;
    values[at + 8] = b[i]! * b[i]!;
  }
  return { width, height, weight, values };
}

function halve(level: Level, channels: number): Level {
  const width = Math.ceil(level.width / 2);
  const height = Math.ceil(level.height / 2);
  const weight = new Float32Array(width * height);
  const values = new Float32Array(width * height * channels);
  for (let y = 0; y < level.height; y++) {
    for (let x = 0; x < level.width; x++) {
      const from = y * level.width + x;
      const w = level.weight[from]!;
      if (w === 0) continue;
      const to = (y >> 1) * width + (x >> 1);
      weight[to]! += w;
      for (let k = 0; k < channels; k++) values[to * channels + k]! += w * level.values[from * channels + k]!;
    }
  }
  for (let i = 0; i < weight.length; i++) {
    if (weight[i]! === 0) continue;
    for (let k = 0; k < channels; k++) values[i * channels + k]! /= weight[i]!;
  }
  return { width, height, weight, values };
}

/** The coarser estimate read between its cells, replaced by the level's own values as far as there are enough. */
function refine(
  level: Level,
  coarser: Level,
  estimate: Float32Array,
  channels: number,
  enough: number,
): Float32Array {
  const { width, height, weight, values } = level;
  const result = new Float32Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const near = (y >> 1) * coarser.width;
    const far = Math.min(Math.max((y >> 1) + (y % 2 === 0 ? -1 : 1), 0), coarser.height - 1) * coarser.width;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const own = Math.min(1, weight[i]! / enough);
      const to = i * channels;
      if (own === 1) {
        for (let k = 0; k < channels; k++) result[to + k] = values[to + k]!;
        continue;
      }
      const x0 = x >> 1;
      const x1 = Math.min(Math.max(x0 + (x % 2 === 0 ? -1 : 1), 0), coarser.width - 1);
      const a = (near + x0) * channels;
      const b = (near + x1) * channels;
      const c = (far + x0) * channels;
      const d = (far + x1) * channels;
      for (let k = 0; k < channels; k++) {
        const wide =
          0.5625 * estimate[a + k]! +
          0.1875 * (estimate[b + k]! + estimate[c + k]!) +
          0.0625 * estimate[d + k]!;
        result[to + k] = wide + own * (values[to + k]! - wide);
      }
    }
  }
  return result;
}
