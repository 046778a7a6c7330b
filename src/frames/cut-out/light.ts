import { clamp } from "../../shared/numeric.js";
import { boxBlur } from "../box-blur.js";
import type { Frame } from "../frame.js";
import type { NewBackground } from "../new-background.js";
import type { ColourGrid } from "./colour-grid.js";

/** Cells of the light's grid along the shorter side of a frame, and radius over which it is blurred, cells. */
const CELLS = 24;
const RADIUS = 1;

/** The blurred light of a background, by the place on the frame. */
export type Light = ColourGrid;

/**
 * Measures the light that comes from a background; null where there is none.
 *
 * @param first - the first frame, where it is a film
 */
export function measureLight(
  background: NewBackground,
  first: Frame | null,
  width: number,
  height: number,
): Light | null {
  if (background.type === "nothing") return null;
  if (background.type === "color") {
    return { columns: 1, rows: 1, rgb: Float32Array.from(background.rgb), step: Math.max(width, height) };
  }
  const step = Math.max(1, Math.round(Math.min(width, height) / CELLS));
  const columns = Math.ceil(width / step);
  const rows = Math.ceil(height / step);
  const { type } = background;
  const colourAt =
    type === "picture" ? pictureColour(background.rgb, width) : first === null ? null : frameColour(first);
  if (colourAt === null) return null;
  const planes = [0, 1, 2].map(() => new Float32Array(columns * rows));
  const counts = new Float32Array(columns * rows);
  const colour: [number, number, number] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / step) * columns;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor(x / step);
      colourAt(x, y, colour);
      counts[cell]!++;
      for (let c = 0; c < 3; c++) planes[c]![cell]! += colour[c]!;
    }
  }
  const rgb = new Float32Array(columns * rows * 3);
  planes.forEach((plane, c) => {
    const soft = boxBlur(
      plane.map((sum, i) => sum / counts[i]!),
      columns,
      rows,
      RADIUS,
    );
    for (let i = 0; i < soft.length; i++) rgb[i * 3 + c] = clamp(soft[i]!, 0, 255);
  });
  return { columns, rows, rgb, step };
}

type ColourAt = (x: number, y: number, out: [number, number, number]) => void;

function pictureColour(rgb: Uint8Array, width: number): ColourAt {
  return (x, y, out) => {
    const at = (y * width + x) * 3;
    out[0] = rgb[at]!;
    out[1] = rgb[at + 1]!;
    out[2] = rgb[at + 2]!;
  };
}

/** BT.709 limited range to sRGB. */
function frameColour({ width, y: luma, u, v }: Frame): ColourAt {
  return (x, y, out) => {
    const half = (y >> 1) * (width >> 1) + (x >> 1);
    const l = 1.164384 * (luma[y * width + x]! - 16);
    const [b, r] = [u[half]! - 128, v[half]! - 128];
    out[0] = l + 1.792741 * r;
    out[1] = l - 0.213249 * b - 0.532909 * r;
    out[2] = l + 2.112402 * b;
  };
}
