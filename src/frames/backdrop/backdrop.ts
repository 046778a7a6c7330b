import type { Canvas } from "../apertures/aperture.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { measurePersonDistance } from "../deform/person-weight.js";
import type { Kernels } from "../kernels/kernels.js";
import { fillChroma, lumaRow, type Plate } from "../plate.js";
import type { Behind, SceneCells } from "./behind.js";
import { BOTH, type Cover, coverBytes, createCover, STILL, SURFACE } from "./cover.js";
import { fillBehind, isBehind } from "./fill-behind.js";

/**
 * What stands still behind the person: the photo, and where the person was, what its surroundings suggest. The moving
 * surface covers it as far as the person reaches and a little beyond; so straight lines behind a head stay straight.
 *
 * At rest nothing of it can be seen: wherever the cover is not full, it is the photo itself.
 */
export class Backdrop implements Behind {
  private readonly cover: Cover;
  private readonly kinds: { readonly at: number; readonly view: Uint8Array };
  private readonly coarseKinds: { readonly at: number; readonly view: Uint8Array };
  private readonly nodes: Int32Array;

  /** @param canvas - shows the photo, and is painted over */
  constructor(
    private readonly kernels: Kernels,
    plate: Plate,
    private readonly canvas: Canvas,
    private readonly cells: SceneCells,
    { rig, arena }: LatticeContext,
  ) {
    const { columns, rows } = cells;
    this.cover = createCover(plate, arena, rig, measurePersonDistance(rig), 1 << cells.cellShift);
    this.kinds = arena.bytes(columns * rows);
    this.coarseKinds = arena.bytes((columns * rows) / 4);
    this.nodes = new Int32Array(kernels.memory, cells.nodes, (columns + 1) * (rows + 1) * 2);
    paint(canvas, fillBehind(plate, this.cover, rig), plate, this.cover);
  }

  /** Kernel memory for a plate and a frame of this size, without the canvas. */
  static bytes(width: number, height: number, margin: number): number {
    return coverBytes(width + 2 * margin, height + 2 * margin) + ((width + 32) * (height + 32)) / 32;
  }

  /** By the places that the corners show of the cells that the scene draws; {@link draw} fills what it is left. */
  takeCells(flags: Uint8Array, coarseFlags: Uint8Array): void {
    const { columns, rows } = this.cells;
    const { cover, nodes } = this;
    const kinds = this.kinds.view;
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const cell = y * columns + x;
        kinds[cell] = SURFACE;
        if (flags[cell] !== 1) continue;
        const a = (cell + y) * 2;
        const d = a + (columns + 2) * 2;
        kinds[cell] = cover.kindOfCell(
          (nodes[a]! + nodes[d]!) / 131_072,
          (nodes[a + 1]! + nodes[d + 1]!) / 131_072,
        );
        if (kinds[cell] === STILL) flags[cell] = 0;
      }
    }
    this.takeCoarseCells(coarseFlags);
  }

  /** Chroma cells span 2 x 2 luma cells. */
  private takeCoarseCells(coarseFlags: Uint8Array): void {
    const { columns, rows } = this.cells;
    const kinds = this.kinds.view;
    const coarse = this.coarseKinds.view;
    let at = 0;
    for (let y = 0; y < rows; y += 2) {
      for (let x = 0; x < columns; x += 2, at++) {
        const i = y * columns + x;
        const [a, b, c, d] = [kinds[i]!, kinds[i + 1]!, kinds[i + columns]!, kinds[i + columns + 1]!];
        const isStill = a === STILL && b === STILL && c === STILL && d === STILL;
        coarse[at] = isStill ? STILL : (a | b | c | d) === SURFACE ? SURFACE : BOTH;
        if (isStill) coarseFlags[at] = 0;
      }
    }
  }

  draw(plane: "y" | "u" | "v", canvas: Canvas): void {
    const { kernels, cells, cover } = this;
    const step = plane === "y" ? 1 : 2;
    const target = canvas[plane].at;
    const stride = canvas.stride / step;
    const kinds = plane === "y" ? this.kinds.at : this.coarseKinds.at;
    const [columns, rows] = [cells.columns / step, cells.rows / step];
    const still = this.canvas[plane].at;
    kernels.copyCells(still, target, stride, columns, rows, kinds, cells.cellShift);
    kernels.coverCells(
      still,
      target,
      stride,
      cover.at,
      cover.kindsAt,
      cover.width,
      cover.height,
      cells.nodes,
      step,
      columns,
      rows,
      kinds,
      cells.cellShift,
    );
  }
}

/** Replaces the person in a canvas by other pixels of the plate. */
function paint(canvas: Canvas, rgb: Uint8Array, { width, height, margin }: Plate, cover: Cover): void {
  const line = new Float32Array(width);
  for (let y = 0; y < canvas.height; y++) {
    lumaRow(rgb, width, y + margin, line);
    for (let x = 0; x < canvas.width; x++) {
      if (!isBehind(cover, x + margin, y + margin)) continue;
      canvas.y.view[y * canvas.stride + x] = line[x + margin]! + 0.5;
    }
  }
  const half = width >> 1;
  const u = new Uint8Array(half * (height >> 1));
  const v = new Uint8Array(half * (height >> 1));
  fillChroma(rgb, width, height, u, v);
  const inset = margin >> 1;
  for (let y = 0; y < canvas.height >> 1; y++) {
    for (let x = 0; x < canvas.width >> 1; x++) {
      if (!isBehind(cover, 2 * x + margin, 2 * y + margin)) continue;
      const from = (y + inset) * half + x + inset;
      canvas.u.view[y * (canvas.stride >> 1) + x] = u[from]!;
      canvas.v.view[y * (canvas.stride >> 1) + x] = v[from]!;
    }
  }
}
