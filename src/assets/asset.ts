/** Bytes from outside, fetched and size-checked; nothing is known about their content yet. */
export type Asset = {
  readonly bytes: Uint8Array;
  /** Hex SHA-256 of `bytes`. */
  readonly sha256: string;
  /** Where it came from, fit for a message (a `data:` URI is shortened). */
  readonly origin: string;
};

/** Like {@link Asset}, with its bytes in a file. */
export type AssetFile = {
  readonly path: string;
  /** As in {@link Asset}. */
  readonly origin: string;
};
