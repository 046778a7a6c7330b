import type { FaceState } from "../deform/face-state.js";
import type { HeadMotion } from "../deform/head-motion.js";
import type { ExtraMotion, MovingLattice } from "../deform/moving-lattice.js";
import type { Arena } from "../kernels/arena.js";
import type { Kernels } from "../kernels/kernels.js";
import { warpPlanes } from "../kernels/warp-planes.js";
import type { Plate } from "../plate.js";

/** An eye distance of so many video pixels allows cells of 8 pixels, else they are 4. */
const COARSE_SCALE = 140;

/** log2 of the side of an aperture's cells, by the video pixels per eye distance. */
export function apertureCellShift(scale: number): number {
  return scale >= COARSE_SCALE ? 3 : 2;
}

/** What a cell shows. */
const LEAVE = 0;
const UPPER = 1;
const LOWER = 2;
export const MIXED = 3;

/** Planes that are drawn into: a padded frame in kernel memory. */
export type Canvas = {
  readonly width: number;
  readonly height: number;
  /** Luma stride; chroma stride is half of it. */
  readonly stride: number;
  readonly y: { readonly at: number; readonly view: Uint8Array };
  readonly u: { readonly at: number; readonly view: Uint8Array };
  readonly v: { readonly at: number; readonly view: Uint8Array };
  /** Coverage, with luma's stride, where frames have it. */
  readonly a?: { readonly at: number; readonly view: Uint8Array };
};

/** One layer of an aperture: where each pixel comes from, and its drawn planes (patch-sized). */
export type Layer = {
  readonly lattice: MovingLattice;
  readonly nodes: number;
  readonly depths: { readonly at: number; readonly view: Float32Array };
  readonly attributes: { readonly at: number; readonly view: Float32Array };
  /** Cells drawn straight into the frame, and cells drawn into the layer's own planes. */
  readonly direct: { readonly at: number; readonly view: Uint8Array };
  readonly scratch: { readonly at: number; readonly view: Uint8Array };
  readonly y: { readonly at: number; readonly view: Uint8Array };
  readonly u: { readonly at: number; readonly view: Uint8Array };
  readonly v: { readonly at: number; readonly view: Uint8Array };
};

/** The rectangle of the frame that an aperture covers in one frame. */
export type Patch = { x0: number; y0: number; columns: number; rows: number };

/**
 * An opening between two movable edges: lips or lids. The skin above moves with the upper edge, the skin below
 * with the lower one; each is a full surface that continues past its edge, and a signed distance to the edge (the
 * attribute s) cuts it with an anti-aliased rim. Between the edges the inner layer shows.
 */
export class Aperture {
  readonly upper: Layer;
  readonly lower: Layer;
  readonly inner: Layer | null;
  readonly patch: Patch = { x0: 0, y0: 0, columns: 0, rows: 0 };
  readonly stride: number;
  /** Side of a cell, pixels. */
  readonly cell: number;
  private readonly cellShift: number;
  private readonly maxColumns: number;
  private readonly maxRows: number;

  constructor(
    private readonly kernels: Kernels,
    private readonly plate: Plate,
    private readonly table: number,
    arena: Arena,
    lattices: { upper: MovingLattice; lower: MovingLattice; inner: MovingLattice | null },
    scale: number,
    [maxWidth, maxHeight]: readonly [number, number],
  ) {
    this.cellShift = apertureCellShift(scale);
    this.cell = 1 << this.cellShift;
    this.maxColumns = Math.ceil(maxWidth / this.cell);
    this.maxRows = Math.ceil(maxHeight / this.cell);
    this.stride = this.maxColumns * this.cell;
    this.upper = this.createLayer(arena, lattices.upper);
    this.lower = this.createLayer(arena, lattices.lower);
    this.inner = lattices.inner ? this.createLayer(arena, lattices.inner) : null;
  }

