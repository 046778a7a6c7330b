import type { Rig } from "../../portrait/index.js";
import { clamp, smoothstep } from "../../shared/numeric.js";
import { boxBlur } from "../box-blur.js";
import { squaredDistance } from "../deform/person-weight.js";
import { inpaint } from "../inpaint.js";
import type { Plate } from "../plate.js";
import type { Cover } from "./cover.js";

/** How far behind the outline anything can be seen at the largest turns, eye distances. */
const SEEN = 0.6;
/** How far the mirrored surroundings reach in behind the outline, and how far the outline is rounded for that, eye distances. */
const MIRRORED = 0.45;
const ROUNDING = 0.06;
/** Beyond the outline the mirror begins so far out, cover texels: the rim's last texels still hold a little hair. */
const GAP = 2;

/**
 * The plate's pixels without the person: where the cover is full, what its surroundings suggest.
 *
 * @returns interleaved RGB, `height * width * 3`
 */
export function fillBehind(plate: Plate, cover: Cover, rig: Rig): Uint8Array {
  const eyeDistance = rig.head.eyeDistance * plate.placement.scaleY;
  const known = knownTexels(cover);
  const depth = depthBehind(cover);
  const filled = fillSoftly(plate, cover, known, depth, (SEEN * eyeDistance) / 2);
  mirrorInwards(filled, plate, cover, known, depth, eyeDistance);
  return filled;
}

/** Whether only the person is seen at a plate pixel. */
export function isBehind(cover: Cover, x: number, y: number): boolean {
  return cover.view[(y >> 1) * cover.width + (x >> 1)] === 255;
}

/** 1 where the plate shows the surroundings: neither the person nor what is transparent in the file. */
function knownTexels(cover: Cover): Float32Array {
  const known = new Float32Array(cover.view.length);
  for (let i = 0; i < known.length; i++) known[i] = cover.view[i] === 255 || cover.isBlank[i] === 1 ? 0 : 1;
  return known;
}

/** Push-pull at half the density: what has to look right lies near the outline and is mirrored. */
function fillSoftly(
  { width, height, rgb }: Plate,
  cover: Cover,
  known: Float32Array,
  depth: Float32Array,
  seen: number,
): Uint8Array {
  const soft = new Float32Array(cover.width * cover.height * 3);
  for (let y = 0; y < cover.height; y++) {
    for (let x = 0; x < cover.width; x++) {
      const to = (y * cover.width + x) * 3;
      for (let k = 0; k < 4; k++) {
        const px = Math.min(width - 1, 2 * x + (k & 1));
        const py = Math.min(height - 1, 2 * y + (k >> 1));
        for (let c = 0; c < 3; c++) soft[to + c]! += rgb[(py * width + px) * 3 + c]! / 4;
      }
    }
  }
  inpaint(soft, known.slice(), cover.width, cover.height);
  const filled = rgb.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const texel = (y >> 1) * cover.width + (x >> 1);
      if (depth[texel]! <= 0 || depth[texel]! > seen) continue;
      for (let c = 0; c < 3; c++) filled[(y * width + x) * 3 + c] = soft[texel * 3 + c]!;
    }
  }
  return filled;
}

/**
 * Continues what surrounds the person behind its outline, as in a mirror that stands there: unlike a soft fill it has
 * the leaves and the grain of the place.
 */
function mirrorInwards(
  filled: Uint8Array,
  plate: Plate,
  cover: Cover,
  known: Float32Array,
  depth: Float32Array,
  eyeDistance: number,
): void {
  const { width, height, rgb } = plate;
  const radius = Math.max(2, Math.round((ROUNDING * eyeDistance) / 2));
  const rounded = boxBlur(
    boxBlur(depth, cover.width, cover.height, radius),
    cover.width,
    cover.height,
    radius,
  );
  const reach = (MIRRORED * eyeDistance) / 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const d = depth[(y >> 1) * cover.width + (x >> 1)]!;
      if (d <= 0 || d >= reach) continue;
      const here = valueAt(rounded, cover.width, cover.height, x / 2 - 0.25, y / 2 - 0.25);
      const slope = Math.sqrt(here.dx * here.dx + here.dy * here.dy);
      if (slope < 0.25) continue;
      const step = (2 * (2 * Math.max(here.value, 0.5) + GAP)) / slope;
      const sx = Math.round(x - here.dx * step);
      const sy = Math.round(y - here.dy * step);
      if (sx < 0 || sy < 0 || sx >= width || sy >= height) continue;
      if (known[(sy >> 1) * cover.width + (sx >> 1)] === 0) continue;
      const share = 1 - smoothstep(0.5 * reach, reach, d);
      const from = (sy * width + sx) * 3;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) filled[to + c]! += (rgb[from + c]! - filled[to + c]!) * share;
    }
  }
}

/** Distance from the outline of what is hidden, cover texels; negative outside it. */
function depthBehind({ view, width, height }: Cover): Float32Array {
  const outside = view.map((value) => (value === 255 ? 0 : 1));
  const depth = squaredDistance(outside, width, height);
  const away = squaredDistance(
    outside.map((value) => 1 - value),
    width,
    height,
  );
  return depth.map((value, i) => Math.sqrt(value) - Math.sqrt(away[i]!));
}

/** Bilinear value of a lattice and its slope, per node. */
function valueAt(
  values: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
): { readonly value: number; readonly dx: number; readonly dy: number } {
  const gx = clamp(x, 0, width - 1.001);
  const gy = clamp(y, 0, height - 1.001);
  const at = (gy | 0) * width + (gx | 0);
  const below = at + width;
  const [a, b, c, d] = [values[at]!, values[at + 1]!, values[below]!, values[below + 1]!];
  const fx = gx - (gx | 0);
  const fy = gy - (gy | 0);
  const top = a + (b - a) * fx;
  const bottom = c + (d - c) * fx;
  return { value: top + (bottom - top) * fy, dx: b - a + (d - c - b + a) * fy, dy: bottom - top };
}
