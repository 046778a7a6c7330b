import type { Frame } from "../frames/index.js";

/** Colours of a picture, sRGB: interleaved, with the coverage as fourth channel where there is one. */
export type RgbPicture = {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
};

/**
 * A frame in sRGB. Chroma is interpolated: its samples lie on the left pixels, in the middle of two rows.
 *
 * @param target - where the pixels go. @defaultValue new memory
 */
export function frameToRgb(frame: Frame, target?: Uint8Array): RgbPicture {
  const { width, height, y, u, v, a } = frame;
  const channels = a === undefined ? 3 : 4;
  const data = target ?? new Uint8Array(width * height * channels);
  const half = width >> 1;
  const lastRow = (height >> 1) - 1;
  for (let row = 0; row < height; row++) {
    const near = (row >> 1) * half;
    const far = Math.min(lastRow, Math.max(0, (row >> 1) + (row & 1 ? 1 : -1))) * half;
    for (let x = 0; x < width; x++) {
      const at = row * width + x;
      const cx = x >> 1;
      const nx = Math.min(half - 1, cx + (x & 1));
      // Eighths of what is more than grey.
      const du = 3 * (u[near + cx]! + u[near + nx]!) + u[far + cx]! + u[far + nx]! - 1024;
      const dv = 3 * (v[near + cx]! + v[near + nx]!) + v[far + cx]! + v[far + nx]! - 1024;
      const light = 1.164384 * (y[at]! - 16);
      const out = at * channels;
      data[out] = toByte(light + 0.2240926 * dv);
      data[out + 1] = toByte(light - 0.0266562 * du - 0.0666136 * dv);
      data[out + 2] = toByte(light + 0.2640502 * du);
      if (a !== undefined) data[out + 3] = a[at]!;
    }
  }
  return { width, height, channels, data };
}

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
}
