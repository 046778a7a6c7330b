import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { exp, log } from "../../shared/portable-math.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { type FaceMeasures, landmarkInHead } from "../deform/face-measures.js";
import { distanceToPath } from "./path-distance.js";
import type { SkinChange } from "./skin-change.js";
import { blur, createSkinGrid, type SkinGrid, type SkinPart, type SkinView, viewSkin } from "./skin-grid.js";
import { cheekLight, hueLikeness, rimOn } from "./skin-likeness.js";

/** From the wings of the nose to the jaw, and the cheeks. */
const LOWER_FACE: SkinPart = {
  points: [98, 327, 187, 411, 210, 430, 212, 432, 175],
  above: 0.34,
  beside: 0.16,
  below: 0.1,
};
const FINEST = 128;
/** What is coarser than this is the face's own form; eye distances. Finer than the grid is the skin's texture. */
const COARSE = 0.1;
/** Contrast that makes a place count as a crease and not as skin, log units. */
const CREASE = 0.09;
/** Most that a crease's own light is raised, and a ridge beside it lowered; log units. Deeper creases are filled. */
const MOST_RAISED = 0.6;
const MOST_LOWERED = 0.07;
/** What is darker than this share of the cheeks is hair, unless it is as narrow as the bottom of a crease. */
const DARKEST_SKIN = 0.3;
const WIDEST_CREASE = 0.05;
/** Mesh points along the fold from the wing of the nose past the corner of the mouth; picture's left, then right. */
const FOLDS = [
  [129, 203, 206, 216, 212, 202],
  [358, 423, 426, 436, 432, 422],
] as const;

/**
 * What takes the smile's folds out of the photo: those from the wings of the nose to beside the mouth, and the creases
 * beyond its corners. In the band where folds lie, what is finer than {@link COARSE} and coarser than the grid is
 * divided out of the light and taken out of the colour; pores stay.
 */
export function smileFolds(context: LatticeContext): SkinChange {
  const grid = createSkinGrid(context, LOWER_FACE, FINEST);
  const { columns, rows, density } = grid;
  const view = viewSkin(context, grid);
  const band = foldBand(context, grid);
  const skin = skinWeight(context, grid, view);
  const level = view.light.map(log);
  const trust = Float32Array.from(skin);
  let surroundings = weightedBlur(trust, columns, rows, COARSE * density);
  // Creases must not darken what they are compared with.
  for (let pass = 0; pass < 3; pass++) {
    const around = surroundings(level);
    for (let i = 0; i < trust.length; i++) {
      const depth = Math.max(0, around[i]! - level[i]!) / CREASE;
      trust[i] = skin[i]! / (1 + depth * depth);
    }
    surroundings = weightedBlur(trust, columns, rows, COARSE * density);
  }
  const around = surroundings(level);
  const [aroundU, aroundV] = [surroundings(view.u), surroundings(view.v)];
  const inSkin = blur(skin, columns, rows, 0.015 * density);
  // Whiskers would be combed away with the folds under them.
  const shaven = 1 - beardiness(context, grid, view);
  const gain = new Float32Array(level.length);
  const light = new Float32Array(level.length);
  const u = new Float32Array(level.length);
  const v = new Float32Array(level.length);
  for (let i = 0; i < gain.length; i++) {
    const share = shaven * band[i]! * smoothstep(0.3, 0.9, inSkin[i]!);
    const depth = around[i]! - level[i]!;
    gain[i] = exp(share * clamp(depth, -MOST_LOWERED, MOST_RAISED));
    if (depth > MOST_RAISED) light[i] = share * (exp(around[i]!) - exp(level[i]! + MOST_RAISED));
    u[i] = share * (aroundU[i]! - view.u[i]!);
    v[i] = share * (aroundV[i]! - view.v[i]!);
  }
  return { grid, gain, light, u, v };
}

/** A low-pass that only sees places with weight. */
function weightedBlur(
  weight: Float32Array,
  columns: number,
  rows: number,
  sigma: number,
): (field: Float32Array) => Float32Array {
  const total = blur(weight, columns, rows, sigma);
  return (field) => {
    const sum = blur(
      field.map((value, i) => value * weight[i]!),
      columns,
      rows,
      sigma,
    );
    return sum.map((value, i) => (total[i]! < 1e-3 ? field[i]! : value / total[i]!));
  };
}

