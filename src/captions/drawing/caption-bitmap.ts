import type { Frame } from "../../frames/index.js";
import type { PagePicture } from "./text-painter.js";

/**
 * A picture with its transparency, ready to be laid over frames. Positions and sizes are even. `kept` is how much of the
 * frame stays, in 256ths; the colours are multiplied with the rest of it.
 */
export type CaptionBitmap = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly y: Uint16Array;
  readonly kept: Uint16Array;
  /** Half the size each way. */
  readonly u: Uint16Array;
  readonly v: Uint16Array;
  readonly keptUv: Uint16Array;
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
  const left = Math.max(0, shiftX & ~1);
  const top = Math.max(0, shiftY & ~1);
  const right = Math.min(frame.width, (shiftX + picture.width + 1) & ~1);
  const bottom = Math.min(frame.height, (shiftY + picture.height + 1) & ~1);
  const width = Math.max(0, right - left);
  const height = Math.max(0, bottom - top);
  const bitmap = emptyBitmap({ left, top, width, height });
  const sums = new Float64Array(bitmap.u.length * 3);
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
      const g = picture.data[at + 1]!;
      const b = picture.data[at + 2]!;
      const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      const target = row * width + column;
      bitmap.y[target] = Math.round(cover * (16 + (luma * 219) / 255));
      bitmap.kept[target] = 256 - cover;
      const half = 3 * ((row >> 1) * (width >> 1) + (column >> 1));
      sums[half] = sums[half]! + cover;
      sums[half + 1] = sums[half + 1]! + cover * (128 + (((b - luma) / 1.8556) * 224) / 255);
      sums[half + 2] = sums[half + 2]! + cover * (128 + (((r - luma) / 1.5748) * 224) / 255);
    }
  }
  for (let i = 0; i < bitmap.u.length; i++) {
    const cover = Math.round(sums[3 * i]! / 4);
    bitmap.keptUv[i] = 256 - cover;
    if (cover === 0) continue;
    // By the rounded cover, so that grey stays exactly grey.
    bitmap.u[i] = Math.round((sums[3 * i + 1]! / sums[3 * i]!) * cover);
    bitmap.v[i] = Math.round((sums[3 * i + 2]! / sums[3 * i]!) * cover);
  }
  return bitmap;
}

function emptyBitmap(place: { left: number; top: number; width: number; height: number }): CaptionBitmap {
  const size = place.width * place.height;
  return {
    ...place,
    y: new Uint16Array(size),
    kept: new Uint16Array(size).fill(256),
    u: new Uint16Array(size / 4),
    v: new Uint16Array(size / 4),
    keptUv: new Uint16Array(size / 4).fill(256),
  };
}

/** Lays a bitmap over a frame. */
export function blendBitmap(frame: Frame, bitmap: CaptionBitmap): void {
  const { left, top, width, height } = bitmap;
  const half = { left: left / 2, top: top / 2, width: width / 2, height: height / 2 };
  if (frame.a !== undefined) {
    // Chroma first: it needs the coverage as it was.
    blendSeen(frame.u, frame.width / 2, half, bitmap.u, bitmap.keptUv, frame.a, 2);
    blendSeen(frame.v, frame.width / 2, half, bitmap.v, bitmap.keptUv, frame.a, 2);
    blendSeen(frame.y, frame.width, bitmap, bitmap.y, bitmap.kept, frame.a, 1);
    addCover(frame.a, frame.width, bitmap);
    return;
  }
  blendPlane(frame.y, frame.width, bitmap, bitmap.y, bitmap.kept);
  blendPlane(frame.u, frame.width / 2, half, bitmap.u, bitmap.keptUv);
  blendPlane(frame.v, frame.width / 2, half, bitmap.v, bitmap.keptUv);
}

type Place = { readonly left: number; readonly top: number; readonly width: number; readonly height: number };

function blendPlane(
  plane: Uint8Array,
  stride: number,
  place: Place,
  colour: Uint16Array,
  kept: Uint16Array,
): void {
  let at = 0;
  for (let row = 0; row < place.height; row++) {
    let to = (place.top + row) * stride + place.left;
    for (const end = at + place.width; at < end; at++, to++) {
      plane[to] = (colour[at]! + plane[to]! * kept[at]! + 128) >> 8;
    }
  }
}

/** Over a frame that is not opaque: its colour counts as far as it is seen. */
function blendSeen(
  plane: Uint8Array,
  stride: number,
  place: Place,
  colour: Uint16Array,
  kept: Uint16Array,
  cover: Uint8Array,
  step: 1 | 2,
): void {
  let at = 0;
  for (let row = 0; row < place.height; row++) {
    const line = (place.top + row) * step * stride * step;
    for (let column = 0; column < place.width; column++, at++) {
      const own = 256 - kept[at]!;
      if (own === 0) continue;
      const from = line + (place.left + column) * step;
      const seen =
        step === 1
          ? cover[from]!
          : (cover[from]! + cover[from + 1]! + cover[from + 2 * stride]! + cover[from + 2 * stride + 1]!) / 4;
      const behind = (kept[at]! * seen) / 255;
      const to = (place.top + row) * stride + place.left + column;
      plane[to] = Math.round((colour[at]! + plane[to]! * behind) / (own + behind));
    }
  }
}

function addCover(
  cover: Uint8Array,
  stride: number,
  { left, top, width, height, kept }: CaptionBitmap,
): void {
  let at = 0;
  for (let row = 0; row < height; row++) {
    let to = (top + row) * stride + left;
    for (const end = at + width; at < end; at++, to++) {
      cover[to] = 255 - (((255 - cover[to]!) * kept[at]! + 128) >> 8);
    }
  }
}
