import { clamp, smoothstep } from "../../shared/numeric.js";
import type { Rgb } from "../rig.js";
import { percentile, smoothInPlace } from "./curves.js";
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
/** A tooth pixel is brighter than this share of the mouth's brightest, and less coloured than this (or the eyes). */
const BRIGHT_SHARE = 0.55;
const MAX_SATURATION = 0.42;
/** Upper teeth begin in this upper share of the opening; what begins lower is tongue or lower teeth. */
const UPPER_SHARE = 0.5;
/** Dark or red rows inside a tooth column that do not end it, eye distances. */
const BRIDGED = 0.012;
/**
 * A tooth ends where its luminance falls below this share of its peak, where it becomes more coloured than the
 * peak by this much (gum, lip, shaded lower tooth), or where it dips before the lower tooth begins.
 */
const EDGE_SHARE = 0.75;
const EDGE_SATURATION = 0.12;
const DIP_SHARE = 0.93;
const DIP_RISE = 5;
/** Share of the middle columns that must show teeth. */
const MIN_COLUMNS = 0.3;
const PASSES = 12;
/** Weight of tips above the edge, which are mostly gaps between teeth. */
const GAP_WEIGHT = 0.4;
/** Half width of a group of teeth (the mouth is 2 wide), and the most it moves the edge, eye distances. */
const GROUP = 0.22;
const MAX_CORRECTION = 0.05;

/**
 * Lower edge and colour of the photo's own upper teeth; null when none show.
 *
 * @param lip colour of the lips, @param sclera white of the eyes: it tells the colour of the light.
 */
export function findUpperTeeth(
  view: FaceView,
  face: FaceGeometry,
  mouth: MouthOpening,
  lip: Rgb,
  sclera: Rgb,
): Teeth | null {
  const columns = scanColumns(view, face, mouth);
  const lumas = columns.flatMap((column) => column.luma);
  const brightest = percentile(lumas, 0.97);
  const lipLuma = luminance(...lip);
  // Teeth outshine the lips; a tongue or a lip seen through a gap does not.
  if (lumas.length < 40 || brightest < 1.08 * lipLuma) return null;
  const limits = {
    luma: Math.max(BRIGHT_SHARE * brightest, 0.7 * lipLuma),
    saturation: Math.max(MAX_SATURATION, saturationOf(sclera)),
    blur: 1 / (view.scale * face.head.eyeDistance),
  };
  const tipX: number[] = [];
  const tipY: number[] = [];
  const colors: Rgb[] = [];
  let middle = 0;
  columns.forEach((column, i) => {
    const t = (2 * i) / (columns.length - 1) - 1;
    if (Math.abs(t) > 0.85) return;
    middle++;
    const tip = lastToothRow(column, limits, colors);
    if (tip < 0) return;
    tipX.push(t);
    tipY.push(mouth.upper[i]! + (tip + 1) * ROW);
  });
  if (tipX.length < MIN_COLUMNS * middle || tipX.length < 8) return null;
  return { edge: smoothEdge(tipX, tipY, mouth), color: brightMean(colors) };
}

/** Share of a group's tips that lie above the edge; more at the sides, where pointed canines stand apart. */
function tipShare(t: number): number {
  return 0.65 + 0.25 * smoothstep(0.3, 0.7, Math.abs(t));
}

/** A robust parabola through the tips, plus what whole groups of teeth differ from it: single teeth would saw. */
function smoothEdge(tipX: readonly number[], tipY: readonly number[], mouth: MouthOpening): Float32Array {
  const [a, b, c] = robustQuadratic(tipX, tipY, GAP_WEIGHT);
  const count = mouth.x.length;
  const at = (i: number): number => (2 * i) / (count - 1) - 1;
  const parabola = (t: number): number => a + b * t + c * t * t;
  const correction = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const errors: number[] = [];
    tipX.forEach((t, k) => {
      const error = tipY[k]! - parabola(t);
      if (Math.abs(t - at(i)) < GROUP && Math.abs(error) < MAX_CORRECTION) errors.push(error);
    });
    correction[i] = errors.length >= 5 ? percentile(errors, tipShare(at(i))) : (correction[i - 1] ?? 0);
  }
  smoothInPlace(correction, 80);
  const edge = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    edge[i] = clamp(parabola(at(i)) + correction[i]!, mouth.upper[i]!, mouth.lower[i]!);
  }
  return edge;
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
      const at = headToPhoto(face, mouth.x[i]!, y, mouth.z[i]!);
      const color = colorAt(view, at.u, at.v);
      column.color.push(color);
      column.luma.push(luminance(...color));
    }
    columns.push(column);
  }
  return columns;
}

