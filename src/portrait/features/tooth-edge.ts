import { clamp } from "../../shared/numeric.js";
import type { Rgb } from "../rig.js";
import { percentile } from "./curves.js";
import { type FaceGeometry, headToPhoto } from "./face-geometry.js";
import { colorAt, type FaceView, luminance, saturationOf } from "./face-view.js";

/** The lips' inner edges as sampled curves, head frame. */
export type MouthOpening = {
  readonly x: Float32Array;
  readonly upper: Float32Array;
  readonly lower: Float32Array;
  readonly z: Float32Array;
};

/** What an open mouth shows of the upper teeth. */
export type Teeth = { readonly edge: Float32Array; readonly color: Rgb };

/** Rows of the scan, eye distances. */
const ROW = 0.004;
/** A tooth pixel is brighter than this share of the mouth's brightest, and less coloured than this. */
const BRIGHT_SHARE = 0.55;
const MAX_SATURATION = 0.42;
/** Dark or red rows inside a tooth column that do not end it, eye distances. */
const BRIDGED = 0.012;
/** Share of the middle columns that must show teeth. */
const MIN_COLUMNS = 0.3;
const PASSES = 12;

/** Lower edge and colour of the photo's own upper teeth; null when none show. */
export function findUpperTeeth(
  view: FaceView,
  face: FaceGeometry,
  mouth: MouthOpening,
  lip: Rgb,
): Teeth | null {
  const columns = scanColumns(view, face, mouth);
  const lumas = columns.flatMap((column) => column.luma);
  const brightest = percentile(lumas, 0.97);
  const lipLuma = luminance(...lip);
  // Teeth outshine the lips; a tongue or a lip seen through a gap does not.
  if (lumas.length < 40 || brightest < 1.08 * lipLuma) return null;
  const threshold = Math.max(BRIGHT_SHARE * brightest, 0.7 * lipLuma);
  const tipX: number[] = [];
  const tipY: number[] = [];
  const colors: Rgb[] = [];
  let middle = 0;
  let withTeeth = 0;
  columns.forEach((column, i) => {
    const t = (2 * i) / (columns.length - 1) - 1;
    if (Math.abs(t) > 0.85) return;
    middle++;
    const tip = lastToothRow(column, threshold, colors);
    if (tip < 0) return;
    withTeeth++;
    tipX.push(t);
    tipY.push(mouth.upper[i]! + (tip + 1) * ROW);
  });
  if (withTeeth < MIN_COLUMNS * middle || withTeeth < 8) return null;
  const [a, b, c] = robustQuadratic(tipX, tipY);
  const edge = new Float32Array(mouth.x.length);
  for (let i = 0; i < edge.length; i++) {
    const t = (2 * i) / (edge.length - 1) - 1;
    edge[i] = clamp(a + b * t + c * t * t, mouth.upper[i]!, mouth.lower[i]!);
  }
  return { edge, color: brightMean(colors) };
}

type Column = { readonly luma: number[]; readonly color: Rgb[] };

/** Rows of the opening below the upper lip's shadowed rim, one list per sample. */
function scanColumns(view: FaceView, face: FaceGeometry, mouth: MouthOpening): Column[] {
  const columns: Column[] = [];
  for (let i = 0; i < mouth.x.length; i++) {
    const column: Column = { luma: [], color: [] };
    const rows = Math.min(400, Math.floor((mouth.lower[i]! - mouth.upper[i]!) / ROW));
    for (let j = 0; j < rows; j++) {
      const y = mouth.upper[i]! + (j + 0.5) * ROW;
      const at = headToPhoto(face, { x: mouth.x[i]!, y, z: mouth.z[i]! });
      const color = colorAt(view, at.u, at.v);
      column.color.push(color);
      column.luma.push(luminance(...color));
    }
    columns.push(column);
  }
  return columns;
}

/** Last row of the first run of tooth pixels that is worth the name, -1 without; its colours join `colors`. */
function lastToothRow(column: Column, threshold: number, colors: Rgb[]): number {
  const bridged = Math.round(BRIDGED / ROW);
  let start = -1;
  let last = -1;
  for (let j = 0; j < column.luma.length; j++) {
    const isTooth = column.luma[j]! > threshold && saturationOf(column.color[j]!) < MAX_SATURATION;
    if (isTooth) {
      if (start < 0) start = j;
      last = j;
    } else if (last >= 0 && j - last > bridged) {
      if (last - start >= 3) break;
      start = -1;
      last = -1;
    }
  }
  if (last < 0 || last - start < 2) return -1;
  for (let j = start; j <= last; j++) colors.push(column.color[j]!);
  return last;
}

/** Least squares parabola a + b t + c t^2 that ignores outliers: iteratively re-weighted (Cauchy weights). */
export function robustQuadratic(t: readonly number[], y: readonly number[]): [number, number, number] {
  let fit: [number, number, number] = [percentile([...y], 0.5), 0, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    const errors = t.map((at, i) => y[i]! - fit[0] - fit[1] * at - fit[2] * at * at);
    const scale = Math.max(0.002, 1.5 * percentile(errors.map(Math.abs), 0.5));
    const weights = errors.map((e) => (pass === 0 ? 1 : 1 / (1 + (e / scale) * (e / scale))));
    fit = weightedQuadratic(t, y, weights) ?? fit;
  }
  return fit;
}

function weightedQuadratic(
  t: readonly number[],
  y: readonly number[],
  weights: readonly number[],
): [number, number, number] | null {
  const s = [0, 0, 0, 0, 0];
  const r = [0, 0, 0];
  for (let i = 0; i < t.length; i++) {
    let power = weights[i]!;
    for (let k = 0; k < 5; k++) {
      s[k]! += power;
      if (k < 3) r[k]! += power * y[i]!;
      power *= t[i]!;
    }
  }
  const minor = (a: number, b: number, c: number, d: number): number => a * d - b * c;
  const det3 = (m: number[]): number =>
    m[0]! * minor(m[4]!, m[5]!, m[7]!, m[8]!) -
    m[1]! * minor(m[3]!, m[5]!, m[6]!, m[8]!) +
    m[2]! * minor(m[3]!, m[4]!, m[6]!, m[7]!);
  const det = det3([s[0]!, s[1]!, s[2]!, s[1]!, s[2]!, s[3]!, s[2]!, s[3]!, s[4]!]);
  if (!(Math.abs(det) > 1e-9)) return null;
  return [
    det3([r[0]!, s[1]!, s[2]!, r[1]!, s[2]!, s[3]!, r[2]!, s[3]!, s[4]!]) / det,
    det3([s[0]!, r[0]!, s[2]!, s[1]!, r[1]!, s[3]!, s[2]!, r[2]!, s[4]!]) / det,
    det3([s[0]!, s[1]!, r[0]!, s[1]!, s[2]!, r[1]!, s[2]!, s[3]!, r[2]!]) / det,
  ];
}

/** Mean of the brighter half, without the glints at the very top. */
function brightMean(colors: Rgb[]): Rgb {
  const sorted = colors.map((color) => ({ color, luma: luminance(...color) }));
  sorted.sort((a, b) => a.luma - b.luma);
  const part = sorted.slice(Math.floor(sorted.length * 0.5), Math.max(1, Math.ceil(sorted.length * 0.93)));
  const mean = (c: 0 | 1 | 2): number => part.reduce((sum, s) => sum + s.color[c], 0) / part.length;
  return [mean(0), mean(1), mean(2)];
}
