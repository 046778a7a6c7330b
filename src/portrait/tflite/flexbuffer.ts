/** Values that the custom operators of our models carry. */
export type FlexMap = ReadonlyMap<string, number | readonly number[]>;

const INT = 1;
const UINT = 2;
const FLOAT = 3;
const MAP = 9;
const INT_VECTOR = 11;
const UINT_VECTOR = 12;

/**
 * Reads a FlexBuffers map (https://flatbuffers.dev/flatbuffers_internals/#flexbuffers) of numbers and integer
 * vectors, which is all that the attention operators use.
 *
 * @throws RangeError when the bytes are something else.
 */
export function readFlexMap(bytes: Uint8Array): FlexMap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  if (end < 3) throw new RangeError("FlexBuffer too short");
  const rootWidth = bytes[end - 1]!;
  const rootType = bytes[end - 2]!;
  if (rootType >> 2 !== MAP) throw new RangeError("FlexBuffer root is not a map");
  const slot = end - 2 - rootWidth;
  const map = slot - readUint(view, slot, rootWidth);
  const width = 1 << (rootType & 3);
  const length = readUint(view, map - width, width);
  const keysWidth = readUint(view, map - 2 * width, width);
  const keysSlot = map - 3 * width;
  const keys = keysSlot - readUint(view, keysSlot, width);
  const entries = new Map<string, number | readonly number[]>();
  for (let i = 0; i < length; i++) {
    const keySlot = keys + i * keysWidth;
    const key = readKey(bytes, keySlot - readUint(view, keySlot, keysWidth));
    entries.set(key, readValue(view, map + i * width, width, bytes[map + length * width + i]!));
  }
  return entries;
}

function readKey(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  if (at < 0 || end < 0) throw new RangeError("FlexBuffer key out of range");
  return new TextDecoder().decode(bytes.subarray(at, end));
}

function readValue(
  view: DataView,
  at: number,
  width: number,
  packedType: number,
): number | readonly number[] {
  const type = packedType >> 2;
  if (type === INT) return readInt(view, at, width);
  if (type === UINT) return readUint(view, at, width);
  if (type === FLOAT) return width === 8 ? view.getFloat64(at, true) : view.getFloat32(at, true);
  if (type !== INT_VECTOR && type !== UINT_VECTOR) throw new RangeError(`FlexBuffer type ${type} not read`);
  const vector = at - readUint(view, at, width);
  const itemWidth = 1 << (packedType & 3);
  const length = readUint(view, vector - itemWidth, itemWidth);
  const read = type === INT_VECTOR ? readInt : readUint;
  return Array.from({ length }, (_, i) => read(view, vector + i * itemWidth, itemWidth));
}

function readUint(view: DataView, at: number, width: number): number {
  if (width === 1) return view.getUint8(at);
  if (width === 2) return view.getUint16(at, true);
  if (width === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

function readInt(view: DataView, at: number, width: number): number {
  if (width === 1) return view.getInt8(at);
  if (width === 2) return view.getInt16(at, true);
  if (width === 4) return view.getInt32(at, true);
  return Number(view.getBigInt64(at, true));
}
