import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import type { Eye, Mask, Rgb } from "../rig.js";
import { type FaceGeometry, landmarkInPhoto, photoToHead } from "./face-geometry.js";
import { type FaceView, luminance, sampleView } from "./face-view.js";
import { BRIDGE, OVAL } from "./mesh-indices.js";

/** Bridge luminance over cheek luminance below which the bridge is a dark spectacle frame. */
const BRIDGE_THRESHOLD = 0.45;
/** Pixels darker than this share of the cheek belong to the frame when connected to the bridge. */
const FRAME_SHARE = 0.56;
/** Height of the searched band in the head frame, eye distances. */
const TOP = -0.42;
const BOTTOM = 0.72;
/** How far the hinges may stand out beside the face, eye distances. */
const BESIDE = 0.24;
/** Strip around the lids that stays free: lashes and irises are dark too. */
const LID_ABOVE = 0.05;
const LID_BELOW = 0.05;
/**
 * A frame is a thin dark line: it is darker than this share of its surroundings, measured over squares of this
 * half side, eye distances. Hair is thicker, shaded skin has less contrast.
 */
const CONTRAST_SHARE = 0.66;
const HALF_SQUARE = 0.085;
/** Half the widest highlight on a rim that belongs to it, eye distances. */
const HIGHLIGHT = 0.02;
/** Growth of the mask, so that the frame's blurred rim belongs to it, eye distances. */
const GROWTH = 0.014;

/** Dark spectacle frames as a mask in photo pixels; null without. */
export function findGlasses(
  view: FaceView,
  face: FaceGeometry,
  eyes: readonly Eye[],
  cheeks: readonly [Rgb, Rgb],
): Mask | null {
  const cheekLuma: [number, number] = [luminance(...cheeks[0]), luminance(...cheeks[1])];
  if (bridgeDarkness(view, face, cheekLuma) >= BRIDGE_THRESHOLD) return null;
  const pixels = face.head.eyeDistance * view.scale;
  const candidates = darkPixels(view, face, eyes, cheekLuma);
  const frame = floodFromBridge(view, face, candidates);
  if (!frame.some((value) => value === 1)) return null;
  const whole = fillHighlights(view, face, eyes, frame, Math.max(1, Math.round(HIGHLIGHT * pixels)));
  return toPhotoMask(view, grow(whole, view.width, view.height, GROWTH * pixels));
}

/**
 * Adds what the frame encloses within half its own thickness: lamps and windows shine on dark rims, and a rim that
 * stands still only where it is dark would be torn when the cheek moves. The lids stay free.
 */
function fillHighlights(
  view: FaceView,
  face: FaceGeometry,
  eyes: readonly Eye[],
  frame: Uint8Array,
  radius: number,
): Uint8Array {
  const closed = closeOver(Float32Array.from(frame), view.width, view.height, radius);
  return frame.map((own, i) => {
    if (own === 1 || closed[i]! < 0.5) return own;
    const u = view.left + ((i % view.width) + 0.5) / view.scale;
    const v = view.top + (Math.floor(i / view.width) + 0.5) / view.scale;
    const at = photoToHead(face, u, v);
    return eyes.some((eye) => inLidStrip(eye, at.x, at.y)) ? 0 : 1;
  });
}

/** Darkest luminance on the bridge of the nose relative to the cheeks. */
export function bridgeDarkness(
  view: FaceView,
  face: FaceGeometry,
  cheekLuma: readonly [number, number],
): number {
  const from = landmarkInPhoto(face, BRIDGE[0]);
  const to = landmarkInPhoto(face, BRIDGE[1]);
  let darkest = Infinity;
  for (let i = 0; i <= 24; i++) {
    const u = lerp(from.u, to.u, i / 24);
    const v = lerp(from.v, to.v, i / 24);
    darkest = Math.min(darkest, sampleView(view, view.luma, u, v));
  }
  return darkest / Math.max(1, (cheekLuma[0] + cheekLuma[1]) / 2);
}

/** 1 where a view pixel is dark, inside the band of the spectacles, and not lash or iris. */
function darkPixels(
  view: FaceView,
  face: FaceGeometry,
  eyes: readonly Eye[],
  cheekLuma: readonly [number, number],
): Uint8Array {
  const dark = new Uint8Array(view.width * view.height);
  const highest = FRAME_SHARE * Math.max(cheekLuma[0], cheekLuma[1]);
  const [left, right] = earToEar(face);
  const radius = Math.max(1, Math.round(HALF_SQUARE * face.head.eyeDistance * view.scale));
  const surroundings = surroundingLuma(view, radius);
  for (let i = 0; i < dark.length; i++) {
    const luma = view.luma[i]!;
    if (luma >= highest || luma >= CONTRAST_SHARE * surroundings[i]!) continue;
    const u = view.left + ((i % view.width) + 0.5) / view.scale;
    const v = view.top + (Math.floor(i / view.width) + 0.5) / view.scale;
    const at = photoToHead(face, u, v);
    if (at.y < TOP || at.y > BOTTOM || at.x < left || at.x > right) continue;
    const cheek = lerp(cheekLuma[0], cheekLuma[1], smoothstep(-0.4, 0.4, at.x));
    if (luma < FRAME_SHARE * cheek && !eyes.some((eye) => inLidStrip(eye, at.x, at.y))) dark[i] = 1;
  }
  return dark;
}

