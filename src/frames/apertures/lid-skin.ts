import type { Eye, Rgb, Tones } from "../../portrait/index.js";
import { clamp, lerp } from "../../shared/numeric.js";
import { gauss } from "../../shared/portable-math.js";
import { surfaceAtHead } from "../deform/surface.js";
import { toYuv } from "../to-yuv.js";
import type { LatticeContext } from "./edge-lattice.js";

const COLUMNS = 64;
const ROWS = 26;
/** Height of the strip above the lid edge that is split into skin and lashes, eye distances. */
export const LASH_HEIGHT = 0.085;
/** The rows next to the edge hold lashes, so the skin is measured above them. */
const LASH_ROWS = 5;

/**
 * The upper lid's strip split into clean skin and the shade that lashes and lid line lay over it, so that a closing
 * lid can unfold as skin while the lashes keep their length and turn down.
 */
export type LidSkin = {
  /**
   * Clean skin of a lid that is `closed` in [0, 1], at `t` in [-1, 1] along the eye and `height` above the edge: Y, U, V
   * into `out`. It bulges over the eyeball and has the grain of the skin under the eye.
   */
  skin(t: number, height: number, closed: number, out: Float32Array): void;
  /** Share of light that the lashes leave at `height` above the edge, `[.2, 1]`. */
  lash(t: number, height: number): number;
};

/** Height of the lid's plate that shows above the edge of an open eye, eye distances. */
const TARSUS = 0.05;

/** Measures one lid in the plate. */
export function createLidSkin(context: LatticeContext, eye: Eye): LidSkin {
  const photo = sampleStrip(context, eye, eye.upperLid, 0, -LASH_HEIGHT);
  const below = sampleStrip(context, eye, eye.lowerLid, 0.05, 0.05 + LASH_HEIGHT);
  const skin = cleanSkin(photo, skinBelow(below));
  warmSkin(skin, context.rig.tones);
  const grain = grainOf(below);
  const ratio = new Float32Array(COLUMNS * ROWS);
  for (let i = 0; i < ratio.length; i++) {
    ratio[i] = clamp((photo[i * 3]! - 16) / Math.max(1, skin[i * 3]! - 16), 0.2, 1);
  }
  return {
    skin: (t, height, closed, out) => {
      for (let c = 0; c < 3; c++) out[c] = bilinear(skin, 3, c, t, height);
      const shade = bulge(t, height / (TARSUS + eye.opening * closed), closed);
      out[0] = 16 + (out[0]! - 16) * shade + bilinear(grain, 1, 0, t, height);
      out[1] = 128 + (out[1]! - 128) * shade;
      out[2] = 128 + (out[2]! - 128) * shade;
    },
    lash: (t, height) => (height >= LASH_HEIGHT ? 1 : bilinear(ratio, 1, 0, t, height)),
  };
}

/**
 * Light of a lid over the ball of the eye: most in its middle, less towards the lashes, the crease and the corners.
 *
 * @param h - 0 at the edge of the lid, 1 at its crease
 */
function bulge(t: number, h: number, closed: number): number {
  const middle = gauss((h - 0.5) / 0.34);
  const rim = gauss(h / 0.16);
  const corner = t * t * t * t;
  return 1 + closed * (0.09 * middle * (1 - corner) - 0.13 * rim - 0.1 * corner - 0.04);
}

/** Pulls the hue towards the cheeks': shadow, low resolution and the white of the eye leave lids grey or blue. */
function warmSkin(skin: Float32Array, { cheekLeft, cheekRight }: Tones): void {
  const [left, right] = [toYuv(cheekLeft), toYuv(cheekRight)];
  const hue = [1, 2].map((c) => {
    return (
      ((left[c]! - 128) / Math.max(8, left[0] - 16) + (right[c]! - 128) / Math.max(8, right[0] - 16)) / 2
    );
  });
  for (let i = 0; i < skin.length; i += 3) {
    for (let c = 1; c < 3; c++) {
      skin[i + c] = lerp(skin[i + c]!, 128 + (skin[i]! - 16) * hue[c - 1]!, CHEEK_HUE);
    }
  }
}

/** Share of the cheeks' hue in a closed lid. */
const CHEEK_HUE = 0.8;

