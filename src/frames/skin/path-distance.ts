import { clamp } from "../../shared/numeric.js";

/** Where a place lies relative to a path. */
export type PathPosition = {
  readonly distance: number;
  /** Position along the path, 0 at its start, 1 at its end. */
  readonly along: number;
  /** Horizontal offset from the nearest point of the path. */
  readonly beside: number;
};

/** Finds the nearest point of a path of at least two points. */
export function distanceToPath(
  path: readonly { readonly x: number; readonly y: number }[],
  x: number,
  y: number,
): PathPosition {
  let nearest = Number.POSITIVE_INFINITY;
  let along = 0;
  let beside = 0;
  for (let k = 1; k < path.length; k++) {
    const a = path[k - 1]!;
    const b = path[k]!;
    const ex = b.x - a.x;
    const ey = b.y - a.y;
    const t = clamp(((x - a.x) * ex + (y - a.y) * ey) / Math.max(1e-9, ex * ex + ey * ey), 0, 1);
    const dx = x - a.x - t * ex;
    const dy = y - a.y - t * ey;
    const squared = dx * dx + dy * dy;
    if (squared >= nearest) continue;
    nearest = squared;
    along = (k - 1 + t) / (path.length - 1);
    beside = dx;
  }
  return { distance: Math.sqrt(nearest), along, beside };
}
