import { clamp } from "../shared/numeric.js";

/** Mean over a square of `2 * radius + 1` nodes; the border repeats. */
export function boxBlur(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  const result = new Float32Array(values.length);
  const size = 2 * radius + 1;
  const run = (from: Float32Array, to: Float32Array, start: number, step: number, count: number): void => {
    const value = (i: number): number => from[start + clamp(i, 0, count - 1) * step]!;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += value(i);
    for (let i = 0; i < count; i++) {
      to[start + i * step] = sum / size;
      sum += value(i + radius + 1) - value(i - radius);
    }
  };
  for (let y = 0; y < height; y++) run(values, across, y * width, 1, width);
  for (let x = 0; x < width; x++) run(across, result, x, width, height);
  return result;
}
