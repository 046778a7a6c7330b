import type { Rig } from "../../portrait/index.js";
import { lerp, smoothstep } from "../../shared/numeric.js";
import { boxBlur } from "../box-blur.js";
import type { PersonDistance } from "../deform/person-weight.js";
import type { Arena } from "../kernels/arena.js";
import type { Plate } from "../plate.js";

/**
 * The rim around the person in which the moving picture changes into the still one, eye distances from the matte. The
 * inner part takes hair along that the matte has missed.
 */
const RIM = { inner: 0.06, outer: 0.18 } as const;
/** Before a smooth background the change cannot be seen: there stray hair is taken along from farther out. */
const SMOOTH_RIM = { inner: 0.16, outer: 0.36 } as const;
/** Root mean square difference of neighbouring cover texels, luma steps, from which a background is no longer smooth, and is busy. */
const BUSY = [1.5, 2.2] as const;
/** Radius over which the background is judged, eye distances. */
const SURROUNDINGS = 0.4;
/** Around a person whose outline is a guess everything moves that moves at all: a hat must not be cut. */
const GUESSED_RIM = { inner: 0.9, outer: 1.2 } as const;
/** Plate pixels per texel of a cover. */
const STEP = 2;
/** What a run of eight pixels may show beside its middle, plate pixels: half of it, stretched. */
const RUN_REACH = 6;

/** What a cell shows: the moving surface, the surface over the still background, or that background alone. */
export const SURFACE = 0;
export const BOTH = 1;
export const STILL = 2;

/** How much of the moving surface is seen before what stands still, by the place on the plate that it shows. */
export type Cover = {
  /** One texel for 2 x 2 plate pixels; 255 shows only the surface. */
  readonly at: number;
  readonly view: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 where the file shows nothing although it has a background, e.g. around a round picture. */
  readonly isBlank: Uint8Array;
  /** {@link SURFACE}, {@link BOTH} or {@link STILL} for a run of eight pixels, by the place in its middle. */
  readonly kindsAt: number;
  /** The same for a whole cell: what it shows when its middle shows this plate pixel. */
  kindOfCell(u: number, v: number): number;
};

/** Kernel memory of the cover of a plate. */
export function coverBytes(width: number, height: number): number {
  return 2 * (Math.ceil(width / STEP) * Math.ceil(height / STEP) + 16);
}

/**
 * Covers the person and a rim around it.
 *
 * @param cell - side of the cells, pixels
 */
export function createCover(
  plate: Plate,
  arena: Arena,
  rig: Rig,
  distance: PersonDistance,
  cell: number,
): Cover {
  const { matte } = rig;
  const away = new Float32Array(Math.ceil(plate.width / STEP) * Math.ceil(plate.height / STEP));
  const width = Math.ceil(plate.width / STEP);
  const height = Math.ceil(plate.height / STEP);
  const { at, view } = arena.bytes(width * height);
  const isBlank = new Uint8Array(width * height);
  const isWindow = hasBackground(matte);
  const { scaleX, scaleY, offsetX, offsetY } = plate.placement;
  for (let y = 0; y < height; y++) {
    const v = ((y + 0.5) * STEP - offsetY) / scaleY;
    for (let x = 0; x < width; x++) {
      const u = ((x + 0.5) * STEP - offsetX) / scaleX;
      const i = y * width + x;
      away[i] = distance(u, v);
      if (!isWindow || isOpaqueAt(matte, u / rig.width, v / rig.height)) continue;
      isBlank[i] = 1;
    }
  }
  const busy = matte.isGuess
    ? null
    : findBusyPlaces(plate, away, isBlank, width, height, rig.head.eyeDistance * scaleY);
  for (let i = 0; i < view.length; i++) {
    if (isBlank[i] === 1) continue;
    const inner = busy === null ? GUESSED_RIM.inner : lerp(SMOOTH_RIM.inner, RIM.inner, busy[i]!);
    const outer = busy === null ? GUESSED_RIM.outer : lerp(SMOOTH_RIM.outer, RIM.outer, busy[i]!);
    view[i] = Math.round(255 * (1 - smoothstep(inner, outer, away[i]!)));
  }
  const kinds = arena.bytes(width * height);
  kinds.view.set(kindsWithin(view, width, height, RUN_REACH / STEP));
  // Half a cell, stretched, and the middle is not quite where the kind is looked up.
  const ofCells = kindsWithin(view, width, height, Math.ceil((0.85 * cell) / STEP) + 1);
  return {
    at,
    view,
    width,
    height,
    isBlank,
    kindsAt: kinds.at,
    kindOfCell: (u, v) => {
      const x = Math.min(Math.max((u / STEP) | 0, 0), width - 1);
      const y = Math.min(Math.max((v / STEP) | 0, 0), height - 1);
      return ofCells[y * width + x]!;
    },
  };
}

