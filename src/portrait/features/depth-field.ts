import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { tanh } from "../../shared/portable-math.js";
import type { DepthField } from "../rig.js";
import { OVAL, SURFACE_POINTS } from "./mesh-indices.js";
import type { SoundGeometry } from "./sound-geometry.js";
import { evaluateSpline, fitThinPlateSpline, type ThinPlateSpline } from "./thin-plate-spline.js";

/** Share of the picture's size that the lattice reaches beyond each border. */
const MARGIN = 0.3;
/** Lattice nodes per eye distance, and the most nodes along one side. */
const NODES_PER_EYE_DISTANCE = 8;
const MAX_SIDE = 320;
/** Nodes along the longer side of the coarse lattice that serves away from the face. */
const COARSE_SIDE = 26;
/** Smoothing of the spline through the landmarks, eye-distance units. */
const STIFFNESS = 8e-3;
/** Steepest surface, depth per distance: the far cheek of a turned head would fold over when it turns further. */
const MAX_SLOPE = 3.6;
const SLOPE_PASSES = 16;
/** From here on depths are compressed, towards `KNEE + SPAN`: an uncompressed silhouette folds when the head turns. */
const KNEE = 0.25;
const SPAN = 0.55;

/**
 * Depth of the whole picture: a thin-plate spline through the landmarks, anchored to a far plane around the
 * face, then compressed behind the cheeks. Camera frame, eye distances, 0 at the eyes.
 */
export function measureDepth(width: number, height: number, geometry: SoundGeometry): DepthField {
  const spline = fitFaceSurface(width, height, geometry);
  const { eyeDistance, originX, originY } = geometry.head;
  const spanX = width * (1 + 2 * MARGIN);
  const spanY = height * (1 + 2 * MARGIN);
  const step = Math.max(eyeDistance / NODES_PER_EYE_DISTANCE, Math.max(spanX, spanY) / (MAX_SIDE - 2));
  const columns = Math.max(2, Math.ceil(spanX / step) + 1);
  const rows = Math.max(2, Math.ceil(spanY / step) + 1);
  const x0 = width / 2 - ((columns - 1) * step) / 2;
  const y0 = height / 2 - ((rows - 1) * step) / 2;
  const heightAt = (u: number, v: number): number =>
    evaluateSpline(spline, (u - originX) / eyeDistance, (v - originY) / eyeDistance);
  const coarse = coarseHeights(x0, y0, (columns - 1) * step, (rows - 1) * step, heightAt);
  const near = surroundings(geometry);
  const z = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const u = x0 + column * step;
      const v = y0 + row * step;
      const inside = Math.min(u - near.left, near.right - u, v - near.top, near.bottom - v) / eyeDistance;
      const exact = smoothstep(0, 0.4, inside);
      const far = exact < 1 ? cubicAt(coarse, u, v) : 0;
      const height = exact > 0 ? lerp(far, heightAt(u, v), exact) : far;
      z[row * columns + column] = compress(height);
    }
  }
  limitSlope(z, columns, (MAX_SLOPE * step) / eyeDistance);
  return { columns, rows, x0, y0, step, z };
}

/** Depth at a photo position, bilinear; outside the lattice the border continues. */
export function depthAt(field: DepthField, u: number, v: number): number {
  const x = clamp((u - field.x0) / field.step, 0, field.columns - 1);
  const y = clamp((v - field.y0) / field.step, 0, field.rows - 1);
  const column = Math.min(Math.floor(x), field.columns - 2);
  const row = Math.min(Math.floor(y), field.rows - 2);
  const at = row * field.columns + column;
  const z = field.z;
  const upper = lerp(z[at]!, z[at + 1]!, x - column);
  const lower = lerp(z[at + field.columns]!, z[at + field.columns + 1]!, x - column);
  return lerp(upper, lower, y - row);
}

function compress(z: number): number {
  if (!Number.isFinite(z)) return KNEE + SPAN;
  return z > KNEE ? KNEE + SPAN * tanh((z - KNEE) / SPAN) : Math.max(z, -1.2);
}

/** Pulls neighbouring nodes together until none differ by more than `most`, or the passes are used up. */
function limitSlope(z: Float32Array, columns: number, most: number): void {
  const settle = (a: number, b: number): boolean => {
    const difference = z[b]! - z[a]!;
    const excess = Math.abs(difference) - most;
    if (excess <= 0) return false;
    const move = (difference > 0 ? 0.5 : -0.5) * excess;
    z[a]! += move;
    z[b]! -= move;
    return true;
  };
  for (let pass = 0; pass < SLOPE_PASSES; pass++) {
    let moved = false;
    for (let i = 0; i < z.length; i++) {
      if ((i + 1) % columns !== 0) moved = settle(i, i + 1) || moved;
      if (i + columns < z.length) moved = settle(i, i + columns) || moved;
    }
    if (!moved) return;
  }
}

