import { createHash } from "node:crypto";
import { LANDMARK_COUNT } from "./canonical-face.js";
import type { Rig } from "./rig.js";

const MAGIC = "PARLRIG1";
const HASH_BYTES = 32;
const HEADER_BYTES = MAGIC.length + HASH_BYTES + 4;
/** Arrays start at multiples of this in the blob. */
const ALIGNMENT = 8;

const ARRAY_TYPES = { f32: Float32Array, u8: Uint8Array } as const;
type ArrayType = keyof typeof ARRAY_TYPES;
/** Stands in the JSON for an array in the blob. */
type ArrayReference = { readonly $array: ArrayType; readonly offset: number; readonly length: number };

/**
 * A rig as bytes: magic, SHA-256 of the rest, length of the JSON, JSON in which arrays are references, and the
 * arrays themselves.
 */
export function encodeRig(rig: Rig): Uint8Array {
  const chunks: Uint8Array[] = [];
  let offset = 0;
  const json = JSON.stringify(rig, (_, value: unknown) => {
    const type = arrayType(value);
    if (type === null) return value;
    const array = value as Float32Array | Uint8Array;
    const padded = new Uint8Array(Math.ceil(array.byteLength / ALIGNMENT) * ALIGNMENT);
    padded.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    chunks.push(padded);
    const reference: ArrayReference = { $array: type, offset, length: array.length };
    offset += padded.length;
    return reference;
  });
  const text = Buffer.from(json);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const body = Buffer.concat([length, text, ...chunks]);
  return Buffer.concat([Buffer.from(MAGIC), createHash("sha256").update(body).digest(), body]);
}

function arrayType(value: unknown): ArrayType | null {
  if (value instanceof Float32Array) return "f32";
  return value instanceof Uint8Array ? "u8" : null;
}

/**
 * The rig in some bytes, or null when they are not exactly what {@link encodeRig} wrote.
 */
export function decodeRig(bytes: Uint8Array): Rig | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < HEADER_BYTES || file.toString("latin1", 0, MAGIC.length) !== MAGIC) return null;
  const hash = file.subarray(MAGIC.length, MAGIC.length + HASH_BYTES);
  const body = file.subarray(MAGIC.length + HASH_BYTES);
  if (!createHash("sha256").update(body).digest().equals(hash)) return null;
  const textLength = body.readUInt32LE(0);
  const blob = body.subarray(4 + textLength);
  try {
    const rig = JSON.parse(body.toString("utf8", 4, 4 + textLength), (_, value: unknown) =>
      isReference(value) ? readArray(blob, value) : value,
    ) as Rig;
    return isComplete(rig) ? rig : null;
  } catch {
    return null;
  }
}

function isReference(value: unknown): value is ArrayReference {
  return typeof value === "object" && value !== null && "$array" in value;
}

function readArray(blob: Uint8Array, { $array, offset, length }: ArrayReference): Float32Array | Uint8Array {
  const type = ARRAY_TYPES[$array];
  const byteLength = length * type.BYTES_PER_ELEMENT;
  if (offset + byteLength > blob.length) throw new RangeError("Array out of range");
  // A copy has memory of its own, aligned, and keeps no file alive. (Buffer.slice would not copy.)
  const copy = new Uint8Array(blob.subarray(offset, offset + byteLength));
  return new type(copy.buffer, 0, length);
}

/** The hash vouches for the bytes; this only keeps out a rig of another shape under the same version. */
function isComplete(rig: Rig): boolean {
  return (
    rig.landmarks instanceof Float32Array &&
    rig.landmarks.length === LANDMARK_COUNT * 3 &&
    rig.matte.data.length === rig.matte.width * rig.matte.height &&
    rig.depth.z.length === rig.depth.columns * rig.depth.rows &&
    rig.mouth.x instanceof Float32Array &&
    rig.eyes.length === 2
  );
}
