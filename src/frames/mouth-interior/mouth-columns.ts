import type { Mouth } from "../../portrait/index.js";
import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import {
  type ArchProjection,
  createArchProjection,
  createDentalArch,
  type DentalArch,
  projectArch,
} from "./dental-arch.js";
import { bell } from "./falloff.js";
import type { InteriorPose, LipOpening } from "./interior-types.js";
import type { MouthPlan } from "./mouth-plan.js";
import { EDGE_STEP, type ToothTexture } from "./tooth-texture.js";

/** Columns the mouth is divided into for what depends on x alone. */
export const COLUMNS = 224;
/** Columns reach this far beyond the corners, eye distances. */
const BEYOND = 0.06;
/** Travel of the lower incisors per radian of jaw, eye distances. */
const INCISOR_TRAVEL = 1.15;
/** Depth of the incisors behind the lip line. */
const STANDOFF = 0.05;

/**
 * All that one frame knows about each column of the mouth (head frame, eye distances; y down). Filled anew per
 * frame, never allocated.
 */
export type MouthColumns = {
  /** Position of column 0 and distance between columns. */
  x0: number;
  step: number;
  /** Largest gap between the lips. */
  gap: number;
  /** Weight of the tongue tip between the teeth. */
  tipWeight: number;
  /** Memory for lip edges as they are seen. */
  readonly seen: LipOpening;
  readonly upper: Float32Array;
  readonly lower: Float32Array;
  /** y of v = 0 of the tooth textures, their position along the arch and brightness. */
  readonly upperTeethY: Float32Array;
  readonly upperArch: ArchProjection;
  readonly upperGain: Float32Array;
  readonly lowerTeethY: Float32Array;
  readonly lowerArch: ArchProjection;
  readonly lowerGain: Float32Array;
  /** y below which the upper teeth leave the view open, smoothed. */
  readonly contact: Float32Array;
  readonly tongueTop: Float32Array;
  readonly tongueGain: Float32Array;
  readonly tipTop: Float32Array;
  /** Light left by the closeness of the lips and of the mouth corner, `[0, 1]`. */
  readonly light: Float32Array;
  /** Open photos: edge of the photo's upper lip and upper teeth, and how much is painted below it. */
  readonly photoUpper: Float32Array;
  readonly photoLower: Float32Array;
  readonly photoLight: Float32Array;
  readonly photoEdge: Float32Array;
  readonly painted: Float32Array;
};

export function createMouthColumns(lipSamples: number): MouthColumns {
  const column = (): Float32Array => new Float32Array(COLUMNS);
  const samples = (): Float32Array => new Float32Array(lipSamples);
  return {
    x0: 0,
    step: 1,
    gap: 0,
    tipWeight: 0,
    seen: { x: samples(), upper: samples(), lower: samples() },
    upper: column(),
    lower: column(),
    upperTeethY: column(),
    upperArch: createArchProjection(COLUMNS),
    upperGain: column(),
    lowerTeethY: column(),
    lowerArch: createArchProjection(COLUMNS),
    lowerGain: column(),
    contact: column(),
    tongueTop: column(),
    tongueGain: column(),
    tipTop: column(),
    light: column(),
    photoUpper: column(),
    photoLower: column(),
    photoLight: column(),
    photoEdge: column(),
    painted: column(),
  };
}

/** What the columns of one portrait are filled from. */
export type MouthSetting = {
  readonly mouth: Mouth;
  readonly plan: MouthPlan;
  readonly upperTeeth: ToothTexture;
  readonly lowerTeeth: ToothTexture;
  readonly upperArch: DentalArch;
  readonly lowerArch: DentalArch;
  readonly sideLight: number;
  /** Lip edges of the photo, and the edge of its own upper teeth (all zero without). */
  readonly photoLips: LipOpening;
  readonly photoTeeth: LipOpening;
};

/** The upper and the lower arch: 54 and 47 mm wide outside the molars, the lower 2 mm further back. */
export function createArches(plan: MouthPlan): { upperArch: DentalArch; lowerArch: DentalArch } {
  const k = plan.archScale;
  return {
    upperArch: createDentalArch(0.43 * k, 0.57 * k),
    lowerArch: createDentalArch(0.375 * k, 0.53 * k),
  };
}

/**
 * Fills the columns for one frame.
 *
 * @returns false when the opening is unusable (not finite, or without width): nothing is to be painted
 */
