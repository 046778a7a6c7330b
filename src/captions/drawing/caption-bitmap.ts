import type { Frame } from "../../frames/index.js";
import { clamp } from "../../shared/numeric.js";
import type { Area } from "./area.js";
import type { PagePicture } from "./text-painter.js";

/**
 * One plane of a picture with its transparency. A pixel is one number: in the upper half how much of the frame stays, in
 * 256ths; in the lower half the colour times the rest of it, plus one half for rounding.
 */
type BlendPlane = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
  /** What four pixels in a row are: all clear, all the same, or different. */
  readonly groups: Uint8Array;
};
const CLEAR = 0;
const SAME = 1;
const MIXED = 2;
const CLEAR_PIXEL = 256 * 65536 + 128;

/** A picture with its transparency, ready to be laid over frames; luma places are multiples of 8, so that chroma's are of 4. */
export type CaptionBitmap = {
  readonly y: BlendPlane;
  readonly u: BlendPlane;
  readonly v: BlendPlane;
  /** Frame position of the picture's own top left corner. */
  readonly x0: number;
  readonly y0: number;
};

/** Turns a picture into planes of BT.709, placed in a frame with the middle of its base at (x, y); what is outside is cut off. */
export function toBitmap(
  picture: PagePicture,
  x: number,
  y: number,
  frame: { readonly width: number; readonly height: number },
): CaptionBitmap {
  const shiftX = Math.round(x - picture.baseX);
  const shiftY = Math.round(y - picture.baseY);
  const left = Math.max(0, shiftX & ~7);
  const top = Math.max(0, shiftY & ~1);
  const right = Math.min(frame.width, (shiftX + picture.width + 7) & ~7);
  const bottom = Math.min(frame.height, (shiftY + picture.height + 1) & ~1);
  const width = Math.max(0, right - left);
  const height = Math.max(0, bottom - top);
  const luma = clearPlane(left, top, width, height);
  const sums = {
    cover: new Float64Array((width * height) / 4),
    u: new Float64Array(0),
    v: new Float64Array(0),
  };
  sums.u = new Float64Array(sums.cover.length);
  sums.v = new Float64Array(sums.cover.length);
  for (let row = 0; row < height; row++) {
    const sourceRow = top + row - shiftY;
    if (sourceRow < 0 || sourceRow >= picture.height) continue;
    for (let column = 0; column < width; column++) {
      const sourceColumn = left + column - shiftX;
      if (sourceColumn < 0 || sourceColumn >= picture.width) continue;
      const at = 4 * (sourceRow * picture.width + sourceColumn);
      const cover = Math.round((picture.data[at + 3]! * 256) / 255);
      if (cover === 0) continue;
      const r = picture.data[at]!;
      const b = picture.data[at + 2]!;
      const level = 0.2126 * r + 0.7152 * picture.data[at + 1]! + 0.0722 * b;
      luma.pixels[row * width + column] = pack(cover, 16 + (level * 219) / 255);
      const half = (row >> 1) * (width >> 1) + (column >> 1);
      sums.cover[half] = sums.cover[half]! + cover;
      sums.u[half] = sums.u[half]! + cover * (128 + (((b - level) / 1.8556) * 224) / 255);
      sums.v[half] = sums.v[half]! + cover * (128 + (((r - level) / 1.5748) * 224) / 255);
    }
  }
  const chroma = (sum: Float64Array): BlendPlane => {
    const plane = clearPlane(left / 2, top / 2, width / 2, height / 2);
    sum.forEach((value, i) => {
      const cover = Math.round(sums.cover[i]! / 4);
      if (cover > 0) plane.pixels[i] = pack(cover, value / sums.cover[i]!);
    });
    return grouped(plane);
  };
  return { y: grouped(luma), u: chroma(sums.u), v: chroma(sums.v), x0: shiftX, y0: shiftY };
}

function pack(cover: number, colour: number): number {
  return (256 - cover) * 65536 + Math.round(cover * colour) + 128;
}

function clearPlane(left: number, top: number, width: number, height: number): BlendPlane {
  const pixels = new Uint32Array(width * height).fill(CLEAR_PIXEL);
  return { left, top, width, height, pixels, groups: new Uint8Array(Math.ceil(width / 4) * height) };
}

/** Finds out what the groups of four pixels are, in some of the rows and columns of groups. */
function grouped(
  plane: BlendPlane,
  { left, top, right, bottom }: Area = { left: 0, top: 0, right: plane.width, bottom: plane.height },
): BlendPlane {
  const { width, pixels, groups } = plane;
  const columns = Math.ceil(width / 4);
  for (let row = top; row < bottom; row++) {
    for (let column = left >> 2; column < Math.ceil(right / 4); column++) {
      const at = row * width + 4 * column;
      const first = pixels[at]!;
      const isSame =
        4 * column + 4 <= width &&
        pixels[at + 1] === first &&
        pixels[at + 2] === first &&
        pixels[at + 3] === first;
      groups[row * columns + column] = isSame ? (first === CLEAR_PIXEL ? CLEAR : SAME) : MIXED;
    }
  }
  return plane;
}

