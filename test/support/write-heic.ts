import {
  AV_CODEC_FLAG_BITEXACT,
  AV_PIX_FMT_YUV444P,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_SMPTE170M,
} from "node-av/constants";
import { Codec, CodecContext, Frame, Packet, Rational } from "node-av/lib";

/** Interleaved RGB pixels. */
export type Pixels = { readonly width: number; readonly height: number; readonly rgb: Uint8Array };

export type HeicOptions = {
  /** Side of the square tiles of a grid; without, the picture is one item. */
  readonly tileSize?: number;
  /** Anticlockwise quarter turns for the reader to make. */
  readonly turns?: 0 | 1 | 2 | 3;
  /** What the reader is to exchange: 0 top and bottom, 1 left and right. */
  readonly mirror?: 0 | 1;
  readonly iccProfile?: Uint8Array;
};

const u8 = (...values: number[]) => Buffer.from(values);
const u16 = (...values: number[]) => Buffer.concat(values.map((v) => u8(v >> 8, v & 255)));
const u32 = (...values: number[]) => Buffer.concat(values.map((v) => u16(v >>> 16, v & 65535)));
const box = (type: string, ...parts: Uint8Array[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, "latin1"), body]);
};
const fullBox = (type: string, version: number, ...parts: Uint8Array[]) =>
  box(type, u32(version << 24), ...parts);

/** Writes a HEIC file as phones do: HEVC items, a grid of them, rotation and mirroring as properties. */
export function writeHeic(picture: Pixels, options: HeicOptions = {}): Buffer {
  const { tileSize, turns = 0, mirror, iccProfile } = options;
  const tiles = tileSize === undefined ? [picture] : cutTiles(picture, tileSize);
  const coded = tiles.map(encodeHevc);
  const columns = tileSize === undefined ? 1 : Math.ceil(picture.width / tileSize);
  const rows = tiles.length / columns;
  const payloads: Uint8Array[] = coded.map(({ data }) => data);
  if (tileSize !== undefined)
    payloads.push(Buffer.concat([u8(0, 0, rows - 1, columns - 1), u16(picture.width, picture.height)]));
  const primary = tileSize === undefined ? 1 : payloads.length;
  const ids = payloads.map((_, index) => index + 1);

  const properties = [
    box("hvcC", coded[0]!.configuration),
    fullBox("ispe", 0, u32(tiles[0]!.width, tiles[0]!.height)),
    fullBox("ispe", 0, u32(picture.width, picture.height)),
    box("irot", u8(turns)),
    box("imir", u8(mirror ?? 0)),
    box("colr", Buffer.from("prof"), iccProfile ?? u8()),
  ];
  const own = [3, 4, ...(mirror === undefined ? [] : [5]), ...(iccProfile ? [6] : [])];
  const associations = ids.map((id) => {
    const used = id !== primary ? [1, 2] : tileSize === undefined ? [1, ...own] : own;
    return Buffer.concat([u16(id), u8(used.length, ...used)]);
  });
  const build = (offset: number) => {
    let at = offset;
    const locations = payloads.map(({ length }, index) => {
      const entry = Buffer.concat([u16(index + 1, 0, 1), u32(at, length)]);
      at += length;
      return entry;
    });
    const items = ids.map((id) =>
      fullBox("infe", 2, u16(id, 0), Buffer.from(id === primary && tileSize ? "grid" : "hvc1"), u8(0)),
    );
    return fullBox(
      "meta",
      0,
      fullBox("hdlr", 0, u32(0), Buffer.from("pict"), u32(0, 0, 0), u8(0)),
      fullBox("pitm", 0, u16(primary)),
      fullBox("iloc", 0, u8(0x44, 0), u16(payloads.length), ...locations),
      fullBox("iinf", 0, u16(payloads.length), ...items),
      fullBox("iref", 0, box("dimg", u16(primary, tiles.length, ...ids.slice(0, tiles.length)))),
      box("iprp", box("ipco", ...properties), fullBox("ipma", 0, u32(ids.length), ...associations)),
    );
  };
  const start = box("ftyp", Buffer.from("heic"), u32(0), Buffer.from("mif1heic"));
  const offset = start.length + build(0).length + 8;
  return Buffer.concat([start, build(offset), box("mdat", ...payloads)]);
}

