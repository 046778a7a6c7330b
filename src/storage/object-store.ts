import type { Readable } from "node:stream";

/** A part of a file, `[start, end)`, bytes. */
export type ByteRange = { readonly start: number; readonly end: number };

/** What is known about a stored file. */
export type ObjectFacts = { readonly sizeBytes: number };

/**
 * Where the files of the server are kept: uploads, long inputs and finished videos.
 *
 * Keys are names such as `outputs/2026/ab12…`: letters, digits, `-`, `_`, `.` and `/`, chosen by us. An object is
 * there whole or not at all, and is never changed.
 */
export interface ObjectStore {
  /** Short name of the kind, for logs: `disk` or `s3`. */
  readonly kind: string;
  /**
   * Keeps what a stream brings.
   *
   * @throws {@link AssetError} `file_too_large` beyond `maxBytes`, {@link CancelledError} when the signal fires,
   *   {@link CapacityError} `storage_full` or `storage_unavailable`; the stream's own error when it breaks
   */
  put(
    key: string,
    content: Readable,
    options: { contentType: string; maxBytes: number; signal?: AbortSignal },
  ): Promise<ObjectFacts>;
  /** Keeps a finished file of this machine; the file itself may be moved away. */
  putFile(key: string, path: string, options: { contentType: string }): Promise<ObjectFacts>;
  /** @returns null when there is no such object */
  head(key: string): Promise<ObjectFacts | null>;
  /** @returns null when there is no such object */
  open(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Puts a copy where a program of this machine can read it. @returns false when there is no such object */
  copyToFile(key: string, path: string, signal?: AbortSignal): Promise<boolean>;
  /** Removes; an object that is not there is no error. */
  delete(key: string): Promise<void>;
  /** Makes one object of several, in the given order, and leaves them: who made them removes them. */
  join(
    parts: readonly string[],
    key: string,
    options: { contentType: string; maxBytes: number; signal?: AbortSignal },
  ): Promise<ObjectFacts>;
  /** Removes what writes of processes that died have left behind. @returns how much was removed */
  sweepLeftovers(now: Date): Promise<number>;
  /** Whether the store can be reached and written to; the reason when not. */
  check(): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** Ends connections. */
  close(): Promise<void>;
}
