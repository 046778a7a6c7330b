import sharp from "sharp";
import { decodePictures } from "../../test/support/read-video.js";

const CELL = 240;
const COLUMNS = 6;

/** Pictures of a video, evenly spread over its length, as one JPEG. */
export async function videoSheet(
  path: string,
  width: number,
  height: number,
  frames: number,
  count = 12,
): Promise<Buffer> {
  const wanted = new Set(Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * frames) / count)));
  const pictures: Buffer[] = [];
  await decodePictures(path, ({ index, planes, strides }) => {
    if (wanted.has(index)) pictures.push(toRgb(planes, strides, width, height));
  });
  const cellHeight = Math.round((CELL * height) / width);
  const cells = await Promise.all(
    pictures.map((rgb) =>
      sharp(rgb, { raw: { width, height, channels: 3 } })
        .resize(CELL, cellHeight)
        .png()
        .toBuffer(),
    ),
  );
  return sharp({
    create: {
      width: CELL * COLUMNS,
      height: cellHeight * Math.max(1, Math.ceil(cells.length / COLUMNS)),
      channels: 3,
      background: "#222",
    },
  })
    .composite(
      cells.map((input, i) => ({
        input,
        left: (i % COLUMNS) * CELL,
        top: Math.floor(i / COLUMNS) * cellHeight,
      })),
    )
    .jpeg({ quality: 82 })
    .toBuffer();
}

/** BT.709 limited range, chroma repeated: good enough for a thumbnail. */
function toRgb(
  planes: readonly Uint8Array[],
  strides: readonly number[],
  width: number,
  height: number,
): Buffer {
  const rgb = Buffer.alloc(width * height * 3);
  const [luma, chromaU, chromaV] = planes as [Uint8Array, Uint8Array, Uint8Array];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const l = 1.164384 * (luma[y * strides[0]! + x]! - 16);
      const half = (y >> 1) * strides[1]! + (x >> 1);
      const u = chromaU[half]! - 128;
      const v = chromaV[half]! - 128;
      rgb[to] = Math.min(255, Math.max(0, l + 1.792741 * v));
      rgb[to + 1] = Math.min(255, Math.max(0, l - 0.213249 * u - 0.532909 * v));
      rgb[to + 2] = Math.min(255, Math.max(0, l + 2.112402 * u));
    }
  }
  return rgb;
}
