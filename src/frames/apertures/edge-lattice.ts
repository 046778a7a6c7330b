import type { Rig } from "../../portrait/index.js";
import type { FaceMeasures } from "../deform/face-measures.js";
import { createFacePoints, type Side } from "../deform/face-points.js";
import { type LatticeDescription, MovingLattice } from "../deform/moving-lattice.js";
import { breathWeight, headWeight, surfaceAtHead } from "../deform/surface.js";
import type { Arena } from "../kernels/arena.js";
import type { Placement, Plate } from "../plate.js";

/** A lattice whose rows follow an edge (a lip or a lid), so that the cut falls on a row. */
export type EdgeLatticeSpec = {
  /** Head-frame x of the columns. */
  readonly x: Float32Array;
  /** Offsets of the rows from the edge, head frame, increasing downwards. */
  readonly offsets: Float32Array;
  /** y of the edge at x. */
  edge(x: number): number;
  /** z of the edge at x, to start the search for the surface. */
  depth(x: number): number;
  /** From which place's colour a vertex is drawn: maps its (x, offset) to another offset. */
  source(x: number, offset: number): number;
  /** The same when the edge has parted from what it touches in the photo; absent where that makes no difference. */
  partedSource?(x: number, offset: number): number;
  /** Value of the attribute t. */
  attribute(x: number): number;
  /** Which lip the points belong to; null for points that only the head moves. */
  readonly side: Side | null;
};

/** What lattices are built from. */
export type LatticeContext = {
  readonly rig: Rig;
  readonly measures: FaceMeasures;
  readonly plate: Plate;
  readonly arena: Arena;
  readonly personWeight: (u: number, v: number) => number;
};

/** Video pixels per eye distance. */
export function pixelsPerEyeDistance(rig: Rig, placement: Placement): number {
  return rig.head.eyeDistance * placement.scaleY;
}

/** Builds the lattice of an {@link EdgeLatticeSpec}; s is the signed distance to the edge in pixels at rest. */
export function createEdgeLattice(context: LatticeContext, spec: EdgeLatticeSpec): MovingLattice {
  const { rig, measures, plate, arena } = context;
  const columns = spec.x.length;
  const rows = spec.offsets.length;
  const count = columns * rows;
  const make = (): Float32Array => new Float32Array(count);
  const [x, y, z, restX, restY, sourceU, sourceV] = [make(), make(), make(), make(), make(), make(), make()];
  const [s, t, head, breath, person] = [make(), make(), make(), make(), make()];
  const parted = spec.partedSource === undefined ? null : { u: make(), v: make() };
  const scale = pixelsPerEyeDistance(rig, plate.placement);
  const { scaleX, scaleY, offsetX, offsetY } = plate.placement;
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const at = j * columns + i;
      const px = spec.x[i]!;
      const offset = spec.offsets[j]!;
      const edge = spec.edge(px);
      const own = surfaceAtHead(rig, px, edge + offset, spec.depth(px));
      const from = spec.source(px, offset);
      const colour = from === offset ? own : surfaceAtHead(rig, px, edge + from, spec.depth(px));
      x[at] = px;
      y[at] = edge + offset;
      z[at] = own.z;
      restX[at] = own.u * scaleX + offsetX - plate.margin;
      restY[at] = own.v * scaleY + offsetY - plate.margin;
      sourceU[at] = colour.u * scaleX + offsetX;
      sourceV[at] = colour.v * scaleY + offsetY;
      if (parted !== null) {
        const other = surfaceAtHead(rig, px, edge + spec.partedSource!(px, offset), spec.depth(px));
        parted.u[at] = other.u * scaleX + offsetX;
        parted.v[at] = other.v * scaleY + offsetY;
      }
      s[at] = offset * scale;
      t[at] = spec.attribute(px);
      head[at] = headWeight(rig.mouth.chinY, px, y[at]!);
      breath[at] = breathWeight(rig.mouth.chinY, y[at]!);
      person[at] = context.personWeight(own.u, own.v);
    }
  }
  const description: LatticeDescription = {
    columns,
    rows,
    points: { count, x, y, z, headWeight: head, breathWeight: breath },
    face: spec.side === null ? null : createFacePoints(rig, measures, x, y, z, spec.side),
    restX,
    restY,
    sourceU,
    sourceV,
    ...(parted === null ? {} : { parted }),
    s,
    t,
    personWeight: person,
  };
  return new MovingLattice(arena, description);
}