/** The spline through the face, two rings around its outline, and the far plane at the picture's border. */
function fitFaceSurface(width: number, height: number, geometry: SoundGeometry): ThinPlateSpline {
  const { points, head } = geometry;
  const xs: number[] = [];
  const ys: number[] = [];
  const zs: number[] = [];
  const add = (x: number, y: number, z: number): void => {
    xs.push(x);
    ys.push(y);
    zs.push(clamp(z, -1.5, 2));
  };
  const normal = (p: number): [number, number, number] => [
    (points[p * 3]! - head.originX) / head.eyeDistance,
    (points[p * 3 + 1]! - head.originY) / head.eyeDistance,
    points[p * 3 + 2]! / head.eyeDistance,
  ];
  const onOval = new Set<number>(OVAL);
  for (let p = 0; p < SURFACE_POINTS; p += 4) if (!onOval.has(p)) add(...normal(p));
  const oval = OVAL.map(normal);
  for (const point of oval) add(...point);
  const cx = oval.reduce((sum, p) => sum + p[0], 0) / oval.length;
  const cy = oval.reduce((sum, p) => sum + p[1], 0) / oval.length;
  for (const [x, y, z] of oval) {
    add(cx + (x - cx) * 1.28, cy + (y - cy) * 1.28, lerp(z, 0.95, 0.55));
    add(cx + (x - cx) * 1.75, cy + (y - cy) * 1.75, lerp(z, 1, 0.9));
  }
  const reach = oval.map(([x, y]) => ({ x: cx + (x - cx) * 2, y: cy + (y - cy) * 2 }));
  for (const [u, v] of borderPoints(width, height)) {
    const x = (u - head.originX) / head.eyeDistance;
    const y = (v - head.originY) / head.eyeDistance;
    // A close-up's border lies on the face itself, which is not far away.
    if (!insidePolygon(reach, x, y)) add(x, y, 1);
  }
  return fitThinPlateSpline(xs, ys, zs, STIFFNESS);
}

/** Sixteen points on the picture's border, pushed out by the margin. */
function borderPoints(width: number, height: number): [number, number][] {
  const out: [number, number][] = [];
  const at = (t: number, size: number): number => lerp(-MARGIN, 1 + MARGIN, t) * size;
  for (let i = 0; i < 4; i++) {
    const t = i / 4;
    out.push([at(t, width), at(0, height)], [at(1, width), at(t, height)]);
    out.push([at(1 - t, width), at(1, height)], [at(0, width), at(1 - t, height)]);
  }
  return out;
}

function insidePolygon(polygon: readonly { x: number; y: number }[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const a = polygon[i]!;
    const b = polygon[j]!;
    if (a.y > y !== b.y > y && x < a.x + ((b.x - a.x) * (y - a.y)) / (b.y - a.y)) inside = !inside;
  }
  return inside;
}

type Box = { left: number; right: number; top: number; bottom: number };

/** The part of the picture where the anchors around the face bend the surface, photo pixels. */
function surroundings(geometry: SoundGeometry): Box {
  const box: Box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const p of OVAL) {
    box.left = Math.min(box.left, geometry.points[p * 3]!);
    box.right = Math.max(box.right, geometry.points[p * 3]!);
    box.top = Math.min(box.top, geometry.points[p * 3 + 1]!);
    box.bottom = Math.max(box.bottom, geometry.points[p * 3 + 1]!);
  }
  const growX = (box.right - box.left) * 0.32;
  const growY = (box.bottom - box.top) * 0.32;
  return {
    left: box.left - growX,
    right: box.right + growX,
    top: box.top - growY,
    bottom: box.bottom + growY,
  };
}

function coarseHeights(
  x0: number,
  y0: number,
  spanX: number,
  spanY: number,
  heightAt: (u: number, v: number) => number,
): DepthField {
  const step = Math.max(spanX, spanY) / (COARSE_SIDE - 1);
  const columns = Math.max(2, Math.ceil(spanX / step - 1e-9) + 1);
  const rows = Math.max(2, Math.ceil(spanY / step - 1e-9) + 1);
  const z = new Float32Array(columns * rows);
  for (let i = 0; i < z.length; i++) {
    z[i] = heightAt(x0 + (i % columns) * step, y0 + Math.floor(i / columns) * step);
  }
  return { columns, rows, x0, y0, step, z };
}

/** Catmull-Rom sample of a lattice; the border nodes repeat. */
function cubicAt(field: DepthField, u: number, v: number): number {
  const x = clamp((u - field.x0) / field.step, 0, field.columns - 1);
  const y = clamp((v - field.y0) / field.step, 0, field.rows - 1);
  const column = Math.min(Math.floor(x), field.columns - 2);
  const row = Math.min(Math.floor(y), field.rows - 2);
  const wx = cubicWeights(x - column);
  const wy = cubicWeights(y - row);
  let sum = 0;
  for (let j = 0; j < 4; j++) {
    const line = clamp(row + j - 1, 0, field.rows - 1) * field.columns;
    let part = 0;
    for (let i = 0; i < 4; i++) part += wx[i]! * field.z[line + clamp(column + i - 1, 0, field.columns - 1)]!;
    sum += wy[j]! * part;
  }
  return sum;
}

function cubicWeights(t: number): [number, number, number, number] {
  const t2 = t * t;
  const t3 = t2 * t;
  return [(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2, (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2];
}
