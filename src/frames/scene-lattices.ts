import type { LatticeContext } from "./apertures/edge-lattice.js";
import { createFacePoints } from "./deform/face-points.js";
import { createHairWeight, type HairWeight } from "./deform/hair-weight.js";
import { MovingLattice } from "./deform/moving-lattice.js";
import { breathWeight, headWeight, surfaceAtPhoto } from "./deform/surface.js";
import type { Framing } from "./framing.js";

/** The two surfaces of a scene. */
export type SceneLattices = {
  /** Background, body and head. */
  readonly picture: MovingLattice;
  /** The finer one over it, which carries the expression. */
  readonly face: MovingLattice;
  /** 1 for each quad of the picture that need not be drawn: it lies under the face, or never moves. */
  readonly skip: Uint8Array;
};

/** Lays the surfaces of a portrait out. */
export function createSceneLattices(context: LatticeContext, framing: Framing): SceneLattices {
  const hairAt = createHairWeight(context);
  const face = createFaceLattice(context, hairAt);
  const plan = planPicture(context, framing);
  const skip = coveredQuads(plan, face);
  const picture = createPlateLattice(context, plan, hairAt, false, unusedVertices(plan, skip));
  skipStillQuads(skip, picture);
  return { picture, face, skip };
}

/** A regular lattice on the picture, frame pixels. */
type LatticePlan = {
  readonly x0: number;
  readonly y0: number;
  readonly columns: number;
  readonly rows: number;
  readonly step: number;
};

/** The surface of the whole plate. */
function planPicture(context: LatticeContext, framing: Framing): LatticePlan {
  const { margin, width, height } = context.plate;
  const step = Math.max(8, Math.round(Math.min(framing.width, framing.height) / 30));
  return {
    x0: -margin,
    y0: -margin,
    columns: Math.ceil(width / step) + 1,
    rows: Math.ceil(height / step) + 1,
    step,
  };
}

/** The finer surface that carries the expression: the face with cheeks, forehead and throat. */
function createFaceLattice(context: LatticeContext, hairAt: HairWeight): MovingLattice {
  const { rig, plate } = context;
  const { placement, margin } = plate;
  const pixels = rig.head.eyeDistance * placement.scaleY;
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < 468; i++) {
    const u = rig.landmarks[i * 3]! * placement.scaleX + placement.offsetX - margin;
    const v = rig.landmarks[i * 3 + 1]! * placement.scaleY + placement.offsetY - margin;
    left = Math.min(left, u);
    right = Math.max(right, u);
    top = Math.min(top, v);
    bottom = Math.max(bottom, v);
  }
  left = Math.max(left - 0.42 * pixels, -margin);
  top = Math.max(top - 0.3 * pixels, -margin);
  right = Math.min(right + 0.42 * pixels, plate.width - margin);
  bottom = Math.min(bottom + 1 * pixels, plate.height - margin);
  const step = Math.max(0.065 * pixels, 6);
  const columns = Math.max(2, Math.ceil((right - left) / step) + 1);
  const rows = Math.max(2, Math.ceil((bottom - top) / step) + 1);
  return createPlateLattice(context, { x0: left, y0: top, columns, rows, step }, hairAt, true);
}

/** Finds the surface under a plan's nodes. */
function createPlateLattice(
  context: LatticeContext,
  { x0, y0, columns, rows, step }: LatticePlan,
  hairAt: HairWeight,
  withFace: boolean,
  isUnused?: Uint8Array,
): MovingLattice {
  const { rig, plate, measures, arena } = context;
  const { scaleX, scaleY, offsetX, offsetY } = plate.placement;
  const { margin } = plate;
  const count = columns * rows;
  const make = (): Float32Array => new Float32Array(count);
  const [x, y, z, restX, restY, sourceU, sourceV] = [make(), make(), make(), make(), make(), make(), make()];
  const [head, breath, hair, person] = [make(), make(), make(), make()];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const at = j * columns + i;
      const px = x0 + i * step;
      const py = y0 + j * step;
      const u = (px + margin - offsetX) / scaleX;
      const v = (py + margin - offsetY) / scaleY;
      const p = surfaceAtPhoto(rig, u, v);
      x[at] = p.x;
      y[at] = p.y;
      z[at] = p.z;
      restX[at] = px;
      restY[at] = py;
      sourceU[at] = px + margin;
      sourceV[at] = py + margin;
      head[at] = headWeight(rig.mouth.chinY, p.x, p.y);
      breath[at] = breathWeight(rig.mouth.chinY, p.y);
      hair[at] = hairAt(u, v);
      person[at] = context.personWeight(u, v);
    }
  }
  return new MovingLattice(arena, {
    columns,
    rows,
    points: { count, x, y, z, headWeight: head, breathWeight: breath, hairWeight: hair },
    face: withFace ? createFacePoints(rig, measures, x, y, z) : null,
    restX,
    restY,
    sourceU,
    sourceV,
    s: null,
    t: null,
    personWeight: person,
    ...(isUnused ? { isUnused } : {}),
  });
}

/** Quads of the coarse lattice that lie wholly under the fine one. */
function coveredQuads(coarse: LatticePlan, fine: MovingLattice): Uint8Array {
  const f = fine.description;
  const last = f.columns * f.rows - 1;
  const [left, top, right, bottom] = [f.restX[0]!, f.restY[0]!, f.restX[last]!, f.restY[last]!];
  const skip = new Uint8Array((coarse.columns - 1) * (coarse.rows - 1));
  for (let j = 0; j < coarse.rows - 1; j++) {
    for (let i = 0; i < coarse.columns - 1; i++) {
      const x = coarse.x0 + i * coarse.step;
      const y = coarse.y0 + j * coarse.step;
      const isUnder = x > left && x + coarse.step < right && y > top && y + coarse.step < bottom;
      skip[j * (coarse.columns - 1) + i] = isUnder ? 1 : 0;
    }
  }
  return skip;
}

/** Marks the quads that can never move: their nodes are at rest anyway. */
function skipStillQuads(skip: Uint8Array, { description }: MovingLattice): void {
  const { columns, rows, personWeight } = description;
  for (let j = 0; j < rows - 1; j++) {
    for (let i = 0; i < columns - 1; i++) {
      const a = j * columns + i;
      const isStill =
        personWeight[a] === 0 &&
        personWeight[a + 1] === 0 &&
        personWeight[a + columns] === 0 &&
        personWeight[a + columns + 1] === 0;
      if (isStill) skip[j * (columns - 1) + i] = 1;
    }
  }
}

/** Vertices all of whose quads are skipped. */
function unusedVertices({ columns, rows }: LatticePlan, skip: Uint8Array): Uint8Array {
  const unused = new Uint8Array(columns * rows).fill(1);
  for (let j = 0; j < rows - 1; j++) {
    for (let i = 0; i < columns - 1; i++) {
      if (skip[j * (columns - 1) + i] === 1) continue;
      const at = j * columns + i;
      unused[at] = unused[at + 1] = unused[at + columns] = unused[at + columns + 1] = 0;
    }
  }
  return unused;
}
