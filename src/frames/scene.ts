import type { Rig } from "../portrait/index.js";
import { clamp } from "../shared/numeric.js";
import { Aperture, type Canvas } from "./apertures/aperture.js";
import type { LatticeContext } from "./apertures/edge-lattice.js";
import { eyePatchSize } from "./apertures/eye-aperture.js";
import { mouthPatchSize } from "./apertures/lip-lattices.js";
import { Backdrop } from "./backdrop/backdrop.js";
import type { Behind, SceneCells } from "./backdrop/behind.js";
import { createSlot, finishFrame, planesOf, type Slot, type SlotSize, slotBytes } from "./canvas-slot.js";
import { AlphaCells, alphaCellsBytes } from "./cut-out/alpha-cells.js";
import { NewBackdrop, Transparency } from "./cut-out/new-backdrop.js";
import { type Scenery, sceneryBytes } from "./cut-out/scenery.js";
import { measureDistances } from "./deform/face-measures.js";
import type { FaceState } from "./deform/face-state.js";
import type { HeadMotion } from "./deform/head-motion.js";
import type { MovingLattice } from "./deform/moving-lattice.js";
import type { Frame } from "./frame.js";
import type { Framing } from "./framing.js";
import { glassesBytes } from "./glasses.js";
import type { Arena } from "./kernels/arena.js";
import type { Kernels } from "./kernels/kernels.js";
import { TABLE_SHORTS } from "./kernels/kernels.js";
import { type CellGrid, warpPlanes } from "./kernels/warp-planes.js";
import type { NewBackground } from "./new-background.js";
import { plateBytes } from "./plate.js";
import { createSceneLattices } from "./scene-lattices.js";
import { type Skin, skinBytes } from "./skin/skin.js";

/** The new background of a scene, laid out once the size of its cells is known; null for nothing. */
export type LayOut = (arena: Arena, size: SlotSize) => Scenery | null;

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
  private readonly behind: Behind;
  /** What stands behind the person instead of what the photo shows there. */
  readonly scenery: Scenery | null;

  constructor(
    private readonly kernels: Kernels,
    private readonly table: number,
    private readonly context: LatticeContext,
    framing: Framing,
    slots: number,
    layOut?: LayOut,
  ) {
    const { arena } = context;
    this.cellShift = cellShiftFor(context.rig.head.eyeDistance * context.plate.placement.scaleY);
    const cell = 1 << this.cellShift;
    // Small cells go in pairs, because chroma cells span two.
    this.columns = 2 * Math.ceil(framing.width / cell / 2);
    this.rows = 2 * Math.ceil(framing.height / cell / 2);
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
    const size = { ...framing, columns: this.columns, rows: this.rows, cell };
    const scenery = layOut?.(arena, size);
    this.scenery = scenery ?? null;
    this.slots = Array.from({ length: slots }, () => createSlot(arena, size, scenery === null));
    this.rest = createSlot(arena, size, false);
    this.drawRest(this.rest);
    this.behind = scenery === undefined ? this.createBackdrop(size) : this.createNewBackdrop(scenery);
  }

  /** What the photo shows behind the person. */
  private createBackdrop(size: SlotSize): Behind {
    const { kernels, context } = this;
    const canvas = createSlot(context.arena, size, false);
    this.drawRest(canvas);
    return new Backdrop(kernels, context.plate, canvas, this.cells(), context);
  }

  private createNewBackdrop(scenery: Scenery | null): Behind {
    const { kernels, table, context, rest } = this;
    const { arena, plate } = context;
    const alpha = new AlphaCells(kernels, table, plate.alpha!, this.cells(), arena);
    if (scenery === null) return new Transparency(kernels, alpha, this.cells(), rest);
    const backdrop = new NewBackdrop(kernels, alpha, this.cells(), scenery);
    if (scenery.isStill) this.drawRest(rest, (plane) => backdrop.composeRest(plane, rest));
    return backdrop;
  }

  private cells(): SceneCells {
    const { columns, rows, cellShift, nodes } = this;
    return { columns, rows, cellShift, nodes };
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
    return finishFrame(canvas as Slot);
  }

  /** Plane by plane, because the padding of one plane lies in the next. */
  private warpAndCopy(canvas: Canvas): void {
    const { kernels, columns, rows, flags, coarseFlags, cellShift, rest, behind } = this;
    this.fillCoarseFlags();
    behind.takeCells(flags.view, coarseFlags.view);
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
      behind.draw(plane, canvas);
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

  /** Draws the picture at rest, and leaves the nodes there. */
  private drawRest(canvas: Canvas, afterPlane?: (plane: "y" | "u" | "v") => void): void {
    const { kernels, nodes, depths, columns, rows, flags, cellShift } = this;
    const origin = this.context.plate.margin << 16;
    kernels.resetNodes(nodes, depths, columns + 1, rows + 1, origin, origin, 65536 << cellShift);
    flags.view.fill(1);
    this.coarseFlags.view.fill(1);
    warpPlanes(kernels, this.context.plate, this.table, this.grid(), planesOf(canvas), afterPlane);
  }
}

/** Kernel memory for a whole renderer. */
export function sceneBytes(
  rig: Rig,
  framing: Framing,
  margin: number,
  slots: number,
  background?: NewBackground,
): number {
  const { width, height, scale } = framing;
  const plate = plateBytes(width + 2 * margin, height + 2 * margin, background !== undefined);
  const behind =
    background === undefined
      ? Backdrop.bytes(width, height, margin) + slotBytes(width, height, false)
      : alphaCellsBytes(width, height) + sceneryBytes(background, width, height);
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
      slotBytes(width, height, background?.type === "nothing") * slots +
      slotBytes(width, height, false) +
      behind +
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
