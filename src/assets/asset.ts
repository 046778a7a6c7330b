/** Bytes from outside, fetched and size-checked; nothing is known about their content yet. */
export type Asset = {
  readonly bytes: Uint8Array;
  /** Hex SHA-256 of `bytes`. */
  readonly sha256: string;
  /** Where it came from, fit for a message (a `data:` URI is shortened). */
  readonly origin: string;
};
