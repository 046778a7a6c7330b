import { atan2, cos, sin } from "../../shared/portable-math.js";
import type { FlexMap } from "./flexbuffer.js";

/**
 * The custom operators of the face mesh with attention: cut a rotated box around some landmarks out of a
 * feature map, and carry points found inside the box back.
 */
export type CropOptions = {
  /** Landmarks that the box encloses. */
  readonly subset: readonly number[];
  /** The box's x axis runs from the left to the right landmark. */
  readonly left: number;
  readonly right: number;
  readonly targetRotation: number;
  readonly width: number;
  readonly height: number;
  /** Box size over the size of what it encloses. */
  readonly scaleX: number;
  readonly scaleY: number;
};

/** Reads the options of `Landmarks2TransformMatrix`. */
export function readCropOptions(options: FlexMap): CropOptions {
  const subset = options.get("subset_idxs");
  if (!Array.isArray(subset) || subset.length === 0) throw new RangeError("subset_idxs is missing");
  return {
    subset,
    left: numberOption(options, "left_rotation_idx"),
    right: numberOption(options, "right_rotation_idx"),
    targetRotation: numberOption(options, "target_rotation_radians"),
    width: numberOption(options, "output_width"),
    height: numberOption(options, "output_height"),
    scaleX: numberOption(options, "scale_x"),
    scaleY: numberOption(options, "scale_y"),
  };
}

function numberOption(options: FlexMap, name: string): number {
  const value = options.get(name);
  if (typeof value !== "number") throw new RangeError(`${name} is missing`);
  return value;
}

/**
 * The 4 x 4 row-major matrix that takes crop pixels to landmark units: shift to the box centre, rotation,
 * scale, shift by half a crop.
 */
export function cropMatrix(landmarks: Float32Array, options: CropOptions, matrix: Float32Array): void {
  const { left, right, subset, width, height } = options;
  const dx = landmarks[3 * right]! - landmarks[3 * left]!;
  const dy = landmarks[3 * right + 1]! - landmarks[3 * left + 1]!;
  const rotation = options.targetRotation - atan2(dy, dx);
  const c = cos(rotation);
  const s = sin(rotation);
  let minX = Number.POSITIVE_INFINITY;
  let maxX = Number.NEGATIVE_INFINITY;
  let minY = Number.POSITIVE_INFINITY;
  let maxY = Number.NEGATIVE_INFINITY;
  for (const id of subset) {
    const x = landmarks[3 * id]!;
    const y = landmarks[3 * id + 1]!;
    minX = Math.min(minX, c * x - s * y);
    maxX = Math.max(maxX, c * x - s * y);
    minY = Math.min(minY, s * x + c * y);
    maxY = Math.max(maxY, s * x + c * y);
  }
  const middleX = (minX + maxX) / 2;
  const middleY = (minY + maxY) / 2;
  const scaleX = (options.scaleX * (maxX - minX)) / width;
  const scaleY = (options.scaleY * (maxY - minY)) / height;
  matrix.fill(0);
  matrix[0] = c * scaleX;
  matrix[1] = s * scaleY;
  matrix[3] = c * middleX + s * middleY - (matrix[0] * width + matrix[1] * height) / 2;
  matrix[4] = -s * scaleX;
  matrix[5] = c * scaleY;
  matrix[7] = -s * middleX + c * middleY - (matrix[4] * width + matrix[5] * height) / 2;
  matrix[10] = 1;
  matrix[15] = 1;
}

/** Bilinear crop of a feature map: `out` pixel centres go through the matrix; outside the map lies zero. */
export function cropBilinear(
  x: Float32Array,
  [, height, width, channels]: readonly number[],
  matrix: Float32Array,
  out: Float32Array,
  [, outHeight, outWidth]: readonly number[],
): void {
  const c = channels!;
  out.fill(0);
  for (let oy = 0; oy < outHeight!; oy++) {
    for (let ox = 0; ox < outWidth!; ox++) {
      const u = matrix[0]! * (ox + 0.5) + matrix[1]! * (oy + 0.5) + matrix[3]! - 0.5;
      const v = matrix[4]! * (ox + 0.5) + matrix[5]! * (oy + 0.5) + matrix[7]! - 0.5;
      if (!(u >= 0 && v >= 0 && u <= width! - 1 && v <= height! - 1)) continue;
      const left = Math.floor(u);
      const top = Math.floor(v);
      const fx = u - left;
      const fy = v - top;
      const from = (top * width! + left) * c;
      const right = left + 1 < width! ? c : 0;
      const down = top + 1 < height! ? width! * c : 0;
      const to = (oy * outWidth! + ox) * c;
      for (let k = 0; k < c; k++) {
        const a = x[from + k]!;
        const b = x[from + down + k]!;
        const upper = a + (x[from + right + k]! - a) * fx;
        out[to + k] = upper + (b + (x[from + down + right + k]! - b) * fx - upper) * fy;
      }
    }
  }
}

/** Takes `(n, 2)` points through the first two rows of the matrix. */
export function transformPoints(points: Float32Array, matrix: Float32Array, out: Float32Array): void {
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    out[i] = matrix[0]! * x + matrix[1]! * y + matrix[3]!;
    out[i + 1] = matrix[4]! * x + matrix[5]! * y + matrix[7]!;
  }
}
