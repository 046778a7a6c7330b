import type { Rig } from "../../portrait/index.js";
import { clamp, smoothstep } from "../../shared/numeric.js";

/** The band beside the person in which the surface stops moving along, eye distances. */
const NEAR = 0.2;
const FAR = 0.9;

/** Coverage (of 255) from which a place counts as person. */
const PERSON = 100;
/** Nodes of the distance field along the photo's width. */
const COLUMNS = 360;

/** Distance of a photo pixel to the person, eye distances; 0 inside the matte. */
export type PersonDistance = (u: number, v: number) => number;

/** Who the person is in a photo of this size. */
export type PersonShape = Pick<Rig, "width" | "height" | "head"> & {
  readonly matte: Pick<Rig["matte"], "width" | "height" | "data">;
};

/** Measures how far each place of the photo lies from the person. */
export function measurePersonDistance(rig: PersonShape): PersonDistance {
  const { matte, width, height, head } = rig;
  const columns = Math.max(2, Math.min(COLUMNS, matte.width));
  const rows = Math.max(2, Math.round((columns * height) / width));
  const inside = new Uint8Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const mx = Math.min(matte.width - 1, Math.floor(((x + 0.5) / columns) * matte.width));
      const my = Math.min(matte.height - 1, Math.floor(((y + 0.5) / rows) * matte.height));
      inside[y * columns + x] = matte.data[my * matte.width + mx]! > PERSON ? 1 : 0;
    }
  }
  const distance = squaredDistance(inside, columns, rows);
  const unit = width / columns / head.eyeDistance;
  for (let i = 0; i < distance.length; i++) distance[i] = Math.sqrt(distance[i]!) * unit;
  return (u, v) => {
    const gx = clamp((u / width) * columns - 0.5, 0, columns - 1.001);
    const gy = clamp((v / height) * rows - 0.5, 0, rows - 1.001);
    const x = gx | 0;
    const y = gy | 0;
    const at = y * columns + x;
    const top = distance[at]! + (distance[at + 1]! - distance[at]!) * (gx - x);
    const bottom =
      distance[at + columns]! + (distance[at + columns + 1]! - distance[at + columns]!) * (gx - x);
    return top + (bottom - top) * (gy - y);
  };
}

/**
 * How much each place of the photo moves with the person: 1 inside the matte and in a rim around it, falling to 0
 * over .7 eye distances, so slowly that the surface does not fold at the largest turns.
 */
export function createPersonWeight(rig: PersonShape): (u: number, v: number) => number {
  const distance = measurePersonDistance(rig);
  return (u, v) => 1 - smoothstep(NEAR, FAR, distance(u, v));
}

/** Exact squared distance to the nearest marked place (Felzenszwalb and Huttenlocher 2012). */
export function squaredDistance(inside: Uint8Array, columns: number, rows: number): Float32Array {
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
