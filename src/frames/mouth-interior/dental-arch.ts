import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { cos, sin } from "../../shared/portable-math.js";

/**
 * The curve on which teeth stand: half an ellipse open to the back, sampled by angle. Position along the
 * curve `s`, sideways `x` and depth `z` in eye distances, 0 at the midline.
 */
export type DentalArch = {
  readonly s: Float64Array;
  readonly x: Float64Array;
  readonly z: Float64Array;
  /** Outward normal, towards the sides and towards the viewer. */
  readonly normalX: Float64Array;
  readonly normalZ: Float64Array;
};

const SAMPLES = 161;
const MIDDLE = (SAMPLES - 1) / 2;
const WIDEST_ANGLE = 1.5;
/** Softness of the arch's outline, eye distances. */
const OUTLINE = 0.016;

/** An arch of half width `radiusX` and depth `radiusZ`. */
export function createDentalArch(radiusX: number, radiusZ: number): DentalArch {
  const arch: DentalArch = {
    s: new Float64Array(SAMPLES),
    x: new Float64Array(SAMPLES),
    z: new Float64Array(SAMPLES),
    normalX: new Float64Array(SAMPLES),
    normalZ: new Float64Array(SAMPLES),
  };
  for (let k = 0; k < SAMPLES; k++) {
    const angle = WIDEST_ANGLE * ((2 * k) / (SAMPLES - 1) - 1);
    const across = radiusX * cos(angle);
    const back = radiusZ * sin(angle);
    const length = Math.sqrt(across * across + back * back);
    arch.x[k] = radiusX * sin(angle);
    arch.z[k] = radiusZ * (1 - cos(angle));
    arch.normalX[k] = back / length;
    arch.normalZ[k] = across / length;
    if (k > 0) {
      const dx = arch.x[k]! - arch.x[k - 1]!;
      const dz = arch.z[k]! - arch.z[k - 1]!;
      arch.s[k] = arch.s[k - 1]! + Math.sqrt(dx * dx + dz * dz);
    }
  }
  const middle = arch.s[MIDDLE]!;
  for (let k = 0; k < SAMPLES; k++) arch.s[k] = arch.s[k]! - middle;
  return arch;
}

/** The arch as seen in each column of the picture. */
export type ArchProjection = {
  readonly s: Float32Array;
  readonly z: Float32Array;
  /** Cosine between the surface and the line of sight, 0 where the arch is not seen. */
  readonly facing: Float32Array;
  /** Component of the outward normal to the picture's right. */
  readonly normalX: Float32Array;
  /** 1 where the arch is seen, 0 beyond its outline. */
  readonly cover: Float32Array;
};

export function createArchProjection(columns: number): ArchProjection {
  return {
    s: new Float32Array(columns),
    z: new Float32Array(columns),
    facing: new Float32Array(columns),
    normalX: new Float32Array(columns),
    cover: new Float32Array(columns),
  };
}

/**
 * Finds what part of the arch each column shows.
 *
 * @param x0 - position of column 0 relative to the midline
 * @param step - distance between columns
 * @param sightX - slope dx/dz of the line of sight
 * @param standoff - depth of the arch's front behind the plane of the columns
 */
export function projectArch(
  arch: DentalArch,
  x0: number,
  step: number,
  sightX: number,
  standoff: number,
  out: ArchProjection,
): void {
  const front = arch.x[MIDDLE]! - sightX * (arch.z[MIDDLE]! + standoff);
  const start = clamp(Math.ceil((front - x0) / step), 0, out.s.length);
  projectSide(arch, x0, step, sightX, standoff, start - 1, -1, out);
  projectSide(arch, x0, step, sightX, standoff, start, 1, out);
}

/** The columns from `start` outwards; `side` is -1 or 1. */
function projectSide(
  arch: DentalArch,
  x0: number,
  step: number,
  sightX: number,
  standoff: number,
  start: number,
  side: number,
  out: ArchProjection,
): void {
  const sight = Math.sqrt(1 + sightX * sightX);
  let k = MIDDLE;
  let here = seenX(arch, k, sightX, standoff);
  let next = seenX(arch, k + side, sightX, standoff);
  for (let c = start; c >= 0 && c < out.s.length; c += side) {
    const x = x0 + c * step;
    // Advance while the next sample lies before the column and the arch still faces the viewer.
    while (k + side > 0 && k + side < SAMPLES - 1 && (next - x) * side < 0) {
      const after = seenX(arch, k + 2 * side, sightX, standoff);
      if ((after - next) * side <= 0) break;
      k += side;
      here = next;
      next = after;
    }
    const t = clamp((x - here) / (next - here), 0, 1);
    out.cover[c] = 1 - smoothstep(0, OUTLINE, (x - next) * side);
    out.s[c] = lerp(arch.s[k]!, arch.s[k + side]!, t);
    out.z[c] = lerp(arch.z[k]!, arch.z[k + side]!, t);
    const nx = lerp(arch.normalX[k]!, arch.normalX[k + side]!, t);
    const nz = lerp(arch.normalZ[k]!, arch.normalZ[k + side]!, t);
    out.normalX[c] = nx;
    out.facing[c] = clamp((nz - sightX * nx) / sight, 0, 1);
  }
}

function seenX(arch: DentalArch, k: number, sightX: number, standoff: number): number {
  return arch.x[k]! - sightX * (arch.z[k]! + standoff);
}
