import sharp from "sharp";
import type { Photo } from "../assets/index.js";
import { continuePhoto, type Rectangle } from "./continue-photo.js";
import { type AlphaPlane, layOutAlpha } from "./cut-out/alpha-plane.js";
import { fillDoubledPlate } from "./dense-plate.js";
import { enlarge } from "./enlarge.js";
import type { Framing } from "./framing.js";
import type { Arena } from "./kernels/arena.js";

/** Where the photo lies on the plate: plate pixel = photo pixel * scale + offset, both axes apart. */
export type Placement = {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
};

/**
 * The photo as the kernels want it: planes of texels covering the video frame and a
 * margin around it (`margin` pixels), plus the frame at rest.
 */
export type Plate = {
  readonly width: number;
  readonly height: number;
  readonly margin: number;
  /** Photo to plate pixels. */
  readonly placement: Placement;
  /** Luma at twice the density of the video, chroma at the chroma planes' own. */
  readonly luma: {
    readonly at: number;
    readonly stride: number;
    readonly width: number;
    readonly height: number;
  };
  readonly chromaU: {
    readonly at: number;
    readonly stride: number;
    readonly width: number;
    readonly height: number;
  };
  readonly chromaV: {
    readonly at: number;
    readonly stride: number;
    readonly width: number;
    readonly height: number;
  };
  /** The person's coverage, where they were cut out for a new background. */
  readonly alpha?: AlphaPlane;
  /** The plate itself, interleaved RGB at the video's density, `height * width * 3`. */
  readonly rgb: Uint8Array;
};

/** Changes a plate's pixels before they become texels. */
export type Retouch = (rgb: Uint8Array, width: number, height: number, placement: Placement) => void;

/** What becomes of a person who was cut out of the photo while a plate is made. */
export interface PlateCutOut {
  /**
   * Called with the scaled part of the photo, interleaved RGB of the target's size, before it is continued beyond its
   * borders: takes everything out of it that is not the person.
   *
   * @param source - the part of the photo that was scaled
   * @param target - where it lies on the plate, pixels
   */
  clean(scaled: Uint8Array, source: Rectangle, target: Rectangle): Promise<void>;
  /** Called with the whole plate; gives its alpha, `height * width`. */
  finish(rgb: Uint8Array, width: number, height: number, placement: Placement): Uint8Array;
}

/** Bytes of kernel memory that a plate of this size takes. */
export function plateBytes(width: number, height: number, withAlpha = false): number {
  return width * height * (withAlpha ? 8.5 : 4.5) + 256;
}

/**
 * Scales the photo to the video, continues it beyond its borders, and lays it out as texels.
 *
 * @param cutOut - where only the person is to be kept
 */
export async function createPlate(
  photo: Photo,
  framing: Framing,
  margin: number,
  arena: Arena,
  retouch: Retouch,
  cutOut?: PlateCutOut,
): Promise<Plate> {
  const width = framing.width + 2 * margin;
  const height = framing.height + 2 * margin;
  const { rgb, placement } = await placePhoto(photo, framing, margin, width, height, cutOut);
  const alpha = cutOut?.finish(rgb, width, height, placement);
  retouch(rgb, width, height, placement);
  const luma = arena.bytes(4 * width * height);
  const half = [width / 2, height / 2] as const;
  const chromaU = arena.bytes(half[0] * half[1]);
  const chromaV = arena.bytes(half[0] * half[1]);
  const line = new Float32Array(width);
  fillDoubledPlate((row) => lumaRow(rgb, width, row, line), width, height, luma.view);
  fillChroma(rgb, width, height, chromaU.view, chromaV.view);
  return {
    width,
    height,
    margin,
    placement,
    luma: { at: luma.at, stride: 2 * width, width: 2 * width, height: 2 * height },
    chromaU: { at: chromaU.at, stride: half[0], width: half[0], height: half[1] },
    chromaV: { at: chromaV.at, stride: half[0], width: half[0], height: half[1] },
    rgb,
    ...(alpha === undefined ? {} : { alpha: layOutAlpha(alpha, width, height, arena) }),
  };
}

/** BT.709 limited-range luma of one row of a picture, as real numbers. */
export function lumaRow(rgb: Uint8Array, width: number, row: number, out: Float32Array): Float32Array {
  for (let x = 0, p = row * width * 3; x < width; x++, p += 3) {
    out[x] = 16 + 0.182586 * rgb[p]! + 0.614231 * rgb[p + 1]! + 0.062007 * rgb[p + 2]!;
  }
  return out;
}

/**
 * BT.709 limited-range chroma at a quarter of the density, sited as video has it and the stream says: on the left one
 * of two columns, between two rows. So the mean goes over three columns, and colour edges stay where light has them.
 */
