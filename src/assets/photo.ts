/** A decoded photo: upright, sRGB, 8 bit. */
export type Photo = {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Interleaved RGB, `height * width * 3` bytes, composited on white where the file was transparent. */
  readonly rgb: Uint8Array;
  /** Coverage `height * width`, 255 = opaque; `null` when the file has no transparency. */
  readonly alpha: Uint8Array | null;
  /** Hex SHA-256 of the file's bytes. */
  readonly sha256: string;
  /** Type found in the content, e.g. `image/jpeg`. */
  readonly mediaType: string;
  /** What a person should know, e.g. that the picture was reduced. */
  readonly warnings: readonly string[];
};
