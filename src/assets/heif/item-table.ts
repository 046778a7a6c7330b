import {
  type Box,
  BoxReader,
  DamagedHeifError,
  readBoxes,
  requireBox,
  UnsupportedHeifError,
} from "./box-reader.js";

/** The items of a HEIF file: pictures, tiles, grids (ISO/IEC 23008-12 and 14496-12). */
export type ItemTable = {
  readonly primary: number;
  typeOf(item: number): string;
  /** Properties in the order in which they apply. */
  propertiesOf(item: number): readonly Box[];
  dataOf(item: number): Uint8Array;
  /** The items from which this one is derived, in order. */
  sourcesOf(item: number): readonly number[];
};

type Extent = { readonly offset: number; readonly length: number };
type Location = { readonly inIdat: boolean; readonly extents: readonly Extent[] };

/** More items than any camera writes. */
const MAX_ITEMS = 5000;

/** @throws DamagedHeifError, UnsupportedHeifError */
export function readItemTable(file: Uint8Array): ItemTable {
  const meta = requireBox(readBoxes(file), "meta");
  const boxes = readBoxes(meta.subarray(4));
  const types = readTypes(requireBox(boxes, "iinf"));
  const locations = readLocations(requireBox(boxes, "iloc"));
  const properties = readProperties(requireBox(boxes, "iprp"));
  const sources = readSources(boxes.find(({ type }) => type === "iref")?.body);
  const idat = boxes.find(({ type }) => type === "idat")?.body ?? new Uint8Array();
  return {
    primary: readPrimary(requireBox(boxes, "pitm")),
    typeOf: (item) => types.get(item) ?? "",
    propertiesOf: (item) => properties.get(item) ?? [],
    dataOf: (item) => readData(locations.get(item), file, idat),
    sourcesOf: (item) => sources.get(item) ?? [],
  };
}

function readPrimary(body: Uint8Array): number {
  const reader = new BoxReader(body);
  return reader.uint(reader.versionAndFlags().version === 0 ? 2 : 4);
}

function readTypes(body: Uint8Array): Map<number, string> {
  const reader = new BoxReader(body);
  reader.uint(reader.versionAndFlags().version === 0 ? 2 : 4);
  const types = new Map<number, string>();
  for (const { type, body: entry } of readBoxes(reader.take(reader.remaining))) {
    if (type !== "infe") continue;
    const item = new BoxReader(entry);
    const { version } = item.versionAndFlags();
    if (version < 2) continue;
    const id = item.uint(version === 2 ? 2 : 4);
    item.uint(2);
    types.set(id, item.code());
  }
  return types;
}

function readLocations(body: Uint8Array): Map<number, Location> {
  const reader = new BoxReader(body);
  const { version } = reader.versionAndFlags();
  if (version > 2) throw new UnsupportedHeifError(`item locations of version ${version}`);
  const sizes = reader.uint(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  const count = readCount(reader, version < 2 ? 2 : 4);
  const locations = new Map<number, Location>();
  for (let i = 0; i < count; i++) {
    const id = reader.uint(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : reader.uint(2) & 15;
    reader.uint(2);
    const base = reader.uint(baseSize);
    const extents = Array.from({ length: readCount(reader, 2) }, () => {
      reader.uint(indexSize);
      return { offset: base + reader.uint(offsetSize), length: reader.uint(lengthSize) };
    });
    // 2 would be "inside another item", which no camera uses.
    if (method < 2) locations.set(id, { inIdat: method === 1, extents });
  }
  return locations;
}

function readProperties(body: Uint8Array): Map<number, Box[]> {
  const boxes = readBoxes(body);
  const all = readBoxes(requireBox(boxes, "ipco"));
  const reader = new BoxReader(requireBox(boxes, "ipma"));
  const { version, flags } = reader.versionAndFlags();
  const count = readCount(reader, 4);
  const properties = new Map<number, Box[]>();
  for (let i = 0; i < count; i++) {
    const id = reader.uint(version === 0 ? 2 : 4);
    const own: Box[] = [];
    for (let left = reader.uint(1); left > 0; left--) {
      // The top bit says that the property must be understood; 0 refers to none.
      const index = flags & 1 ? reader.uint(2) & 0x7fff : reader.uint(1) & 0x7f;
      const property = all[index - 1];
      if (property !== undefined) own.push(property);
    }
    properties.set(id, own);
  }
  return properties;
}

function readSources(body: Uint8Array | undefined): Map<number, number[]> {
  const sources = new Map<number, number[]>();
  if (body === undefined) return sources;
  const reader = new BoxReader(body);
  const idSize = reader.versionAndFlags().version === 0 ? 2 : 4;
  for (const { type, body: reference } of readBoxes(reader.take(reader.remaining))) {
    if (type !== "dimg") continue;
    const entry = new BoxReader(reference);
    const from = entry.uint(idSize);
    sources.set(
      from,
      Array.from({ length: readCount(entry, 2) }, () => entry.uint(idSize)),
    );
  }
  return sources;
}

function readData(location: Location | undefined, file: Uint8Array, idat: Uint8Array): Uint8Array {
  if (location === undefined) throw new DamagedHeifError("an item has no data");
  const source = location.inIdat ? idat : file;
  const parts = location.extents.map(({ offset, length }) => {
    const end = length === 0 ? source.length : offset + length;
    if (!(offset <= end && end <= source.length)) throw new DamagedHeifError("the file is cut");
    return source.subarray(offset, end);
  });
  // Extents may name the same bytes again and again.
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total > source.length) throw new DamagedHeifError("an item is larger than the file");
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function readCount(reader: BoxReader, size: number): number {
  const count = reader.uint(size);
  if (count > MAX_ITEMS) throw new DamagedHeifError(`${count} entries`);
  return count;
}