/** What the skin's own texture adds to its mean light. */
function grainOf(strip: Float32Array): Float32Array {
  let mean: Float32Array = strip;
  for (let pass = 0; pass < 6; pass++) mean = smooth(mean);
  const grain = new Float32Array(COLUMNS * ROWS);
  for (let i = 0; i < grain.length; i++) grain[i] = clamp(strip[i * 3]! - mean[i * 3]!, -9, 9);
  return grain;
}

/** Y, U, V of the photo along a lid, rows from one distance to another (head frame, downwards). */
function sampleStrip(
  context: LatticeContext,
  eye: Eye,
  curve: Float32Array,
  from: number,
  to: number,
): Float32Array {
  const { rig, plate } = context;
  const { scaleX, scaleY, offsetX, offsetY } = plate.placement;
  const strip = new Float32Array(COLUMNS * ROWS * 3);
  const last = eye.x.length - 1;
  for (let i = 0; i < COLUMNS; i++) {
    const p = (i / (COLUMNS - 1)) * last;
    const k = Math.min(p | 0, last - 1);
    const x = lerp(eye.x[k]!, eye.x[k + 1]!, p - k);
    const edge = lerp(curve[k]!, curve[k + 1]!, p - k);
    const z = lerp(eye.z[k]!, eye.z[k + 1]!, p - k);
    for (let j = 0; j < ROWS; j++) {
      const offset = lerp(from, to, j / (ROWS - 1));
      const { u, v } = surfaceAtHead(rig, x, edge + offset, z);
      samplePlate(
        plate.rgb,
        plate.width,
        plate.height,
        u * scaleX + offsetX,
        v * scaleY + offsetY,
        strip,
        (j * COLUMNS + i) * 3,
      );
    }
  }
  return strip;
}

function samplePlate(
  rgb: Uint8Array,
  width: number,
  height: number,
  x: number,
  y: number,
  out: Float32Array,
  at: number,
): void {
  const gx = clamp(x - 0.5, 0, width - 1.001);
  const gy = clamp(y - 0.5, 0, height - 1.001);
  const ix = gx | 0;
  const iy = gy | 0;
  const p = (iy * width + ix) * 3;
  const q = p + width * 3;
  const [fx, fy] = [gx - ix, gy - iy];
  const r = mixFour(rgb[p]!, rgb[p + 3]!, rgb[q]!, rgb[q + 3]!, fx, fy);
  const g = mixFour(rgb[p + 1]!, rgb[p + 4]!, rgb[q + 1]!, rgb[q + 4]!, fx, fy);
  const b = mixFour(rgb[p + 2]!, rgb[p + 5]!, rgb[q + 2]!, rgb[q + 5]!, fx, fy);
  const yuv = toYuv([r, g, b]);
  for (let c = 0; c < 3; c++) out[at + c] = yuv[c]!;
}

function mixFour(a: number, b: number, c: number, d: number, fx: number, fy: number): number {
  return lerp(lerp(a, b, fx), lerp(c, d, fx), fy);
}

/** How far below the lid's edge its wet rim may reach, and where the skin under it is looked at; eye distances. */
const WIDEST_RIM = 0.04;
const UNDER_RIM = 0.075;

/**
 * Width of the lower lid's bright wet rim at each lid sample, eye distances: a closing lid must come down over it, else a
 * light line stays under the lashes.
 */
export function measureRim(context: LatticeContext, eye: Eye): Float32Array {
  const strip = sampleStrip(context, eye, eye.lowerLid, 0, UNDER_RIM);
  const last = Math.floor((WIDEST_RIM / UNDER_RIM) * (ROWS - 1));
  const widths = Array.from({ length: COLUMNS }, (_, i) => {
    let skin = 0;
    for (let j = last + 4; j < ROWS; j++) skin += (strip[(j * COLUMNS + i) * 3]! - 16) / (ROWS - last - 4);
    let end = 0;
    for (let j = 0; j <= last; j++) if (strip[(j * COLUMNS + i) * 3]! - 16 > 1.07 * skin) end = j + 1;
    // Light all the way down is skin in the sun.
    return end > last ? 0 : (end / (ROWS - 1)) * UNDER_RIM;
  });
  return Float32Array.from(eye.x, (_, k) => {
    const at = Math.round((k / (eye.x.length - 1)) * (COLUMNS - 1));
    const near = widths.slice(Math.max(0, at - 5), at + 6).sort((a, b) => a - b);
    return near[near.length >> 1]!;
  });
}

