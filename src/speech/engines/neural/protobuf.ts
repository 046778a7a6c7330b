/**
 * The wire format of protocol buffers, as far as an ONNX file needs it: enough to read a few fields and to put others
 * in, without knowing the rest and without copying hundreds of megabytes of weights.
 */

/** Kinds of values on the wire. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A field where it lies: `[start, end)` with its tag, `[value, end)` without tag and length. */
export type WireField = {
  readonly number: number;
  readonly wire: number;
  readonly start: number;
  readonly value: number;
  readonly end: number;
};

/**
 * The fields of a message, in order.
 *
 * @throws RangeError where the bytes are no message
 */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = readVarint(bytes, at);
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    let value = tag.end;
    let end: number;
    if (wire === WIRE.varint) end = readVarint(bytes, value).end;
    else if (wire === WIRE.fixed64) end = value + 8;
    else if (wire === WIRE.fixed32) end = value + 4;
    else if (wire === WIRE.bytes) {
      const length = readVarint(bytes, value);
      value = length.end;
      end = value + length.value;
    } else throw new RangeError(`no protobuf: wire type ${wire}`);
    if (number === 0 || end > bytes.length) throw new RangeError("no protobuf: a field goes beyond the end");
    yield { number, wire, start, value, end };
    at = end;
  }
}

/** An integer of up to 64 bits; beyond 2^53 it is not exact, which no length or type here reaches. */
export function readVarint(
  bytes: Uint8Array,
  from: number,
): { readonly value: number; readonly end: number } {
  let value = 0;
  let weight = 1;
  for (let at = from; at < from + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * weight;
    weight *= 128;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new RangeError("no protobuf: an integer without end");
}

const decoder = new TextDecoder();

/** The value of a text field. */
export function readText(bytes: Uint8Array, { value, end }: WireField): string {
  return decoder.decode(bytes.subarray(value, end));
}

/** The value of a float field; 0 for any other. */
export function readFloat(bytes: Uint8Array, { wire, value }: WireField): number {
  if (wire !== WIRE.fixed32) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + value, 4).getFloat32(0, true);
}

/** The bytes of an integer, which must not be negative. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** An integer field. */
export function integerField(number: number, value: number): Uint8Array[] {
  return [varint(number * 8 + WIRE.varint), varint(value)];
}

/** A text field. */
export function textField(number: number, text: string): Uint8Array[] {
  return messageField(number, [new TextEncoder().encode(text)]);
}

/** A field of bytes or of another message, given in pieces, which are not copied. */
export function messageField(number: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [varint(number * 8 + WIRE.bytes), varint(length), ...pieces];
}
