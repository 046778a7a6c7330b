import type { SceneCells } from "../backdrop/behind.js";
import { BOTH, kindsWithin, STILL, SURFACE } from "../backdrop/cover.js";
import type { Arena } from "../kernels/arena.js";
import type { Kernels } from "../kernels/kernels.js";
import type { AlphaPlane } from "./alpha-plane.js";

/** Plate pixels per texel of the map of kinds. */
const STEP = 2;
/** Texels of that map over which the kernel and the doubling of alpha reach. */
const KERNEL_REACH = 2;

/** Kernel memory of the cells, for a frame of this size: kinds and flags, and alpha at rest and of the frame. */
export function alphaCellsBytes(width: number, height: number): number {
  return 2 * (width + 32) * (height + 32) + ((width + 32) * (height + 32)) / 24 + 256;
}

/** A block of bytes in kernel memory. */
type Block = { readonly at: number; readonly view: Uint8Array };

/** Finds the cells in which the person ends, and warps their alpha as the scene warps their colours. */
export class AlphaCells {
  /** {@link SURFACE} where only the person is seen, {@link STILL} where they are not, {@link BOTH} at the edge. */
  readonly kinds: Block;
  /** The same for chroma cells. */
  readonly coarseKinds: Block;
  /** Alpha of the cells that {@link warp} drew, with luma's stride. */
  readonly alpha: Block;
  /** Alpha of all cells at rest. */
  readonly rest: Block;
  /** Luma's stride, pixels. */
  readonly stride: number;
  private readonly flags: Block;
  private readonly nodes: Int32Array;
  private readonly kindOf: (u: number, v: number) => number;

  /** @param cells - with their nodes at rest */
  constructor(
    private readonly kernels: Kernels,
    private readonly table: number,
    private readonly plane: AlphaPlane,
    private readonly cells: SceneCells,
    arena: Arena,
  ) {
    const { columns, rows, cellShift } = cells;
    this.stride = columns << cellShift;
    this.kinds = arena.bytes(columns * rows);
    this.coarseKinds = arena.bytes((columns * rows) / 4);
    this.flags = arena.bytes(columns * rows);
    this.alpha = arena.bytes(this.stride * (rows << cellShift));
    this.rest = arena.bytes(this.stride * (rows << cellShift));
    this.nodes = new Int32Array(kernels.memory, cells.nodes, (columns + 1) * (rows + 1) * 2);
    this.kindOf = alphaKinds(plane, kernels.memory, 1 << cellShift);
    this.flags.view.fill(1);
    this.warpFlagged(this.rest.at);
  }

  /**
   * Finds what each cell shows and takes those from the scene that do not show the person.
   *
   * @param takesRest - whether cells at rest (flag 2) are looked at too, else they count as {@link SURFACE}
   */
  take(flags: Uint8Array, coarseFlags: Uint8Array, takesRest: boolean): void {
    const { columns, rows } = this.cells;
    let coarse = 0;
    for (let y = 0; y < rows; y += 2) {
      for (let x = 0; x < columns; x += 2, coarse++) {
        if (coarseFlags[coarse] === 2 && !takesRest) {
          this.leaveBlock(x, y, coarse);
          continue;
        }
        const kind = this.kindOfBlock(x, y);
        this.coarseKinds.view[coarse] = kind;
        if (kind === STILL) coarseFlags[coarse] = 0;
        for (let k = 0; k < 4; k++) {
          const at = (y + (k >> 1)) * columns + x + (k & 1);
          // Chroma needs the alpha of all four.
          this.flags.view[at] = kind === BOTH ? flags[at]! : 0;
          if (!takesRest && flags[at] !== 1) this.kinds.view[at] = SURFACE;
          else if (this.kinds.view[at] === STILL) flags[at] = 0;
        }
      }
    }
  }

  /** Counts 2 x 2 cells as the person's alone. */
  private leaveBlock(x: number, y: number, coarse: number): void {
    const { columns } = this.cells;
    const first = y * columns + x;
    this.kinds.view.fill(SURFACE, first, first + 2);
    this.kinds.view.fill(SURFACE, first + columns, first + columns + 2);
    this.flags.view.fill(0, first, first + 2);
    this.flags.view.fill(0, first + columns, first + columns + 2);
    this.coarseKinds.view[coarse] = SURFACE;
  }

  /** Finds the kinds of 2 x 2 cells; returns what all of them show. */
  private kindOfBlock(x: number, y: number): number {
    const { columns } = this.cells;
    const kinds = this.kinds.view;
    const first = y * columns + x;
    const a = this.kindOfCell(x, y);
    const b = this.kindOfCell(x + 1, y);
    const c = this.kindOfCell(x, y + 1);
    const d = this.kindOfCell(x + 1, y + 1);
    kinds[first] = a;
    kinds[first + 1] = b;
    kinds[first + columns] = c;
    kinds[first + columns + 1] = d;
    return a === b && a === c && a === d ? a : BOTH;
  }

  /** Draws the alpha that the cells of kind {@link BOTH} need into {@link alpha}. */
  warp(): void {
    const { kernels, stride, flags, rest, alpha } = this;
    const { columns, rows, cellShift } = this.cells;
    this.warpFlagged(alpha.at);
    kernels.copyCells(rest.at, alpha.at, stride, columns, rows, flags.at, cellShift);
  }

  private kindOfCell(x: number, y: number): number {
    const { columns } = this.cells;
    const { nodes } = this;
    const a = (y * (columns + 1) + x) * 2;
    const d = a + (columns + 2) * 2;
    return this.kindOf((nodes[a]! + nodes[d]!) / 131_072, (nodes[a + 1]! + nodes[d + 1]!) / 131_072);
  }

  private warpFlagged(target: number): void {
    const { kernels, plane, table, cells, flags } = this;
    kernels.warpCells(
      plane.at,
      plane.stride,
      plane.width,
      plane.height,
      2,
      table,
      cells.nodes,
      1,
      cells.columns,
      cells.rows,
      flags.at,
      target,
      this.stride,
      cells.cellShift,
    );
  }
}

/** What a cell shows, by the plate pixel in its middle. */
function alphaKinds(plane: AlphaPlane, memory: ArrayBuffer, cell: number): (u: number, v: number) => number {
  const width = Math.ceil(plane.width / 2 / STEP);
  const height = Math.ceil(plane.height / 2 / STEP);
  const texels = new Uint8Array(memory, plane.at, plane.stride * plane.height);
  const side = 2 * STEP;
  const map = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let all = 255;
      let any = 0;
      for (let row = y * side; row < Math.min(y * side + side, plane.height); row++) {
        for (let at = row * plane.stride + x * side; at < row * plane.stride + x * side + side; at++) {
          all &= texels[at] === 255 ? 255 : 0;
          any |= texels[at]!;
        }
      }
      map[y * width + x] = all === 255 ? 255 : any === 0 ? 0 : 128;
    }
  }
  // Half a cell, stretched, and what the kernel adds.
  const kinds = kindsWithin(map, width, height, Math.ceil((0.85 * cell) / STEP) + KERNEL_REACH);
  return (u, v) => {
    const x = Math.min(Math.max((u / STEP) | 0, 0), width - 1);
    const y = Math.min(Math.max((v / STEP) | 0, 0), height - 1);
    return kinds[y * width + x]!;
  };
}
