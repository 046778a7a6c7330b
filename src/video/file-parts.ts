import { type FileHandle, open } from "node:fs/promises";

/** What a file consists of. */
export type FileParts = {
  /** Its parts in the order in which they lie; of WebM, what is in its segment. Offset and length in bytes, with the header. */
  readonly parts: readonly { readonly name: string; readonly offset: number; readonly length: number }[];
  readonly sizeBytes: number;
  /** Whether a part says that it is longer than the file. */
  readonly isCut: boolean;
};

/** The outermost boxes of an MP4 or MOV file (ISO 14496-12, 4.2). */
export function boxesOf(path: string): Promise<FileParts> {
  return walk(path, (header, room) => {
    const size = header.readUInt32BE(0);
    const length = size === 1 ? Number(header.readBigUInt64BE(8)) : size === 0 ? room : size;
    return { name: header.toString("latin1", 4, 8), length, inside: null };
  });
}

/** Elements of Matroska that tell how a file is built (RFC 9559). */
const ELEMENTS: ReadonlyMap<number, string> = new Map([
  [0x1a45dfa3, "EBML"],
  [0x18538067, "Segment"],
  [0x1c53bb6b, "Cues"],
  [0x1f43b675, "Cluster"],
]);

/** The elements of a WebM file's segment (RFC 8794, 4 to 6). */
export function elementsOf(path: string): Promise<FileParts> {
  return walk(path, (header, room) => {
    const idBytes = Math.clz32(header[0]!) - 23;
    if (idBytes > 4) return { name: "?", length: 0, inside: null };
    const id = header.readUIntBE(0, idBytes);
    const sizeBytes = Math.clz32(header[idBytes]!) - 23;
    if (sizeBytes > 8) return { name: "?", length: 0, inside: null };
    let size = header[idBytes]! & (0xff >> sizeBytes);
    let isUnknown = size === 0xff >> sizeBytes;
    for (let i = 1; i < sizeBytes; i++) {
      const byte = header[idBytes + i]!;
      size = size * 256 + byte;
      isUnknown &&= byte === 0xff;
    }
    const head = idBytes + sizeBytes;
    const name = ELEMENTS.get(id) ?? `0x${id.toString(16)}`;
    return {
      name,
      length: isUnknown ? room : head + size,
      inside: name === "Segment" ? head : null,
    };
  });
}

/** Enough for the header of any part. */
const HEADER_BYTES = 16;

type Part = {
  readonly name: string;
  /** Bytes, with its header; less than one says that the part makes no sense. */
  readonly length: number;
  /** Where to go on within the part; `null` after it. */
  readonly inside: number | null;
};

async function walk(path: string, read: (header: Buffer, room: number) => Part): Promise<FileParts> {
  const file = await open(path, "r");
  try {
    const { size: sizeBytes } = await file.stat();
    const parts: FileParts["parts"][number][] = [];
    for (let offset = 0; offset < sizeBytes; ) {
      const { name, length, inside } = read(await headerAt(file, offset), sizeBytes - offset);
      if (length < 2 || offset + length > sizeBytes) return { parts, sizeBytes, isCut: true };
      parts.push({ name, offset, length });
      offset += inside ?? length;
    }
    return { parts, sizeBytes, isCut: false };
  } finally {
    await file.close();
  }
}

async function headerAt(file: FileHandle, offset: number): Promise<Buffer> {
  const header = Buffer.alloc(HEADER_BYTES);
  await file.read(header, 0, HEADER_BYTES, offset);
  return header;
}
