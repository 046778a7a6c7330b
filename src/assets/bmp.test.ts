import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DamagedBmpError, decodeBmp, readBmpHeader, UnsupportedBmpError } from "./bmp.js";

type Layout = {
  bits: number;
  /** Rows from top to bottom, each already packed but not padded. */
  rows: number[][];
  width: number;
  palette?: number[][];
  topDown?: boolean;
  compression?: number;
  masks?: number[];
};

/** Writes a BMP as Windows 3 does. */
function bmp({
  bits,
  rows,
  width,
  palette = [],
  topDown = false,
  compression = 0,
  masks = [],
}: Layout): Uint8Array {
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const pixelOffset = 54 + masks.length * 4 + palette.length * 4;
  const file = new Uint8Array(pixelOffset + rowBytes * rows.length);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(2, file.length, true);
  view.setUint32(10, pixelOffset, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, topDown ? -rows.length : rows.length, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, palette.length, true);
  for (const [i, mask] of masks.entries()) view.setUint32(54 + i * 4, mask, true);
  for (const [i, [r, g, b]] of palette.entries()) file.set([b!, g!, r!, 0], 54 + masks.length * 4 + i * 4);
  for (const [y, row] of rows.entries())
    file.set(row, pixelOffset + (topDown ? y : rows.length - 1 - y) * rowBytes);
  return file;
}

const read = (file: Uint8Array) => decodeBmp(file, readBmpHeader(file));

const RED = [255, 0, 0];
const GREEN = [0, 255, 0];
const BLUE = [0, 0, 255];
const GRAY = [128, 128, 128];
const PICTURE = [RED, GREEN, BLUE, BLUE, GRAY, RED].flat();

describe("a 3 x 2 picture", () => {
  it.each([
    [
      "24 bit",
      {
        bits: 24,
        rows: [
          [0, 0, 255, 0, 255, 0, 255, 0, 0],
          [255, 0, 0, 128, 128, 128, 0, 0, 255],
        ],
      },
    ],
    [
      "32 bit",
      {
        bits: 32,
        rows: [
          [0, 0, 255, 9, 0, 255, 0, 9, 255, 0, 0, 9],
          [255, 0, 0, 9, 128, 128, 128, 9, 0, 0, 255, 9],
        ],
      },
    ],
    [
      "8 bit",
      {
        bits: 8,
        palette: [RED, GREEN, BLUE, GRAY],
        rows: [
          [0, 1, 2],
          [2, 3, 0],
        ],
      },
    ],
    [
      "4 bit",
      {
        bits: 4,
        palette: [RED, GREEN, BLUE, GRAY],
        rows: [
          [0x01, 0x20],
          [0x23, 0x00],
        ],
      },
    ],
    [
      "24 bit from top to bottom",
      {
        bits: 24,
        topDown: true,
        rows: [
          [0, 0, 255, 0, 255, 0, 255, 0, 0],
          [255, 0, 0, 128, 128, 128, 0, 0, 255],
        ],
      },
    ],
  ])("%s", (_, layout) => {
    const picture = read(bmp({ width: 3, ...layout }));
    expect(picture).toMatchObject({ width: 3, height: 2, channels: 3 });
    expect([...picture.data]).toEqual(PICTURE);
  });

  it("1 bit", () => {
    const picture = read(
      bmp({ bits: 1, width: 3, palette: [RED, BLUE], rows: [[0b01000000], [0b10100000]] }),
    );
    expect([...picture.data]).toEqual([RED, BLUE, RED, BLUE, RED, BLUE].flat());
  });

  it("16 bit with masks 5-6-5", () => {
    const rows = [[0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00]];
    const file = bmp({ bits: 16, width: 3, rows, compression: 3, masks: [0xf800, 0x7e0, 0x1f] });
    expect([...read(file).data]).toEqual([RED, GREEN, BLUE].flat());
  });

  it("32 bit with transparency", () => {
    const masks = [0xff, 0xff00, 0xff0000, 0xff000000];
    const file = bmp({ bits: 32, width: 1, rows: [[255, 10, 20, 130]], compression: 6, masks });
    expect(read(file)).toMatchObject({ channels: 4 });
    expect([...read(file).data]).toEqual([255, 10, 20, 130]);
  });
});

describe("what is refused", () => {
  const good = () => bmp({ bits: 8, width: 3, palette: [RED], rows: [[0, 0, 0]] });

  it("compressed files", () => {
    const file = good();
    file[30] = 1;
    expect(() => read(file)).toThrow(UnsupportedBmpError);
  });

  it("a colour outside the palette", () => {
    expect(() => read(bmp({ bits: 8, width: 1, palette: [RED], rows: [[7]] }))).toThrow(DamagedBmpError);
  });

  it("a size of zero", () => {
    const file = good();
    file[18] = 0;
    expect(() => read(file)).toThrow(DamagedBmpError);
  });

  it("every cut file", () => {
    const file = good();
    for (let length = 0; length < file.length; length++)
      expect(() => read(file.subarray(0, length))).toThrow(/cut|header|palette/);
  });

  it("any damage gives a picture or a typed error, never another", () => {
    const file = bmp({
      bits: 32,
      width: 2,
      rows: [[1, 2, 3, 4, 5, 6, 7, 8]],
      compression: 3,
      masks: [255, 65280, 16711680],
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(53), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const broken = Uint8Array.from(file);
        for (const [where, value] of changes) broken[where] = value;
        try {
          const header = readBmpHeader(broken);
          if (header.width * header.height > 1e6) return;
          const picture = decodeBmp(broken, header);
          expect(picture.data).toHaveLength(picture.width * picture.height * picture.channels);
        } catch (error) {
          if (!(error instanceof DamagedBmpError) && !(error instanceof UnsupportedBmpError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
