import type { Arena } from "../kernels/arena.js";

/** Coverage of the person at twice the density of the video, 255 = opaque, as texels. */
export type AlphaPlane = {
  readonly at: number;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
};

/**
 * Doubles alpha's density as the kernels' four taps can follow it; the long filter that luma takes would ring around
 * hard edges, which shows as an outline.
 */
export function layOutAlpha(alpha: Uint8Array, width: number, height: number, arena: Arena): AlphaPlane {
  const { at, view } = arena.bytes(4 * width * height);
  const wide = 2 * width;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const [a, b] = [alpha[row + Math.max(x - 1, 0)]!, alpha[row + x]!];
      const c = alpha[row + Math.min(x + 1, width - 1)]!;
      const d = alpha[row + Math.min(x + 2, width - 1)]!;
      view[2 * y * wide + 2 * x] = b;
      view[2 * y * wide + 2 * x + 1] = between(a, b, c, d);
    }
  }
  for (let y = 0; y < height; y++) {
    const [a, b] = [2 * Math.max(y - 1, 0) * wide, 2 * y * wide];
    const c = 2 * Math.min(y + 1, height - 1) * wide;
    const d = 2 * Math.min(y + 2, height - 1) * wide;
    for (let x = 0; x < wide; x++) {
      view[b + wide + x] = between(view[a + x]!, view[b + x]!, view[c + x]!, view[d + x]!);
    }
  }
  return { at, stride: wide, width: wide, height: 2 * height };
}

/** Half way between `b` and `c`, on a cubic through all four. */
function between(a: number, b: number, c: number, d: number): number {
  return Math.min(Math.max((9 * (b + c) - a - d + 8) >> 4, 0), 255);
}
