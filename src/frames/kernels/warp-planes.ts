import type { Plate } from "../plate.js";
import type { Kernels } from "./kernels.js";

/** Where the three planes of a 4:2:0 picture lie; `stride` is luma's, chroma has half of it. */
export type PlaneTargets = {
  readonly y: number;
  readonly u: number;
  readonly v: number;
  readonly stride: number;
};

/** A grid of cells with the source position of each corner. */
export type CellGrid = {
  readonly nodes: number;
  readonly columns: number;
  readonly rows: number;
  /** Luma cells are `1 << cellShift` pixels. */
  readonly cellShift: number;
  /** Flags of the luma cells. */
  readonly flags: number;
  /**
   * Flags of chroma cells that each span 2 x 2 luma cells, which suits chroma and costs less; without, chroma cells
   * are the luma cells.
   */
  readonly coarseFlags?: number;
};

/** Draws the flagged cells of all three planes of a plate; `afterPlane` is called as each is done. */
export function warpPlanes(
  kernels: Kernels,
  plate: Plate,
  table: number,
  grid: CellGrid,
  target: PlaneTargets,
  afterPlane?: (plane: "y" | "u" | "v") => void,
): void {
  for (const plane of PLANES) {
    const source = plane === "y" ? plate.luma : plane === "u" ? plate.chromaU : plate.chromaV;
    const isLuma = plane === "y";
    const step = isLuma || grid.coarseFlags === undefined ? 1 : 2;
    kernels.warpCells(
      source.at,
      source.stride,
      source.width,
      source.height,
      isLuma ? 2 : 1,
      table,
      grid.nodes,
      step,
      grid.columns / step,
      grid.rows / step,
      step === 2 ? grid.coarseFlags! : grid.flags,
      target[plane],
      isLuma ? target.stride : target.stride >> 1,
      isLuma ? grid.cellShift : grid.cellShift + step - 2,
    );
    afterPlane?.(plane);
  }
}

const PLANES = ["y", "u", "v"] as const;
