import type { Rig } from "../portrait/index.js";
import { clamp } from "../shared/numeric.js";
import { Aperture, type Canvas } from "./apertures/aperture.js";
import type { LatticeContext } from "./apertures/edge-lattice.js";
import { eyePatchSize } from "./apertures/eye-aperture.js";
import { mouthPatchSize } from "./apertures/lip-lattices.js";
import { Backdrop } from "./backdrop/backdrop.js";
import { measureDistances } from "./deform/face-measures.js";
import type { FaceState } from "./deform/face-state.js";
import type { HeadMotion } from "./deform/head-motion.js";
import type { MovingLattice } from "./deform/moving-lattice.js";
import type { Frame } from "./frame.js";
import type { Framing } from "./framing.js";
import { glassesBytes } from "./glasses.js";
import type { Kernels } from "./kernels/kernels.js";
import { TABLE_SHORTS } from "./kernels/kernels.js";
import { type CellGrid, type PlaneTargets, warpPlanes } from "./kernels/warp-planes.js";
import { plateBytes } from "./plate.js";
import { createSceneLattices } from "./scene-lattices.js";
import { type Skin, skinBytes } from "./skin/skin.js";

type Slot = Canvas & { readonly frame: Frame };

/** The whole picture: background, body and head on one surface, the face on a finer one over it. */
export class Scene {
  private readonly cellShift: number;
  private readonly columns: number;
  private readonly rows: number;
  private readonly nodes: number;
  private readonly depths: number;
  private readonly flags: { readonly at: number; readonly view: Uint8Array };
  private readonly coarseFlags: { readonly at: number; readonly view: Uint8Array };
  private readonly picture: MovingLattice;
  private readonly face: MovingLattice;
  private readonly underFace: number;
  private readonly slots: Slot[];
  private readonly rest: Canvas;
  private readonly backdrop: Backdrop;

  constructor(
    private readonly kernels: Kernels,
    private readonly table: number,
    private readonly context: LatticeContext,
    framing: Framing,
    slots: number,
  ) {
    const { arena } = context;
    const { width, height } = framing;
    this.cellShift = cellShiftFor(context.rig.head.eyeDistance * context.plate.placement.scaleY);
    const cell = 1 << this.cellShift;
    // Small cells go in pairs, because chroma cells span two.
    this.columns = 2 * Math.ceil(width / cell / 2);
    this.rows = 2 * Math.ceil(height / cell / 2);
    const nodeCount = (this.columns + 1) * (this.rows + 1);
    this.nodes = arena.take(nodeCount * 8);
    this.depths = arena.take(nodeCount * 4);
    this.flags = arena.bytes(this.columns * this.rows);
    this.coarseFlags = arena.bytes((this.columns * this.rows) / 4);
    const { picture, face, skip } = createSceneLattices(context, framing);
    this.picture = picture;
    this.face = face;
    const block = arena.bytes(skip.length);
    block.view.set(skip);
    this.underFace = block.at;
    this.slots = Array.from({ length: slots }, () => this.createSlot(width, height));
    this.rest = this.createSlot(width, height);
    this.drawRest(this.rest);
    const behind = this.createSlot(width, height);
    this.drawRest(behind);
    const { cellShift, columns, rows, nodes } = this;
    const cells = { columns, rows, cellShift, nodes };
    this.backdrop = new Backdrop(kernels, context.plate, behind, cells, context);
  }

  /** One of the canvases, in turn. */
  canvas(slot: number): Canvas {
    return this.slots[slot]!;
  }

