import sharp from "sharp";
import { decodePictures } from "../../test/support/read-video.js";
import { planesToRgb } from "./planes-to-rgb.js";

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
  const pictures: Uint8Array[] = [];
  await decodePictures(path, ({ index, planes, strides }) => {
    if (wanted.has(index)) pictures.push(planesToRgb(planes, strides, width, height));
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