/** A bitmap of its own that looks the same. */
export function copyBitmap({ y, u, v, ...place }: CaptionBitmap): CaptionBitmap {
  const copy = (plane: BlendPlane): BlendPlane => ({
    ...plane,
    pixels: plane.pixels.slice(),
    groups: plane.groups.slice(),
  });
  return { y: copy(y), u: copy(u), v: copy(v), ...place };
}

/** Takes an area of the picture over from another bitmap of the same picture and place. */
export function takeArea(bitmap: CaptionBitmap, other: CaptionBitmap, area: Area): void {
  for (const name of ["y", "u", "v"] as const) {
    const plane = bitmap[name];
    const shrink = name === "y" ? 1 : 2;
    const column = (x: number): number =>
      clamp(Math.round((x + bitmap.x0) / shrink) - plane.left, 0, plane.width);
    const row = (y: number): number =>
      clamp(Math.round((y + bitmap.y0) / shrink) - plane.top, 0, plane.height);
    const own = {
      left: column(area.left),
      top: row(area.top),
      right: column(area.right),
      bottom: row(area.bottom),
    };
    for (let y = own.top; y < own.bottom; y++) {
      const from = y * plane.width + own.left;
      plane.pixels.set(other[name].pixels.subarray(from, from + own.right - own.left), from);
    }
    grouped(plane, own);
  }
}

/** Lays a bitmap over a frame. */
export function blendBitmap(frame: Frame, { y, u, v }: CaptionBitmap): void {
  if (frame.a !== undefined) {
    // Chroma first: it needs the coverage as it was.
    blendSeen(frame.u, frame.width / 2, u, frame.a, 2);
    blendSeen(frame.v, frame.width / 2, v, frame.a, 2);
    blendSeen(frame.y, frame.width, y, frame.a, 1);
    addCover(frame.a, frame.width, y);
    return;
  }
  blend(frame.y, frame.width, y);
  blend(frame.u, frame.width / 2, u);
  blend(frame.v, frame.width / 2, v);
}

/** Four pixels at once where they are treated alike, as most of a box is; the result is the same. */
function blend(
  plane: Uint8Array,
  stride: number,
  { left, top, width, height, pixels, groups }: BlendPlane,
): void {
  const isAligned = (plane.byteOffset | stride | left) % 4 === 0;
  const words = isAligned ? new Uint32Array(plane.buffer, plane.byteOffset, plane.length >> 2) : null;
  const columns = Math.ceil(width / 4);
  for (let row = 0; row < height; row++) {
    const line = (top + row) * stride + left;
    for (let column = 0; column < columns; column++) {
      const kind = groups[row * columns + column]!;
      if (kind === CLEAR) continue;
      const at = row * width + 4 * column;
      if (kind === SAME && words !== null) {
        const pixel = pixels[at]!;
        const kept = pixel >>> 16;
        const colour = (pixel & 0xffff) | (pixel << 16);
        const word = words[(line >> 2) + column]!;
        const even = ((Math.imul(word & 0xff00ff, kept) + colour) >>> 8) & 0xff00ff;
        const odd = (Math.imul((word >>> 8) & 0xff00ff, kept) + colour) & 0xff00ff00;
        words[(line >> 2) + column] = even | odd;
        continue;
      }
      const end = Math.min(4, width - 4 * column);
      for (let i = 0; i < end; i++) {
        const pixel = pixels[at + i]!;
        const to = line + 4 * column + i;
        plane[to] = ((pixel & 0xffff) + plane[to]! * (pixel >>> 16)) >> 8;
      }
    }
  }
}

/** Over a frame that is not opaque: its colour counts as far as it is seen. */
function blendSeen(
  plane: Uint8Array,
  stride: number,
  { left, top, width, height, pixels }: BlendPlane,
  cover: Uint8Array,
  step: 1 | 2,
): void {
  const full = stride * step;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = pixels[row * width + column]!;
      const kept = pixel >>> 16;
      if (kept === 256) continue;
      const from = (top + row) * step * full + (left + column) * step;
      const seen =
        step === 1
          ? cover[from]!
          : (cover[from]! + cover[from + 1]! + cover[from + full]! + cover[from + full + 1]!) / 4;
      const behind = (kept * seen) / 255;
      const to = (top + row) * stride + left + column;
      plane[to] = Math.round(((pixel & 0xffff) - 128 + plane[to]! * behind) / (256 - kept + behind));
    }
  }
}

function addCover(cover: Uint8Array, stride: number, { left, top, width, height, pixels }: BlendPlane): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const to = (top + row) * stride + left + column;
      cover[to] = 255 - (((255 - cover[to]!) * (pixels[row * width + column]! >>> 16) + 128) >> 8);
    }
  }
}
