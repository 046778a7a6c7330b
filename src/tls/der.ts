/** Writing of DER, the binary form of certificates (X.690). Only what a certificate needs. */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value: its tag, its length, its content. */
export function derValue(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(body.length)]), body]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

export const derSequence = (...items: readonly Uint8Array[]) => derValue(TAG.sequence, ...items);
export const derSet = (...items: readonly Uint8Array[]) => derValue(TAG.set, ...items);
export const derTrue = () => derValue(TAG.boolean, Buffer.from([0xff]));
export const derOctets = (...content: readonly Uint8Array[]) => derValue(TAG.octetString, ...content);
export const derText = (text: string) => derValue(TAG.utf8String, Buffer.from(text, "utf8"));

/** @param bytes - big-endian, not negative */
export function derInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  // A leading bit of one would make it negative.
  return derValue(TAG.integer, Buffer.from(digits[0]! >= 0x80 ? [0] : []), digits);
}

/** @param unusedBits - how many of the last bits are no part of it */
export function derBits(bytes: Uint8Array, unusedBits = 0): Buffer {
  return derValue(TAG.bitString, Buffer.from([unusedBits]), bytes);
}

/** @param dotted - e.g. `2.5.29.17` */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return derValue(TAG.objectId, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** Whole seconds; certificates have two-digit years until 2049. */
export function derTime(time: Date): Buffer {
  const digits = time.toISOString().replace(/[-:T]|\.\d+/g, "");
  return time.getUTCFullYear() < 2050
    ? derValue(TAG.utcTime, Buffer.from(digits.slice(2)))
    : derValue(TAG.generalizedTime, Buffer.from(digits));
}

/** A value whose meaning depends on where it stands. */
export function derContext(number: number, content: Uint8Array, form: "constructed" | "primitive"): Buffer {
  return derValue(0x80 | (form === "constructed" ? 0x20 : 0) | number, content);
}
