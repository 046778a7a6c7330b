import { clamp } from "../../shared/numeric.js";
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
const WIDEST_ANGLE = 1.5;

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
  const middle = arch.s[(SAMPLES - 1) / 2]!;
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
};

export function createArchProjection(columns: number): ArchProjection {
  return {
    s: new Float32Array(columns),
    z: new Float32Array(columns),
    facing: new Float32Array(columns),
    normalX: new Float32Array(columns),
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
  const middle = (SAMPLES - 1) / 2;
  const sight = Math.sqrt(1 + sightX * sightX);
  const seen = (k: number): number => arch.x[k]! - sightX * (arch.z[k]! + standoff);
  const columns = out.s.length;
  const start = clamp(Math.ceil((seen(middle) - x0) / step), 0, columns);
  for (const direction of [-1, 1]) {
    let k = middle;
    for (let c = direction > 0 ? start : start - 1; c >= 0 && c < columns; c += direction) {
      const x = x0 + c * step;
      // Advance while the next sample is nearer to the middle than the column and the arch still faces us.
      while (
        k + direction > 0 &&
        k + direction < SAMPLES - 1 &&
        (seen(k + direction) - x) * direction < 0 &&
        (seen(k + 2 * direction) - seen(k + direction)) * direction > 0
      ) {
        k += direction;
      }
      const next = k + direction;
      const t = clamp((x - seen(k)) / (seen(next) - seen(k)), 0, 1);
      out.s[c] = arch.s[k]! + (arch.s[next]! - arch.s[k]!) * t;
      out.z[c] = arch.z[k]! + (arch.z[next]! - arch.z[k]!) * t;
      const nx = arch.normalX[k]! + (arch.normalX[next]! - arch.normalX[k]!) * t;
      const nz = arch.normalZ[k]! + (arch.normalZ[next]! - arch.normalZ[k]!) * t;
      out.normalX[c] = nx;
      out.facing[c] = clamp((nz - sightX * nx) / sight, 0, 1);
    }
  }
}
