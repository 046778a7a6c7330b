/**
 * Planes of a decoded picture as interleaved RGB: BT.709 limited range, chroma repeated. For older material the hue is a
 * little off, which no metric minds.
 */
export function planesToRgb(
  planes: readonly Uint8Array[],
  strides: readonly number[],
  width: number,
  height: number,
): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  const [luma, chromaU, chromaV] = planes as [Uint8Array, Uint8Array, Uint8Array];
  const limited = (value: number): number => Math.min(Math.max(value + 0.5, 0), 255);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const l = 1.164384 * (luma[y * strides[0]! + x]! - 16);
      const half = (y >> 1) * strides[1]! + (x >> 1);
      const u = chromaU[half]! - 128;
      const v = chromaV[half]! - 128;
      rgb[to] = limited(l + 1.792741 * v);
      rgb[to + 1] = limited(l - 0.213249 * u - 0.532909 * v);
      rgb[to + 2] = limited(l + 2.112402 * u);
    }
  }
  return rgb;
}
