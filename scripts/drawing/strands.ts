import type { Field, Rgb } from "./field.js";
import { createField } from "./field.js";
import { createPicture, type Picture } from "./light.js";

/** A transparent sheet; colours are premultiplied by coverage. */
export type Layer = { readonly picture: Picture; readonly cover: Field };

/** A point of a hair, pixels; `width` in pixels, `alpha` in `[0, 1]`. */
export type HairPoint = { x: number; y: number; width: number; alpha: number; colour: Rgb };

export function createLayer(width: number, height: number): Layer {
  return { picture: createPicture(width, height), cover: createField(width, height) };
}

/** Draws one hair over what the layer already holds, with exact coverage across its width. */
export function drawStrand(layer: Layer, points: readonly HairPoint[]): void {
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!;
    const b = points[i]!;
    const steep = Math.abs(b.y - a.y) >= Math.abs(b.x - a.x);
    if (steep) drawSegment(layer, a, b, a.y, b.y, a.x, b.x, true);
    else drawSegment(layer, a, b, a.x, b.x, a.y, b.y, false);
  }
}

/** One straight piece; `m` runs along the major axis, `n` across it. */
function drawSegment(
  layer: Layer,
  a: HairPoint,
  b: HairPoint,
  m0: number,
  m1: number,
  n0: number,
  n1: number,
  steep: boolean,
): void {
  const { width, height } = layer.cover;
  const span = m1 - m0;
  if (Math.abs(span) < 1e-6) return;
  const limit = steep ? height : width;
  const limitAcross = steep ? width : height;
  const first = Math.max(0, Math.ceil(Math.min(m0, m1) - 0.5));
  const last = Math.min(limit - 1, Math.ceil(Math.max(m0, m1) - 0.5) - 1);
  const slant = Math.sqrt(1 + ((n1 - n0) / span) ** 2);
  for (let m = first; m <= last; m++) {
    const t = (m + 0.5 - m0) / span;
    const center = n0 + (n1 - n0) * t;
    const half = ((a.width + (b.width - a.width) * t) * slant) / 2;
    const alpha = a.alpha + (b.alpha - a.alpha) * t;
    const from = Math.max(0, Math.floor(center - half));
    const to = Math.min(limitAcross - 1, Math.floor(center + half));
    for (let n = from; n <= to; n++) {
      const covered = Math.min(n + 1, center + half) - Math.max(n, center - half);
      if (covered <= 0) continue;
      const index = steep ? m * width + n : n * width + m;
      layOver(layer, index, alpha * covered, a.colour, b.colour, t);
    }
  }
}

function layOver(layer: Layer, index: number, alpha: number, a: Rgb, b: Rgb, t: number): void {
  const keep = 1 - alpha;
  for (let c = 0; c < 3; c++) {
    const plane = layer.picture[c]!.data;
    plane[index] = plane[index]! * keep + (a[c]! + (b[c]! - a[c]!) * t) * alpha;
  }
  layer.cover.data[index] = layer.cover.data[index]! * keep + alpha;
}

/** Puts a layer on a picture. */
export function composite(picture: Picture, layer: Layer): void {
  for (let i = 0; i < layer.cover.data.length; i++) {
    const keep = 1 - layer.cover.data[i]!;
    if (keep === 1) continue;
    for (let c = 0; c < 3; c++)
      picture[c]!.data[i] = picture[c]!.data[i]! * keep + layer.picture[c]!.data[i]!;
  }
}

/** Points on a Catmull-Rom spline through `knots` (any dimension), `count` of them, evenly in parameter. */
export function splinePoints(knots: readonly (readonly number[])[], count: number): number[][] {
  const last = knots.length - 1;
  const result: number[][] = [];
  for (let i = 0; i < count; i++) {
    const s = (i / (count - 1)) * last;
    const k = Math.min(last - 1, Math.floor(s));
    const t = s - k;
    const p0 = knots[Math.max(0, k - 1)]!;
    const p1 = knots[k]!;
    const p2 = knots[k + 1]!;
    const p3 = knots[Math.min(last, k + 2)]!;
    result.push(
      p1.map((_, d) => {
        const a = p0[d]!;
        const b = p1[d]!;
        const c = p2[d]!;
        const e = p3[d]!;
        return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - e + t * (3 * (b - c) + e - a)));
      }),
    );
  }
  return result;
}
