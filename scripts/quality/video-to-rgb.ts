/**
 * A decoded picture as real-numbered RGB `[0, 255]`, interleaved: BT.709 limited range, chroma interpolated from where
 * H.264 sites it (on the left column, between the rows). Shares no code with what made the picture.
 */
export function videoToRgb(
  planes: readonly Uint8Array[],
  strides: readonly number[],
  width: number,
  height: number,
): Float32Array {
  const rgb = new Float32Array(width * height * 3);
  const [luma] = planes as [Uint8Array];
  const u = chromaAt(planes[1]!, strides[1]!, width, height);
  const v = chromaAt(planes[2]!, strides[2]!, width, height);
  // ITU-R BT.709-6: Kr = .2126, Kb = .0722; 219 steps of light, 224 of colour.
  const [kr, kb] = [0.2126, 0.0722];
  const kg = 1 - kr - kb;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const light = (255 * (luma[y * strides[0]! + x]! - 16)) / 219;
      const blue = (255 * (u(x, y) - 128)) / 224;
      const red = (255 * (v(x, y) - 128)) / 224;
      const r = light + 2 * (1 - kr) * red;
      const b = light + 2 * (1 - kb) * blue;
      rgb[to] = limit(r);
      rgb[to + 1] = limit((light - kr * r - kb * b) / kg);
      rgb[to + 2] = limit(b);
    }
  }
  return rgb;
}

function limit(value: number): number {
  return Math.min(Math.max(value, 0), 255);
}

/** Chroma at any pixel: a sample lies at column 2i and half way between rows 2j and 2j + 1. */
function chromaAt(plane: Uint8Array, stride: number, width: number, height: number) {
  const [lastX, lastY] = [(width >> 1) - 1, (height >> 1) - 1];
  return (x: number, y: number): number => {
    const [cx, cy] = [x / 2, Math.max(0, (y - 0.5) / 2)];
    const [x0, y0] = [Math.min(Math.floor(cx), lastX), Math.min(Math.floor(cy), lastY)];
    const [x1, y1] = [Math.min(x0 + 1, lastX), Math.min(y0 + 1, lastY)];
    const [fx, fy] = [cx - x0, cy - y0];
    const row = (r: number): number => plane[r * stride + x0]! * (1 - fx) + plane[r * stride + x1]! * fx;
    return row(y0) * (1 - fy) + row(y1) * fy;
  };
}
