import { smoothstep } from "../../shared/numeric.js";
import type { PersonRegions } from "./person-regions.js";
import { distanceTo } from "./planes.js";

/** Widest strand that may lie away from the shape, and where "away" begins and is reached; eye distances. */
const STRAND = 0.05;
const AWAY = [0.02, 0.08] as const;
/** Widest gap in the person that is closed, and where that begins and is reached inside the shape; eye distances. */
const GAP = 0.05;
const INSIDE = [0.015, 0.06] as const;

/**
 * Takes away what lies apart from the person's shape and is wider than a strand of hair: there it is background of a
 * similar colour. And closes gaps inside the shape that are narrower than real ones. Changes `alpha`.
 */
export function tidyBand(
  alpha: Float32Array,
  { away, depth }: PersonRegions,
  width: number,
  height: number,
  eyeDistance: number,
): void {
  const strand = Math.max(1, Math.round((STRAND * eyeDistance) / 2));
  const opened = extremes(extremes(alpha, width, height, strand, -1), width, height, strand, 1);
  const gap = Math.max(1, Math.round((GAP * eyeDistance) / 2));
  const closed = extremes(extremes(alpha, width, height, gap, 1), width, height, gap, -1);
  for (let i = 0; i < alpha.length; i++) {
    if (away[i]! > 0) {
      const share = smoothstep(AWAY[0] * eyeDistance, AWAY[1] * eyeDistance, away[i]!);
      alpha[i] = Math.max(0, alpha[i]! - share * opened[i]!);
    } else if (alpha[i]! < 1) {
      const share = smoothstep(INSIDE[0] * eyeDistance, INSIDE[1] * eyeDistance, depth[i]!);
      alpha[i]! += share * (closed[i]! - alpha[i]!);
    }
  }
}

/** Largest (`sign` 1) or smallest (-1) value within a square of `2 * radius + 1` cells. */
function extremes(
  values: Float32Array,
  width: number,
  height: number,
  radius: number,
  sign: 1 | -1,
): Float32Array {
  const across = extremesAlong(values, width * height, 1, width, radius, sign);
  return extremesAlong(across, width * height, width, height, radius, sign);
}

/** The same along one axis, whose `length` cells lie `stride` apart, by windows of doubled length. */
function extremesAlong(
  values: Float32Array,
  count: number,
  stride: number,
  length: number,
  radius: number,
  sign: 1 | -1,
): Float32Array {
  const reach = values.slice();
  let covered = 1;
  for (; covered * 2 <= 2 * radius + 1; covered *= 2) {
    const step = covered * stride;
    for (let i = 0; i < count; i++) {
      if (Math.floor(i / stride) % length >= length - covered) continue;
      if (sign * reach[i + step]! > sign * reach[i]!) reach[i] = reach[i + step]!;
    }
  }
  const result = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.floor(i / stride) % length;
    const first = reach[i - Math.min(at, radius) * stride]!;
    const last = reach[i + Math.max(-at, Math.min(radius + 1 - covered, length - 1 - at)) * stride]!;
    result[i] = sign * first > sign * last ? first : last;
  }
  return result;
}

/** How far a strand may seem to float beside the person, eye distances. */
const FLOATING = 0.12;
/** Coverage that joins cells. */
const JOINING = 0.1;

/**
 * 1 for each cell that belongs to the person: it hangs together with the face, or floats very near to what does.
 *
 * @param visible - coverage of the file itself, `[0, 255]`; null where it covers everything
 * @param face - 1 where the face surely is
 */
export function findBody(
  alpha: Float32Array,
  visible: Float32Array | null,
  face: Uint8Array,
  width: number,
  height: number,
  eyeDistance: number,
): Uint8Array {
  const body = face.slice();
  const queue = new Int32Array(body.length);
  let end = 0;
  for (let i = 0; i < body.length; i++) if (body[i] === 1) queue[end++] = i;
  for (let next = 0; next < end; next++) {
    const i = queue[next]!;
    const x = i % width;
    const y = (i - x) / width;
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        const j = v * width + u;
        if (body[j] === 1 || alpha[j]! < JOINING) continue;
        if (visible !== null && visible[j]! < 255 * JOINING) continue;
        body[j] = 1;
        queue[end++] = j;
      }
    }
  }
  const away = distanceTo((i) => body[i] === 1, width, height);
  for (let i = 0; i < body.length; i++) if (away[i]! <= Math.max(1.5, FLOATING * eyeDistance)) body[i] = 1;
  return body;
}
