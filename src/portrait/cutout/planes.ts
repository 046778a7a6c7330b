import type { Photo } from "../../assets/index.js";
import { clamp } from "../../shared/numeric.js";

/** A colour picture in separate planes, `[0, 1]`, on a lattice stretched over the photo. */
export type Planes = {
  readonly width: number;
  readonly height: number;
  readonly r: Float32Array;
  readonly g: Float32Array;
  readonly b: Float32Array;
};

/** The photo reduced to at most `side` pixels a side, each the exact mean of the photo below it. */
export function reducePhoto(photo: Photo, side: number): Planes {
  const scale = Math.min(1, side / Math.max(photo.width, photo.height));
  const width = Math.max(1, Math.round(photo.width * scale));
  const height = Math.max(1, Math.round(photo.height * scale));
  const [r, g, b] = [0, 1, 2].map(() => new Float32Array(width * height)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const columns = spans(photo.width, width);
  const rows = spans(photo.height, height);
  const line = new Float32Array(width * 3);
  for (let y = 0; y < height; y++) {
    line.fill(0);
    for (const { index, share } of rows[y]!) addRow(photo, index, share, columns, line);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      r[i] = line[3 * x]! / 255;
      g[i] = line[3 * x + 1]! / 255;
      b[i] = line[3 * x + 2]! / 255;
    }
  }
  return { width, height, r, g, b };
}

type Span = { readonly index: number; readonly share: number };

/** Which source pixels lie below each target pixel, with shares that sum to 1. */
function spans(from: number, to: number): Span[][] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * step, (i + 1) * step];
    const result: Span[] = [];
    for (let index = Math.floor(start + 1e-9); index < Math.min(from, end - 1e-9); index++) {
      result.push({ index, share: (Math.min(index + 1, end) - Math.max(index, start)) / step });
    }
    return result;
  });
}

function addRow(
  photo: Photo,
  row: number,
  rowShare: number,
  columns: readonly Span[][],
  line: Float32Array,
): void {
  const { rgb, width } = photo;
  for (let x = 0; x < columns.length; x++) {
    for (const { index, share } of columns[x]!) {
      const p = (row * width + index) * 3;
      const weight = share * rowShare;
      line[3 * x]! += rgb[p]! * weight;
      line[3 * x + 1]! += rgb[p + 1]! * weight;
      line[3 * x + 2]! += rgb[p + 2]! * weight;
    }
  }
}

/** A plane reduced by averaging to a size that is not larger. */
export function reducePlane(
  values: Uint8Array | Float32Array,
  from: { width: number; height: number },
  to: { width: number; height: number },
): Float32Array {
  const columns = spans(from.width, to.width);
  const result = new Float32Array(to.width * to.height);
  spans(from.height, to.height).forEach((row, y) => {
    for (const { index: v, share: rowShare } of row) {
      for (let x = 0; x < to.width; x++) {
        for (const { index: u, share } of columns[x]!)
          result[y * to.width + x]! += values[v * from.width + u]! * share * rowShare;
      }
    }
  });
  return result;
}

/**
 * Mean over a square of `2 * radius + 1` pixels, of which only those inside the picture count. `to` may be `values`.
 */
export function boxMean(
  values: Float32Array,
  width: number,
  height: number,
  radius: number,
  to: Float32Array = new Float32Array(values.length),
): Float32Array {
  const across = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += values[start + x]!;
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += values[start + x + radius]!;
      if (x - radius - 1 >= 0) sum -= values[start + x - radius - 1]!;
      across[start + x] = sum / (Math.min(x + radius, width - 1) - Math.max(x - radius, 0) + 1);
    }
  }
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(radius, height); y++)
    for (let x = 0; x < width; x++) sums[x]! += across[y * width + x]!;
  for (let y = 0; y < height; y++) {
    const ahead = y + radius < height ? (y + radius) * width : -1;
    const behind = y - radius - 1 >= 0 ? (y - radius - 1) * width : -1;
    const share = 1 / (Math.min(y + radius, height - 1) - Math.max(y - radius, 0) + 1);
    for (let x = 0; x < width; x++) {
      if (ahead >= 0) sums[x]! += across[ahead + x]!;
      if (behind >= 0) sums[x]! -= across[behind + x]!;
      to[y * width + x] = sums[x]! * share;
    }
  }
  return to;
}

/** Planes reduced by averaging to at most about `side` a side. */
export function reducePlanes(picture: Planes, side: number): Planes {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const reduce = (plane: Float32Array): Float32Array => reducePlane(plane, picture, { width, height });
  return { width, height, r: reduce(picture.r), g: reduce(picture.g), b: reduce(picture.b) };
}

/** Half the size, each cell the mean of up to four. */
export function halvePlanes({ width, height, r, g, b }: Planes): Planes {
  return {
    ...halfSize({ width, height }),
    r: halvePlane(r, width, height),
    g: halvePlane(g, width, height),
    b: halvePlane(b, width, height),
  };
}

/** Size of what {@link halvePlane} makes. */
export function halfSize(size: { width: number; height: number }): { width: number; height: number } {
  return { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
}

/** One plane at half the size; an odd last row or column counts twice. */
export function halvePlane(values: Float32Array, width: number, height: number): Float32Array {
  const half = halfSize({ width, height });
  const result = new Float32Array(half.width * half.height);
  for (let y = 0; y < half.height; y++) {
    const top = 2 * y * width;
    const bottom = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < half.width; x++) {
      const left = 2 * x;
      const right = Math.min(left + 1, width - 1);
      result[y * half.width + x] =
        (values[top + left]! + values[top + right]! + values[bottom + left]! + values[bottom + right]!) / 4;
    }
  }
  return result;
}

/**
 * Distance of each pixel to the nearest set one, pixels, by two sweeps of a 3-4 chamfer; `limit` where there is none
 * nearer.
 */
export function distanceTo(
  isSet: (i: number) => boolean,
  width: number,
  height: number,
  limit = 1e6,
): Float32Array {
  const d = new Float32Array(width * height);
  const [straight, diagonal] = [0.96, 1.36];
  for (let i = 0; i < d.length; i++) d[i] = isSet(i) ? 0 : limit;
  const relax = (i: number, j: number, step: number): void => {
    const value = d[j]! + step;
    if (value < d[i]!) d[i] = value;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (x > 0) relax(i, i - 1, straight);
      if (y === 0) continue;
      relax(i, i - width, straight);
      if (x > 0) relax(i, i - width - 1, diagonal);
      if (x + 1 < width) relax(i, i - width + 1, diagonal);
    }
  }
  for (let y = height - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--) {
      const i = y * width + x;
      if (x + 1 < width) relax(i, i + 1, straight);
      if (y + 1 === height) continue;
      relax(i, i + width, straight);
      if (x + 1 < width) relax(i, i + width + 1, diagonal);
      if (x > 0) relax(i, i + width - 1, diagonal);
    }
  }
  return d;
}

/** For each target pixel along one axis: the two source pixels around its centre, and the share of the second. */
export type Interpolation = {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Float32Array;
};

/** Bilinear places of `to` pixels on an axis of `from` pixels. */
export function interpolation(from: number, to: number): Interpolation {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const share = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const at = clamp(((i + 0.5) * from) / to - 0.5, 0, from - 1);
    first[i] = Math.floor(at);
    second[i] = Math.min(first[i]! + 1, from - 1);
    share[i] = at - first[i]!;
  }
  return { first, second, share };
}
