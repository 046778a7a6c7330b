/** Mean over a square of `2 * radius + 1` nodes; the border repeats. */
export function boxBlur(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  for (let y = 0; y < height; y++) blurRow(values, across, y * width, width, radius);
  return blurColumns(across, width, height, radius);
}

function blurRow(from: Float32Array, to: Float32Array, start: number, count: number, radius: number): void {
  const size = 2 * radius + 1;
  const last = count - 1;
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += from[start + Math.min(last, Math.max(0, i))]!;
  for (let i = 0; i < count; i++) {
    to[start + i] = sum / size;
    sum += from[start + Math.min(last, i + radius + 1)]! - from[start + Math.max(0, i - radius)]!;
  }
}

/** All columns at once, row by row: going down single columns would miss the cache at every step. */
function blurColumns(from: Float32Array, width: number, height: number, radius: number): Float32Array {
  const to = new Float32Array(from.length);
  const size = 2 * radius + 1;
  const last = height - 1;
  const sums = new Float64Array(width);
  for (let i = -radius; i <= radius; i++) {
    const row = Math.min(last, Math.max(0, i)) * width;
    for (let x = 0; x < width; x++) sums[x]! += from[row + x]!;
  }
  for (let y = 0; y < height; y++) {
    const ahead = Math.min(last, y + radius + 1) * width;
    const behind = Math.max(0, y - radius) * width;
    for (let x = 0; x < width; x++) {
      to[y * width + x] = sums[x]! / size;
      sums[x]! += from[ahead + x]! - from[behind + x]!;
    }
  }
  return to;
}
