import sharp, { type Sharp } from "sharp";
import { DamagedHeifError } from "./box-reader.js";
import type { HeifPicture } from "./read-heif.js";
import { writeTiff } from "./write-tiff.js";

/** Pictures coded with HEVC, to be decoded by native code that lives elsewhere. */
export type HevcJob = {
  /** One ITU-T H.265 Annex B stream of one picture each. */
  readonly streams: readonly Uint8Array[];
  /** What every picture must measure at least, and how much larger it may be by padding. */
  readonly width: number;
  readonly height: number;
  /** Overrides what the streams say of their colours; `matrix` as in ITU-T H.273. */
  readonly coding: { readonly matrix: number; readonly isFullRange: boolean } | null;
};

/** Decodes each stream to `width * height` interleaved RGB pixels. */
export type DecodeHevc = (job: HevcJob, options: { signal?: AbortSignal }) => Promise<readonly Uint8Array[]>;

/** Decodes a HEIC picture: upright, in the colour space of its profile. */
export async function decodeHeif(
  picture: HeifPicture,
  decode: DecodeHevc,
  signal?: AbortSignal,
): Promise<{ source: Sharp; width: number; height: number }> {
  const { tileWidth, tileHeight, streams, coding } = picture;
  const tiles = await decode(
    { streams, width: tileWidth, height: tileHeight, coding },
    signal === undefined ? {} : { signal },
  );
  if (tiles.length !== streams.length) throw new DamagedHeifError("a tile cannot be decoded");
  let upright = { data: joinTiles(picture, tiles), width: picture.width, height: picture.height };
  // One after the other: sharp would bring them into an order of its own.
  for (const transform of picture.transforms) {
    const { data, width, height } = upright;
    const source = sharp(data, { raw: { width, height, channels: 3 } });
    const turned =
      transform.type === "turn"
        ? source.rotate(transform.quarters * 90)
        : transform.type === "flip"
          ? source.flip()
          : source.flop();
    const { data: moved, info } = await turned.raw().toBuffer({ resolveWithObject: true });
    upright = { data: moved, width: info.width, height: info.height };
  }
  const { data, width, height } = upright;
  const source = sharp(writeTiff(data, width, height, picture.iccProfile), { limitInputPixels: false });
  return { source, width, height };
}

function joinTiles(picture: HeifPicture, tiles: readonly Uint8Array[]): Uint8Array {
  const { width, height, columns, tileWidth, tileHeight } = picture;
  const whole = new Uint8Array(width * height * 3);
  for (const [index, tile] of tiles.entries()) {
    const left = (index % columns) * tileWidth;
    const top = Math.floor(index / columns) * tileHeight;
    // Tiles at the right and lower border reach beyond the picture.
    const visible = Math.min(tileWidth, width - left) * 3;
    for (let y = 0; y < tileHeight && top + y < height && visible > 0; y++) {
      const row = tile.subarray(y * tileWidth * 3, y * tileWidth * 3 + visible);
      whole.set(row, ((top + y) * width + left) * 3);
    }
  }
  return whole;
}
