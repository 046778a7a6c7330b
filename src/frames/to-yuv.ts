/** A colour as Y, U, V: BT.709 limited range from sRGB `[0, 255]`. Loops over whole pictures have this inlined. */
export function toYuv([r, g, b]: readonly [number, number, number]): [y: number, u: number, v: number] {
  return [
    16 + 0.182586 * r + 0.614231 * g + 0.062007 * b,
    128 - 0.100644 * r - 0.338572 * g + 0.439216 * b,
    128 + 0.439216 * r - 0.398942 * g - 0.040274 * b,
  ];
}
