import type { Readable } from "node:stream";
import { AssetError, CancelledError } from "../shared/errors.js";

/** The error of a file that is larger than it may be. */
export function fileTooLarge(maxBytes: number): AssetError {
  return new AssetError("file_too_large", `The file is larger than ${maxBytes} bytes, which is the limit.`, {
    context: { max_size: maxBytes },
  });
}

/** Counts bytes as they pass, and stops what is too long before it is kept. */
export class ByteLimit {
  bytes = 0;

  constructor(private readonly maxBytes: number) {}

  add(count: number): void {
    this.bytes += count;
    if (this.bytes > this.maxBytes) throw fileTooLarge(this.maxBytes);
  }
}

/** What a broken stream is reported as: a cancelled one as such, another with its own error. */
export function asCancelled(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted ? new CancelledError("The transfer was broken off.") : error;
}

/** A stream may break before anybody reads it; whoever does then learns of it, and nobody else has to. */
export function keepErrors(content: Readable): void {
  content.on("error", () => {});
}
