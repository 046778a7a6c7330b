import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import type { Random } from "../../shared/random.js";
import { bell } from "./falloff.js";

/**
 * One tooth seen from outside. Lengths in eye distances; `a` runs from -1 (towards the midline) to 1 across
 * the tooth, `v` from the incisal edge of the central incisor (0) towards the gum.
 */
export type ToothShape = {
  readonly width: number;
  /** v of the deepest point of the biting edge, and height of the crown up to the gum. */
  readonly edge: number;
  readonly length: number;
  /** Rise of the biting edge from its cusp to the sides: 0 for incisors. */
  readonly cusp: number;
  /** Radius of the corner towards the midline and away from it, in units of a. */
  readonly mesialCorner: number;
  readonly distalCorner: number;
  /** Slope of the biting edge, v per a. */
  readonly tilt: number;
  /** Brightness, and yellowness in `[0, 1]`, relative to the central incisors. */
  readonly level: number;
  readonly warmth: number;
};

/** What a point of the arch is made of; all weights in `[0, 1]` except `shade`, a factor about 1. */
export type ToothMaterial = {
  coverage: number;
  shade: number;
  gum: number;
  warm: number;
  cool: number;
  gloss: number;
};

const tooth = (
  width: number,
  edge: number,
  length: number,
  cusp: number,
  mesialCorner: number,
  distalCorner: number,
  level: number,
  warmth: number,
): ToothShape => ({ width, edge, length, cusp, mesialCorner, distalCorner, tilt: 0, level, warmth });

/**
 * Upper teeth from the midline outwards: incisors, canine, premolars, molar. Widths and lengths are those of
 * dental anatomy (8.5, 6.5, 7.6, 7, 6.8, 10 mm; 63 mm between the pupils).
 */
export const UPPER_TEETH: readonly ToothShape[] = [
  tooth(0.132, 0, 0.165, 0, 0.16, 0.38, 1, 0),
  tooth(0.102, 0.0095, 0.145, 0.002, 0.32, 0.6, 0.975, 0.06),
  tooth(0.116, 0.003, 0.162, 0.018, 0.4, 0.5, 0.95, 0.3),
  tooth(0.108, 0.022, 0.135, 0.015, 0.4, 0.45, 0.94, 0.25),
  tooth(0.104, 0.038, 0.12, 0.014, 0.3, 0.35, 0.9, 0.35),
  tooth(0.155, 0.048, 0.115, 0.01, 0.25, 0.3, 0.86, 0.4),
];

/** Lower teeth (5.3, 5.8, 6.8, 7, 7, 11 mm). */
export const LOWER_TEETH: readonly ToothShape[] = [
  tooth(0.084, 0.002, 0.13, 0, 0.26, 0.32, 0.97, 0.12),
  tooth(0.091, 0.001, 0.135, 0, 0.28, 0.44, 0.97, 0.16),
  tooth(0.106, 0, 0.15, 0.022, 0.3, 0.4, 0.93, 0.45),
  tooth(0.108, 0.008, 0.125, 0.016, 0.3, 0.35, 0.9, 0.4),
  tooth(0.11, 0.012, 0.115, 0.014, 0.3, 0.35, 0.88, 0.4),
  tooth(0.17, 0.014, 0.11, 0.01, 0.25, 0.3, 0.85, 0.45),
];

/** The same tooth as nature makes it: never quite the one beside it. */
export function varyTooth(shape: ToothShape, random: Random, amount: number): ToothShape {
  return {
    ...shape,
    width: shape.width * (1 + 0.025 * amount * random.between(-1, 1)),
    edge: shape.edge + 0.0035 * amount * random.between(-1, 1),
    tilt: 0.0035 * amount * random.between(-1, 1),
    mesialCorner: shape.mesialCorner * (1 + 0.18 * amount * random.between(-1, 1)),
    distalCorner: shape.distalCorner * (1 + 0.18 * amount * random.between(-1, 1)),
    level: shape.level * (1 + 0.02 * amount * random.between(-1, 1)),
    warmth: clamp(shape.warmth + 0.06 * amount * random.between(-1, 1), 0, 1),
  };
}

/** v of the biting edge at `a`, corners rounded. */
export function bitingEdge(shape: ToothShape, a: number): number {
  const radius = a < 0 ? shape.mesialCorner : shape.distalCorner;
  const q = clamp((Math.abs(a) - (1 - radius)) / radius, 0, 1);
  const corner = radius * shape.width * 0.52 * (1 - Math.sqrt(1 - q * q));
  const fromCusp = a + 0.08;
  const cusp = shape.cusp * (Math.sqrt(fromCusp * fromCusp + 0.05) - 0.2375);
  return shape.edge + corner + cusp + shape.tilt * a + 0.0022 * a * a;
}

/** v of the gum line at `a`: highest beyond the middle of the tooth, low between teeth. */
function gumLine(shape: ToothShape, a: number): number {
  const q = Math.abs(a - 0.06) / 1.06;
  return shape.edge + shape.length * (1 - 0.4 * q * q * (0.6 + 0.4 * q));
}

/** The material of tooth `shape` at (a, v), written to `out`. */
export function toothMaterial(shape: ToothShape, a: number, v: number, out: ToothMaterial): void {
  const bottom = bitingEdge(shape, a);
  const gum = gumLine(shape, a);
  const h = (v - shape.edge) / shape.length;
  const side = Math.abs(a);
  out.coverage = v >= bottom ? 1 : 0;
  out.gum = v > gum ? 1 : 0;
  out.gloss = 0;
  out.warm = 0;
  out.cool = 0;
  if (out.gum === 1) {
    gumMaterial(v - gum, side, out);
    return;
  }
  const halfWidth = 0.985 - 0.13 * smoothstep(0.4, 1, h);
  const inside = halfWidth - side;
  // A convex crown: flat in front, turning away at the sides and beside its neighbour.
  const turn =
    1 -
    0.09 * side * side -
    0.07 * side * side * side * side * side * side -
    0.1 * smoothstep(0.9, 1.01, side);
  const slit = inside < 0 ? 0.8 : 1;
  const root = 1 - 0.12 * bell((gum - v) / 0.01);
  const ridges = bell((a + 0.5) / 0.2) + bell(a / 0.2) + bell((a - 0.5) / 0.2);
  const lobes = 1 + 0.02 * (ridges - 0.5) * (1 - clamp(h, 0, 1));
  const fromEdge = v - bottom;
  const translucent = 1 - smoothstep(0.004, 0.034, fromEdge);
  const halo = bell((fromEdge - 0.0025) / 0.0028);
  out.shade = shape.level * turn * slit * root * lobes * (1 - 0.08 * translucent + 0.05 * halo);
  out.cool = 0.85 * translucent;
  out.warm = clamp(shape.warmth + 0.6 * smoothstep(0.3, 1, h) + 0.35 * smoothstep(0.8, 1, side), 0, 1);
  const streak = bell((a + 0.18) / 0.26) * bell((h - 0.4) / 0.16);
  const ridge = bell((fromEdge - 0.026) / 0.012) * bell((a - 0.1) / 0.55);
  out.gloss = clamp(0.75 * streak + 0.35 * ridge, 0, 1);
}

/** Gum: a rolled margin, then the stretched mucosa going into the shade under the lip. */
function gumMaterial(depth: number, side: number, out: ToothMaterial): void {
  const margin = bell((depth - 0.007) / 0.008);
  out.shade = lerp(0.86, 1, margin) * (1 - 0.18 * bell(depth / 0.003)) * (1 - 0.06 * side);
  out.gloss = 0.3 * bell((depth - 0.012) / 0.007) * bell(side / 0.5);
}