/** Whether the background around each texel is smooth (0) or full of detail that must not move (1). */
function findBusyPlaces(
  { rgb, width: plateWidth, height: plateHeight }: Plate,
  away: Float32Array,
  isBlank: Uint8Array,
  width: number,
  height: number,
  eyeDistance: number,
): Float32Array {
  const luma = (x: number, y: number): number => {
    const p = (Math.min(y * STEP, plateHeight - 1) * plateWidth + Math.min(x * STEP, plateWidth - 1)) * 3;
    return 0.3 * rgb[p]! + 0.6 * rgb[p + 1]! + 0.1 * rgb[p + 2]!;
  };
  const detail = new Float32Array(away.length);
  const share = new Float32Array(away.length);
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const i = y * width + x;
      if (away[i]! < RIM.outer || isBlank[i] === 1) continue;
      const here = luma(x, y);
      share[i] = 1;
      detail[i] = ((luma(x + 1, y) - here) ** 2 + (luma(x, y + 1) - here) ** 2) / 2;
    }
  }
  const radius = Math.max(2, Math.round((SURROUNDINGS * eyeDistance) / STEP));
  const sum = boxBlur(boxBlur(detail, width, height, radius), width, height, radius);
  const weight = boxBlur(boxBlur(share, width, height, radius), width, height, radius);
  return sum.map((value, i) =>
    weight[i]! < 1e-3 ? 1 : smoothstep(BUSY[0], BUSY[1], Math.sqrt(Math.max(0, value / weight[i]!))),
  );
}

/** Whether a file with transparency shows more than a person who was cut out: a background beside at least a third of them. */
function hasBackground({ data, opaque }: Rig["matte"]): boolean {
  if (opaque === null) return false;
  let person = 0;
  let beside = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i]! > 100) person++;
    else beside += opaque[i]!;
  }
  return beside * 3 > person;
}

/** Whether the file shows something at a place given in shares of the photo. */
function isOpaqueAt({ width, height, opaque }: Rig["matte"], x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= 1 || y >= 1) return false;
  return opaque![Math.floor(y * height) * width + Math.floor(x * width)] === 1;
}

/** What is seen ({@link SURFACE}, {@link BOTH}, {@link STILL}) within a square of `2 * radius + 1` texels around each. */
export function kindsWithin(view: Uint8Array, width: number, height: number, radius: number): Uint8Array {
  const uncovered = anyWithin(view, 255, width, height, radius);
  const covering = anyWithin(view, 0, width, height, radius);
  return uncovered.map((open, i) => (open === 0 ? SURFACE : covering[i] === 0 ? STILL : BOTH));
}

/** 1 where a square of `2 * radius + 1` around a texel holds anything but `value`. */
export function anyWithin(
  view: Uint8Array,
  value: number,
  width: number,
  height: number,
  radius: number,
): Uint8Array {
  const across = new Uint8Array(view.length);
  const result = new Uint8Array(view.length);
  const run = (
    from: Uint8Array,
    to: Uint8Array,
    start: number,
    step: number,
    count: number,
    none: number,
  ): void => {
    const other = (i: number): number => (i >= 0 && i < count && from[start + i * step] !== none ? 1 : 0);
    let sum = 0;
    for (let i = 0; i < radius; i++) sum += other(i);
    for (let i = 0; i < count; i++) {
      sum += other(i + radius) - other(i - radius - 1);
      to[start + i * step] = sum > 0 ? 1 : 0;
    }
  };
  for (let y = 0; y < height; y++) run(view, across, y * width, 1, width, value);
  for (let x = 0; x < width; x++) run(across, result, x, width, height, 0);
  return result;
}
