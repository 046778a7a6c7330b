import { crc32, deflateRawSync } from "node:zlib";

/** A numpy file of 32-bit floats (version 1.0 of the format). */
export function numpyFile(dims: readonly number[], values: Float32Array, descr = "<f4"): Buffer {
  const shape = `(${dims.join(", ")}${dims.length === 1 ? "," : ""})`;
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
  start.writeUInt16LE(padded.length, 8);
  return Buffer.concat([start, Buffer.from(padded, "latin1"), Buffer.from(values.buffer.slice(0))]);
}

/**
 * A zip archive as `numpy.savez` writes it: sizes in the local headers are put off to a zip64 field, the directory
 * has the real ones.
 */
export function numpyArchive(members: Readonly<Record<string, Buffer>>, isDeflated = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = isDeflated ? deflateRawSync(content) : content;
    const extra = Buffer.alloc(20);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(BigInt(content.length), 4);
    extra.writeBigUInt64LE(BigInt(packed.length), 12);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(45, 0);
    common.writeUInt16LE(isDeflated ? 8 : 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.from(common);
    local.writeUInt32LE(0xffffffff, 14);
    local.writeUInt32LE(0xffffffff, 18);
    local.writeUInt16LE(extra.length, 24);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    const piece = Buffer.concat([signature(0x04034b50), local, Buffer.from(name), extra, packed]);
    parts.push(piece);
    at += piece.length;
    directory.push(signature(0x02014b50), Buffer.from([45, 3]), common, rest, Buffer.from(name));
  }
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(all.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, all, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