  /** Draws everything but lips and lids. */
  draw(canvas: Canvas, motion: HeadMotion, state: FaceState, skin: Skin): void {
    const { kernels, columns, rows, nodes, depths } = this;
    const cell = 1 << this.cellShift;
    const origin = this.context.plate.margin << 16;
    kernels.resetNodes(nodes, depths, columns + 1, rows + 1, origin, origin, cell << 16);
    this.picture.update(motion, null, cell, 0, 0);
    this.face.update(motion, state, cell, 0, 0);
    kernels.rasterLattice(
      this.picture.at,
      this.picture.columns,
      this.picture.rows,
      this.underFace,
      nodes,
      0,
      depths,
      columns + 1,
      rows + 1,
    );
    kernels.rasterLattice(
      this.face.at,
      this.face.columns,
      this.face.rows,
      0,
      nodes,
      0,
      depths,
      columns + 1,
      rows + 1,
    );
    this.flags.view.fill(1);
    kernels.markCells(nodes, this.flags.at, columns, rows, origin, origin, cell << 16);
    skin.forEachChanged((left, top, side) => this.redraw(left, top, side));
    this.warpAndCopy(canvas);
  }

  /** Has the cells over a rectangle of the plate drawn anew although they do not move. */
  private redraw(left: number, top: number, side: number): void {
    const { columns, rows, cellShift } = this;
    const { margin } = this.context.plate;
    const flags = this.flags.view;
    const reach = 2;
    const cellOf = (position: number, count: number): number =>
      clamp((position - margin) >> cellShift, 0, count - 1);
    const lastColumn = cellOf(left + side + reach, columns);
    const lastRow = cellOf(top + side + reach, rows);
    for (let y = cellOf(top - reach, rows); y <= lastRow; y++) {
      for (let x = cellOf(left - reach, columns); x <= lastColumn; x++) {
        if (flags[y * columns + x] === 2) flags[y * columns + x] = 1;
      }
    }
  }

  /** The finished frame of a canvas. */
  frame(canvas: Canvas): Frame {
    const slot = canvas as Slot;
    if (slot.stride !== slot.width) packRows(slot);
    return slot.frame;
  }

  /** Plane by plane, because the padding of one plane lies in the next. */
  private warpAndCopy(canvas: Canvas): void {
    const { kernels, columns, rows, flags, coarseFlags, cellShift, rest, backdrop } = this;
    this.fillCoarseFlags();
    backdrop.takeCells(flags.view, coarseFlags.view);
    const target = planesOf(canvas);
    warpPlanes(kernels, this.context.plate, this.table, this.grid(), target, (plane) => {
      if (plane === "y") {
        kernels.copyCells(rest.y.at, target.y, canvas.stride, columns, rows, flags.at, cellShift);
      } else {
        const half = canvas.stride >> 1;
        kernels.copyCells(
          rest[plane].at,
          target[plane],
          half,
          columns / 2,
          rows / 2,
          coarseFlags.at,
          cellShift,
        );
      }
      backdrop.draw(plane, target[plane], plane === "y" ? canvas.stride : canvas.stride >> 1);
    });
  }

  private grid(): CellGrid {
    const { nodes, columns, rows, cellShift, flags, coarseFlags } = this;
    return { nodes, columns, rows, cellShift, flags: flags.at, coarseFlags: coarseFlags.at };
  }

  /** A chroma cell moves where any of its four luma cells does. */
  private fillCoarseFlags(): void {
    const { columns, rows, coarseFlags } = this;
    const flags = this.flags.view;
    let at = 0;
    for (let y = 0; y < rows; y += 2) {
      for (let x = 0; x < columns; x += 2) {
        const a = y * columns + x;
        const isStill =
          flags[a] === 2 && flags[a + 1] === 2 && flags[a + columns] === 2 && flags[a + columns + 1] === 2;
        coarseFlags.view[at++] = isStill ? 2 : 1;
      }
    }
  }

  private drawRest(canvas: Canvas): void {
    const { kernels, nodes, depths, columns, rows, flags, cellShift } = this;
    const origin = this.context.plate.margin << 16;
    kernels.resetNodes(nodes, depths, columns + 1, rows + 1, origin, origin, 65536 << cellShift);
    flags.view.fill(1);
    this.coarseFlags.view.fill(1);
    warpPlanes(kernels, this.context.plate, this.table, this.grid(), planesOf(canvas));
  }

