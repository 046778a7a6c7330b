import { smoothstep } from "../../shared/numeric.js";
import { curveAt } from "../deform/curve-at.js";
import type { MovingLattice } from "../deform/moving-lattice.js";
import { apertureCellShift } from "./aperture.js";
import { createEdgeLattice, type LatticeContext } from "./edge-lattice.js";

/** Sideways and vertical size of the surfaces around the mouth, eye distances. */
const BESIDE = 0.16;
const ABOVE = 0.2;
const BELOW = 0.36;
/** How far a lip's mirrored texture goes on past its edge. */
const PAST = 0.045;
/**
 * Cells past its edge in which a closed lip shows what the photo has there. Positions are known at the cells' corners
 * only: a fold on the edge itself would swallow the dark line where the lips meet.
 */
const KEPT_CELLS = 1.5;
/** Half the thickness of the dark line between closed lips, eye distances. */
const LINE = 0.016;
/** How far each surface reaches past its edge, unseen, so that together they span any opening. */
const SPAN = 0.45;

/** Largest patch in pixels: the opened, widened and turned mouth with its surroundings. */
export function mouthPatchSize(
  scale: number,
  context: { readonly measures: { readonly innerHalf: number } },
): [number, number] {
  return [
    Math.ceil((2 * context.measures.innerHalf + 2 * BESIDE + 0.5) * scale) + 32,
    Math.ceil((ABOVE + BELOW + 1.1) * scale) + 32,
  ];
}

function columnsOf(context: LatticeContext, scale: number): Float32Array {
  const { mouth } = context.rig;
  const left = mouth.cornerLeft.x - BESIDE;
  const right = mouth.cornerRight.x + BESIDE;
  const step = Math.max(0.028, 4.5 / scale);
  const count = Math.max(8, Math.round((right - left) / step)) + 1;
  return Float32Array.from({ length: count }, (_, i) => left + ((right - left) * i) / (count - 1));
}

function rowsTo(reach: number, step: number, growth: number): number[] {
  const rows: number[] = [];
  for (let v = step, d = step; v < reach; d *= growth, v += d) rows.push(v);
  rows.push(reach);
  return rows;
}

/** One lip with the skin beside it. Past the edge the lip's own mirrored texture continues, darkened later. */
export function createLip(context: LatticeContext, side: "upper" | "lower", scale: number): MovingLattice {
  const { mouth } = context.rig;
  const step = Math.max(0.016, 3 / scale);
  const sign = side === "upper" ? -1 : 1;
  const outward = rowsTo(side === "upper" ? ABOVE : BELOW, step, 1.25).map((v) => v * sign);
  const kept = (KEPT_CELLS * 2 ** apertureCellShift(scale)) / scale;
  const past = [0, ...rowsTo(PAST, step, 1.25), 0.1, 0.2, SPAN].map((v) => -(v + kept) * sign);
  const offsets = Float32Array.from([...outward, 0, ...past].sort((a, b) => a - b));
  const { mouthX, innerHalf } = context.measures;
  const line = mouth.isOpen ? 0 : LINE;
  const fade = (outside: number): number => 1 - smoothstep(0, 5 * LINE, outside);
  // Beyond the corners both sides show the same skin, so nothing is mirrored there.
  const mixBeside = (x: number, offset: number, mirrored: number): number =>
    mirrored + (offset - mirrored) * smoothstep(0.85, 1.02, Math.abs(x - mouthX) / innerHalf);
  return createEdgeLattice(context, {
    x: columnsOf(context, scale),
    offsets,
    edge: curveAt(mouth.x, side === "upper" ? mouth.upperInner : mouth.lowerInner),
    depth: curveAt(mouth.x, mouth.z),
    source: (x, offset) => {
      const beyond = -offset * sign - kept;
      return beyond <= 0 ? offset : mixBeside(x, offset, (Math.min(PAST, beyond) - kept) * sign);
    },
    partedSource: (x, offset) => {
      const outside = offset * sign;
      // The line slides past the edge, the lip near it stretches over its place.
      const mirrored = outside < 0 ? Math.min(PAST, -outside) + line : outside + line * fade(outside);
      return mixBeside(x, offset, mirrored * sign);
    },
    attribute: (x) => (x - mouthX) / innerHalf,
    side,
  });
}

/** The photo's own mouth interior, fixed to the skull. Above its upper border the nearest inside colour goes on. */
export function createPhotoInterior(context: LatticeContext, scale: number): MovingLattice {
  const { mouth } = context.rig;
  const step = Math.max(0.016, 3 / scale);
  const offsets = Float32Array.from(
    [...rowsTo(0.3, step, 1.2).map((v) => -v), 0, ...rowsTo(mouth.gap + 0.4, step, 1.15)].sort(
      (a, b) => a - b,
    ),
  );
  const inset = 2.5 / scale;
  const { mouthX, innerHalf } = context.measures;
  return createEdgeLattice(context, {
    x: columnsOf(context, scale),
    offsets,
    edge: curveAt(mouth.x, mouth.upperInner),
    depth: curveAt(mouth.x, mouth.z),
    source: (_x, offset) => (offset < 0 ? Math.min(inset, -offset) : offset),
    attribute: (x) => (x - mouthX) / innerHalf,
    side: null,
  });
}
