import type { Eye, Rig } from "../portrait/index.js";
import { cameraToPhoto, headToCamera } from "../shared/head-frame.js";
import { clamp } from "../shared/numeric.js";
import type { Canvas } from "./apertures/aperture.js";
import type { LatticeContext } from "./apertures/edge-lattice.js";
import type { HeadMotion } from "./deform/head-motion.js";
import { MovingLattice } from "./deform/moving-lattice.js";
import { surfaceAtPhoto } from "./deform/surface.js";
import { fillDoubledPlate, type RowSource } from "./dense-plate.js";
import { inpaint } from "./inpaint.js";
import type { Arena } from "./kernels/arena.js";
import type { Kernels } from "./kernels/kernels.js";
import { fillChroma, lumaRow, type Placement } from "./plate.js";

const CELL_SHIFT = 3;
const CELL = 1 << CELL_SHIFT;

/** The frames of spectacles cut out of the plate: they stay rigid while the face behind them moves. */
export type GlassesCutout = {
  /** Rectangle on the plate, even numbers. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The photo in the rectangle, and how much of each pixel is spectacle frame, `[0, 1]`. */
  readonly rgb: Uint8Array;
  readonly coverage: Float32Array;
};

/**
 * Takes the spectacle frames out of a plate: returns them, and leaves the skin behind them filled in.
 *
 * @param rgb - the plate, changed in place
 */
export function cutGlasses(
  rig: Rig,
  rgb: Uint8Array,
  width: number,
  height: number,
  placement: Placement,
): GlassesCutout | null {
  const { glasses } = rig;
  if (!glasses) return null;
  const border = Math.ceil(0.08 * rig.head.eyeDistance * placement.scaleX);
  const left = Math.max(0, Math.floor(glasses.x * placement.scaleX + placement.offsetX) - border) & ~1;
  const top = Math.max(0, Math.floor(glasses.y * placement.scaleY + placement.offsetY) - border) & ~1;
  const right =
    Math.min(width, Math.ceil((glasses.x + glasses.width) * placement.scaleX + placement.offsetX) + border) &
    ~1;
  const bottom =
    Math.min(
      height,
      Math.ceil((glasses.y + glasses.height) * placement.scaleY + placement.offsetY) + border,
    ) & ~1;
  const area = { x: left, y: top, width: right - left, height: bottom - top };
  if (area.width < 16 || area.height < 8) return null;
  const coverage = new Float32Array(area.width * area.height);
  const pixels = new Float32Array(area.width * area.height * 3);
  const original = new Uint8Array(area.width * area.height * 3);
  for (let y = 0; y < area.height; y++) {
    const from = ((top + y) * width + left) * 3;
    original.set(rgb.subarray(from, from + area.width * 3), y * area.width * 3);
    for (let x = 0; x < area.width; x++) {
      const u = (left + x + 0.5 - placement.offsetX) / placement.scaleX - glasses.x - 0.5;
      const v = (top + y + 0.5 - placement.offsetY) / placement.scaleY - glasses.y - 0.5;
      coverage[y * area.width + x] = maskAt(glasses, u, v);
    }
  }
  pixels.set(original);
  const trusted = coverage.map((c) => (c > 0.02 ? 0 : 1));
  for (const eye of rig.eyes) markEye(rig, eye, placement, area, trusted);
  inpaint(pixels, trusted, area.width, area.height);
  for (let y = 0; y < area.height; y++) {
    for (let x = 0; x < area.width; x++) {
      const at = y * area.width + x;
      const share = coverage[at]!;
      if (share === 0) continue;
      const to = ((top + y) * width + left + x) * 3;
      for (let c = 0; c < 3; c++) rgb[to + c] = rgb[to + c]! + (pixels[at * 3 + c]! - rgb[to + c]!) * share;
    }
  }
  return { ...area, rgb: original, coverage };
}

