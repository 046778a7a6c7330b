import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";

/**
 * Mono samples in a file: 32-bit floats in this machine's byte order, nothing else. Minutes of sound go from one
 * process to another this way, so that neither has to hold them.
 */
export type SampleFile = {
  readonly path: string;
  /** Number of samples. */
  readonly length: number;
};

/** Samples per read: .7 s at 48 kHz. */
const CHUNK = 32_768;
const TOO_SHORT = "The file with the sound is shorter than it should be.";

/** Writes samples to a file of their own; an existing one is replaced. */
export async function writeSamples(path: string, samples: Float32Array): Promise<SampleFile> {
  await writeFile(path, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  return { path, length: samples.length };
}

/** Writes samples to a file of their own while they are made; an existing one is replaced. */
export class SampleWriter {
  readonly #file: number;
  #length = 0;
  #isOpen = true;

  /** @throws Error of the file system when the file cannot be made */
  constructor(private readonly path: string) {
    this.#file = openSync(path, "w");
  }

  /** @throws Error of the file system, e.g. `ENOSPC` */
  add(samples: Float32Array): void {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    this.#length += samples.length;
  }

  /** Closes the file and says where the samples are. */
  finish(): SampleFile {
    this.close();
    return { path: this.path, length: this.#length };
  }

  /** Closes the file, finished or not. May be called again. */
  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}

/**
 * All samples of a file.
 *
 * @throws RangeError when the file is shorter than its description says
 */
export async function readSamples({ path, length }: SampleFile): Promise<Float32Array> {
  const samples = new Float32Array(length);
  const bytes = new Uint8Array(samples.buffer);
  const file = await open(path, "r");
  try {
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) throw new RangeError(TOO_SHORT);
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
  return samples;
}

/** Samples that are read from the first to the last, from memory or from a file. */
export class SampleReader {
  readonly length: number;
  readonly #file: number | null;
  #chunk: Float32Array;
  /** Position of the first sample of the chunk. */
  #start = 0;

  /** @throws Error of the file system when the file cannot be opened */
  constructor(source: Float32Array | SampleFile) {
    this.length = source.length;
    const isInMemory = source instanceof Float32Array;
    this.#chunk = isInMemory ? source : new Float32Array(0);
    this.#file = isInMemory ? null : openSync(source.path, "r");
  }

  /**
   * The sample at a position; silence beyond the end.
   *
   * @throws RangeError when the file is shorter than its description says
   */
  at(position: number): number {
    if (position >= this.length) return 0;
    let offset = position - this.#start;
    if (this.#file !== null && (offset < 0 || offset >= this.#chunk.length)) {
      this.#load(this.#file, position);
      offset = 0;
    }
    return this.#chunk[offset]!;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
  }

  #load(file: number, position: number): void {
    const length = Math.min(CHUNK, this.length - position);
    if (this.#chunk.length !== length) this.#chunk = new Float32Array(length);
    const bytes = new Uint8Array(this.#chunk.buffer);
    for (let done = 0; done < bytes.length; ) {
      // From memory, as a rule: the file was written a moment ago.
      const count = readSync(file, bytes, done, bytes.length - done, position * 4 + done);
      if (count === 0) throw new RangeError(TOO_SHORT);
      done += count;
    }
    this.#start = position;
  }
}
