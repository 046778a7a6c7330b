import { anyWithin } from "../backdrop/cover.js";
import { inpaint } from "../inpaint.js";
import { colourAt } from "./colour-grid.js";

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
  const grid = { columns, rows, rgb: soft, step: STEP };
  // Of doubles: what is rounded here is seen as it is.
  const colour = new Float64Array(3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (keep[y * width + x] === 1) continue;
      colourAt(grid, x + 0.5, y + 0.5, colour);
      for (let c = 0; c < 3; c++) rgb[(y * width + x) * 3 + c] = colour[c]! + 0.5;
    }
  }
}
