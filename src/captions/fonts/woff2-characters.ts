import { brotliDecompressSync } from "node:zlib";

/** Places of the tables that matter in the list of known tags. */
const CMAP = 0;
const GLYF = 10;
const LOCA = 11;
const ARBITRARY_TAG = 63;
const HEADER_BYTES = 48;

/**
 * The characters that a WOFF2 font has glyphs for.
 *
 * @throws RangeError for anything that is no WOFF2 font with a character map of format 4 or 12
 */
export function charactersOfWoff2(file: Uint8Array): ReadonlySet<number> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER_BYTES || view.getUint32(0) !== 0x774f4632) throw new RangeError("no WOFF2 font");
  const tables = view.getUint16(12);
  const compressed = view.getUint32(20);
  let at = HEADER_BYTES;
  const base128 = (): number => {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = view.getUint8(at++);
      value = value * 128 + (byte & 127);
      if (byte < 128) break;
    }
    return value;
  };
  let offset = 0;
  let cmap: { offset: number; length: number } | null = null;
  for (let i = 0; i < tables; i++) {
    const flags = view.getUint8(at++);
    const tag = flags & 63;
    const version = flags >> 6;
    if (tag === ARBITRARY_TAG) at += 4;
    let length = base128();
    const isTransformed = tag === GLYF || tag === LOCA ? version !== 3 : version !== 0;
    if (isTransformed) length = base128();
    if (tag === CMAP) cmap = { offset, length };
    offset += length;
  }
  if (cmap === null) throw new RangeError("a font without characters");
  const data = brotliDecompressSync(file.subarray(at, at + compressed), { maxOutputLength: offset });
  return readCmap(new DataView(data.buffer, data.byteOffset + cmap.offset, cmap.length));
}

function readCmap(cmap: DataView): ReadonlySet<number> {
  const characters = new Set<number>();
  for (let i = 0; i < cmap.getUint16(2); i++) {
    const at = cmap.getUint32(4 + 8 * i + 4);
    const format = cmap.getUint16(at);
    if (format === 4) readSegments(cmap, at, characters);
    else if (format === 12) readGroups(cmap, at, characters);
  }
  if (characters.size === 0) throw new RangeError("an unknown kind of character map");
  return characters;
}

/** Format 4: segments with a difference to the glyph, or a list of glyphs. */
function readSegments(cmap: DataView, at: number, characters: Set<number>): void {
  const count = cmap.getUint16(at + 6) / 2;
  const ends = at + 14;
  const starts = ends + 2 * count + 2;
  const deltas = starts + 2 * count;
  const offsets = deltas + 2 * count;
  for (let i = 0; i < count; i++) {
    const start = cmap.getUint16(starts + 2 * i);
    const end = cmap.getUint16(ends + 2 * i);
    const delta = cmap.getUint16(deltas + 2 * i);
    const offset = cmap.getUint16(offsets + 2 * i);
    for (let character = start; character <= end && character < 0xffff; character++) {
      const listed =
        offset === 0 ? character : cmap.getUint16(offsets + 2 * i + offset + 2 * (character - start));
      if ((listed + delta) % 65536 !== 0 && (offset === 0 || listed !== 0)) characters.add(character);
    }
  }
}

/** Format 12: groups of characters with glyphs in order. */
function readGroups(cmap: DataView, at: number, characters: Set<number>): void {
  const count = cmap.getUint32(at + 12);
  for (let i = 0; i < count; i++) {
    const group = at + 16 + 12 * i;
    const start = cmap.getUint32(group);
    const firstGlyph = cmap.getUint32(group + 8);
    for (let character = start; character <= cmap.getUint32(group + 4); character++) {
      if (firstGlyph + character - start !== 0) characters.add(character);
    }
  }
}
