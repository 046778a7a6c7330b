import sharp from "sharp";
import type { Photo } from "../assets/index.js";
import { smoothstep } from "../shared/numeric.js";
import { fillDoubledPlate } from "./dense-plate.js";
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
  /** The plate itself, interleaved RGB at the video's density, `height * width * 3`. */
  readonly rgb: Uint8Array;
};

/** Changes a plate's pixels before they become texels. */
export type Retouch = (rgb: Uint8Array, width: number, height: number, placement: Placement) => void;

/** Bytes of kernel memory that a plate of this size takes. */
export function plateBytes(width: number, height: number): number {
  return width * height * 4.5 + 256;
}

/** Scales the photo to the video, continues it beyond its borders, and lays it out as texels. */
export async function createPlate(
  photo: Photo,
  framing: Framing,
  margin: number,
  arena: Arena,
  retouch: Retouch,
): Promise<Plate> {
  const width = framing.width + 2 * margin;
  const height = framing.height + 2 * margin;
  const { rgb, placement } = await placePhoto(photo, framing, margin, width, height);
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
  };
}

/** BT.709 limited-range luma of one row of a picture, as real numbers. */
export function lumaRow(rgb: Uint8Array, width: number, row: number, out: Float32Array): Float32Array {
  for (let x = 0, p = row * width * 3; x < width; x++, p += 3) {
    out[x] = 16 + 0.182586 * rgb[p]! + 0.614231 * rgb[p + 1]! + 0.062007 * rgb[p + 2]!;
  }
  return out;
}

/** BT.709 limited-range chroma: the mean of each 2 x 2 block. */
export function fillChroma(
  rgb: Uint8Array,
  width: number,
  height: number,
  u: Uint8Array,
  v: Uint8Array,
): void {
  const halfWidth = width >> 1;
  for (let row = 0; row < height; row += 2) {
    for (let x = 0; x < width; x += 2) {
      const p = (row * width + x) * 3;
      const q = p + width * 3;
      const r = (rgb[p]! + rgb[p + 3]! + rgb[q]! + rgb[q + 3]!) / 4;
      const g = (rgb[p + 1]! + rgb[p + 4]! + rgb[q + 1]! + rgb[q + 4]!) / 4;
      const b = (rgb[p + 2]! + rgb[p + 5]! + rgb[q + 2]! + rgb[q + 5]!) / 4;
      const at = (row >> 1) * halfWidth + (x >> 1);
      u[at] = 128.5 - 0.100644 * r - 0.338572 * g + 0.439216 * b;
      v[at] = 128.5 + 0.439216 * r - 0.398942 * g - 0.040274 * b;
    }
  }
}

type Rectangle = { left: number; top: number; width: number; height: number };

