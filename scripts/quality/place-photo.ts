import type { Photo } from "../../src/assets/index.js";
import type { Framing } from "../../src/frames/index.js";

/** Half the kernel's width in pixels of the coarser picture. */
const REACH = 4;

/**
 * The photo in its place in the video, by a sampler of its own: a sinc under a Hann window, at every pixel's exact
 * position. Interleaved RGB `[0, 255]`; NaN where the photo does not reach.
 */
export function placePhoto(photo: Pick<Photo, "rgb" | "width" | "height">, framing: Framing): Float32Array {
  const { width, height, left, top, scale } = framing;
  const across = samples(left, scale, width, photo.width);
  const down = samples(top, scale, height, photo.height);
  const out = new Float32Array(width * height * 3).fill(Number.NaN);
  const stretched = new Map<number, Float32Array>();
  const rowOf = (y: number): Float32Array => {
    const row = stretched.get(y) ?? stretch(photo, y, across, width);
    stretched.set(y, row);
    return row;
  };
  down.forEach((tap, y) => {
    if (tap === null) return;
    for (const known of [...stretched.keys()]) if (known < tap.first) stretched.delete(known);
    const rows = tap.weights.map((_, k) => rowOf(tap.first + k));
    for (let i = 0; i < width * 3; i++) {
      let sum = 0;
      for (let k = 0; k < rows.length; k++) sum += tap.weights[k]! * rows[k]![i]!;
      out[y * width * 3 + i] = Math.min(Math.max(sum, 0), 255);
    }
  });
  return out;
}

type Tap = { readonly first: number; readonly weights: readonly number[] } | null;

function samples(start: number, scale: number, count: number, limit: number): Tap[] {
  const width = Math.max(1, 1 / scale);
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) / scale;
    if (centre < 0 || centre > limit) return null;
    const first = Math.max(0, Math.ceil(centre - REACH * width - 0.5));
    const last = Math.min(limit - 1, Math.floor(centre + REACH * width - 0.5));
    const weights: number[] = [];
    for (let k = first; k <= last; k++) weights.push(windowedSinc((k + 0.5 - centre) / width));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function windowedSinc(x: number): number {
  if (Math.abs(x) >= REACH) return 0;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return sinc * Math.cos((Math.PI * x) / (2 * REACH)) ** 2;
}

function stretch(
  { rgb, width: stride }: Pick<Photo, "rgb" | "width">,
  y: number,
  across: readonly Tap[],
  width: number,
): Float32Array {
  const row = new Float32Array(width * 3);
  across.forEach((tap, x) => {
    for (let c = 0; c < 3; c++) {
      if (tap === null) row[x * 3 + c] = Number.NaN;
      else
        for (let k = 0; k < tap.weights.length; k++) {
          row[x * 3 + c]! += tap.weights[k]! * rgb[(y * stride + tap.first + k) * 3 + c]!;
        }
    }
  });
  return row;
}