/** 1 in the band where a smile folds the face, fading to 0 before lips, nose and the outline. */
function foldBand({ rig, measures }: LatticeContext, grid: SkinGrid): Float32Array {
  const { mouth } = rig;
  const wings = [landmarkInHead(rig, 129), landmarkInHead(rig, 358)] as const;
  const noseX = (wings[0].x + wings[1].x) / 2;
  const wingHalf = Math.max(0.15, Math.abs(wings[1].x - wings[0].x) / 2);
  const eyeLine = Math.max(measures.eyes[0].lowerY, measures.eyes[1].lowerY);
  const folds = FOLDS.map((points) => points.map((index) => landmarkInHead(rig, index)));
  return grid.x.map((x, i) => {
    const y = grid.y[i]!;
    const fold = Math.min(...folds.map((path) => distanceToPath(path, x, y).distance));
    const near = 1 - smoothstep(0.14, 0.32, fold);
    if (near === 0) return 0;
    const inFace = 1 - smoothstep(-0.18, -0.05, measures.outsideFace(x, y).distance);
    // Wings and nostrils keep their shade.
    const noseY = mouth.noseBaseY - 0.13;
    const nx = (x - noseX) / (wingHalf + 0.03);
    const ny = (y - noseY) / (y < noseY ? 0.5 : 0.2);
    const nose = smoothstep(0.95, 1.25, Math.sqrt(nx * nx + ny * ny));
    const clear = smoothstep(0.004, 0.04, distanceToLips(measures, x, y));
    const rise = smoothstep(eyeLine + 0.1, eyeLine + 0.28, y);
    // The groove of the upper lip and the dimple under the lower one are nobody's smile.
    const aside = smoothstep(0.12, 0.3, Math.abs(x - measures.mouthX));
    return near * inFace * nose * clear * rise * aside;
  });
}

/** How far a place lies from the red of the lips, which ends in a point at each corner; 0 on it. */
function distanceToLips(measures: FaceMeasures, x: number, y: number): number {
  const aside = Math.abs(x - measures.mouthX);
  const lip = measures.lipAt(x);
  const corner = measures.corners[x < measures.mouthX ? 0 : 1].y;
  const fullness = clamp((measures.outerHalf - aside) / (0.25 * measures.outerHalf), 0, 1);
  const top = lerp(corner, lip.upperOuter, fullness);
  const bottom = lerp(corner, lip.lowerOuter, fullness);
  const vertical = Math.max(0, top - y, y - bottom);
  const beside = Math.max(0, aside - measures.outerHalf);
  return Math.sqrt(vertical * vertical + beside * beside);
}

/** How sure the chin shows a beard, `[0, 1]`: dark or of another hue than the cheeks, or as rough as hair. */
function beardiness(context: LatticeContext, grid: SkinGrid, view: SkinView): number {
  const { rig, measures } = context;
  const light = cheekLight(rig);
  const hue = hueLikeness(context, grid, view);
  const level = view.light.map(log);
  const smooth = blur(level, grid.columns, grid.rows, 0.014 * grid.density);
  let unlike = 0;
  let roughness = 0;
  let count = 0;
  for (let i = 0; i < hue.length; i++) {
    const y = grid.y[i]!;
    if (Math.abs(grid.x[i]! - measures.mouthX) > 0.8 * measures.innerHalf) continue;
    if (y < measures.lipAt(grid.x[i]!).lowerOuter + 0.07 || y > rig.mouth.chinY - 0.1) continue;
    const lit = smoothstep(0.45, 0.7, view.light[i]! / light);
    unlike += 1 - lit * smoothstep(0.4, 0.75, hue[i]!);
    roughness += Math.abs(level[i]! - smooth[i]!);
    count++;
  }
  if (count === 0) return 0;
  return Math.max(smoothstep(0.5, 0.7, unlike / count), smoothstep(0.036, 0.05, roughness / count));
}

/** 1 where a node shows skin, 0 on lips, hair, rims and background. The dark bottoms of creases are skin. */
function skinWeight(context: LatticeContext, grid: SkinGrid, view: SkinView): Float32Array {
  const { rig, measures } = context;
  const { columns, rows, density } = grid;
  const light = cheekLight(rig);
  const dark = view.light.map((value) => 1 - smoothstep(DARKEST_SKIN - 0.1, DARKEST_SKIN, value / light));
  const hair = blur(dark, columns, rows, WIDEST_CREASE * density);
  const hue = blur(hueLikeness(context, grid, view), columns, rows, WIDEST_CREASE * density);
  const isRim = rimOn(context, grid);
  return hair.map((share, i) => {
    if (distanceToLips(measures, grid.x[i]!, grid.y[i]!) < 0.012) return 0;
    if (isRim(i)) return 0;
    return (1 - dark[i]! * smoothstep(0.6, 0.85, share)) * smoothstep(0.25, 0.55, hue[i]!);
  });
}