export function fillColumns(
  setting: MouthSetting,
  pose: InteriorPose,
  opening: LipOpening,
  out: MouthColumns,
): boolean {
  const first = opening.x[0]!;
  const last = opening.x[opening.x.length - 1]!;
  if (!(last - first > 1e-4) || !(last - first < 10)) return false;
  const seen = project(opening, setting.mouth.z, pose, out.seen);
  const [left, right] = [seen.x[0]!, seen.x[seen.x.length - 1]!];
  out.x0 = left - BEYOND;
  out.step = (right - left + 2 * BEYOND) / (COLUMNS - 1);
  resample(seen.x, seen.upper, out.x0, out.step, out.upper);
  resample(seen.x, seen.lower, out.x0, out.step, out.lower);
  out.gap = 0;
  for (let c = 0; c < COLUMNS; c++) {
    const gap = out.lower[c]! - out.upper[c]!;
    if (!Number.isFinite(gap)) return false;
    if (gap > out.gap) out.gap = gap;
  }
  fillTeeth(setting, pose, out);
  fillTongue(setting, pose, out);
  fillLight(left, right, out.gap, out, out.light);
  if (!setting.plan.ownTeeth) fillPhoto(setting, pose, out);
  return true;
}

/** Where lip edges at the depth of the photo's lip line are seen in the plane through its middle. */
function project(opening: LipOpening, z: Float32Array, pose: InteriorPose, out: LipOpening): LipOpening {
  const sightX = pose.sightX ?? 0;
  const sightY = pose.sightY ?? 0;
  if (sightX === 0 && sightY === 0) return opening;
  const middle = z[z.length >> 1]!;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < out.x.length; i++) {
    const depth = z[i]! - middle;
    before = Math.max(before + 1e-5, opening.x[i]! - sightX * depth);
    out.x[i] = before;
    out.upper[i] = opening.upper[i]! - sightY * depth;
    out.lower[i] = opening.lower[i]! - sightY * depth;
  }
  return out;
}

/** Piecewise linear y(x) at the columns; the ends continue level. */
function resample(x: Float32Array, y: Float32Array, x0: number, step: number, out: Float32Array): void {
  const last = x.length - 1;
  let i = 0;
  for (let c = 0; c < COLUMNS; c++) {
    const at = x0 + c * step;
    while (i < last - 1 && x[i + 1]! < at) i++;
    const t = clamp((at - x[i]!) / Math.max(1e-7, x[i + 1]! - x[i]!), 0, 1);
    out[c] = y[i]! + (y[i + 1]! - y[i]!) * t;
  }
}

function fillTeeth(setting: MouthSetting, pose: InteriorPose, out: MouthColumns): void {
  const { plan, upperTeeth } = setting;
  const sightX = pose.sightX ?? 0;
  const sightY = pose.sightY ?? 0;
  const start = out.x0 - plan.middleX;
  projectArch(setting.upperArch, start, out.step, sightX, STANDOFF, out.upperArch);
  projectArch(setting.lowerArch, start, out.step, sightX, STANDOFF + 0.03, out.lowerArch);
  const shown = lowerTeethShown(plan, pose, out);
  const lowerCentre = centre(out, out.lower, plan.middleX);
  for (let c = 0; c < COLUMNS; c++) {
    const x = start + c * out.step;
    const bow = plan.slope * x + plan.bend * x * x;
    const s = out.upperArch.s[c]! / plan.archScale;
    out.upperTeethY[c] = plan.tipY + bow - sightY * out.upperArch.z[c]!;
    out.upperGain[c] = archGain(out.upperArch, c, setting.sideLight);
    out.contact[c] = out.upperTeethY[c]! - plan.archScale * edgeAt(upperTeeth, s);
    out.lowerTeethY[c] = lowerCentre - shown + bow - sightY * (out.lowerArch.z[c]! + 0.03);
    out.lowerGain[c] = archGain(out.lowerArch, c, setting.sideLight);
  }
}

/** Height of the lower incisors above the lower lip, negative when hidden: jaw position, softly limited. */
function lowerTeethShown(plan: MouthPlan, pose: InteriorPose, out: MouthColumns): number {
  const lower = centre(out, out.lower, plan.middleX);
  const room = Math.max(0, lower - plan.tipY);
  const hidden = Math.max(pose.lowerLipRoll, 0.75 * pose.protrusion);
  // The lip that opens wide is also drawn down: some of the lower teeth always come into view.
  const least = lerp(0.34 * Math.min(room, 0.085), -0.02, hidden);
  const jaw = lower - (plan.lowerTipY + INCISOR_TRAVEL * pose.jaw);
  return softMin(softMax(jaw, least, 0.012), 0.062, 0.012);
}

