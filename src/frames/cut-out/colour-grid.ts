import { clamp } from "../../shared/numeric.js";

/** Colours that change slowly over a picture: interleaved RGB `[0, 255]`, one for `step` x `step` pixels. */
export type ColourGrid = {
  readonly columns: number;
  readonly rows: number;
  readonly rgb: Float32Array;
  /** Pixels per cell. */
  readonly step: number;
};

/** Writes the colour at a place of the picture, pixels, bilinear; beyond its border that of the border. */
export function colourAt(
  { columns, rows, rgb, step }: ColourGrid,
  x: number,
  y: number,
  out: Float32Array | Float64Array,
): void {
  const gx = clamp(x / step - 0.5, 0, columns - 1);
  const gy = clamp(y / step - 0.5, 0, rows - 1);
  const left = Math.floor(gx);
  const top = Math.floor(gy);
  const beside = left + 1 < columns ? 3 : 0;
  const below = top + 1 < rows ? columns * 3 : 0;
  const at = (top * columns + left) * 3;
  for (let c = 0; c < 3; c++) {
    const [p, q] = [at + c, at + c + below];
    const upper = rgb[p]! + (rgb[p + beside]! - rgb[p]!) * (gx - left);
    const lower = rgb[q]! + (rgb[q + beside]! - rgb[q]!) * (gx - left);
    out[c] = upper + (lower - upper) * (gy - top);
  }
}
