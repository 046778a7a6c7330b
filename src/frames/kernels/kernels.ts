/**
 * The inner loops of the renderer, over one linear memory. All pointers are byte offsets into `memory`.
 *
 * A *cell* is a square of `1 << cellShift` output pixels; the *nodes* are the cell corners, each an i32 pair
 * (u, v): the source position in output-size pixels from the plate's corner, Q16. Flags per cell: 0 leave,
 * 1 warp, 2 copy.
 */
export interface Kernels {
  readonly name: "wasm" | "plain";
  readonly memory: ArrayBuffer;
  /**
   * Draws the cells flagged 1: source positions are interpolated bilinearly inside the cell and the plate is
   * interpolated by a cubic kernel with 16 taps in 32 x 32 phases.
   * Corners are `nodeStep` nodes apart, of a grid with `columns * nodeStep + 1` nodes a row.
   * `density` is 2 for the luma plate (two texels per pixel of the plane) and 1 for chroma.
   */
  warpCells(
    source: number,
    stride: number,
    width: number,
    height: number,
    density: number,
    table: number,
    nodes: number,
    nodeStep: number,
    columns: number,
    rows: number,
    flags: number,
    target: number,
    targetStride: number,
    cellShift: number,
  ): void;
  /** Copies the cells flagged 2 from a picture with the same stride as the target. */
  copyCells(
    source: number,
    target: number,
    stride: number,
    columns: number,
    rows: number,
    flags: number,
    cellShift: number,
  ): void;
  /**
   * Writes the source position of every node that a lattice of vertices covers; the nearest surface wins, back
   * faces are skipped. A vertex is 8 f32: x, y (in nodes), depth, u, v (pixels), s, t (free), unused.
   * `skip` (or 0) marks quads to leave out; `attributes` (or 0) receives s, t as f32 pairs.
   */
  rasterLattice(
    vertices: number,
    columns: number,
    rows: number,
    skip: number,
    nodes: number,
    attributes: number,
    depths: number,
    nodeColumns: number,
    nodeRows: number,
  ): void;
  /** Flags each cell that is not 0 as 2 (at rest) or 1, snapping nodes within 1/128 pixel of rest; returns how many move. */
  markCells(
    nodes: number,
    flags: number,
    columns: number,
    rows: number,
    originX: number,
    originY: number,
    step: number,
  ): number;
  /** Sets every node to its rest position and its depth to infinity. */
  resetNodes(
    nodes: number,
    depths: number,
    columns: number,
    rows: number,
    originX: number,
    originY: number,
    step: number,
  ): void;
  /**
   * Writes one tile of {@link TILE} x TILE texels: those at `base` plus so much of each change. `links` holds `count`
   * pairs of i32: address of a change (i8 per texel) and its share, Q6 in `[-64, 64]`.
   */
  blendTile(target: number, stride: number, base: number, links: number, count: number): void;
  /**
   * Lays the drawn cells flagged 1 over a still picture with the target's stride, by the cover (255: only what is
   * drawn) of the places they show. Cover and kinds have one texel for 2 x 2 pixels of the plate. Eight plate pixels
   * in a row are kept where their middle shows a place of kind 0, and replaced by the still picture where it is of
   * kind 2; else each quarter of them is blended by the bilinear cover of its middle, in 128 steps.
   */
  coverCells(
    still: number,
    target: number,
    stride: number,
    cover: number,
    kinds: number,
    coverWidth: number,
    coverHeight: number,
    nodes: number,
    nodeStep: number,
    columns: number,
    rows: number,
    flags: number,
    cellShift: number,
  ): void;
  /**
   * Lays the cells flagged 1 over another picture with the target's stride: that picture plus the difference times
   * alpha, so that 0 gives the one and 255 the other, exactly. Alpha's stride is `stride * step`; with a `step` of 2,
   * for chroma, each pixel takes the mean of 2 x 2 alphas. Cells have at least 8 pixels a side.
   */
  blendCells(
    behind: number,
    target: number,
    stride: number,
    alpha: number,
    step: 1 | 2,
    columns: number,
    rows: number,
    flags: number,
    cellShift: number,
  ): void;
}

/** Side of the tiles of {@link Kernels.blendTile}, texels. */
export const TILE = 32;

/** Number of sub-texel phases per axis. */
export const PHASES = 32;
/** i16 entries of the 2-D weights (16 per phase pair) and of the 1-D weights (two times four equal pairs per phase). */
const AREA_SHORTS = PHASES * PHASES * 16;
/** Length of the weight table in i16. */
export const TABLE_SHORTS = AREA_SHORTS + PHASES * 16;
/** Largest drift of a run of eight, or else four, neighbours that may share one phase, Q16 texels at density 1 (.22 texel, so an error of .11). */
export const DRIFT = 14_336;
/**
 * Free parameter of the cubic convolution kernel (Keys 1981, eq. 15). On a plate of twice the density, -.63 keeps the
 * sharpness of real photos within 2 % over all sub-pixel positions (dense-plate.test.ts measures it); with the usual
 * -.5 the picture would soften whenever the head stands between two pixels.
 */
const KEYS = -0.63;

/** Writes the cubic convolution weights of every phase; each set sums to exactly one. */
export function fillWeightTable(table: Int16Array): void {
  const near = (d: number): number => ((KEYS + 2) * d - (KEYS + 3)) * d * d + 1;
  const far = (d: number): number => KEYS * (((d - 5) * d + 8) * d - 4);
  const axis = Array.from({ length: PHASES }, (_, phase) => {
    const f = phase / PHASES;
    return [far(1 + f), near(f), near(1 - f), far(2 - f)];
  });
  for (let pv = 0; pv < PHASES; pv++) {
    for (let pu = 0; pu < PHASES; pu++) {
      const weights = Array.from({ length: 16 }, (_, k) => axis[pv]![k >> 2]! * axis[pu]![k & 3]!);
      table.set(quantise(weights, 16384), (pv * PHASES + pu) * 16);
    }
  }
  axis.forEach((weights, phase) => {
    const pairs = quantise(weights, 16384);
    for (let lane = 0; lane < 8; lane++) {
      const at = AREA_SHORTS + phase * 16 + lane;
      table[at] = pairs[lane & 1]!;
      table[at + 8] = pairs[2 + (lane & 1)]!;
    }
  });
}

/** Integer weights that sum to exactly `one`; the rounding error goes to the largest. */
function quantise(weights: readonly number[], one: number): number[] {
  const result = weights.map((w) => Math.floor(w * one + 0.5));
  const largest = result.indexOf(Math.max(...result));
  result[largest]! += one - result.reduce((sum, w) => sum + w, 0);
  return result;
}
