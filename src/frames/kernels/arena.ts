import { MEMORY_BASE } from "./wasm-kernels.js";

/** Hands out aligned blocks of a kernel memory, never to be freed: a renderer lives as long as its memory. */
export class Arena {
  private next = MEMORY_BASE;

  constructor(private readonly memory: ArrayBuffer) {}

  /** A zeroed block of `bytes`, aligned to 16. */
  take(bytes: number): number {
    const at = this.next;
    this.next = Math.ceil((at + bytes) / 16) * 16;
    if (this.next > this.memory.byteLength)
      throw new RangeError(
        `The renderer's memory is too small by ${this.next - this.memory.byteLength} bytes.`,
      );
    return at;
  }

  bytes(count: number): { at: number; view: Uint8Array } {
    const at = this.take(count);
    return { at, view: new Uint8Array(this.memory, at, count) };
  }

  shorts(count: number): { at: number; view: Int16Array } {
    const at = this.take(count * 2);
    return { at, view: new Int16Array(this.memory, at, count) };
  }

  integers(count: number): { at: number; view: Int32Array } {
    const at = this.take(count * 4);
    return { at, view: new Int32Array(this.memory, at, count) };
  }

  floats(count: number): { at: number; view: Float32Array } {
    const at = this.take(count * 4);
    return { at, view: new Float32Array(this.memory, at, count) };
  }
}
