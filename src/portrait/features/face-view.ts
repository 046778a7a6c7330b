import type { Photo } from "../../assets/index.js";
import { clamp } from "../../shared/numeric.js";
import type { Rgb } from "../rig.js";
import { SURFACE_POINTS } from "./mesh-indices.js";
import type { SoundGeometry } from "./sound-geometry.js";

/** The part of the photo around the face, reduced to a bounded number of pixels per eye distance. */
export type FaceView = {
  /** Photo position of the view's top left corner, pixels. Pixel (i, j) of the photo covers `[i, i + 1)`. */
  readonly left: number;
  readonly top: number;
  /** View pixels per photo pixel, at most 1. */
  readonly scale: number;
  readonly width: number;
  readonly height: number;
  /** Planes of `width * height` values in `[0, 255]`; luminance is that of BT.709. */
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
  readonly luma: Float32Array;
};

/** View pixels per eye distance beyond which nothing is gained. */
const MAX_EYE_DISTANCE = 200;
/** Margin around the landmarks, eye distances. */
const MARGIN = 0.5;

/** Cuts the face out of the photo, averaging pixels where it is larger than needed. */
export function viewFace(photo: Photo, geometry: SoundGeometry): FaceView {
  const margin = geometry.head.eyeDistance * MARGIN;
  const [left, right] = extent(geometry, 0, margin, photo.width);
  const [top, bottom] = extent(geometry, 1, margin, photo.height);
  const scale = Math.min(1, MAX_EYE_DISTANCE / geometry.head.eyeDistance);
  const width = Math.max(1, Math.floor((right - left) * scale));
  const height = Math.max(1, Math.floor((bottom - top) * scale));
  const plane = (): Float32Array => new Float32Array(width * height);
  const view: FaceView = {
    left,
    top,
    scale,
    width,
    height,
    red: plane(),
    green: plane(),
    blue: plane(),
    luma: plane(),
  };
  if (scale === 1) copyPixels(photo, view);
  else averagePixels(photo, view);
  for (let i = 0; i < view.luma.length; i++) {
    view.luma[i] = luminance(view.red[i]!, view.green[i]!, view.blue[i]!);
  }
  return view;
}

/** BT.709 luminance of sRGB values, without linearising: a measure of what looks dark. */
export function luminance(red: number, green: number, blue: number): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** HSV saturation of a colour, `[0, 1]`. */
export function saturationOf(color: Rgb): number {
  const high = Math.max(color[0], color[1], color[2]);
  return high <= 0 ? 0 : (high - Math.min(color[0], color[1], color[2])) / high;
}

/** Bilinear sample of one plane at a photo position; outside the view its border continues. */
export function sampleView(view: FaceView, plane: Float32Array, u: number, v: number): number {
  const x = clamp((u - view.left) * view.scale - 0.5, 0, view.width - 1);
  const y = clamp((v - view.top) * view.scale - 0.5, 0, view.height - 1);
  const i = Math.floor(x);
  const j = Math.floor(y);
  const right = Math.min(i + 1, view.width - 1);
  const below = Math.min(j + 1, view.height - 1) * view.width;
  const here = j * view.width;
  const a = plane[here + i]! + (plane[here + right]! - plane[here + i]!) * (x - i);
  const b = plane[below + i]! + (plane[below + right]! - plane[below + i]!) * (x - i);
  return a + (b - a) * (y - j);
}

/** Bilinear colour at a photo position. */
export function colorAt(view: FaceView, u: number, v: number): Rgb {
  return [
    sampleView(view, view.red, u, v),
    sampleView(view, view.green, u, v),
    sampleView(view, view.blue, u, v),
  ];
}

/** True when the photo position lies on the view, that is on the picture. */
export function onView(view: FaceView, u: number, v: number): boolean {
  const x = (u - view.left) * view.scale;
  const y = (v - view.top) * view.scale;
  return x >= 0 && y >= 0 && x <= view.width && y <= view.height;
}

/** Range of the landmarks along one axis with its margin, whole pixels inside the picture, never empty. */
function extent(geometry: SoundGeometry, axis: 0 | 1, margin: number, size: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let p = 0; p < SURFACE_POINTS; p++) {
    low = Math.min(low, geometry.points[p * 3 + axis]!);
    high = Math.max(high, geometry.points[p * 3 + axis]!);
  }
  const from = clamp(Math.floor(low - margin), 0, size - 1);
  return [from, clamp(Math.ceil(high + margin), from + 1, size)];
}

function copyPixels(photo: Photo, view: FaceView): void {
  for (let y = 0; y < view.height; y++) {
    let from = ((y + view.top) * photo.width + view.left) * 3;
    let to = y * view.width;
    for (let x = 0; x < view.width; x++, from += 3, to++) {
      view.red[to] = photo.rgb[from]!;
      view.green[to] = photo.rgb[from + 1]!;
      view.blue[to] = photo.rgb[from + 2]!;
    }
  }
}

/** Area average of the photo pixels under each view pixel, fractional borders included. */
function averagePixels(photo: Photo, view: FaceView): void {
  const size = 1 / view.scale;
  const area = view.scale * view.scale;
  for (let y = 0; y < view.height; y++) {
    const y0 = view.top + y * size;
    const y1 = y0 + size;
    for (let x = 0; x < view.width; x++) {
      const x0 = view.left + x * size;
      const x1 = x0 + size;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = Math.floor(y0); j < y1; j++) {
        const weightY = (Math.min(j + 1, y1) - Math.max(j, y0)) * area;
        const line = Math.min(j, photo.height - 1) * photo.width;
        for (let i = Math.floor(x0); i < x1; i++) {
          const weight = (Math.min(i + 1, x1) - Math.max(i, x0)) * weightY;
          const at = (line + Math.min(i, photo.width - 1)) * 3;
          red += weight * photo.rgb[at]!;
          green += weight * photo.rgb[at + 1]!;
          blue += weight * photo.rgb[at + 2]!;
        }
      }
      const to = y * view.width + x;
      view.red[to] = red;
      view.green[to] = green;
      view.blue[to] = blue;
    }
  }
}