function maskAt(mask: NonNullable<Rig["glasses"]>, u: number, v: number): number {
  if (u <= -1 || v <= -1 || u >= mask.width || v >= mask.height) return 0;
  const x = Math.floor(u);
  const y = Math.floor(v);
  const value = (px: number, py: number): number =>
    px < 0 || py < 0 || px >= mask.width || py >= mask.height ? 0 : mask.data[py * mask.width + px]! / 255;
  const top = value(x, y) + (value(x + 1, y) - value(x, y)) * (u - x);
  const bottom = value(x, y + 1) + (value(x + 1, y + 1) - value(x, y + 1)) * (u - x);
  return top + (bottom - top) * (v - y);
}

/** The eye must not bleed into the skin that is filled in above it. */
function markEye(
  rig: Rig,
  eye: Eye,
  placement: Placement,
  area: { x: number; y: number; width: number; height: number },
  trusted: Float32Array,
): void {
  const { u, v } = cameraToPhoto(rig.head, headToCamera(rig.head, eye.center));
  const cx = u * placement.scaleX + placement.offsetX - area.x;
  const cy = v * placement.scaleY + placement.offsetY - area.y;
  const pixels = rig.head.eyeDistance * placement.scaleX;
  const rx = ((eye.cornerRight.x - eye.cornerLeft.x) / 2 + 0.02) * pixels;
  const ry = (eye.opening / 2 + 0.03) * pixels;
  for (let y = Math.max(0, Math.floor(cy - ry)); y < Math.min(area.height, cy + ry); y++) {
    for (let x = Math.max(0, Math.floor(cx - rx)); x < Math.min(area.width, cx + rx); x++) {
      const dx = (x - cx) / rx;
      const dy = (y - cy) / ry;
      if (dx * dx + dy * dy < 1) trusted[y * area.width + x] = Math.min(trusted[y * area.width + x]!, 0.001);
    }
  }
}

/** Kernel memory of an overlay for glasses of this size (plate pixels). */
export function glassesBytes(width: number, height: number): number {
  const plates = width * height * (4 + 4 + 0.5) + 256;
  const cells = (Math.ceil(width / CELL) + 8) * (Math.ceil(height / CELL) + 12);
  return plates + cells * (CELL * CELL * 2.5 + 16) * 1.6 + 200_000;
}

/** Draws the cut-out frames rigidly over the finished face. */
export class GlassesOverlay {
  private readonly lattice: MovingLattice;
  private readonly planes: readonly Plane[];
  private readonly maxColumns: number;
  private readonly maxRows: number;
  private readonly nodes: number;
  private readonly depths: { readonly at: number; readonly view: Float32Array };
  private readonly nodeView: Int32Array;
  private readonly flags: { readonly at: number; readonly view: Uint8Array };
  /** 1 where an 8 x 8 block of the cut-out, or a neighbour of it, holds any frame. */
  private readonly blocks: Uint8Array;
  private readonly blockColumns: number;

  constructor(
    context: LatticeContext,
    private readonly kernels: Kernels,
    private readonly table: number,
    cutout: GlassesCutout,
  ) {
    const { arena } = context;
    const { width, height } = cutout;
    this.maxColumns = Math.ceil((width * 1.25) / CELL) + 4;
    this.maxRows = Math.ceil((height * 1.25) / CELL) + 8;
    this.planes = createPlanes(arena, cutout, this.maxColumns * this.maxRows * CELL * CELL);
    const nodeCount = (this.maxColumns + 1) * (this.maxRows + 1);
    const nodes = arena.integers(nodeCount * 2);
    this.nodes = nodes.at;
    this.nodeView = nodes.view;
    this.depths = arena.floats(nodeCount);
    this.flags = arena.bytes(this.maxColumns * this.maxRows);
    this.blockColumns = Math.ceil(width / CELL);
    this.blocks = occupiedBlocks(cutout, this.blockColumns);
    this.lattice = createLattice(context, cutout);
  }

