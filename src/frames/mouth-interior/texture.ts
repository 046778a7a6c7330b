/** One level of a texture: RGBA interleaved, colour premultiplied by coverage, sRGB `[0, 255]`, coverage `[0, 1]`. */
export type TextureLevel = { readonly width: number; readonly height: number; readonly data: Float32Array };

/** A texture with its halvings. Level 0 has `texel` eye distances per sample. */
export type TexturePyramid = { readonly texel: number; readonly levels: readonly TextureLevel[] };

/** Builds the halvings of a texture down to a few samples. */
export function buildPyramid(
  texel: number,
  width: number,
  height: number,
  data: Float32Array,
): TexturePyramid {
  const levels: TextureLevel[] = [{ width, height, data }];
  while (levels.length < 6) levels.push(halve(levels[levels.length - 1]!));
  return { texel, levels };
}

function halve(level: TextureLevel): TextureLevel {
  const width = Math.max(1, level.width >> 1);
  const height = Math.max(1, level.height >> 1);
  const data = new Float32Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row0 = Math.min(2 * y, level.height - 1) * level.width;
    const row1 = Math.min(2 * y + 1, level.height - 1) * level.width;
    for (let x = 0; x < width; x++) {
      const x0 = Math.min(2 * x, level.width - 1);
      const x1 = Math.min(2 * x + 1, level.width - 1);
      for (let c = 0; c < 4; c++) {
        const sum =
          level.data[(row0 + x0) * 4 + c]! +
          level.data[(row0 + x1) * 4 + c]! +
          level.data[(row1 + x0) * 4 + c]! +
          level.data[(row1 + x1) * 4 + c]!;
        data[(y * width + x) * 4 + c] = sum / 4;
      }
    }
  }
  return { width, height, data };
}

/**
 * Adds `weight` times the bilinear value at (u, v) to `out` (RGBA). Coordinates are in samples of level 0
 * (sample centres at .5), `scale` is 2^-level; outside, the border repeats.
 */
export function addSample(
  level: TextureLevel,
  scale: number,
  u: number,
  v: number,
  weight: number,
  out: Float32Array,
): void {
  const x = Math.min(Math.max(u * scale - 0.5, 0), level.width - 1.001);
  const y = Math.min(Math.max(v * scale - 0.5, 0), level.height - 1.001);
  const i = Math.floor(x);
  const j = Math.floor(y);
  const fx = x - i;
  const fy = y - j;
  const data = level.data;
  const p = (j * level.width + i) * 4;
  const q = p + level.width * 4;
  const w11 = fx * fy * weight;
  const w10 = fy * weight - w11;
  const w01 = fx * weight - w11;
  const w00 = weight - w01 - w10 - w11;
  out[0] = out[0]! + data[p]! * w00 + data[p + 4]! * w01 + data[q]! * w10 + data[q + 4]! * w11;
  out[1] = out[1]! + data[p + 1]! * w00 + data[p + 5]! * w01 + data[q + 1]! * w10 + data[q + 5]! * w11;
  out[2] = out[2]! + data[p + 2]! * w00 + data[p + 6]! * w01 + data[q + 2]! * w10 + data[q + 6]! * w11;
  out[3] = out[3]! + data[p + 3]! * w00 + data[p + 7]! * w01 + data[q + 3]! * w10 + data[q + 7]! * w11;
}
