import type { SkinGrid } from "./skin-grid.js";

/** How the look of the skin changes at full strength, at each node of a grid. */
export type SkinChange = {
  readonly grid: SkinGrid;
  /** Factor on light above black, and on chroma where that has no values of its own. */
  readonly gain: Float32Array;
  /** Levels added to luma and chroma; null for none. */
  readonly light: Float32Array | null;
  readonly u: Float32Array | null;
  readonly v: Float32Array | null;
};