export function fillChroma(
  rgb: Uint8Array,
  width: number,
  height: number,
  u: Uint8Array,
  v: Uint8Array,
): void {
  const below = width * 3;
  for (let row = 0, at = 0; row + 1 < height; row += 2) {
    let p = row * below;
    let leftR = rgb[p]! + rgb[p + below]!;
    let leftG = rgb[p + 1]! + rgb[p + below + 1]!;
    let leftB = rgb[p + 2]! + rgb[p + below + 2]!;
    for (let x = 0; x + 1 < width; x += 2, p += 6, at++) {
      const q = p + below;
      const rightR = rgb[p + 3]! + rgb[q + 3]!;
      const rightG = rgb[p + 4]! + rgb[q + 4]!;
      const rightB = rgb[p + 5]! + rgb[q + 5]!;
      const r = (leftR + 2 * (rgb[p]! + rgb[q]!) + rightR) / 8;
      const g = (leftG + 2 * (rgb[p + 1]! + rgb[q + 1]!) + rightG) / 8;
      const b = (leftB + 2 * (rgb[p + 2]! + rgb[q + 2]!) + rightB) / 8;
      u[at] = 128.5 - 0.100644 * r - 0.338572 * g + 0.439216 * b;
      v[at] = 128.5 + 0.439216 * r - 0.398942 * g - 0.040274 * b;
      leftR = rightR;
      leftG = rightG;
      leftB = rightB;
    }
  }
}

/** The part of the photo that the plate shows, resized so that its pixels fall on plate pixels. */
async function placePhoto(
  photo: Photo,
  framing: Framing,
  margin: number,
  width: number,
  height: number,
  cutOut: PlateCutOut | undefined,
) {
  const { scale } = framing;
  const source = neededPart(photo, framing, margin, width, height);
  const target: Rectangle = {
    left: Math.round((source.left - framing.left) * scale) + margin,
    top: Math.round((source.top - framing.top) * scale) + margin,
    width: Math.max(2, Math.round(source.width * scale)),
    height: Math.max(2, Math.round(source.height * scale)),
  };
  const scaled = await resize(photo, source, target);
  await cutOut?.clean(scaled, source, target);
  const placement: Placement = {
    scaleX: target.width / source.width,
    scaleY: target.height / source.height,
    offsetX: target.left - (source.left * target.width) / source.width,
    offsetY: target.top - (source.top * target.height) / source.height,
  };
  const covers =
    target.left <= 0 &&
    target.top <= 0 &&
    target.left + target.width >= width &&
    target.top + target.height >= height;
  const rgb = covers
    ? new Uint8Array(width * height * 3)
    : await continuePhoto(
        scaled,
        target,
        { width, height, margin },
        cutOut === undefined && endsInWhite(photo),
      );
  const x0 = Math.max(0, target.left);
  const x1 = Math.min(width, target.left + target.width);
  for (let y = Math.max(0, target.top); y < Math.min(height, target.top + target.height); y++) {
    const from = ((y - target.top) * target.width + x0 - target.left) * 3;
    rgb.set(scaled.subarray(from, from + (x1 - x0) * 3), (y * width + x0) * 3);
  }
  return { rgb, placement };
}

/** A part of the photo at the plate's density, by Lanczos either way. */
async function resize(photo: Photo, source: Rectangle, { width, height }: Rectangle): Promise<Uint8Array> {
  // The library would enlarge by cubics, and half a pixel beside the place that the rig knows.
  if (width >= source.width && height >= source.height)
    return enlarge(photo.rgb, photo.width, source, width, height);
  return sharp(photo.rgb, { raw: { width: photo.width, height: photo.height, channels: 3 } })
    .extract(source)
    .resize(width, height, { fit: "fill", kernel: "lanczos3" })
    .raw()
    .toBuffer();
}

/** True where most of the picture's border is transparent and shown as white. */
function endsInWhite({ width, height, alpha, rgb }: Photo): boolean {
  if (alpha === null) return false;
  const isWhite = (i: number): boolean =>
    alpha[i]! < 128 && Math.min(rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!) > 250;
  let white = 0;
  for (let x = 0; x < width; x++) white += Number(isWhite(x)) + Number(isWhite((height - 1) * width + x));
  for (let y = 0; y < height; y++) white += Number(isWhite(y * width)) + Number(isWhite((y + 1) * width - 1));
  return white > width + height;
}

function neededPart(
  photo: Photo,
  framing: Framing,
  margin: number,
  width: number,
  height: number,
): Rectangle {
  const { scale } = framing;
  const left = Math.max(0, Math.floor(framing.left - margin / scale) - 4);
  const top = Math.max(0, Math.floor(framing.top - margin / scale) - 4);
  const right = Math.min(photo.width, Math.ceil(framing.left + (width - margin) / scale) + 4);
  const bottom = Math.min(photo.height, Math.ceil(framing.top + (height - margin) / scale) + 4);
  return { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}