/** The part of the photo that the plate shows, resized so that its pixels fall on plate pixels. */
async function placePhoto(photo: Photo, framing: Framing, margin: number, width: number, height: number) {
  const { scale } = framing;
  const source = neededPart(photo, framing, margin, width, height);
  const target: Rectangle = {
    left: Math.round((source.left - framing.left) * scale) + margin,
    top: Math.round((source.top - framing.top) * scale) + margin,
    width: Math.max(2, Math.round(source.width * scale)),
    height: Math.max(2, Math.round(source.height * scale)),
  };
  const scaled = await sharp(photo.rgb, { raw: { width: photo.width, height: photo.height, channels: 3 } })
    .extract(source)
    .resize(target.width, target.height, { fit: "fill", kernel: "lanczos3" })
    .raw()
    .toBuffer();
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
  const rgb = covers ? new Uint8Array(width * height * 3) : await continuation(scaled, target, width, height);
  const x0 = Math.max(0, target.left);
  const x1 = Math.min(width, target.left + target.width);
  for (let y = Math.max(0, target.top); y < Math.min(height, target.top + target.height); y++) {
    const from = ((y - target.top) * target.width + x0 - target.left) * 3;
    rgb.set(scaled.subarray(from, from + (x1 - x0) * 3), (y * width + x0) * 3);
  }
  if (!covers) softenBorder(rgb, scaled, target, { width, height, margin });
  return { rgb, placement };
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

/**
 * Changes a mirrored continuation into a stretched one with the distance from the photo: a mirror image joins without
 * a line, but farther out it would show the person a second time.
 */
function fadeOutwards(
  mirrored: Buffer,
  stretched: Buffer,
  size: { readonly width: number; readonly height: number },
  photo: Rectangle,
): void {
  const reach = Math.min(photo.width, photo.height) / 7;
  for (let y = 0; y < size.height; y++) {
    const outY = Math.max(photo.top - y, y - photo.top - photo.height + 1, 0);
    for (let x = 0; x < size.width; x++) {
      const outX = Math.max(photo.left - x, x - photo.left - photo.width + 1, 0);
      const share = smoothstep(0.2, 1, Math.max(outX, outY) / reach);
      if (share === 0) continue;
      for (let c = 0, at = (y * size.width + x) * 3; c < 3; c++, at++) {
        mirrored[at] = mirrored[at]! + (stretched[at]! - mirrored[at]!) * share;
      }
    }
  }
}

/** What lies beyond the photo: a strongly blurred continuation of its borders. */
async function continuation(
  scaled: Buffer,
  at: Rectangle,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const shrink = 8;
  const small = {
    width: Math.max(2, Math.round(at.width / shrink)),
    height: Math.max(2, Math.round(at.height / shrink)),
  };
  const left = Math.max(0, Math.ceil(at.left / shrink));
  const top = Math.max(0, Math.ceil(at.top / shrink));
  const right = Math.max(0, Math.ceil((width - at.left - at.width) / shrink));
  const bottom = Math.max(0, Math.ceil((height - at.top - at.height) / shrink));
  const reduced = await sharp(scaled, { raw: { width: at.width, height: at.height, channels: 3 } })
    .resize(small.width, small.height, { fit: "fill" })
    .raw()
    .toBuffer();
  const extended = { width: small.width + left + right, height: small.height + top + bottom };
  const extend = (extendWith: "mirror" | "copy"): Promise<Buffer> =>
    sharp(reduced, { raw: { ...small, channels: 3 } })
      .extend({ left, top, right, bottom, extendWith })
      .raw()
      .toBuffer();
  const [mirrored, stretched] = await Promise.all([extend("mirror"), extend("copy")]);
  fadeOutwards(mirrored, stretched, extended, { left, top, ...small });
  const soft = await sharp(mirrored, { raw: { ...extended, channels: 3 } })
    .blur(Math.max(1.5, Math.min(width, height) / shrink / 16))
    .raw()
    .toBuffer();
  // A pipeline of its own: sharp would resize before it blurs.
  const blurred = await sharp(soft, { raw: { ...extended, channels: 3 } })
    .resize(extended.width * shrink, extended.height * shrink, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  const rgb = new Uint8Array(width * height * 3);
  const stride = extended.width * shrink;
  const dx = left * shrink - at.left;
  const dy = top * shrink - at.top;
  for (let y = 0; y < height; y++) {
    const row = Math.min(Math.max(y + dy, 0), extended.height * shrink - 1);
    for (let x = 0; x < width; x++) {
      const column = Math.min(Math.max(x + dx, 0), stride - 1);
      const from = (row * stride + column) * 3;
      const to = (y * width + x) * 3;
      rgb[to] = blurred[from]!;
      rgb[to + 1] = blurred[from + 1]!;
      rgb[to + 2] = blurred[from + 2]!;
    }
  }
  return rgb;
}

/** A strip beyond the photo up to this share of the frame is so narrow that it may show the photo's mirror image. */
const NARROW = 0.04;

/**
 * Beyond the photo's border the mirrored photo fades into its blurred copy, so that no line shows where the photo
 * ends. Where hardly more than the margin lies beyond, which only motion brings into view, it does not fade: hair that
 * the photo cuts off goes on as hair.
 */
function softenBorder(
  rgb: Uint8Array,
  scaled: Buffer,
  at: Rectangle,
  { width, height, margin }: { readonly width: number; readonly height: number; readonly margin: number },
): void {
  const size = Math.min(width, height);
  const keepX = bordersKept(at.left, at.width, width, margin + NARROW * size, size / 24);
  const keepY = bordersKept(at.top, at.height, height, margin + NARROW * size, size / 24);
  for (let y = 0; y < height; y++) {
    const my = mirrored(y - at.top, at.height);
    for (let x = 0; x < width; x++) {
      const isPhoto = x >= at.left && y >= at.top && x < at.left + at.width && y < at.top + at.height;
      const keep = keepX[x]! * keepY[y]!;
      const mx = mirrored(x - at.left, at.width);
      if (isPhoto || keep === 0 || mx < 0 || my < 0 || mx >= at.width || my >= at.height) continue;
      const from = (my * at.width + mx) * 3;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) rgb[to + c] = rgb[to + c]! + (scaled[from + c]! - rgb[to + c]!) * keep;
    }
  }
}

/** Share of the mirror image along one axis: 1 in the photo and in narrow strips beside it, else fading over `reach`. */
function bordersKept(
  start: number,
  length: number,
  size: number,
  narrow: number,
  reach: number,
): Float32Array {
  const fades = [start > narrow, size - start - length > narrow] as const;
  return Float32Array.from({ length: size }, (_, i) => {
    const before = start - i;
    const after = i - start - length + 1;
    const out = before > 0 ? before : Math.max(after, 0);
    if (out === 0 || !fades[before > 0 ? 0 : 1]) return 1;
    return Math.max(0, 1 - out / reach) ** 2;
  });
}

function mirrored(k: number, size: number): number {
  return k < 0 ? -1 - k : k >= size ? 2 * size - 1 - k : k;
}
