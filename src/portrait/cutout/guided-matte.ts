import type { Photo } from "../../assets/index.js";
import { clamp } from "../../shared/numeric.js";
import { BAND, PERSON } from "./person-regions.js";
import { boxMean, interpolation, type Planes } from "./planes.js";

/** Coverage as a linear function of colour that changes from place to place: `r * R + g * G + b * B + offset`. */
export type LinearMatte = Planes & { readonly offset: Float32Array };

/**
 * The linear functions of colour that follow a rough coverage best around each cell (guided filter, He et al. 2010),
 * where sure cells count more than others.
 *
 * @param radius - of the squares in which one function holds, cells
 * @param smoothing - the larger, the less of the colours' detail enters
 */
export function fitToColours(
  picture: Planes,
  alpha: Float32Array,
  confidence: Float32Array,
  radius: number,
  smoothing: number,
): LinearMatte {
  const { width, height, r, g, b } = picture;
  const count = width * height;
  /** Local mean of the confidence times up to two planes. */
  const mean = (first?: Float32Array, second?: Float32Array): Float32Array => {
    const values = confidence.slice();
    if (first !== undefined) for (let i = 0; i < count; i++) values[i]! *= first[i]!;
    if (second !== undefined) for (let i = 0; i < count; i++) values[i]! *= second[i]!;
    return boxMean(values, width, height, radius, values);
  };
  const w = mean();
  const mr = mean(r);
  const mg = mean(g);
  const mb = mean(b);
  const ma = mean(alpha);
  const ra = mean(r, alpha);
  const ga = mean(g, alpha);
  const ba = mean(b, alpha);
  const rr = mean(r, r);
  const rg = mean(r, g);
  const rb = mean(r, b);
  const gg = mean(g, g);
  const gb = mean(g, b);
  const bb = mean(b, b);
  const offset = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const n = 1 / Math.max(w[i]!, 1e-9);
    const x = mr[i]! * n;
    const y = mg[i]! * n;
    const z = mb[i]! * n;
    const a = ma[i]! * n;
    const s = ra[i]! * n - x * a;
    const t = ga[i]! * n - y * a;
    const u = ba[i]! * n - z * a;
    const c00 = rr[i]! * n - x * x + smoothing;
    const c01 = rg[i]! * n - x * y;
    const c02 = rb[i]! * n - x * z;
    const c11 = gg[i]! * n - y * y + smoothing;
    const c12 = gb[i]! * n - y * z;
    const c22 = bb[i]! * n - z * z + smoothing;
    const i00 = c11 * c22 - c12 * c12;
    const i01 = c02 * c12 - c01 * c22;
    const i02 = c01 * c12 - c02 * c11;
    const scale = 1 / (c00 * i00 + c01 * i01 + c02 * i02);
    const i11 = c00 * c22 - c02 * c02;
    const i12 = c01 * c02 - c00 * c12;
    const i22 = c00 * c11 - c01 * c01;
    const kr = (i00 * s + i01 * t + i02 * u) * scale;
    const kg = (i01 * s + i11 * t + i12 * u) * scale;
    const kb = (i02 * s + i12 * t + i22 * u) * scale;
    mr[i] = kr * w[i]!;
    mg[i] = kg * w[i]!;
    mb[i] = kb * w[i]!;
    offset[i] = (a - kr * x - kg * y - kb * z) * w[i]!;
  }
  // Windows that know more about their cells count more.
  for (const plane of [w, mr, mg, mb, offset]) boxMean(plane, width, height, radius, plane);
  for (let i = 0; i < count; i++) {
    const n = 1 / Math.max(w[i]!, 1e-9);
    mr[i]! *= n;
    mg[i]! *= n;
    mb[i]! *= n;
    offset[i]! *= n;
  }
  return { width, height, r: mr, g: mg, b: mb, offset };
}

/**
 * Reads the linear functions between their cells at each pixel of the photo and applies them to its colour, so that
 * detail finer than the cells comes from the photo. Between cells that are surely person, or surely not, it is that.
 *
 * @param kinds - what is known of each cell
 * @returns coverage `[0, 1]` of each pixel
 */
export function applyToPhoto(matte: LinearMatte, kinds: Uint8Array, photo: Photo): Float32Array {
  const { width, height, rgb } = photo;
  const columns = interpolation(matte.width, width);
  const rows = interpolation(matte.height, height);
  const result = new Float32Array(width * height);
  const { r, g, b, offset } = matte;
  // Least and greatest coverage that each kind allows.
  const least = [0, 0, 0];
  const most = [0, 1, 1];
  least[PERSON] = 1;
  for (let y = 0; y < height; y++) {
    const top = rows.first[y]! * matte.width;
    const bottom = rows.second[y]! * matte.width;
    const fy = rows.share[y]!;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const p = top + columns.first[x]!;
      const q = top + columns.second[x]!;
      const s = bottom + columns.first[x]!;
      const t = bottom + columns.second[x]!;
      const kind = kinds[p]!;
      if (kind !== BAND && kind === kinds[q] && kind === kinds[s] && kind === kinds[t]) {
        result[i] = kind === PERSON ? 1 : 0;
        continue;
      }
      const fx = columns.share[x]!;
      const wt = fx * fy;
      const ws = fy - wt;
      const wq = fx - wt;
      const wp = 1 - fx - ws;
      const red = wp * r[p]! + wq * r[q]! + ws * r[s]! + wt * r[t]!;
      const green = wp * g[p]! + wq * g[q]! + ws * g[s]! + wt * g[t]!;
      const blue = wp * b[p]! + wq * b[q]! + ws * b[s]! + wt * b[t]!;
      const rest = wp * offset[p]! + wq * offset[q]! + ws * offset[s]! + wt * offset[t]!;
      const value = (red * rgb[3 * i]! + green * rgb[3 * i + 1]! + blue * rgb[3 * i + 2]!) / 255 + rest;
      const low =
        wp * least[kind]! + wq * least[kinds[q]!]! + ws * least[kinds[s]!]! + wt * least[kinds[t]!]!;
      const high = wp * most[kind]! + wq * most[kinds[q]!]! + ws * most[kinds[s]!]! + wt * most[kinds[t]!]!;
      result[i] = clamp(value, low, high);
    }
  }
  return result;
}