  /** Kernel memory that an aperture of this size takes. */
  static bytes(scale: number, [maxWidth, maxHeight]: readonly [number, number]): number {
    const cell = 1 << apertureCellShift(scale);
    const cells = (Math.ceil(maxWidth / cell) + 1) * (Math.ceil(maxHeight / cell) + 1);
    return 3 * (cells * (8 + 4 + 8 + 2) + cells * cell * cell * 1.5 + 256);
  }

  /** Moves all layers and finds where each pixel of the patch comes from. False when nothing is in the frame. */
  place(
    canvas: Canvas,
    motion: HeadMotion,
    state: FaceState,
    extra: { upper?: ExtraMotion; lower?: ExtraMotion; inner?: ExtraMotion },
  ): boolean {
    this.upper.lattice.update(motion, state, this.cell, 0, 0, extra.upper);
    this.lower.lattice.update(motion, state, this.cell, 0, 0, extra.lower);
    if (!this.fit(canvas)) return false;
    this.inner?.lattice.update(motion, null, this.cell, 0, 0, extra.inner);
    for (const layer of [this.upper, this.lower, this.inner]) if (layer) this.raster(layer);
    return true;
  }

  /**
   * Decides per cell which layers are needed. `rim` is how far (pixels, at least 1) from an edge a cell counts as
   * mixed; `reach` how far from the edges cells are drawn at all.
   */
  classify(rim: number, reach: number): number {
    const { columns, rows } = this.patch;
    const { upper, lower, inner } = this;
    const across = columns + 1;
    let mixed = 0;
    for (let cy = 0; cy < rows; cy++) {
      for (let cx = 0; cx < columns; cx++) {
        const cell = cy * columns + cx;
        const a = cy * across + cx;
        const kind = this.kindOf(a, a + 1, a + across, a + across + 1, rim, reach);
        upper.direct.view[cell] = kind === UPPER ? 1 : 0;
        lower.direct.view[cell] = kind === LOWER ? 1 : 0;
        const isMixed = kind === MIXED ? 1 : 0;
        upper.scratch.view[cell] = isMixed;
        lower.scratch.view[cell] = isMixed;
        if (inner) inner.scratch.view[cell] = isMixed;
        mixed += isMixed;
      }
    }
    return mixed;
  }

  /** Draws the cells of one layer only into the frame, and the layers of the mixed cells into their own planes. */
  sample(canvas: Canvas): void {
    for (const layer of [this.upper, this.lower]) {
      this.warp(layer, layer.direct.at, canvas.y.at, canvas.u.at, canvas.v.at, canvas.stride, true);
    }
    for (const layer of [this.upper, this.lower, this.inner]) {
      if (layer) this.warp(layer, layer.scratch.at, layer.y.at, layer.u.at, layer.v.at, this.stride, false);
    }
  }

  private kindOf(a: number, b: number, c: number, d: number, rim: number, reach: number): number {
    const { upper, lower } = this;
    const up = upper.attributes.view;
    const low = lower.attributes.view;
    const hasUpper = isCovered(upper.depths.view, a, b, c, d);
    const hasLower = isCovered(lower.depths.view, a, b, c, d);
    if (!hasUpper && !hasLower) return LEAVE;
    // s grows downwards in both layers: 0 on the edge, negative above it.
    const upMax = Math.max(up[2 * a]!, up[2 * b]!, up[2 * c]!, up[2 * d]!);
    const upMin = Math.min(up[2 * a]!, up[2 * b]!, up[2 * c]!, up[2 * d]!);
    const lowMin = Math.min(low[2 * a]!, low[2 * b]!, low[2 * c]!, low[2 * d]!);
    if (hasUpper && upMax < -rim) return upMax < -reach ? LEAVE : UPPER;
    if (hasLower && lowMin > rim && upMin > 1) return lowMin > reach ? LEAVE : LOWER;
    // Both surfaces reach past their edges, so an opening is covered by both.
    return hasUpper && hasLower ? MIXED : LEAVE;
  }