function earToEar(face: FaceGeometry): [number, number] {
  let left = Infinity;
  let right = -Infinity;
  for (const p of OVAL) {
    const x = photoToHead(face, face.points[p * 3]!, face.points[p * 3 + 1]!).x;
    left = Math.min(left, x);
    right = Math.max(right, x);
  }
  return [left - BESIDE, right + BESIDE];
}

function inLidStrip(eye: Eye, x: number, y: number): boolean {
  const last = eye.x.length - 1;
  const t = ((x - eye.x[0]!) / (eye.x[last]! - eye.x[0]!)) * last;
  if (!(t >= 0 && t <= last)) return false;
  const i = Math.round(t);
  return y > eye.upperLid[i]! - LID_ABOVE && y < eye.lowerLid[i]! + LID_BELOW;
}

/**
 * Brightness of the surroundings: a grey closing, which fills dark lines thinner than the square and leaves larger dark
 * places, such as hair, as they are.
 */
function surroundingLuma(view: FaceView, radius: number): Float32Array {
  return closeOver(view.luma, view.width, view.height, radius);
}

/** Grey closing: maximum, then minimum over a square of half side `radius`. */
function closeOver(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  let plane = values;
  for (const sign of [1, -1] as const) {
    const along = new Float32Array(plane.length);
    for (let y = 0; y < height; y++) slidingMaximum(plane, along, y * width, 1, width, radius, sign);
    const across = new Float32Array(plane.length);
    for (let x = 0; x < width; x++) slidingMaximum(along, across, x, width, height, radius, sign);
    plane = across;
  }
  return plane;
}

/** Maximum (sign 1) or minimum (sign -1) over `radius` neighbours on both sides along one line, in linear time. */
function slidingMaximum(
  from: Float32Array,
  to: Float32Array,
  start: number,
  stride: number,
  count: number,
  radius: number,
  sign: 1 | -1,
): void {
  // Indices whose values fall from front to back: the front is the extreme of the window.
  const queue = new Int32Array(count);
  let front = 0;
  let back = 0;
  for (let i = 0; i < count + radius; i++) {
    if (i < count) {
      const value = sign * from[start + i * stride]!;
      while (back > front && sign * from[start + queue[back - 1]! * stride]! <= value) back--;
      queue[back++] = i;
    }
    const center = i - radius;
    if (center < 0) continue;
    while (queue[front]! < center - radius) front++;
    to[start + center * stride] = from[start + queue[front]! * stride]!;
  }
}

/** The dark pixels that hang together with dark pixels on the bridge. */
function floodFromBridge(view: FaceView, face: FaceGeometry, dark: Uint8Array): Uint8Array {
  const { width, height } = view;
  const frame = new Uint8Array(dark.length);
  const stack: number[] = [];
  const visit = (i: number): void => {
    if (dark[i] !== 1 || frame[i] === 1) return;
    frame[i] = 1;
    stack.push(i);
  };
  const from = landmarkInPhoto(face, BRIDGE[0]);
  const to = landmarkInPhoto(face, BRIDGE[1]);
  for (let k = 0; k <= 48; k++) {
    const x = Math.floor((lerp(from.u, to.u, k / 48) - view.left) * view.scale);
    const y = Math.floor((lerp(from.v, to.v, k / 48) - view.top) * view.scale);
    if (x >= 0 && y >= 0 && x < width && y < height) visit(y * width + x);
  }
  while (stack.length > 0) {
    const i = stack.pop()!;
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x + 1 < width) visit(i + 1);
    if (i >= width) visit(i - width);
    if (i + width < dark.length) visit(i + width);
  }
  return frame;
}

/** Coverage in [0, 1]: 1 within `radius` pixels of the frame, falling to 0 over one more pixel. */
function grow(frame: Uint8Array, width: number, height: number, radius: number): Float32Array {
  const reach = Math.ceil(radius + 1);
  const out = new Float32Array(frame.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (frame[y * width + x] !== 1) continue;
      const inner =
        x > 0 &&
        y > 0 &&
        x + 1 < width &&
        y + 1 < height &&
        frame[y * width + x - 1] === 1 &&
        frame[y * width + x + 1] === 1 &&
        frame[(y - 1) * width + x] === 1 &&
        frame[(y + 1) * width + x] === 1;
      if (inner) {
        out[y * width + x] = 1;
        continue;
      }
      for (let j = Math.max(0, y - reach); j <= Math.min(height - 1, y + reach); j++) {
        for (let i = Math.max(0, x - reach); i <= Math.min(width - 1, x + reach); i++) {
          const distance = Math.sqrt((i - x) * (i - x) + (j - y) * (j - y));
          const value = clamp(radius + 1 - distance, 0, 1);
          if (value > out[j * width + i]!) out[j * width + i] = value;
        }
      }
    }
  }
  return out;
}

/** Cuts the covered part out and brings it to photo pixels. */
function toPhotoMask(view: FaceView, coverage: Float32Array): Mask {
  let left = view.width;
  let right = -1;
  let top = view.height;
  let bottom = -1;
  for (let i = 0; i < coverage.length; i++) {
    if (coverage[i] === 0) continue;
    const x = i % view.width;
    const y = Math.floor(i / view.width);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const x = view.left + Math.floor(left / view.scale);
  const y = view.top + Math.floor(top / view.scale);
  const width = view.left + Math.ceil((right + 1) / view.scale) - x;
  const height = view.top + Math.ceil((bottom + 1) / view.scale) - y;
  const data = new Uint8Array(width * height);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      data[j * width + i] = Math.round(255 * sampleView(view, coverage, x + i + 0.5, y + j + 0.5));
    }
  }
  return { x, y, width, height, data };
}
