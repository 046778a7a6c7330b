import { clamp } from "../../shared/numeric.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { boxBlur } from "../box-blur.js";
import { surfaceAtPhoto } from "../deform/surface.js";

/** A regular grid over a part of the face, on which its shading is worked out. Row by row. */
export type SkinGrid = {
  readonly columns: number;
  readonly rows: number;
  /** Plate position of node 0 and distance of the nodes, pixels. */
  readonly x0: number;
  readonly y0: number;
  readonly step: number;
  /** Nodes per eye distance. */
  readonly density: number;
  /** Head-frame position of the surface under each node. */
  readonly x: Float32Array;
  readonly y: Float32Array;
};

/** A part of the face: the rectangle around mesh points, widened by so many eye distances. */
export type SkinPart = {
  readonly points: readonly number[];
  readonly above: number;
  readonly beside: number;
  readonly below: number;
};

/** The photo over a {@link SkinGrid}: mean light above black (`[1, 219]`) and chroma around each node. */
export type SkinView = {
  readonly light: Float32Array;
  readonly u: Float32Array;
  readonly v: Float32Array;
};

/**
 * Lays a grid over a part of the face, as far as the plate shows it.
 *
 * @param finest - nodes per eye distance at most; nodes are never closer than pixels
 */
export function createSkinGrid({ rig, plate }: LatticeContext, part: SkinPart, finest: number): SkinGrid {
  const { placement } = plate;
  const pixels = rig.head.eyeDistance * placement.scaleY;
  let [left, top, right, bottom] = [1e9, 1e9, -1e9, -1e9];
  for (const i of part.points) {
    const u = rig.landmarks[i * 3]! * placement.scaleX + placement.offsetX;
    const v = rig.landmarks[i * 3 + 1]! * placement.scaleY + placement.offsetY;
    left = Math.min(left, u);
    top = Math.min(top, v);
    right = Math.max(right, u);
    bottom = Math.max(bottom, v);
  }
  left = clamp(left - part.beside * pixels, 0, plate.width - 3);
  top = clamp(top - part.above * pixels, 0, plate.height - 3);
  right = clamp(right + part.beside * pixels, left + 2, plate.width - 1);
  bottom = clamp(bottom + part.below * pixels, top + 2, plate.height - 1);
  const step = Math.max(1, pixels / finest);
  const columns = Math.max(2, Math.floor((right - left) / step) + 1);
  const rows = Math.max(2, Math.floor((bottom - top) / step) + 1);
  const x = new Float32Array(columns * rows);
  const y = new Float32Array(columns * rows);
  for (let j = 0, at = 0; j < rows; j++) {
    const v = (top + j * step - placement.offsetY) / placement.scaleY;
    for (let i = 0; i < columns; i++, at++) {
      const p = surfaceAtPhoto(rig, (left + i * step - placement.offsetX) / placement.scaleX, v);
      x[at] = p.x;
      y[at] = p.y;
    }
  }
  return { columns, rows, x0: left, y0: top, step, density: pixels / step, x, y };
}

/** Averages the photo around each node. */
export function viewSkin({ plate }: LatticeContext, grid: SkinGrid): SkinView {
  const count = grid.columns * grid.rows;
  const view = { light: new Float32Array(count), u: new Float32Array(count), v: new Float32Array(count) };
  const half = grid.step / 2;
  for (let at = 0; at < count; at++) {
    const x = grid.x0 + (at % grid.columns) * grid.step;
    const y = grid.y0 + Math.floor(at / grid.columns) * grid.step;
    const fromX = clamp(Math.round(x - half), 0, plate.width - 1);
    const toX = clamp(Math.round(x + half), fromX + 1, plate.width);
    const fromY = clamp(Math.round(y - half), 0, plate.height - 1);
    const toY = clamp(Math.round(y + half), fromY + 1, plate.height);
    let [r, g, b] = [0, 0, 0];
    for (let j = fromY; j < toY; j++) {
      for (let i = fromX, p = (j * plate.width + fromX) * 3; i < toX; i++, p += 3) {
        r += plate.rgb[p]!;
        g += plate.rgb[p + 1]!;
        b += plate.rgb[p + 2]!;
      }
    }
    const share = 1 / ((toX - fromX) * (toY - fromY));
    view.light[at] = Math.max(1, (0.182586 * r + 0.614231 * g + 0.062007 * b) * share);
    view.u[at] = (-0.100644 * r - 0.338572 * g + 0.439216 * b) * share;
    view.v[at] = (0.439216 * r - 0.398942 * g - 0.040274 * b) * share;
  }
  return view;
}

/**
 * Low-pass of a field over the grid, three box filters that come near a Gaussian (Wells 1986).
 *
 * @param sigma - standard deviation in nodes
 */
export function blur(field: Float32Array, columns: number, rows: number, sigma: number): Float32Array {
  const radius = Math.max(0, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2));
  if (radius === 0) return Float32Array.from(field);
  let result = field;
  for (let pass = 0; pass < 3; pass++) result = boxBlur(result, columns, rows, radius);
  return result;
}
