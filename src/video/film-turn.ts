/** How a stored picture has to be turned to stand upright: first mirrored left to right, then turned clockwise. */
export type Turn = {
  readonly mirrored: boolean;
  /** Quarter turns clockwise. */
  readonly quarters: 0 | 1 | 2 | 3;
};

const DISPLAY_MATRIX_BYTES = 36;

/**
 * The turn that a display matrix asks for, by FFmpeg's layout: nine 32-bit numbers, of which the first two columns of
 * the first two rows turn. Slanted ones count as the nearest quarter.
 */
export function readTurn(matrix: Buffer | null): Turn {
  if (matrix === null || matrix.length < DISPLAY_MATRIX_BYTES) return { mirrored: false, quarters: 0 };
  const [a, b, c, d] = [0, 4, 12, 16].map((at) => matrix.readInt32LE(at)) as [number, number, number, number];
  const mirrored = a * d - b * c < 0;
  // Where the stored picture's right, as seen before mirroring, points to on the screen; y goes down.
  const [x, y] = mirrored ? [-a, -b] : [a, b];
  if (x === 0 && y === 0) return { mirrored: false, quarters: 0 };
  const quarters = ((Math.round(Math.atan2(y, x) / (Math.PI / 2)) + 4) % 4) as Turn["quarters"];
  return { mirrored, quarters };
}
