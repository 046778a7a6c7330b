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
  /** Luma cells are `1 << cellShift` pixels, chroma cells half as many. */
  readonly cellShift: number;
};

/** Draws the flagged cells of all three planes of a plate; `afterPlane` is called as each is done. */
export function warpPlanes(
  kernels: Kernels,
  plate: Plate,
  table: number,
  { nodes, columns, rows, cellShift }: CellGrid,
  flags: number,
  target: PlaneTargets,
  afterPlane?: (plane: "y" | "u" | "v") => void,
): void {
  for (const plane of PLANES) {
    const source = plane === "y" ? plate.luma : plane === "u" ? plate.chromaU : plate.chromaV;
    const isLuma = plane === "y";
    kernels.warpCells(
      source.at,
      source.stride,
      source.width,
      source.height,
      isLuma ? 2 : 1,
      table,
      nodes,
      columns,
      rows,
      flags,
      target[plane],
      isLuma ? target.stride : target.stride >> 1,
      isLuma ? cellShift : cellShift - 1,
    );
    afterPlane?.(plane);
  }
}

const PLANES = ["y", "u", "v"] as const;