/** Tiles at the border are filled up with black. */
function cutTiles({ width, height, rgb }: Pixels, size: number): Pixels[] {
  const tiles: Pixels[] = [];
  for (let top = 0; top < height; top += size) {
    for (let left = 0; left < width; left += size) {
      const tile = new Uint8Array(size * size * 3);
      for (let y = 0; y < size && top + y < height; y++) {
        const from = ((top + y) * width + left) * 3;
        tile.set(rgb.subarray(from, from + Math.min(size, width - left) * 3), y * size * 3);
      }
      tiles.push({ width: size, height: size, rgb: tile });
    }
  }
  return tiles;
}

/** One lossless HEVC picture: its units behind their lengths, and the `hvcC` body with the parameter sets. */
function encodeHevc(picture: Pixels): { data: Uint8Array; configuration: Uint8Array } {
  const units = splitUnits(encodeStream(picture));
  const kind = (unit: Uint8Array) => (unit[0]! >> 1) & 63;
  const sets = units.filter((unit) => kind(unit) >= 32 && kind(unit) <= 34);
  const slices = units.filter((unit) => kind(unit) < 32);
  const header = Buffer.alloc(22);
  header[0] = 1;
  // Lengths of four bytes.
  header[21] = 3;
  return {
    data: Buffer.concat(slices.flatMap((unit) => [u32(unit.length), unit])),
    configuration: Buffer.concat([
      header,
      u8(sets.length),
      ...sets.flatMap((unit) => [u8(kind(unit)), u16(1, unit.length), unit]),
    ]),
  };
}

function encodeStream({ width, height, rgb }: Pixels): Buffer {
  const codec = Codec.findEncoderByName("libx265" as Parameters<typeof Codec.findEncoderByName>[0])!;
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = width;
  context.height = height;
  context.pixelFormat = AV_PIX_FMT_YUV444P;
  context.timeBase = new Rational(1, 25);
  context.colorRange = AVCOL_RANGE_JPEG;
  context.colorSpace = AVCOL_SPC_SMPTE170M;
  context.setFlags(AV_CODEC_FLAG_BITEXACT);
  context.setOption("preset", "ultrafast");
  context.setOption("x265-params", "lossless=1:log-level=none:keyint=1:pools=1:frame-threads=1:info=0");
  if (context.open2Sync(codec, null) < 0) throw new Error("cannot open the HEVC encoder");
  const frame = Frame.fromVideoBuffer(toYuv444(rgb, width, height), {
    width,
    height,
    format: AV_PIX_FMT_YUV444P,
    timeBase: new Rational(1, 25),
  });
  frame.pts = 0n;
  context.sendFrameSync(frame);
  context.sendFrameSync(null);
  const packet = new Packet();
  packet.alloc();
  const parts: Buffer[] = [];
  while (context.receivePacketSync(packet) >= 0) {
    parts.push(Buffer.from(packet.data!));
    packet.unref();
  }
  frame.free();
  packet.free();
  context.freeContext();
  return Buffer.concat(parts);
}

/** BT.601 full range, three planes. */
function toYuv444(rgb: Uint8Array, width: number, height: number): Buffer {
  const count = width * height;
  const planes = Buffer.alloc(count * 3);
  for (let i = 0; i < count; i++) {
    const [r, g, b] = rgb.subarray(i * 3, i * 3 + 3) as unknown as [number, number, number];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    planes[i] = Math.round(y);
    planes[count + i] = Math.round(128 + (b - y) / 1.772);
    planes[2 * count + i] = Math.round(128 + (r - y) / 1.402);
  }
  return planes;
}

/** The units between the start codes of an Annex B stream. */
function splitUnits(stream: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let i = 0; i + 3 <= stream.length; i++)
    if (stream[i] === 0 && stream[i + 1] === 0 && stream[i + 2] === 1) starts.push(i + 3);
  return starts.map((start, index) => {
    let end = index + 1 < starts.length ? starts[index + 1]! - 3 : stream.length;
    while (end > start && stream[end - 1] === 0) end--;
    return stream.subarray(start, end);
  });
}
