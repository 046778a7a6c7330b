/** A HEIF file that breaks its own format. */
export class DamagedHeifError extends Error {
  override readonly name = "DamagedHeifError";
}
/** A kind of HEIF that this reader leaves out. */
export class UnsupportedHeifError extends Error {
  override readonly name = "UnsupportedHeifError";
}

/** Reads big-endian numbers one after the other; past the end it throws {@link DamagedHeifError}. */
export class BoxReader {
  #at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.#at;
  }

  /** An unsigned number of 0, 1, 2, 4 or 8 bytes. */
  uint(size: number): number {
    const at = this.#take(size);
    if (size === 0) return 0;
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at);
    if (size === 4) return this.#view.getUint32(at);
    if (size !== 8) throw new DamagedHeifError(`number of ${size} bytes`);
    return this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
  }

  /** A four-character code. */
  code(): string {
    return Buffer.from(this.take(4)).toString("latin1");
  }

  take(size: number): Uint8Array {
    const at = this.#take(size);
    return this.bytes.subarray(at, at + size);
  }

  /** Version and flags, with which many boxes begin. */
  versionAndFlags(): { version: number; flags: number } {
    const word = this.uint(4);
    return { version: word >>> 24, flags: word & 0xffffff };
  }

  #take(size: number): number {
    if (!(size >= 0 && size <= this.remaining)) throw new DamagedHeifError("the file is cut");
    this.#at += size;
    return this.#at - size;
  }
}

/** One box of an ISO base media file. */
export type Box = { readonly type: string; readonly body: Uint8Array };

/** More boxes side by side than any camera writes. */
const MAX_BOXES = 10_000;

/** The boxes that fill `bytes`, without what is inside them. */
export function readBoxes(bytes: Uint8Array): Box[] {
  const reader = new BoxReader(bytes);
  const boxes: Box[] = [];
  while (reader.remaining >= 8 && boxes.length < MAX_BOXES) {
    const start = reader.remaining;
    let size = reader.uint(4);
    const type = reader.code();
    if (size === 1) size = reader.uint(8);
    if (size === 0) size = start;
    boxes.push({ type, body: reader.take(size - (start - reader.remaining)) });
  }
  return boxes;
}

/** @throws {@link DamagedHeifError} when there is no such box */
export function requireBox(boxes: readonly Box[], type: string): Uint8Array {
  const found = boxes.find((box) => box.type === type);
  if (found === undefined) throw new DamagedHeifError(`there is no ${type} box`);
  return found.body;
}
