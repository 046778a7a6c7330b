import type { MovingLattice } from "../../src/frames/deform/moving-lattice.js";

/** Floats per vertex in kernel memory. */
const VERTEX = 8;

/**
 * The smallest Jacobian determinant of a placed lattice: area of a triangle over its area at rest, negative where the
 * surface has folded over. Both ways of halving each quad are looked at.
 *
 * @param cell - pixels per unit of the placed vertices
 * @param isSeen - whether the quad whose first vertex is given can be seen
 */
export function smallestJacobian(
  lattice: MovingLattice,
  memory: ArrayBuffer,
  cell: number,
  isSeen: (vertex: number) => boolean,
): number {
  const { columns, rows } = lattice;
  const { restX, restY } = lattice.description;
  const vertices = new Float32Array(memory, lattice.at, columns * rows * VERTEX);
  const areaOf = (a: number, b: number, c: number): number => {
    const [ax, ay] = [vertices[a * VERTEX]!, vertices[a * VERTEX + 1]!];
    const [bx, by] = [vertices[b * VERTEX]! - ax, vertices[b * VERTEX + 1]! - ay];
    const [cx, cy] = [vertices[c * VERTEX]! - ax, vertices[c * VERTEX + 1]! - ay];
    return (bx * cy - by * cx) * cell * cell;
  };
  let least = Number.POSITIVE_INFINITY;
  for (let y = 0; y + 1 < rows; y++) {
    for (let x = 0; x + 1 < columns; x++) {
      const a = y * columns + x;
      if (!isSeen(a)) continue;
      const [b, c, d] = [a + 1, a + columns, a + columns + 1];
      const rest = (restX[b]! - restX[a]!) * (restY[c]! - restY[a]!);
      for (const [p, q, r] of [
        [a, b, c],
        [b, d, c],
        [a, b, d],
        [a, d, c],
      ] as const) {
        least = Math.min(least, areaOf(p, q, r) / rest);
      }
    }
  }
  return least;
}