type ToothLimits = { readonly luma: number; readonly saturation: number; readonly blur: number };

/** Last row of the upper tooth in this column, -1 without one; its colours join `colors`. */
function lastToothRow(column: Column, limits: ToothLimits, colors: Rgb[]): number {
  const [start, last] = firstRun(column, limits);
  if (last - start < 2 || start > UPPER_SHARE * column.luma.length) return -1;
  let peak = start;
  for (let j = start; j <= last; j++) if (whiteness(column, j) > whiteness(column, peak)) peak = j;
  const end = edgeBelow(column, peak, last, limits.blur);
  for (let j = start; j <= end; j++) colors.push(column.color[j]!);
  return end;
}

/** Bright and colourless: wet gum shines too, but stays red. */
function whiteness(column: Column, row: number): number {
  return column.luma[row]! * (1 - saturationOf(column.color[row]!));
}

/** First and last row of the first run of tooth pixels that is worth the name. */
function firstRun(column: Column, limits: ToothLimits): [number, number] {
  const bridged = Math.round(BRIDGED / ROW);
  let start = -1;
  let last = -1;
  for (let j = 0; j < column.luma.length; j++) {
    if (column.luma[j]! > limits.luma && saturationOf(column.color[j]!) < limits.saturation) {
      if (start < 0) start = j;
      last = j;
    } else if (last >= 0 && j - last > bridged) {
      if (last - start >= 3) break;
      start = -1;
      last = -1;
    }
  }
  return [start, last];
}

/**
 * The row where the tooth around `peak` ends: half way down the first fall.
 *
 * @param blur width of a picture pixel, eye distances: the fall may not be steeper.
 */
function edgeBelow(column: Column, peak: number, last: number, blur: number): number {
  const { luma, color } = column;
  const top = luma[peak]!;
  const colored = Math.max(0.1, saturationOf(color[peak]!)) + EDGE_SATURATION;
  let lowest = peak;
  for (let j = peak + 1; j <= last; j++) {
    if (luma[j]! < luma[lowest]!) lowest = j;
    const dipped = luma[lowest]! < DIP_SHARE * top && luma[j]! - luma[lowest]! > DIP_RISE;
    if (!dipped && luma[j]! >= EDGE_SHARE * top && saturationOf(color[j]!) < colored) continue;
    const reach = Math.min(luma.length - 1, j + Math.ceil((1.5 * blur) / ROW));
    let floor = luma[lowest]!;
    for (let k = j; k <= reach && !dipped; k++) floor = Math.min(floor, luma[k]!);
    const half = (0.9 * top + floor) / 2;
    let end = peak;
    while (end < reach && luma[end + 1]! > half) end++;
    return end;
  }
  return last;
}

/**
 * Least squares parabola a + b t + c t^2 that ignores outliers: iteratively re-weighted (Cauchy weights).
 *
 * @param above weight of the points with smaller y than the curve; less than 1 lets it follow the lower tips.
 */
export function robustQuadratic(
  t: readonly number[],
  y: readonly number[],
  above = 1,
): [number, number, number] {
  let fit: [number, number, number] = [percentile([...y], 0.5), 0, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    const errors = t.map((at, i) => y[i]! - fit[0] - fit[1] * at - fit[2] * at * at);
    const scale = Math.max(0.002, 1.5 * percentile(errors.map(Math.abs), 0.5));
    const weights = errors.map((e) =>
      pass === 0 ? 1 : (e < 0 ? above : 1) / (1 + (e / scale) * (e / scale)),
    );
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