  /** Draws the frames of one frame over the canvas. */
  draw(canvas: Canvas, motion: HeadMotion): void {
    const { kernels, lattice, table, planes, flags } = this;
    lattice.update(motion, null, CELL, 0, 0);
    const area = this.fit(canvas);
    if (!area) return;
    const { x0, y0, columns, rows } = area;
    lattice.translate(-x0 / CELL, -y0 / CELL);
    kernels.resetNodes(this.nodes, this.depths.at, columns + 1, rows + 1, 0, 0, 0);
    kernels.rasterLattice(
      lattice.at,
      lattice.columns,
      lattice.rows,
      0,
      this.nodes,
      0,
      this.depths.at,
      columns + 1,
      rows + 1,
    );
    if (!this.flagCells(columns, rows)) return;
    for (const p of planes) {
      kernels.warpCells(
        p.at,
        p.stride,
        p.stride,
        p.height,
        p.density,
        table,
        this.nodes,
        1,
        columns,
        rows,
        flags.at,
        p.target.at,
        (columns * CELL * p.density) >> 1,
        p.density === 2 ? CELL_SHIFT : CELL_SHIFT - 1,
      );
    }
    this.blend(canvas, x0, y0, columns, rows);
  }

  private fit(canvas: Canvas): { x0: number; y0: number; columns: number; rows: number } | null {
    const { lattice } = this;
    const { left, top, right, bottom } = lattice.bounds(CELL);
    const x0 = Math.max(0, Math.floor(left / CELL) * CELL);
    const y0 = Math.max(0, Math.floor(top / CELL) * CELL);
    const columns = Math.min(this.maxColumns, Math.floor((Math.min(right, canvas.width) - x0) / CELL));
    const rows = Math.min(this.maxRows, Math.floor((Math.min(bottom, canvas.height) - y0) / CELL));
    return columns > 0 && rows > 0 ? { x0, y0, columns, rows } : null;
  }

  /** Flags the cells that show some frame. */
  private flagCells(columns: number, rows: number): boolean {
    const { nodeView, depths, flags, blocks, blockColumns } = this;
    const blockRows = blocks.length / blockColumns;
    let any = false;
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const a = y * (columns + 1) + x;
        const d = a + columns + 2;
        const isCovered =
          depths.view[a]! < 1e30 &&
          depths.view[a + 1]! < 1e30 &&
          depths.view[d - 1]! < 1e30 &&
          depths.view[d]! < 1e30;
        const u = (nodeView[2 * a]! + nodeView[2 * d]!) / 131072;
        const v = (nodeView[2 * a + 1]! + nodeView[2 * d + 1]!) / 131072;
        const column = clamp(Math.floor(u / CELL), 0, blockColumns - 1);
        const row = clamp(Math.floor(v / CELL), 0, blockRows - 1);
        const isUsed = isCovered && blocks[row * blockColumns + column] === 1;
        flags.view[y * columns + x] = isUsed ? 1 : 0;
        any ||= isUsed;
      }
    }
    return any;
  }

  private blend(canvas: Canvas, x0: number, y0: number, columns: number, rows: number): void {
    const [luma, coverage, chromaU, chromaV] = this.planes as readonly [Plane, Plane, Plane, Plane];
    const stride = columns * CELL;
    const a = canvas.a?.view;
    for (let cy = 0; cy < rows; cy++) {
      for (let cx = 0; cx < columns; cx++) {
        if (this.flags.view[cy * columns + cx] !== 1) continue;
        for (let r = 0; r < CELL; r++) {
          const from = (cy * CELL + r) * stride + cx * CELL;
          const to = (y0 + cy * CELL + r) * canvas.stride + x0 + cx * CELL;
          for (let c = 0; c < CELL; c++) {
            const k = coverage.target.view[from + c]!;
            if (k === 0) continue;
            const under = canvas.y.view[to + c]!;
            canvas.y.view[to + c] = under + ((luma.target.view[from + c]! - under) * k) / 255 + 0.5;
            if (a !== undefined) a[to + c] = a[to + c]! + ((255 - a[to + c]!) * k) / 255 + 0.5;
          }
        }
        for (let r = 0; r < CELL / 2; r++) {
          const from = (cy * (CELL / 2) + r) * (stride >> 1) + cx * (CELL / 2);
          const to = ((y0 >> 1) + cy * (CELL / 2) + r) * (canvas.stride >> 1) + (x0 >> 1) + cx * (CELL / 2);
          for (let c = 0; c < CELL / 2; c++) {
            const full = (cy * CELL + 2 * r) * stride + cx * CELL + 2 * c;
            const m = coverage.target.view;
            const k = (m[full]! + m[full + 1]! + m[full + stride]! + m[full + stride + 1]!) / 1020;
            if (k === 0) continue;
            canvas.u.view[to + c] =
              canvas.u.view[to + c]! + (chromaU.target.view[from + c]! - canvas.u.view[to + c]!) * k + 0.5;
            canvas.v.view[to + c] =
              canvas.v.view[to + c]! + (chromaV.target.view[from + c]! - canvas.v.view[to + c]!) * k + 0.5;
          }
        }
      }
    }
  }
}

