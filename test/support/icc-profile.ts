import { crc32, deflateSync } from "node:zlib";

/** CIE x, y of red, green, blue, and white. */
export type Primaries = {
  readonly red: readonly [number, number];
  readonly green: readonly [number, number];
  readonly blue: readonly [number, number];
  readonly white: readonly [number, number];
};

const D65 = [0.3127, 0.329] as const;
const D50 = [0.34567, 0.3585] as const;

export const SRGB: Primaries = { red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06], white: D65 };
export const DISPLAY_P3: Primaries = {
  red: [0.68, 0.32],
  green: [0.265, 0.69],
  blue: [0.15, 0.06],
  white: D65,
};
export const ADOBE_RGB: Primaries = {
  red: [0.64, 0.33],
  green: [0.21, 0.71],
  blue: [0.15, 0.06],
  white: D65,
};
export const PROPHOTO: Primaries = {
  red: [0.7347, 0.2653],
  green: [0.1596, 0.8404],
  blue: [0.0366, 0.0001],
  white: D50,
};

/** Three rows. */
export type Matrix = readonly [Row, Row, Row];
type Row = readonly [number, number, number];

/** Linear RGB to XYZ under D50, the white of profiles: white adapted by Bradford's matrix. */
export function toXyzD50({ red, green, blue, white }: Primaries): Matrix {
  const columns = transpose([xyz(red), xyz(green), xyz(blue)]);
  const scale = times(invert(columns), xyz(white));
  const native = columns.map((row) => row.map((value, i) => value * scale[i]!)) as unknown as Matrix;
  const bradford: Matrix = [
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
  ];
  const [from, to] = [times(bradford, xyz(white)), times(bradford, xyz(D50))];
  const adapted = bradford.map((row, i) =>
    row.map((value) => (value * to[i]!) / from[i]!),
  ) as unknown as Matrix;
  return product(product(invert(bradford), adapted), native);
}

function xyz([x, y]: readonly [number, number]): Row {
  return [x / y, 1, (1 - x - y) / y];
}

export function times(m: Matrix, v: Row): Row {
  return m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Row;
}

function product(a: Matrix, b: Matrix): Matrix {
  return transpose(transpose(b).map((column) => times(a, column)) as unknown as Matrix);
}

function transpose(m: Matrix): Matrix {
  return [0, 1, 2].map((i) => m.map((row) => row[i as 0])) as unknown as Matrix;
}

export function invert(m: Matrix): Matrix {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const rows: Matrix = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return rows.map((row) => row.map((value) => value / det)) as unknown as Matrix;
}

/** An ICC v2 profile of three primaries and one exponent; `gamma` 1 is linear. */
export function matrixProfile(primaries: Primaries, gamma: number): Buffer {
  const [r, g, b] = transpose(toXyzD50(primaries)) as unknown as [Row, Row, Row];
  const curve = curveTag(gamma);
  return profile("RGB ", [
    ["rXYZ", xyzTag(r)],
    ["gXYZ", xyzTag(g)],
    ["bXYZ", xyzTag(b)],
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
  ]);
}

/** An ICC v2 profile of grey with one exponent. */
export function greyProfile(gamma: number): Buffer {
  return profile("GRAY", [["kTRC", curveTag(gamma)]]);
}

function profile(space: "RGB " | "GRAY", own: readonly [string, Buffer][]): Buffer {
  const tags: [string, Buffer][] = [
    ["desc", descriptionTag("test")],
    ["cprt", Buffer.concat([Buffer.from("text\0\0\0\0none\0"), Buffer.alloc(3)])],
    ["wtpt", xyzTag(xyz(D50))],
    ...own,
  ];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length, 0);
  let offset = 128 + table.length;
  tags.forEach(([name, data], i) => {
    table.write(name, 4 + 12 * i, "latin1");
    table.writeUInt32BE(offset, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
    offset += data.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(offset, 0);
  header.writeUInt32BE(0x02400000, 8);
  header.write("mntr", 12, "latin1");
  header.write(space, 16, "latin1");
  header.write("XYZ ", 20, "latin1");
  header.write("acsp", 36, "latin1");
  [0.9642, 1, 0.8249].forEach((value, i) => {
    header.writeInt32BE(Math.round(value * 65_536), 68 + 4 * i);
  });
  return Buffer.concat([header, table, ...tags.map(([, data]) => data)]);
}

function xyzTag(value: Row): Buffer {
  const tag = Buffer.alloc(20);
  tag.write("XYZ ", 0, "latin1");
  value.forEach((component, i) => {
    tag.writeInt32BE(Math.round(component * 65_536), 8 + 4 * i);
  });
  return tag;
}

function curveTag(gamma: number): Buffer {
  const tag = Buffer.alloc(16);
  tag.write("curv", 0, "latin1");
  tag.writeUInt32BE(1, 8);
  tag.writeUInt16BE(Math.round(gamma * 256), 12);
  return tag;
}

function descriptionTag(text: string): Buffer {
  const tag = Buffer.alloc(104);
  tag.write("desc", 0, "latin1");
  tag.writeUInt32BE(text.length + 1, 8);
  tag.write(text, 12, "latin1");
  return tag;
}

/** A PNG file with a profile put in; the pixels stay as they are. */
export function withProfile(png: Buffer, icc: Buffer): Buffer {
  // The signature and the header chunk come first.
  const start = 8 + 25;
  const data = Buffer.concat([Buffer.from("test\0\0", "latin1"), deflateSync(icc)]);
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from("iCCP", "latin1"), data, Buffer.alloc(4)]);
  chunk.writeUInt32BE(data.length, 0);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return Buffer.concat([png.subarray(0, start), chunk, png.subarray(start)]);
}
