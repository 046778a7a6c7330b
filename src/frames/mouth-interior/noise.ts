import { createRandom } from "../../shared/random.js";

/** Side of a noise tile; a power of two, so that coordinates wrap by masking. */
export const TILE = 128;
const MASK = TILE - 1;

/** Independent normal values: the tile of film grain, standard deviation 1. */
export function createGrainTile(): Float32Array {
  const random = createRandom(0x6d6f757468).fork("grain");
  return Float32Array.from({ length: TILE * TILE }, () => random.normal());
}

/** Smooth bumps about four samples wide with finer ones on them, mean about 0, range about `[-1, 1]`. */
export function createBumpTile(): Float32Array {
  const random = createRandom(0x6d6f757468).fork("bumps");
  const tile = new Float32Array(TILE * TILE);
  for (const [cell, weight] of [
    [8, 0.55],
    [4, 0.5],
    [2, 0.3],
  ] as const) {
    const n = TILE / cell;
    const nodes = Float32Array.from({ length: n * n }, () => random.between(-1, 1));
    for (let y = 0; y < TILE; y++) {
      for (let x = 0; x < TILE; x++) {
        tile[y * TILE + x] = tile[y * TILE + x]! + weight * smoothNode(nodes, n, x / cell, y / cell);
      }
    }
  }
  return tile;
}

function smoothNode(nodes: Float32Array, n: number, x: number, y: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const fx = (x - i) * (x - i) * (3 - 2 * (x - i));
  const fy = (y - j) * (y - j) * (3 - 2 * (y - j));
  const i1 = (i + 1) % n;
  const j1 = ((j + 1) % n) * n;
  const j0 = j * n;
  const top = nodes[j0 + i]! + (nodes[j0 + i1]! - nodes[j0 + i]!) * fx;
  const bottom = nodes[j1 + i]! + (nodes[j1 + i1]! - nodes[j1 + i]!) * fx;
  return top + (bottom - top) * fy;
}

/** Bilinear value of a wrapping tile at tile coordinates; 0 far outside the range of integers. */
export function sampleTile(tile: Float32Array, x: number, y: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const fx = x - i;
  const fy = y - j;
  const i0 = i & MASK;
  const i1 = (i + 1) & MASK;
  const j0 = (j & MASK) * TILE;
  const j1 = ((j + 1) & MASK) * TILE;
  const top = tile[j0 + i0]! + (tile[j0 + i1]! - tile[j0 + i0]!) * fx;
  const bottom = tile[j1 + i0]! + (tile[j1 + i1]! - tile[j1 + i0]!) * fx;
  return top + (bottom - top) * fy;
}