/** The skin under an eye lies in the same light as its lid: the brighter half's mean. */
function skinBelow(strip: Float32Array): Rgb {
  const order = Array.from({ length: strip.length / 3 }, (_, i) => i * 3);
  order.sort((a, b) => strip[a]! - strip[b]!);
  const from = order.length >> 1;
  const to = Math.floor(order.length * 0.9);
  const mean = (c: number): number => {
    let sum = 0;
    for (let n = from; n < to; n++) sum += strip[order[n]! + c]!;
    return sum / (to - from);
  };
  return [mean(0), mean(1), mean(2)];
}

/** A lid is at least this bright relative to the skin under the eye; low brows and lashes hide how bright it is. */
const DARKEST = 0.7;

/** Skin without lashes: the brighter part of each neighbourhood, smoothed; where that is too dark to be skin, that under the eye. */
function cleanSkin(photo: Float32Array, below: Rgb): Float32Array {
  let skin: Float32Array = new Float32Array(photo.length);
  const order: number[] = [];
  for (let j = 0; j < ROWS; j++) {
    for (let i = 0; i < COLUMNS; i++) {
      order.length = 0;
      for (let y = Math.max(LASH_ROWS, j - 6); y <= Math.min(ROWS - 1, Math.max(LASH_ROWS + 4, j + 6)); y++) {
        for (let x = Math.max(0, i - 4); x <= Math.min(COLUMNS - 1, i + 4); x++)
          order.push((y * COLUMNS + x) * 3);
      }
      order.sort((a, b) => photo[a]! - photo[b]!);
      const from = Math.floor(order.length * 0.62);
      const to = Math.max(from + 1, Math.floor(order.length * 0.88));
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let n = from; n < to; n++) sum += photo[order[n]! + c]!;
        skin[(j * COLUMNS + i) * 3 + c] = sum / (to - from);
      }
    }
  }
  for (let pass = 0; pass < 4; pass++) skin = smooth(skin);
  for (let i = 0; i < COLUMNS * ROWS; i++) {
    const top = ((ROWS - 1) * COLUMNS + (i % COLUMNS)) * 3;
    for (let c = 0; c < 3; c++) {
      // The row farthest from the lashes tells the skin's light best.
      if (i < (ROWS - 1) * COLUMNS) skin[i * 3 + c] = lerp(skin[i * 3 + c]!, skin[top + c]!, 0.3);
    }
    const light = (skin[i * 3]! - 16) / Math.max(1, below[0] - 16);
    if (light < DARKEST) {
      const share = clamp((DARKEST - light) / 0.35, 0, 1) * 0.75;
      skin[i * 3] = lerp(skin[i * 3]!, 16 + DARKEST * (below[0] - 16), share);
      // Shadow hides the hue before it hides the light.
      const lit = (skin[i * 3]! - 16) / Math.max(1, below[0] - 16);
      for (let c = 1; c < 3; c++) {
        const own = 128 + lit * (below[c]! - 128);
        skin[i * 3 + c] = lerp(skin[i * 3 + c]!, own, Math.min(1, 2 * share));
      }
    }
  }
  return skin;
}

function smooth(values: Float32Array): Float32Array {
  const result = new Float32Array(values.length);
  for (let j = 0; j < ROWS; j++) {
    for (let i = 0; i < COLUMNS; i++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let y = -1; y <= 1; y++) {
          for (let x = -1; x <= 1; x++) {
            const at = clamp(j + y, 0, ROWS - 1) * COLUMNS + clamp(i + x, 0, COLUMNS - 1);
            sum += values[at * 3 + c]! * (2 - Math.abs(x)) * (2 - Math.abs(y));
          }
        }
        result[(j * COLUMNS + i) * 3 + c] = sum / 16;
      }
    }
  }
  return result;
}

function bilinear(
  values: Float32Array,
  channels: number,
  channel: number,
  t: number,
  height: number,
): number {
  const gx = clamp(((t + 1) / 2) * (COLUMNS - 1), 0, COLUMNS - 1.001);
  const gy = clamp((height / LASH_HEIGHT) * (ROWS - 1), 0, ROWS - 1.001);
  const x = gx | 0;
  const y = gy | 0;
  const at = (y * COLUMNS + x) * channels + channel;
  const below = at + COLUMNS * channels;
  const top = values[at]! + (values[at + channels]! - values[at]!) * (gx - x);
  const bottom = values[below]! + (values[below + channels]! - values[below]!) * (gx - x);
  return top + (bottom - top) * (gy - y);
}
