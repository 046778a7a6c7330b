/** A picture: RGBA interleaved, colour premultiplied by coverage, sRGB `[0, 255]`, coverage `[0, 1]`. */
export type TextureLevel = { readonly width: number; readonly height: number; readonly data: Float32Array };

/** A texture with its halvings. Level 0 has `texel` eye distances per sample. */
export type TexturePyramid = {
  readonly texel: number;
  readonly levels: readonly TextureLevel[];
  /** Memory for a level between two others, and which it holds. */
  readonly between: { readonly data: Float32Array; level: number };
};

/** Builds the halvings of a texture down to a few samples. */
export function buildPyramid(texel: number, level: TextureLevel): TexturePyramid {
  const levels: TextureLevel[] = [level];
  while (levels.length < 6) levels.push(shrink(levels[levels.length - 1]!, 2));
  return { texel, levels, between: { data: new Float32Array(level.data.length), level: -1 } };
}

/** Averages `ratio` x `ratio` samples into one, `ratio >= 1` and not necessarily whole. */
export function shrink(source: TextureLevel, ratio: number): TextureLevel {
  const width = Math.max(2, Math.floor(source.width / ratio));
  const height = Math.max(2, Math.floor(source.height / ratio));
  const data = new Float32Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      averageArea(source, x * ratio, y * ratio, ratio, data, (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

function averageArea(
  source: TextureLevel,
  left: number,
  top: number,
  size: number,
  out: Float32Array,
  at: number,
): void {
  let total = 0;
  for (let j = Math.floor(top); j < top + size; j++) {
    const high = Math.min(j + 1, top + size) - Math.max(j, top);
    const row = Math.min(j, source.height - 1) * source.width;
    for (let i = Math.floor(left); i < left + size; i++) {
      const weight = high * (Math.min(i + 1, left + size) - Math.max(i, left));
      const p = (row + Math.min(i, source.width - 1)) * 4;
      for (let c = 0; c < 4; c++) out[at + c] = out[at + c]! + weight * source.data[p + c]!;
      total += weight;
    }
  }
  for (let c = 0; c < 4; c++) out[at + c] = out[at + c]! / total;
}

/** A level of the pyramid as it is drawn from: `perSample` samples of level 0 make one of it. */
export type TextureView = { width: number; height: number; data: Float32Array; perSample: number };

/**
 * The texture at a fractional level, as wide as the finer of the two it lies between. Blending costs time only
 * when the level changes.
 */
export function viewLevel(pyramid: TexturePyramid, level: number, out: TextureView): void {
  const { levels, between } = pyramid;
  const finer = Math.min(Math.floor(level), levels.length - 1);
  const part = Math.min(level, levels.length - 1) - finer;
  const fine = levels[finer]!;
  out.width = fine.width;
  out.height = fine.height;
  out.perSample = 1 << finer;
  out.data = fine.data;
  if (part === 0) return;
  if (between.level !== level) blend(fine, levels[finer + 1]!, part, between.data);
  between.level = level;
  out.data = between.data;
}

/** `fine` with `part` of the twice coarser level, interpolated. */
function blend(fine: TextureLevel, coarse: TextureLevel, part: number, out: Float32Array): void {
  for (let y = 0; y < fine.height; y++) {
    const v = Math.min(Math.max(y / 2 - 0.25, 0), coarse.height - 1.001);
    const j = Math.floor(v);
    for (let x = 0; x < fine.width; x++) {
      const u = Math.min(Math.max(x / 2 - 0.25, 0), coarse.width - 1.001);
      const i = Math.floor(u);
      const p = (j * coarse.width + i) * 4;
      const q = p + coarse.width * 4;
      const to = (y * fine.width + x) * 4;
      for (let c = 0; c < 4; c++) {
        const top = coarse.data[p + c]! + (coarse.data[p + 4 + c]! - coarse.data[p + c]!) * (u - i);
        const bottom = coarse.data[q + c]! + (coarse.data[q + 4 + c]! - coarse.data[q + c]!) * (u - i);
        const value = top + (bottom - top) * (v - j);
        out[to + c] = fine.data[to + c]! + (value - fine.data[to + c]!) * part;
      }
    }
  }
}
