import { type Box, BoxReader, DamagedHeifError, UnsupportedHeifError } from "./box-reader.js";
import { annexB } from "./hevc-stream.js";
import { type ItemTable, readItemTable } from "./item-table.js";

/** A HEIC picture, taken apart but not yet decoded. */
export type HeifPicture = {
  /** Size before {@link transforms}, pixels. */
  readonly width: number;
  readonly height: number;
  /** Tiles from left to right, then from top to bottom, all of one size; one tile for a picture without a grid. */
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** One HEVC byte stream (ITU-T H.265 Annex B) per tile. */
  readonly streams: readonly Uint8Array[];
  /** To be applied in this order. */
  readonly transforms: readonly HeifTransform[];
  /** How the colours are coded, when the file says so beside the stream. */
  readonly coding: ColorCoding | null;
  readonly iccProfile: Uint8Array | null;
};

/** Clockwise quarter turns, or exchange of top and bottom, or of left and right. */
export type HeifTransform =
  | { readonly type: "turn"; readonly quarters: number }
  | { readonly type: "flip" }
  | { readonly type: "flop" };

/** How YUV becomes RGB; `matrix` as in ITU-T H.273. */
export type ColorCoding = { readonly matrix: number; readonly isFullRange: boolean };

/** Takes a HEIC file apart. @throws DamagedHeifError, UnsupportedHeifError */
export function readHeif(file: Uint8Array): HeifPicture {
  const items = readItemTable(file);
  const { primary } = items;
  const type = items.typeOf(primary);
  if (type !== "hvc1" && type !== "grid") throw new UnsupportedHeifError(`picture of type "${type}"`);
  const grid = type === "grid" ? readGrid(items) : null;
  const tiles = grid === null ? [primary] : items.sourcesOf(primary);
  if (grid !== null && tiles.length !== grid.columns * grid.rows)
    throw new DamagedHeifError("the grid lacks tiles");
  const properties = items.propertiesOf(primary);
  const first = tileOf(items, tiles[0]!);
  const streams = tiles.map((tile) => {
    const { width, height, configuration } = tileOf(items, tile);
    if (width !== first.width || height !== first.height)
      throw new DamagedHeifError("the tiles differ in size");
    return annexB(configuration, items.dataOf(tile));
  });
  const columns = grid?.columns ?? 1;
  const width = grid?.width ?? first.width;
  const height = grid?.height ?? first.height;
  const rows = grid?.rows ?? 1;
  if (width > columns * first.width || height > rows * first.height)
    throw new DamagedHeifError("the grid is smaller than the picture");
  const colors = [...properties, ...items.propertiesOf(tiles[0]!)].filter(
    (property) => property.type === "colr",
  );
  return {
    width,
    height,
    columns,
    tileWidth: first.width,
    tileHeight: first.height,
    streams,
    transforms: properties.flatMap(transformOf),
    coding: codingOf(colors),
    iccProfile: iccOf(colors),
  };
}

function readGrid(items: ItemTable) {
  const reader = new BoxReader(items.dataOf(items.primary));
  reader.uint(1);
  const size = reader.uint(1) & 1 ? 4 : 2;
  const rows = reader.uint(1) + 1;
  const columns = reader.uint(1) + 1;
  return { rows, columns, width: reader.uint(size), height: reader.uint(size) };
}

function tileOf(items: ItemTable, item: number) {
  if (items.typeOf(item) !== "hvc1") throw new UnsupportedHeifError(`tile of type "${items.typeOf(item)}"`);
  const properties = items.propertiesOf(item);
  const body = (type: string): Uint8Array => {
    const found = properties.find((property) => property.type === type);
    if (found === undefined) throw new DamagedHeifError(`a tile has no ${type}`);
    return found.body;
  };
  const extent = new BoxReader(body("ispe"));
  extent.versionAndFlags();
  const width = extent.uint(4);
  const height = extent.uint(4);
  if (width === 0 || height === 0) throw new DamagedHeifError("the size is not positive");
  return { width, height, configuration: body("hvcC") };
}

function transformOf({ type, body }: Box): HeifTransform[] {
  const value = body[0] ?? 0;
  // The file counts anticlockwise.
  if (type === "irot") return [{ type: "turn", quarters: (4 - (value & 3)) % 4 }];
  if (type === "imir") return [{ type: value & 1 ? "flop" : "flip" }];
  return [];
}

function codingOf(colors: readonly Box[]): ColorCoding | null {
  for (const { body } of colors) {
    const reader = new BoxReader(body);
    if (reader.code() !== "nclx") continue;
    reader.take(4);
    const matrix = reader.uint(2);
    return { matrix, isFullRange: (reader.uint(1) & 0x80) !== 0 };
  }
  return null;
}

function iccOf(colors: readonly Box[]): Uint8Array | null {
  for (const { body } of colors) {
    const kind = new BoxReader(body).code();
    if (kind === "prof" || kind === "rICC") return body.subarray(4);
  }
  return null;
}
