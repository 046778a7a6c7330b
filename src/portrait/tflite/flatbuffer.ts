/** Position of a table inside a {@link FlatBuffer}. */
export type TablePosition = number;

/**
 * Reads FlatBuffers (https://flatbuffers.dev/internals/), as much of the format as TFLite files use. Offsets
 * outside the file throw a RangeError from DataView, never read elsewhere.
 */
export class FlatBuffer {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The four-letter file identifier. */
  identifier(): string {
    return String.fromCharCode(...this.bytes.subarray(4, 8));
  }

  root(): TablePosition {
    return this.#view.getUint32(0, true);
  }

  /** Position of a field's value, or 0 when the field has its default. */
  #field(table: TablePosition, field: number): number {
    const vtable = table - this.#view.getInt32(table, true);
    const slot = 4 + 2 * field;
    if (slot >= this.#view.getUint16(vtable, true)) return 0;
    const offset = this.#view.getUint16(vtable + slot, true);
    return offset === 0 ? 0 : table + offset;
  }

  int8(table: TablePosition, field: number, fallback = 0): number {
    const at = this.#field(table, field);
    return at === 0 ? fallback : this.#view.getInt8(at);
  }

  int32(table: TablePosition, field: number, fallback = 0): number {
    const at = this.#field(table, field);
    return at === 0 ? fallback : this.#view.getInt32(at, true);
  }

  /** A sub-table, or 0 when absent. */
  table(table: TablePosition, field: number): TablePosition {
    const at = this.#field(table, field);
    return at === 0 ? 0 : at + this.#view.getUint32(at, true);
  }

  string(table: TablePosition, field: number): string {
    return new TextDecoder().decode(this.byteVector(table, field));
  }

  byteVector(table: TablePosition, field: number): Uint8Array {
    const at = this.table(table, field);
    if (at === 0) return new Uint8Array(0);
    const length = this.#view.getUint32(at, true);
    if (at + 4 + length > this.bytes.length) throw new RangeError("Vector runs past the end of the file");
    return this.bytes.subarray(at + 4, at + 4 + length);
  }

  int32Vector(table: TablePosition, field: number): number[] {
    const at = this.table(table, field);
    if (at === 0) return [];
    const length = this.#view.getUint32(at, true);
    const values: number[] = [];
    for (let i = 0; i < length; i++) values.push(this.#view.getInt32(at + 4 + 4 * i, true));
    return values;
  }

  tableVector(table: TablePosition, field: number): TablePosition[] {
    const at = this.table(table, field);
    if (at === 0) return [];
    const length = this.#view.getUint32(at, true);
    const tables: TablePosition[] = [];
    for (let i = 0; i < length; i++) {
      const entry = at + 4 + 4 * i;
      tables.push(entry + this.#view.getUint32(entry, true));
    }
    return tables;
  }
}
