import { clamp } from "../../shared/numeric.js";
import { anyWithin } from "../backdrop/cover.js";
import { inpaint } from "../inpaint.js";

/** Pixels per node of the soft fill. */
const STEP = 4;
/** Pixels beyond the last of the person that keep their colour: as far as the kernels reach. */
const KEPT = 3;

/**
 * Replaces everything that is not the person by what their own colours suggest, so that nothing of the old
 * surroundings comes along, neither at the rim nor in a picture that is mirrored or blurred.
 *
 * @param rgb - interleaved RGB of a person, changed in place
 * @param alpha - their coverage
 */
export function cleanSurroundings(rgb: Uint8Array, alpha: Uint8Array, width: number, height: number): void {
  const keep = anyWithin(alpha, 0, width, height, KEPT);
  const columns = Math.ceil(width / STEP);
  const rows = Math.ceil(height / STEP);
  const soft = new Float32Array(columns * rows * 3);
  const known = new Float32Array(columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const weight = alpha[y * width + x]! / 255;
      if (weight === 0) continue;
      const node = (Math.floor(y / STEP) * columns + Math.floor(x / STEP)) | 0;
      known[node]! += weight;
      for (let c = 0; c < 3; c++) soft[node * 3 + c]! += weight * rgb[(y * width + x) * 3 + c]!;
    }
  }
  for (let i = 0; i < known.length; i++) {
    if (known[i] === 0) continue;
    for (let c = 0; c < 3; c++) soft[i * 3 + c]! /= known[i]!;
    known[i] = Math.min(1, known[i]! / (STEP * STEP));
  }
  inpaint(soft, known, columns, rows);
  for (let y = 0; y < height; y++) {
    const gy = clamp((y + 0.5) / STEP - 0.5, 0, rows - 1);
    const top = Math.floor(gy);
    const below = Math.min(top + 1, rows - 1) - top;
    for (let x = 0; x < width; x++) {
      if (keep[y * width + x] === 1) continue;
      const gx = clamp((x + 0.5) / STEP - 0.5, 0, columns - 1);
      const left = Math.floor(gx);
      const beside = (Math.min(left + 1, columns - 1) - left) * 3;
      const at = (top * columns + left) * 3;
      for (let c = 0; c < 3; c++) {
        const p = at + c;
        const q = p + below * columns * 3;
        const upper = soft[p]! + (soft[p + beside]! - soft[p]!) * (gx - left);
        const lower = soft[q]! + (soft[q + beside]! - soft[q]!) * (gx - left);
        rgb[(y * width + x) * 3 + c] = upper + (lower - upper) * (gy - top) + 0.5;
      }
    }
  }
}
