import type { Photo } from "../../assets/index.js";
import { localColours } from "./local-colours.js";
import { interpolation, type Planes } from "./planes.js";

/** Cells whose colour makes an estimate of what lies around them. */
const ENOUGH = 3;

/**
 * The person's own colours at each pixel of the photo: where the background shines through it is taken out, and
 * beyond the person its colours go on. (Local means of either side weighted by coverage, then one step per pixel
 * towards the colour that gives the photo's: blur fusion, Forte 2021, on a pyramid instead of two blurs.)
 *
 * @param alpha - coverage of each pixel of the photo, `[0, 1]`
 * @param cells - coverage on the lattice of `picture`
 */
export function foregroundColours(
  photo: Photo,
  alpha: Float32Array,
  picture: Planes,
  cells: Float32Array,
): Uint8Array {
  // Pixels that show the background too say little about the person.
  const weight = new Float32Array(cells.length);
  for (let i = 0; i < cells.length; i++) weight[i] = purity(cells[i]!);
  const own = localColours(picture, weight, 3, ENOUGH);
  for (let i = 0; i < cells.length; i++) weight[i] = purity(1 - cells[i]!);
  const other = localColours(picture, weight, 3, ENOUGH);
  const { width, height, rgb } = photo;
  const columns = interpolation(picture.width, width);
  const rows = interpolation(picture.height, height);
  const result = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    const top = rows.first[y]! * picture.width;
    const bottom = rows.second[y]! * picture.width;
    const fy = rows.share[y]!;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const a = alpha[i]!;
      if (a > 0.999) {
        for (let k = 0; k < 3; k++) result[3 * i + k] = rgb[3 * i + k]!;
        continue;
      }
      const fx = columns.share[x]!;
      const p = 3 * (top + columns.first[x]!);
      const q = 3 * (top + columns.second[x]!);
      const s = 3 * (bottom + columns.first[x]!);
      const t = 3 * (bottom + columns.second[x]!);
      const wt = fx * fy;
      const ws = fy - wt;
      const wq = fx - wt;
      const wp = 1 - fx - ws;
      for (let k = 0; k < 3; k++) {
        const f = 255 * (wp * own[p + k]! + wq * own[q + k]! + ws * own[s + k]! + wt * own[t + k]!);
        let value = f;
        if (a > 0) {
          const o = 255 * (wp * other[p + k]! + wq * other[q + k]! + ws * other[s + k]! + wt * other[t + k]!);
          value += a * (rgb[3 * i + k]! - a * f - (1 - a) * o);
        }
        result[3 * i + k] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
      }
    }
  }
  return result;
}

/** How much the colour of a cell with this coverage says about what covers it. */
function purity(coverage: number): number {
  if (coverage > 0.995) return 1;
  const p = coverage * coverage;
  return 0.05 * p * p * p;
}