type Plane = {
  readonly at: number;
  readonly stride: number;
  readonly height: number;
  readonly density: 1 | 2;
  readonly target: { readonly at: number; readonly view: Uint8Array };
};

function createPlanes(arena: Arena, cutout: GlassesCutout, pixels: number): Plane[] {
  const { width, height, rgb, coverage } = cutout;
  const line = new Float32Array(width);
  const full = (rowOf: RowSource): Plane => {
    const block = arena.bytes(4 * width * height);
    fillDoubledPlate(rowOf, width, height, block.view);
    return { at: block.at, stride: 2 * width, height: 2 * height, density: 2, target: arena.bytes(pixels) };
  };
  const luma = full((row) => lumaRow(rgb, width, row, line));
  const share = full((row) => coverage.subarray(row * width, (row + 1) * width).map((c) => c * 255));
  const chroma = [0, 1].map(() => arena.bytes((width * height) / 4));
  fillChroma(rgb, width, height, chroma[0]!.view, chroma[1]!.view);
  const half = (at: number): Plane => ({
    at,
    stride: width / 2,
    height: height / 2,
    density: 1,
    target: arena.bytes(pixels / 4),
  });
  return [luma, share, half(chroma[0]!.at), half(chroma[1]!.at)];
}

function occupiedBlocks(cutout: GlassesCutout, columns: number): Uint8Array {
  const { width, height, coverage } = cutout;
  const rows = Math.ceil(height / CELL);
  const blocks = new Uint8Array(columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (coverage[y * width + x]! < 0.01) continue;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const bx = clamp((x >> CELL_SHIFT) + dx, 0, columns - 1);
          const by = clamp((y >> CELL_SHIFT) + dy, 0, rows - 1);
          blocks[by * columns + bx] = 1;
        }
      }
    }
  }
  return blocks;
}

/** A rigid surface over the cut-out, in front of the face. */
function createLattice(context: LatticeContext, cutout: GlassesCutout): MovingLattice {
  const { rig, plate, arena } = context;
  const { placement, margin } = plate;
  const step = Math.max(8, 0.1 * rig.head.eyeDistance * placement.scaleX);
  const columns = Math.ceil(cutout.width / step) + 1;
  const rows = Math.ceil(cutout.height / step) + 1;
  const count = columns * rows;
  const make = (): Float32Array => new Float32Array(count);
  const [x, y, z, restX, restY, sourceU, sourceV] = [make(), make(), make(), make(), make(), make(), make()];
  for (let i = 0; i < count; i++) {
    const px = Math.min((i % columns) * step, cutout.width);
    const py = Math.min(Math.floor(i / columns) * step, cutout.height);
    const u = (cutout.x + px - placement.offsetX) / placement.scaleX;
    const v = (cutout.y + py - placement.offsetY) / placement.scaleY;
    const p = surfaceAtPhoto(rig, u, v);
    x[i] = p.x;
    y[i] = p.y;
    z[i] = p.z;
    restX[i] = cutout.x + px - margin;
    restY[i] = cutout.y + py - margin;
    sourceU[i] = px;
    sourceV[i] = py;
  }
  const personWeight = Float32Array.from({ length: count }, (_, i) => {
    const u = (restX[i]! + margin - placement.offsetX) / placement.scaleX;
    const v = (restY[i]! + margin - placement.offsetY) / placement.scaleY;
    return context.personWeight(u, v);
  });
  return new MovingLattice(arena, {
    columns,
    rows,
    points: {
      count,
      x,
      y,
      z,
      headWeight: new Float32Array(count).fill(1),
      breathWeight: new Float32Array(count),
    },
    face: null,
    restX,
    restY,
    sourceU,
    sourceV,
    s: null,
    t: null,
    personWeight,
  });
}
