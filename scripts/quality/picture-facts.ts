import type { Photo } from "../../src/assets/index.js";

function lumaAt({ rgb, width, height }: Photo, x: number, y: number): number {
  const px = Math.min(width - 1.001, Math.max(0, x));
  const py = Math.min(height - 1.001, Math.max(0, y));
  const [i, j] = [Math.floor(px), Math.floor(py)];
  const at = (p: number): number => 0.2126 * rgb[p]! + 0.7152 * rgb[p + 1]! + 0.0722 * rgb[p + 2]!;
  const p = (j * width + i) * 3;
  const q = p + width * 3;
  const top = at(p) + (at(p + 3) - at(p)) * (px - i);
  const bottom = at(q) + (at(q + 3) - at(q)) * (px - i);
  return top + (bottom - top) * (py - j);
}

/** Mean colour of squares around mesh points. */
export function meanColourAround(
  photo: Photo,
  landmarks: Float32Array,
  points: readonly number[],
  side: number,
): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (const index of points) {
    const x0 = Math.round(landmarks[3 * index]! - side / 2);
    const y0 = Math.round(landmarks[3 * index + 1]! - side / 2);
    for (let y = Math.max(0, y0); y < Math.min(photo.height, y0 + side); y++) {
      for (let x = Math.max(0, x0); x < Math.min(photo.width, x0 + side); x++) {
        for (let c = 0; c < 3; c++) sum[c]! += photo.rgb[(y * photo.width + x) * 3 + c]!;
        count++;
      }
    }
  }
  return sum.map((value) => value / Math.max(1, count)) as [number, number, number];
}

/** Mean squared Laplacian of the luma in the rectangle around mesh points, of blocks of `block` x `block` pixels. */
export function detailAround(
  photo: Photo,
  landmarks: Float32Array,
  points: readonly number[],
  block: 1 | 2,
): number {
  const xs = points.map((index) => landmarks[3 * index]! / block);
  const ys = points.map((index) => landmarks[3 * index + 1]! / block);
  const left = Math.max(1, Math.round(Math.min(...xs)));
  const right = Math.min(Math.floor(photo.width / block) - 2, Math.round(Math.max(...xs)));
  const top = Math.max(1, Math.round(Math.min(...ys)));
  const bottom = Math.min(Math.floor(photo.height / block) - 2, Math.round(Math.max(...ys)));
  let sum = 0;
  let count = 0;
  const at = (x: number, y: number): number => {
    let value = 0;
    for (let j = 0; j < block; j++) {
      for (let i = 0; i < block; i++) {
        const p = ((y * block + j) * photo.width + x * block + i) * 3;
        value += 0.2126 * photo.rgb[p]! + 0.7152 * photo.rgb[p + 1]! + 0.0722 * photo.rgb[p + 2]!;
      }
    }
    return value / (block * block);
  };
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const value = 4 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1);
      sum += value * value;
      count++;
    }
  }
  return sum / Math.max(1, count);
}

const COLUMNS = 96;
const ROWS = 64;
/** Points that expression hardly moves: eye corners and the bridge of the nose. */
const RIGID = [33, 133, 362, 263, 168, 6, 197] as const;

/** Compares the upper face with that of the first picture, after a similarity transform has laid them over each other. */
export class UpperFaceMatcher {
  private readonly patch: Float32Array;
  private readonly places: Float32Array;
  private readonly rest: Float32Array;

  constructor(photo: Photo, landmarks: Float32Array, eyeDistance: number) {
    this.rest = landmarks;
    const left = landmarks[3 * 33]! - 0.15 * eyeDistance;
    const right = landmarks[3 * 263]! + 0.15 * eyeDistance;
    const middle = (landmarks[3 * 33 + 1]! + landmarks[3 * 263 + 1]!) / 2;
    this.places = new Float32Array(COLUMNS * ROWS * 2);
    for (let j = 0; j < ROWS; j++) {
      for (let i = 0; i < COLUMNS; i++) {
        const at = 2 * (j * COLUMNS + i);
        this.places[at] = left + ((right - left) * (i + 0.5)) / COLUMNS;
        this.places[at + 1] = middle + eyeDistance * (-0.6 + (1.1 * (j + 0.5)) / ROWS);
      }
    }
    this.patch = new Float32Array(COLUMNS * ROWS);
    for (let k = 0; k < this.patch.length; k++) {
      this.patch[k] = lumaAt(photo, this.places[2 * k]! - 0.5, this.places[2 * k + 1]! - 0.5);
    }
  }

  compare(photo: Photo, landmarks: Float32Array): { ssim: number; psnr: number } {
    const { a, b, x, y } = similarity(this.rest, landmarks);
    const now = new Float32Array(this.patch.length);
    let error = 0;
    for (let k = 0; k < now.length; k++) {
      const px = this.places[2 * k]!;
      const py = this.places[2 * k + 1]!;
      now[k] = lumaAt(photo, a * px - b * py + x - 0.5, b * px + a * py + y - 0.5);
      error += (now[k]! - this.patch[k]!) ** 2;
    }
    const psnr = 10 * Math.log10((255 * 255) / Math.max(1e-6, error / now.length));
    return { ssim: meanSsim(this.patch, now), psnr };
  }
}

/** Least-squares rotation, scale and shift from one set of rigid points to another: (a, -b; b, a) p + (x, y). */
function similarity(from: Float32Array, to: Float32Array): { a: number; b: number; x: number; y: number } {
  let [fx, fy, tx, ty] = [0, 0, 0, 0];
  for (const index of RIGID) {
    fx += from[3 * index]! / RIGID.length;
    fy += from[3 * index + 1]! / RIGID.length;
    tx += to[3 * index]! / RIGID.length;
    ty += to[3 * index + 1]! / RIGID.length;
  }
  let [dot, cross, size] = [0, 0, 0];
  for (const index of RIGID) {
    const [px, py] = [from[3 * index]! - fx, from[3 * index + 1]! - fy];
    const [qx, qy] = [to[3 * index]! - tx, to[3 * index + 1]! - ty];
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    size += px * px + py * py;
  }
  const [a, b] = [dot / size, cross / size];
  return { a, b, x: tx - a * fx + b * fy, y: ty - b * fx - a * fy };
}

/** Structural similarity (Wang et al. 2004) in windows of 8 x 8, every 4 pixels. */
function meanSsim(p: Float32Array, q: Float32Array): number {
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let total = 0;
  let count = 0;
  for (let y = 0; y + 8 <= ROWS; y += 4) {
    for (let x = 0; x + 8 <= COLUMNS; x += 4) {
      let [sp, sq, spp, sqq, spq] = [0, 0, 0, 0, 0];
      for (let j = 0; j < 8; j++) {
        for (let i = 0; i < 8; i++) {
          const at = (y + j) * COLUMNS + x + i;
          sp += p[at]!;
          sq += q[at]!;
          spp += p[at]! * p[at]!;
          sqq += q[at]! * q[at]!;
          spq += p[at]! * q[at]!;
        }
      }
      const [mp, mq] = [sp / 64, sq / 64];
      const [vp, vq, vpq] = [spp / 64 - mp * mp, sqq / 64 - mq * mq, spq / 64 - mp * mq];
      total += ((2 * mp * mq + c1) * (2 * vpq + c2)) / ((mp * mp + mq * mq + c1) * (vp + vq + c2));
      count++;
    }
  }
  return total / count;
}
