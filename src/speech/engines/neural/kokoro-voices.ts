import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import type { InstalledModel } from "../../models/model.js";
import { readModelFile } from "./model-file.js";
import { damagedModel } from "./neural-caller.js";

/** Numbers that describe a voice. */
export const STYLE_SIZE = 256;
/** Kokoro has 510 rows, one for each length of text; more than this is no voice. */
const MAX_ROWS = 2_048;
const MAX_STYLE_BYTES = MAX_ROWS * STYLE_SIZE * 4;
/** End of a zip archive: 22 bytes, and a comment of at most 64 KiB. */
const MAX_TAIL = 22 + 65_535;
const MAX_DIRECTORY_BYTES = 1 << 20;
const SIGNATURE = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50 } as const;
const STORED = 0;
const DEFLATED = 8;

const inflate = promisify(inflateRaw);

/** The styles of one speaker: a row of {@link STYLE_SIZE} numbers for each length of text. */
export type KokoroStyles = { readonly rows: number; readonly values: Float32Array };

/**
 * Reads a speaker of a Kokoro model: from an archive of numpy arrays (`voices-v1.0.bin`) or from a file of bare 32-bit
 * floats with the speaker's name (`af_heart.bin`).
 *
 * @throws EngineError `model_damaged` when the speaker is not there or no voice
 */
export async function readKokoroStyles(model: InstalledModel, speaker: string): Promise<KokoroStyles> {
  const { entry, directory } = model;
  const files = entry.files.map(({ name }) => name).filter((name) => name.endsWith(".bin"));
  // Names come from the model's list of files, never from the request.
  const own = files.find((name) => basename(name, ".bin") === speaker);
  const file = own ?? (files.length === 1 ? files[0] : undefined);
  if (file === undefined) throw noSpeaker(entry.id, speaker);
  const path = join(directory, file);
  try {
    const archived = await readArchived(path, `${speaker}.npy`);
    if (archived === "missing") throw noSpeaker(entry.id, speaker);
    if (archived !== "no archive") return checked(numbersOf(archived));
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && "code" in error && !("status" in error)))
      throw damagedModel(entry.id, `The voices of ${entry.id} cannot be read: ${file}: ${error.message}`);
    throw error;
  }
  if (own === undefined && entry.speakers.length > 1) throw noSpeaker(entry.id, speaker);
  const bytes = await readModelFile(entry.id, path, MAX_STYLE_BYTES);
  try {
    return checked(bytes);
  } catch (error) {
    throw damagedModel(
      entry.id,
      `The voice ${file} of ${entry.id} cannot be used: ${(error as Error).message}`,
    );
  }
}

function noSpeaker(id: string, speaker: string): Error {
  return damagedModel(id, `The model ${id} has no speaker "${speaker.slice(0, 100)}"`);
}

/** Little-endian floats as styles. */
function checked(bytes: Buffer): KokoroStyles {
  const rows = bytes.length / (STYLE_SIZE * 4);
  if (!Number.isInteger(rows) || rows < 1 || rows > MAX_ROWS) {
    throw new RangeError(`${bytes.length} bytes are not 1 to ${MAX_ROWS} rows of ${STYLE_SIZE} floats`);
  }
  const values = Float32Array.from({ length: rows * STYLE_SIZE }, (_, i) => bytes.readFloatLE(i * 4));
  if (!values.every(Number.isFinite)) throw new RangeError("it is not made of numbers");
  return { rows, values };
}

/** The numbers of a numpy file of `float32`, row by row. */
function numbersOf(npy: Buffer): Buffer {
  const isNumpy = npy.length > 12 && npy.toString("latin1", 0, 6) === "\x93NUMPY";
  if (!isNumpy) throw new RangeError("no numpy array");
  const isLong = (npy[6] as number) > 1;
  const headerEnd = isLong ? 12 + npy.readUInt32LE(8) : 10 + npy.readUInt16LE(8);
  const header = npy.toString("latin1", isLong ? 12 : 10, Math.min(headerEnd, 4_096));
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  const dims = (shape ?? "").split(",").flatMap((dim) => (dim.trim() === "" ? [] : [Number(dim)]));
  const isPlain = /'descr':\s*'<f4'/.test(header) && /'fortran_order':\s*False/.test(header);
  if (!isPlain || dims.at(-1) !== STYLE_SIZE) throw new RangeError("no rows of 256 32-bit floats");
  const size = dims.reduce((product, dim) => product * dim, 4);
  if (headerEnd + size > npy.length) throw new RangeError("an array that is cut off");
  return npy.subarray(headerEnd, headerEnd + size);
}

/** A member of a zip archive. */
async function readArchived(path: string, member: string): Promise<Buffer | "missing" | "no archive"> {
  const file = await open(path);
  const read = async (at: number, length: number): Promise<Buffer> => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
    if (bytesRead < length) throw new RangeError("it is cut off");
    return buffer;
  };
  try {
    const { size } = await file.stat();
    if (size < 22 || (await read(0, 4)).readUInt32LE(0) !== SIGNATURE.local) return "no archive";
    const tail = await read(Math.max(0, size - MAX_TAIL), Math.min(size, MAX_TAIL));
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== SIGNATURE.end) end--;
    if (end < 0) throw new RangeError("an archive without end");
    const length = tail.readUInt32LE(end + 12);
    if (length > MAX_DIRECTORY_BYTES) throw new RangeError("its directory is too large");
    const entry = findMember(await read(tail.readUInt32LE(end + 16), length), member);
    if (entry === null) return "missing";
    // Only the local header knows how long its own fields are.
    const local = await read(entry.offset, 30);
    if (local.readUInt32LE(0) !== SIGNATURE.local) throw new RangeError("an archive with a wrong directory");
    const start = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    const packed = await read(start, entry.packedSize);
    if (entry.method === STORED) return packed;
    if (entry.method !== DEFLATED) throw new RangeError(`an unknown compression (${entry.method})`);
    return await inflate(packed, { maxOutputLength: MAX_STYLE_BYTES + 65_536 });
  } finally {
    await file.close();
  }
}

function findMember(directory: Buffer, member: string) {
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== SIGNATURE.central) throw new RangeError("a broken directory");
    const nameLength = directory.readUInt16LE(at + 28);
    const next = at + 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (directory.toString("utf8", at + 46, at + 46 + nameLength) === member) {
      const packedSize = directory.readUInt32LE(at + 20);
      if (packedSize > MAX_STYLE_BYTES + 65_536) throw new RangeError(`${member} is too large`);
      return { method: directory.readUInt16LE(at + 10), packedSize, offset: directory.readUInt32LE(at + 42) };
    }
    at = next;
  }
  return null;
}
