import { clamp } from "../../shared/numeric.js";
import type { Planes } from "./planes.js";

/** Bins of each colour channel. */
const BINS = 16;
const COLOURS = BINS * BINS * BINS;
/** Side of a place, eye distances, and the most places along the longer side of the picture. */
const PLACE = 0.5;
const MOST_PLACES = 32;

/** How common colours are near a place among the cells of one kind. */
export type ColourHistogram = {
  /** Density of a cell's own colour per unit of RGB volume (channels `[0, 1]`) around that cell. */
  density(x: number, y: number, color: number): number;
};

/** The bin of each cell's colour, for {@link countColours}. */
export function binColours({ r, g, b }: Planes): Uint16Array {
  const bin = (value: number): number => Math.min(BINS - 1, Math.floor(value * BINS));
  const result = new Uint16Array(r.length);
  for (let i = 0; i < r.length; i++) result[i] = (bin(r[i]!) * BINS + bin(g[i]!)) * BINS + bin(b[i]!);
  return result;
}

/**
 * Counts the colours of the cells of one kind by place, blurred over neighbouring places and bins. Unlike a mean and
 * spread this knows a background of several colours.
 */
export function countColours(
  bins: Uint16Array,
  kinds: Uint8Array,
  kind: number,
  size: { readonly width: number; readonly height: number },
  eyeDistance: number,
): ColourHistogram {
  const { width, height } = size;
  const side = Math.max(PLACE * eyeDistance, Math.max(width, height) / MOST_PLACES);
  const columns = Math.ceil(width / side);
  const rows = Math.ceil(height / side);
  const counts = new Float32Array(columns * rows * COLOURS);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / side) * columns;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (kinds[i] === kind) counts[(row + Math.floor(x / side)) * COLOURS + bins[i]!]! += 1;
    }
  }
  blurAxis(counts, 1, BINS);
  blurAxis(counts, BINS, BINS);
  blurAxis(counts, BINS * BINS, BINS);
  blurAxis(counts, COLOURS, columns);
  blurAxis(counts, COLOURS * columns, rows);
  const totals = new Float32Array(columns * rows);
  for (let p = 0; p < totals.length; p++) {
    let sum = 0;
    for (let k = p * COLOURS; k < (p + 1) * COLOURS; k++) sum += counts[k]!;
    totals[p] = sum;
  }
  return {
    density(x, y, color) {
      const u = clamp((x + 0.5) / side - 0.5, 0, columns - 1);
      const v = clamp((y + 0.5) / side - 0.5, 0, rows - 1);
      const x0 = Math.floor(u);
      const y0 = Math.floor(v);
      let count = 0;
      let total = 1e-6;
      for (let k = 0; k < 4; k++) {
        const column = Math.min(x0 + (k & 1), columns - 1);
        const row = Math.min(y0 + (k >> 1), rows - 1);
        const share = ((k & 1) === 1 ? u - x0 : 1 - u + x0) * (k >> 1 === 1 ? v - y0 : 1 - v + y0);
        count += share * counts[(row * columns + column) * COLOURS + color]!;
        total += share * totals[row * columns + column]!;
      }
      return (count / total) * COLOURS;
    },
  };
}

/** `[1 2 1] / 4` along one axis of a dense array; at its ends what would leave stays. */
function blurAxis(values: Float32Array, stride: number, length: number): void {
  const block = stride * length;
  if (length === 1) return;
  for (let start = 0; start < values.length; start += block) {
    for (let offset = 0; offset < stride; offset++) {
      let before = values[start + offset]!;
      for (let k = 0, i = start + offset; k < length; k++, i += stride) {
        const here = values[i]!;
        const after = k + 1 < length ? values[i + stride]! : here;
        values[i] = (before + 2 * here + after) / 4;
        before = here;
      }
    }
  }
}
