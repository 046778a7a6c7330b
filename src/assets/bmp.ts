/** An uncompressed picture, `channels` bytes per pixel, RGB or RGBA. */
export type BmpPicture = {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
};

export type BmpHeader = {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: 1 | 4 | 8 | 16 | 24 | 32;
  readonly topDown: boolean;
  /** Byte masks of red, green, blue and alpha for 16 and 32 bit. */
  readonly masks: readonly [number, number, number, number];
  readonly paletteOffset: number;
  readonly paletteEntryBytes: 3 | 4;
  readonly paletteSize: number;
  readonly pixelOffset: number;
};

/** A kind of BMP that this reader leaves out. */
export class UnsupportedBmpError extends Error {
  override readonly name = "UnsupportedBmpError";
}
/** A BMP that breaks its own format. */
export class DamagedBmpError extends Error {
  override readonly name = "DamagedBmpError";
}

const BI_RGB = 0;
const BI_BITFIELDS = 3;
const BI_ALPHABITFIELDS = 6;
const DEPTHS = [1, 4, 8, 16, 24, 32];
const CORE_HEADER_BYTES = 12;

/** Reads the header only, so that the size can be judged before anything is allocated. */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) throw new DamagedBmpError("the header is cut");
  const headerBytes = view.getUint32(14, true);
  if (bytes.length < 14 + headerBytes) throw new DamagedBmpError("the header is cut");
  const isCore = headerBytes === CORE_HEADER_BYTES;
  if (!isCore && headerBytes < 40) throw new UnsupportedBmpError(`header of ${headerBytes} bytes`);
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bitsPerPixel = view.getUint16(isCore ? 24 : 28, true);
  const compression = isCore ? BI_RGB : view.getUint32(30, true);
  const hasMasks = compression === BI_BITFIELDS || compression === BI_ALPHABITFIELDS;
  if (width <= 0 || signedHeight === 0) throw new DamagedBmpError("the size is not positive");
  if (!DEPTHS.includes(bitsPerPixel)) throw new UnsupportedBmpError(`${bitsPerPixel} bits per pixel`);
  if (compression !== BI_RGB && !(hasMasks && bitsPerPixel >= 16))
    throw new UnsupportedBmpError("compressed");
  const colorsUsed = isCore ? 0 : view.getUint32(46, true);
  const outsideMasks = hasMasks && headerBytes === 40 ? (compression === BI_ALPHABITFIELDS ? 16 : 12) : 0;
  const maxColors = bitsPerPixel <= 8 ? 1 << bitsPerPixel : 0;
  return {
    width,
    height: Math.abs(signedHeight),
    bitsPerPixel: bitsPerPixel as BmpHeader["bitsPerPixel"],
    topDown: signedHeight < 0,
    masks: hasMasks
      ? readMasks(view, compression === BI_ALPHABITFIELDS || headerBytes >= 56)
      : usualMasks(bitsPerPixel),
    paletteOffset: 14 + headerBytes + outsideMasks,
    paletteEntryBytes: isCore ? 3 : 4,
    paletteSize: Math.min(colorsUsed === 0 ? maxColors : colorsUsed, maxColors),
    pixelOffset: view.getUint32(10, true),
  };
}

/**
 * Reads an uncompressed BMP of 1, 4, 8 (palette), 16, 24 or 32 bits per pixel.
 *
 * @throws {@link DamagedBmpError} when the file is shorter than its header says or refers outside the palette
 */
export function decodeBmp(bytes: Uint8Array, header: BmpHeader): BmpPicture {
  const { width, height, bitsPerPixel } = header;
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  if (header.pixelOffset + rowBytes * height > bytes.length) throw new DamagedBmpError("the file is cut");
  const channels = bitsPerPixel >= 16 && header.masks[3] !== 0 ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  const readRow = bitsPerPixel <= 8 ? paletteRow : bitsPerPixel === 24 ? plainRow : maskedRow;
  for (let y = 0; y < height; y++) {
    const start = header.pixelOffset + (header.topDown ? y : height - 1 - y) * rowBytes;
    const row = bytes.subarray(start, start + rowBytes);
    readRow(row, data.subarray(y * width * channels, (y + 1) * width * channels), header, bytes);
  }
  return { width, height, channels, data };
}

function readMasks(view: DataView, withAlpha: boolean): BmpHeader["masks"] {
  if (view.byteLength < 14 + 40 + (withAlpha ? 16 : 12)) throw new DamagedBmpError("the masks are cut");
  const mask = (index: number) => view.getUint32(54 + index * 4, true);
  return [mask(0), mask(1), mask(2), withAlpha ? mask(3) : 0];
}

function usualMasks(bitsPerPixel: number): BmpHeader["masks"] {
  // The fourth byte of plain 32-bit files is padding, not transparency.
  return bitsPerPixel === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

function paletteRow(row: Uint8Array, out: Uint8Array, header: BmpHeader, file: Uint8Array): void {
  const bits = header.bitsPerPixel;
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  for (let x = 0; x < header.width; x++) {
    const shift = 8 - bits * ((x % perByte) + 1);
    const index = (row[Math.floor(x / perByte)]! >> shift) & mask;
    const entry = header.paletteOffset + index * header.paletteEntryBytes;
    if (index >= header.paletteSize || entry + 2 >= file.length)
      throw new DamagedBmpError("a pixel refers outside the palette");
    out[x * 3] = file[entry + 2]!;
    out[x * 3 + 1] = file[entry + 1]!;
    out[x * 3 + 2] = file[entry]!;
  }
}

function plainRow(row: Uint8Array, out: Uint8Array, header: BmpHeader): void {
  for (let x = 0; x < header.width; x++) {
    out[x * 3] = row[x * 3 + 2]!;
    out[x * 3 + 1] = row[x * 3 + 1]!;
    out[x * 3 + 2] = row[x * 3]!;
  }
}

function maskedRow(row: Uint8Array, out: Uint8Array, header: BmpHeader): void {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const channels = header.masks[3] === 0 ? 3 : 4;
  const fields = header.masks.slice(0, channels).map((mask) => {
    const shift = mask === 0 ? 0 : Math.clz32(mask & -mask) ^ 31;
    return { mask, shift, top: mask >>> shift };
  });
  for (let x = 0; x < header.width; x++) {
    const pixel = header.bitsPerPixel === 16 ? view.getUint16(x * 2, true) : view.getUint32(x * 4, true);
    fields.forEach(({ mask, shift, top }, channel) => {
      const value = (pixel & mask) >>> shift;
      out[x * channels + channel] = top === 0 ? 0 : Math.round((value * 255) / top);
    });
  }
}
