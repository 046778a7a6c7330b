/** A plane of numbers over the picture, row by row. */
export type Field = { readonly width: number; readonly height: number; readonly data: Float32Array };

/** Where centimetres of the model lie in the picture: x to the right, y down, z to the viewer. */
export type View = {
  readonly width: number;
  readonly height: number;
  readonly pixelsPerCm: number;
  /** Pixel of the model's origin, a point on the nose bridge's vertical, midway down the face. */
  readonly originX: number;
  readonly originY: number;
};

export type Rgb = readonly [number, number, number];

export function createField(width: number, height: number, value = 0): Field {
  return { width, height, data: new Float32Array(width * height).fill(value) };
}

/** Fills a field from a function of the model's x and y (centimetres). */
export function fieldOf(view: View, f: (x: number, y: number, index: number) => number): Field {
  const field = createField(view.width, view.height);
  forEachPixel(view, (x, y, i) => {
    field.data[i] = f(x, y, i);
  });
  return field;
}

export function forEachPixel(view: View, visit: (x: number, y: number, index: number) => void): void {
  let i = 0;
  for (let row = 0; row < view.height; row++) {
    const y = (row + 0.5 - view.originY) / view.pixelsPerCm;
    for (let column = 0; column < view.width; column++) {
      visit((column + 0.5 - view.originX) / view.pixelsPerCm, y, i++);
    }
  }
}

/** Gaussian blur by three box passes; `sigma` in pixels; borders are held. */
export function blur(field: Field, sigma: number): Field {
  if (sigma < 0.4) return { ...field, data: field.data.slice() };
  const radius = Math.max(1, Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2));
  const across = new Float32Array(field.data.length);
  const result = new Float32Array(field.data.length);
  for (let pass = 0; pass < 3; pass++) {
    boxRows(pass === 0 ? field.data : result, across, field.width, field.height, radius);
    boxColumns(across, result, field.width, field.height, radius);
  }
  return { width: field.width, height: field.height, data: result };
}

function boxRows(source: Float32Array, target: Float32Array, width: number, height: number, r: number): void {
  const scale = 1 / (2 * r + 1);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    let sum = 0;
    for (let k = -r; k <= r; k++) sum += source[base + Math.min(width - 1, Math.max(0, k))]!;
    for (let x = 0; x < width; x++) {
      target[base + x] = sum * scale;
      sum += source[base + Math.min(width - 1, x + r + 1)]! - source[base + Math.max(0, x - r)]!;
    }
  }
}

function boxColumns(
  source: Float32Array,
  target: Float32Array,
  width: number,
  height: number,
  r: number,
): void {
  const scale = 1 / (2 * r + 1);
  const sums = new Float64Array(width);
  for (let k = -r; k <= r; k++) {
    const base = Math.min(height - 1, Math.max(0, k)) * width;
    for (let x = 0; x < width; x++) sums[x]! += source[base + x]!;
  }
  for (let y = 0; y < height; y++) {
    const enter = Math.min(height - 1, y + r + 1) * width;
    const leave = Math.max(0, y - r) * width;
    for (let x = 0; x < width; x++) {
      target[y * width + x] = sums[x]! * scale;
      sums[x]! += source[enter + x]! - source[leave + x]!;
    }
  }
}

/** Blur that takes nothing from outside `mask`. */
export function blurWithin(field: Field, mask: Field, sigma: number): Field {
  const weighted = blur(
    mapField(field, (v, i) => v * mask.data[i]!),
    sigma,
  );
  const weight = blur(mask, sigma);
  return mapField(weighted, (v, i) => v / Math.max(1e-4, weight.data[i]!));
}

export function mapField(field: Field, f: (value: number, index: number) => number): Field {
  const data = new Float32Array(field.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(field.data[i]!, i);
  return { width: field.width, height: field.height, data };
}

/** Smooth value noise in about [-1, 1], repeatable. */
export function noise(x: number, y: number, seed: number): number {
  const xi = Math.floor(x);
  const yi = Math.floor(y);
  const fx = x - xi;
  const fy = y - yi;
  const sx = fx * fx * (3 - 2 * fx);
  const sy = fy * fy * (3 - 2 * fy);
  const top = hash(xi, yi, seed) * (1 - sx) + hash(xi + 1, yi, seed) * sx;
  const bottom = hash(xi, yi + 1, seed) * (1 - sx) + hash(xi + 1, yi + 1, seed) * sx;
  return top * (1 - sy) + bottom * sy;
}

/** Three octaves of {@link noise}. */
export function cloud(x: number, y: number, seed: number): number {
  return (
    noise(x, y, seed) * 0.57 +
    noise(x * 2.1 + 7, y * 2.1, seed + 1) * 0.29 +
    noise(x * 4.3, y * 4.3 + 3, seed + 2) * 0.14
  );
}

function hash(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(seed, 2246822519);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 2147483648 - 1;
}

/** A smooth curve y(x) through points sorted by x (monotone cubic, so it never overshoots). */
export function curveThrough(points: readonly (readonly [number, number])[]): (x: number) => number {
  const n = points.length;
  const slope = points.map((_, i) => {
    if (i === 0 || i === n - 1) return secant(points, Math.min(i, n - 2));
    const a = secant(points, i - 1);
    const b = secant(points, i);
    return a * b <= 0 ? 0 : (2 * a * b) / (a + b);
  });
  return (x) => {
    let i = 0;
    while (i < n - 2 && x > points[i + 1]![0]) i++;
    const [x0, y0] = points[i]!;
    const [x1, y1] = points[i + 1]!;
    const h = x1 - x0;
    const t = Math.min(1, Math.max(0, (x - x0) / h));
    const a = slope[i]! * h;
    const b = slope[i + 1]! * h;
    return y0 + t * (a + t * (3 * (y1 - y0) - 2 * a - b + t * (2 * (y0 - y1) + a + b)));
  };
}

function secant(points: readonly (readonly [number, number])[], i: number): number {
  return (points[i + 1]![1] - points[i]![1]) / (points[i + 1]![0] - points[i]![0]);
}

/** exp(-(x / width)^2) */
export function bell(x: number, width: number): number {
  return Math.exp(-(x * x) / (width * width));
}