  private warp(
    layer: Layer,
    flags: number,
    y: number,
    u: number,
    v: number,
    stride: number,
    inFrame: boolean,
  ): void {
    const { kernels, plate, table, patch, cellShift } = this;
    const { x0, y0, columns, rows } = patch;
    const offset = inFrame ? y0 * stride + x0 : 0;
    const half = inFrame ? (y0 >> 1) * (stride >> 1) + (x0 >> 1) : 0;
    warpPlanes(
      kernels,
      plate,
      table,
      { nodes: layer.nodes, columns, rows, cellShift, flags },
      {
        y: y + offset,
        u: u + half,
        v: v + half,
        stride,
      },
    );
  }

  private raster(layer: Layer): void {
    const { kernels, plate } = this;
    const { x0, y0, columns, rows } = this.patch;
    layer.lattice.translate(-x0 / this.cell, -y0 / this.cell);
    const origin = plate.margin << 16;
    kernels.resetNodes(
      layer.nodes,
      layer.depths.at,
      columns + 1,
      rows + 1,
      origin + (x0 << 16),
      origin + (y0 << 16),
      this.cell << 16,
    );
    // Where a surface does not reach, it counts as far beyond its edge.
    fillAttributes(layer.attributes.view, 2 * (columns + 1) * (rows + 1), layer === this.lower ? -FAR : FAR);
    kernels.rasterLattice(
      layer.lattice.at,
      layer.lattice.columns,
      layer.lattice.rows,
      0,
      layer.nodes,
      layer.attributes.at,
      layer.depths.at,
      columns + 1,
      rows + 1,
    );
  }

  /** Sets the patch to the part of the frame that the upper and lower lattices cover. */
  private fit(canvas: Canvas): boolean {
    let left = Number.POSITIVE_INFINITY;
    let top = Number.POSITIVE_INFINITY;
    let right = Number.NEGATIVE_INFINITY;
    let bottom = Number.NEGATIVE_INFINITY;
    for (const { lattice } of [this.upper, this.lower]) {
      const bounds = lattice.bounds(this.cell);
      left = Math.min(left, bounds.left);
      top = Math.min(top, bounds.top);
      right = Math.max(right, bounds.right);
      bottom = Math.max(bottom, bounds.bottom);
    }
    const { patch } = this;
    patch.x0 = Math.max(0, Math.floor(left / this.cell) * this.cell);
    patch.y0 = Math.max(0, Math.floor(top / this.cell) * this.cell);
    const limitX = Math.floor(canvas.width / this.cell) * this.cell;
    const limitY = Math.floor(canvas.height / this.cell) * this.cell;
    patch.columns = Math.min(this.maxColumns, Math.ceil((Math.min(right, limitX) - patch.x0) / this.cell));
    patch.rows = Math.min(this.maxRows, Math.ceil((Math.min(bottom, limitY) - patch.y0) / this.cell));
    return patch.columns > 0 && patch.rows > 0;
  }

  private createLayer(arena: Arena, lattice: MovingLattice): Layer {
    const nodes = (this.maxColumns + 1) * (this.maxRows + 1);
    const pixels = this.maxColumns * this.maxRows * this.cell * this.cell;
    return {
      lattice,
      nodes: arena.take(nodes * 8),
      depths: arena.floats(nodes),
      attributes: arena.floats(nodes * 2),
      direct: arena.bytes(this.maxColumns * this.maxRows),
      scratch: arena.bytes(this.maxColumns * this.maxRows),
      y: arena.bytes(pixels),
      u: arena.bytes(pixels / 4),
      v: arena.bytes(pixels / 4),
    };
  }
}

const FAR = 10_000;

/** Sets s of every node, and t to the middle. */
function fillAttributes(attributes: Float32Array, length: number, s: number): void {
  for (let i = 0; i < length; i += 2) {
    attributes[i] = s;
    attributes[i + 1] = 0;
  }
}

function isCovered(depths: Float32Array, a: number, b: number, c: number, d: number): boolean {
  return depths[a]! < 1e30 && depths[b]! < 1e30 && depths[c]! < 1e30 && depths[d]! < 1e30;
}
