import type { Rig } from "../../portrait/index.js";
import { clamp, smoothstep } from "../../shared/numeric.js";

/** Width of the band beside the person in which the background still moves along, eye distances. */
const NEAR = 0.05;
const FAR = 0.8;

/**
 * How much each place moves with the person: 1 inside the matte, falling to 0 in the background over
 * .8 eye distances, so that neither a seam nor a hole appears at the outline.
 */
export function createPersonWeight(rig: Rig): (u: number, v: number) => number {
  const { matte, width, height, head } = rig;
  const columns = Math.min(160, matte.width);
  const rows = Math.max(2, Math.round((columns * height) / width));
  const inside = new Uint8Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const mx = Math.min(matte.width - 1, Math.floor(((x + 0.5) / columns) * matte.width));
      const my = Math.min(matte.height - 1, Math.floor(((y + 0.5) / rows) * matte.height));
      inside[y * columns + x] = matte.data[my * matte.width + mx]! > 100 ? 1 : 0;
    }
  }
  const pixel = width / columns;
  const squared = squaredDistance(inside, columns, rows);
  const weight = new Float32Array(columns * rows);
  for (let i = 0; i < weight.length; i++) {
    weight[i] = 1 - smoothstep(NEAR, FAR, (Math.sqrt(squared[i]!) * pixel) / head.eyeDistance);
  }
  return (u, v) => {
    const gx = clamp((u / width) * columns - 0.5, 0, columns - 1.001);
    const gy = clamp((v / height) * rows - 0.5, 0, rows - 1.001);
    const x = gx | 0;
    const y = gy | 0;
    const at = y * columns + x;
    const top = weight[at]! + (weight[at + 1]! - weight[at]!) * (gx - x);
    const bottom = weight[at + columns]! + (weight[at + columns + 1]! - weight[at + columns]!) * (gx - x);
    return top + (bottom - top) * (gy - y);
  };
}

/** Exact squared distance to the nearest marked place (Felzenszwalb and Huttenlocher 2012). */
function squaredDistance(inside: Uint8Array, columns: number, rows: number): Float32Array {
  const far = 1e9;
  const result = new Float32Array(columns * rows);
  for (let i = 0; i < result.length; i++) result[i] = inside[i] === 1 ? 0 : far;
  const size = Math.max(columns, rows);
  const line = new Float64Array(size);
  const sites = new Int32Array(size);
  const borders = new Float64Array(size + 1);
  const pass = (start: number, step: number, count: number): void => {
    for (let q = 0; q < count; q++) line[q] = result[start + q * step]!;
    let k = 0;
    sites[0] = 0;
    borders[0] = -far;
    borders[1] = far;
    for (let q = 1; q < count; q++) {
      let s = 0;
      for (;;) {
        const p = sites[k]!;
        s = (line[q]! + q * q - (line[p]! + p * p)) / (2 * q - 2 * p);
        if (s > borders[k]! || k === 0) break;
        k--;
      }
      if (s > borders[k]!) k++;
      sites[k] = q;
      borders[k] = s;
      borders[k + 1] = far;
    }
    k = 0;
    for (let q = 0; q < count; q++) {
      while (borders[k + 1]! < q) k++;
      const d = q - sites[k]!;
      result[start + q * step] = d * d + line[sites[k]!]!;
    }
  };
  for (let x = 0; x < columns; x++) pass(x, columns, rows);
  for (let y = 0; y < rows; y++) pass(y * columns, 1, columns);
  return result;
}
