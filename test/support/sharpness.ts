/** Root mean square of the discrete Laplacian of a picture, without a border of four pixels. */
export function laplacianRms(pixels: ArrayLike<number>, width: number, height: number): number {
  let sum = 0;
  let count = 0;
  for (let y = 4; y < height - 4; y++) {
    for (let x = 4; x < width - 4; x++) {
      const at = y * width + x;
      const around = pixels[at - 1]! + pixels[at + 1]! + pixels[at - width]! + pixels[at + width]!;
      sum += (4 * pixels[at]! - around) ** 2;
      count++;
    }
  }
  return Math.sqrt(sum / count);
}

/** Largest deviation from the mean, as a share of it. */
export function largestDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.max(...values.map((value) => Math.abs(value / mean - 1)));
}
