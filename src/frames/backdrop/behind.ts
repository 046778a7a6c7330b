import type { Canvas } from "../apertures/aperture.js";

/** The scene's cells: `1 << cellShift` pixels each, `nodes` as the kernels have them. */
export type SceneCells = {
  readonly columns: number;
  readonly rows: number;
  readonly cellShift: number;
  readonly nodes: number;
};

/** What is seen behind the moving surface: what the photo shows there, or something else. */
export interface Behind {
  /**
   * Finds out what each cell shows, from its nodes. Cells in which the surface is not seen are taken from the scene
   * (flag 0); of the others it draws those that move (flag 1) and copies those at rest (flag 2). `coarseFlags` are
   * those of the chroma cells, which span 2 x 2 others.
   */
  takeCells(flags: Uint8Array, coarseFlags: Uint8Array): void;
  /** Adds what is behind to one plane, in which the scene has drawn and copied its cells. Planes come as y, u, v. */
  draw(plane: "y" | "u" | "v", canvas: Canvas): void;
}