/** Light on the arch: less where it turns away and recedes, more on the side of the lamp. */
function archGain(arch: ArchProjection, c: number, sideLight: number): number {
  const facing = arch.facing[c]!;
  const z = arch.z[c]!;
  const depth = 1 / (1 + 4 * z * z);
  const turned = 0.18 + 0.82 * Math.sqrt(facing) * (0.8 + 0.2 * facing);
  const side = 1 + 0.9 * sideLight * arch.normalX[c]!;
  return (0.12 + 0.88 * turned) * depth * side;
}

function edgeAt(texture: ToothTexture, s: number): number {
  const u = clamp(texture.edge.length / 2 + s / EDGE_STEP, 0, texture.edge.length - 1.001);
  const i = Math.floor(u);
  return lerp(texture.edge[i]!, texture.edge[i + 1]!, u - i);
}

function fillTongue(setting: MouthSetting, pose: InteriorPose, out: MouthColumns): void {
  const { plan } = setting;
  const lower = centre(out, out.lower, plan.middleX);
  const room = lower - plan.tipY;
  const shown = lower - (plan.lowerTipY + INCISOR_TRAVEL * pose.jaw);
  // The tongue rides on the jaw: when the jaw sinks further than the lip, so does the tongue.
  const resting =
    softMin(softMax(0.68 * room + 0.016, 0.016, 0.01), 0.14, 0.02) + 0.2 * clamp(shown, -0.08, 0.05);
  const restTop = lower - Math.max(0.004, resting);
  const top = lerp(restTop, Math.min(restTop, plan.tipY - 0.012), 0.88 * clamp(pose.tongueUp, 0, 1));
  const groove = 0.007 * (1 - 0.7 * clamp(pose.tongueUp, 0, 1));
  const outward = smoothstep(0, 1, pose.tongueOut);
  out.tipWeight = smoothstep(0.02, 0.3, pose.tongueOut);
  const tip = lerp(Math.max(plan.tipY, lower - 0.02), Math.min(plan.tipY - 0.02, lower - 0.034), outward);
  for (let c = 0; c < COLUMNS; c++) {
    const x = out.x0 + c * out.step - plan.middleX;
    const q = x / 0.3;
    out.tongueTop[c] = top + plan.slope * x + 0.75 * x * x + 0.07 * q * q * q * q + groove * bell(x / 0.028);
    out.tongueGain[c] = 1 / (1 + 0.45 * q * q);
    const p = x / (0.2 * plan.archScale);
    out.tipTop[c] = tip + plan.slope * x + 0.018 * p * p + 0.06 * p * p * p * p;
  }
}

function fillLight(first: number, last: number, gap: number, out: MouthColumns, light: Float32Array): void {
  const open = lerp(0.74, 1, smoothstep(0, 0.1, gap));
  const middle = (first + last) / 2;
  const half = (last - first) / 2;
  for (let c = 0; c < COLUMNS; c++) {
    const t = clamp(Math.abs(out.x0 + c * out.step - middle) / half, 0, 1);
    const t2 = t * t;
    light[c] = open * (1 - 0.55 * t2 * t2 * t2);
  }
}

function fillPhoto(setting: MouthSetting, pose: InteriorPose, out: MouthColumns): void {
  const { mouth } = setting;
  const lips = project(setting.photoLips, mouth.z, pose, out.seen);
  resample(lips.x, lips.upper, out.x0, out.step, out.photoUpper);
  resample(lips.x, lips.lower, out.x0, out.step, out.photoLower);
  fillLight(lips.x[0]!, lips.x[lips.x.length - 1]!, mouth.gap, out, out.photoLight);
  const teeth = project(setting.photoTeeth, mouth.z, pose, out.seen);
  resample(teeth.x, teeth.upper, out.x0, out.step, out.photoEdge);
  const jaw = INCISOR_TRAVEL * pose.jaw;
  for (let c = 0; c < COLUMNS; c++) {
    out.painted[c] = smoothstep(0.001, 0.028, Math.max(jaw, out.lower[c]! - out.photoLower[c]!));
  }
}

/** Value of a column table at x. */
function centre(columns: MouthColumns, values: Float32Array, x: number): number {
  const u = clamp((x - columns.x0) / columns.step, 0, COLUMNS - 1.001);
  const i = Math.floor(u);
  return lerp(values[i]!, values[i + 1]!, u - i);
}

/** Maximum and minimum of two numbers, rounded off over about `k`. */
function softMax(a: number, b: number, k: number): number {
  return 0.5 * (a + b + Math.sqrt((a - b) * (a - b) + k * k));
}

function softMin(a: number, b: number, k: number): number {
  return -softMax(-a, -b, k);
}
