import type { Arena } from "../kernels/arena.js";
import { displaceFace, type FacePoints } from "./face-points.js";
import type { FaceState } from "./face-state.js";
import type { HeadMotion, MovingPoints } from "./head-motion.js";

/** Floats per vertex in kernel memory: x, y, depth, u, v, s, t, unused. */
const VERTEX = 8;

/** What a lattice is made of; all arrays have `columns * rows` entries, row by row. */
export type LatticeDescription = {
  readonly columns: number;
  readonly rows: number;
  readonly points: MovingPoints;
  /** How the face itself moves these points; null where only the head moves. */
  readonly face: FacePoints | null;
  /** Position at rest, frame pixels. */
  readonly restX: Float32Array;
  readonly restY: Float32Array;
  /** Where the colour comes from, plate pixels: usually the rest position plus the margin. */
  readonly sourceU: Float32Array;
  readonly sourceV: Float32Array;
  /** Where the colour comes from once lips part, see {@link MovingLattice.part}. */
  readonly parted?: { readonly u: Float32Array; readonly v: Float32Array };
  /** Two values interpolated over the surface; may be empty. */
  readonly s: Float32Array | null;
  readonly t: Float32Array | null;
  /** 1 on the person, falling to 0 in the background. */
  readonly personWeight: Float32Array;
  /** Vertices that no drawn quad needs; they are not moved. */
  readonly isUnused?: Uint8Array;
};

/** Moves a lattice's points beyond what {@link displaceFace} does; arrays as there. */
export type ExtraMotion = (dx: Float32Array, dy: Float32Array, dz: Float32Array) => void;

/** A grid of surface points that moves with the face and is rasterised onto the node grid. */
export class MovingLattice {
  readonly columns: number;
  readonly rows: number;
  /** Vertices in kernel memory. */
  readonly at: number;
  private readonly vertices: Float32Array;
  private readonly dx: Float32Array;
  private readonly dy: Float32Array;
  private readonly dz: Float32Array;
  private placed = { cell: 0, x: 0, y: 0 };
  /** Vertices that can move at all. */
  private readonly moving: Int32Array;

  constructor(
    arena: Arena,
    readonly description: LatticeDescription,
  ) {
    const { columns, rows, sourceU, sourceV, s, t } = description;
    this.columns = columns;
    this.rows = rows;
    const count = columns * rows;
    const block = arena.floats(count * VERTEX);
    this.at = block.at;
    this.vertices = block.view;
    for (let i = 0; i < count; i++) {
      this.vertices[i * VERTEX + 3] = sourceU[i]!;
      this.vertices[i * VERTEX + 4] = sourceV[i]!;
      this.vertices[i * VERTEX + 5] = s?.[i] ?? 0;
      this.vertices[i * VERTEX + 6] = t?.[i] ?? 0;
    }
    const moving: number[] = [];
    for (let i = 0; i < count; i++) {
      if (description.personWeight[i]! > 0 && description.isUnused?.[i] !== 1) moving.push(i);
    }
    this.moving = Int32Array.from(moving);
    this.dx = new Float32Array(count);
    this.dy = new Float32Array(count);
    this.dz = new Float32Array(count);
  }

  /** Moves each column's colours from where they come at rest (share 0) to where they come when parted (1). */
  part(shares: Float32Array): void {
    const { sourceU, sourceV, parted, columns } = this.description;
    if (parted === undefined) return;
    for (let i = 0; i < sourceU.length; i++) {
      const share = shares[i % columns]!;
      this.vertices[i * VERTEX + 3] = sourceU[i]! + (parted.u[i]! - sourceU[i]!) * share;
      this.vertices[i * VERTEX + 4] = sourceV[i]! + (parted.v[i]! - sourceV[i]!) * share;
    }
  }

  /** Kernel memory that a lattice of this size needs. */
  static bytes(columns: number, rows: number): number {
    return columns * rows * VERTEX * 4 + 16;
  }

  /** Places the vertices for one frame, in cells of `cell` pixels from (`originX`, `originY`). */
  update(
    motion: HeadMotion,
    state: FaceState | null,
    cell: number,
    originX: number,
    originY: number,
    extra?: ExtraMotion,
  ): void {
    const { points, face, restX, restY, personWeight } = this.description;
    const { vertices, dx, dy, dz } = this;
    if (face !== null && state !== null) displaceFace(face, state, dx, dy, dz, true);
    else if (extra) {
      dx.fill(0);
      dy.fill(0);
      dz.fill(0);
    }
    extra?.(dx, dy, dz);
    const moves = (face !== null && state !== null) || extra !== undefined;
    const { moving } = this;
    motion.project(points, moving, moves ? dx : null, moves ? dy : null, moves ? dz : null, vertices, VERTEX);
    const inverse = 1 / cell;
    if (
      moving.length < points.count &&
      (cell !== this.placed.cell || originX !== this.placed.x || originY !== this.placed.y)
    ) {
      this.placeAll(inverse, originX, originY);
      this.placed = { cell, x: originX, y: originY };
    }
    for (let k = 0; k < moving.length; k++) {
      const i = moving[k]!;
      const at = i * VERTEX;
      const w = personWeight[i]!;
      vertices[at] = (restX[i]! + (vertices[at]! - restX[i]!) * w - originX) * inverse;
      vertices[at + 1] = (restY[i]! + (vertices[at + 1]! - restY[i]!) * w - originY) * inverse;
    }
  }

  /** Puts the vertices that never move where they belong; they keep the depth of the photographed surface. */
  private placeAll(inverse: number, originX: number, originY: number): void {
    const { restX, restY, points } = this.description;
    const isMoving = new Uint8Array(points.count);
    for (const i of this.moving) isMoving[i] = 1;
    for (let i = 0; i < points.count; i++) {
      if (isMoving[i] === 1) continue;
      this.vertices[i * VERTEX] = (restX[i]! - originX) * inverse;
      this.vertices[i * VERTEX + 1] = (restY[i]! - originY) * inverse;
      this.vertices[i * VERTEX + 2] = points.z[i]!;
    }
  }

  /** Shifts the placed vertices, in cells. */
  translate(x: number, y: number): void {
    const { vertices } = this;
    this.placed = { cell: 0, x: 0, y: 0 };
    for (let at = 0; at < vertices.length; at += VERTEX) {
      vertices[at]! += x;
      vertices[at + 1]! += y;
    }
  }

  /** Rectangle around the placed vertices, pixels from the origin given to {@link update}. */
  bounds(cell: number): { left: number; top: number; right: number; bottom: number } {
    const { vertices } = this;
    let left = vertices[0]!;
    let right = left;
    let top = vertices[1]!;
    let bottom = top;
    for (let at = VERTEX; at < vertices.length; at += VERTEX) {
      const x = vertices[at]!;
      const y = vertices[at + 1]!;
      if (x < left) left = x;
      else if (x > right) right = x;
      if (y < top) top = y;
      else if (y > bottom) bottom = y;
    }
    return { left: left * cell, top: top * cell, right: right * cell, bottom: bottom * cell };
  }
}