  /**
   * Planes one behind the other, as encoders take them. Rows are padded to whole cells: the padding of one plane lies
   * in the next, which is drawn later. Where columns need padding too, the frame is packed into memory of its own.
   */
  private createSlot(width: number, height: number): Slot {
    const { arena } = this.context;
    const cell = 1 << this.cellShift;
    const stride = this.columns * cell;
    const padded = this.rows * cell;
    const isPacked = stride !== width;
    const lumaBytes = stride * (isPacked ? padded : height);
    const chromaBytes = (stride >> 1) * ((isPacked ? padded : height) >> 1);
    const block = arena.bytes(lumaBytes + 2 * chromaBytes + stride * cell * 3);
    const { memory } = this.kernels;
    const plane = (offset: number): { at: number; view: Uint8Array } => ({
      at: block.at + offset,
      view: new Uint8Array(memory, block.at + offset),
    });
    const target = isPacked ? new Uint8Array((width * height * 3) / 2) : null;
    const y = target ? target.subarray(0, width * height) : block.view.subarray(0, width * height);
    const quarter = (width * height) / 4;
    const u = target
      ? target.subarray(4 * quarter, 5 * quarter)
      : block.view.subarray(lumaBytes, lumaBytes + quarter);
    const v = target
      ? target.subarray(5 * quarter)
      : block.view.subarray(lumaBytes + chromaBytes, lumaBytes + chromaBytes + quarter);
    return {
      width,
      height,
      stride,
      y: plane(0),
      u: plane(lumaBytes),
      v: plane(lumaBytes + chromaBytes),
      frame: { width, height, y, u, v },
    };
  }
}

/** Kernel memory for a whole renderer. */
export function sceneBytes(rig: Rig, framing: Framing, margin: number, slots: number): number {
  const { width, height, scale } = framing;
  const plate = plateBytes(width + 2 * margin, height + 2 * margin);
  const canvas = (width + 32) * (height + 32) * 1.5 + (width + 32) * 64;
  const pixels = rig.head.eyeDistance * scale * 1.02;
  const measures = measureDistances(rig);
  const mouth = Aperture.bytes(pixels, mouthPatchSize(pixels, { measures }));
  const eyes =
    Aperture.bytes(pixels, eyePatchSize(pixels, rig.eyes[0])) +
    Aperture.bytes(pixels, eyePatchSize(pixels, rig.eyes[1]));
  const glasses = rig.glasses
    ? glassesBytes(
        rig.glasses.width * scale * 1.05 + 0.2 * pixels,
        rig.glasses.height * scale * 1.05 + 0.2 * pixels,
      )
    : 0;
  const lattices = 4_000_000;
  return Math.ceil(
    plate +
      canvas * (slots + 2) +
      Backdrop.bytes(width, height, margin) +
      mouth +
      eyes +
      glasses +
      lattices +
      skinBytes(rig, framing) +
      TABLE_SHORTS * 2 +
      (width * height) / 8,
  );
}

/** log2 of the cells' side: 16 pixels where that is less than .15 eye distances, else 8. */
function cellShiftFor(pixelsPerEyeDistance: number): number {
  return pixelsPerEyeDistance >= 110 ? 4 : 3;
}

function planesOf({ y, u, v, stride }: Canvas): PlaneTargets {
  return { y: y.at, u: u.at, v: v.at, stride };
}

function packRows(slot: Slot): void {
  const { frame, width, height, stride } = slot;
  for (let y = 0; y < height; y++)
    frame.y.set(slot.y.view.subarray(y * stride, y * stride + width), y * width);
  const half = width >> 1;
  for (let y = 0; y < height >> 1; y++) {
    const from = y * (stride >> 1);
    frame.u.set(slot.u.view.subarray(from, from + half), y * half);
    frame.v.set(slot.v.view.subarray(from, from + half), y * half);
  }
}
