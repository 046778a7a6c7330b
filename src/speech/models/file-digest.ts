import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ModelFile } from "./model.js";
import { wrongFile } from "./model-errors.js";

/** The hashes of a file that is still coming. */
export type FileDigest = {
  update(bytes: Uint8Array): void;
  /** Bytes so far. */
  readonly length: number;
  /**
   * Whether it was the right file.
   *
   * @param cure - what to do when it was not
   * @returns its SHA-256
   * @throws EngineError `model_damaged`
   */
  verify(cure: string): string;
};

/** Starts to verify a file. SHA-256 is always computed, MD5 where it is all that is known. */
export function startDigest(file: ModelFile): FileDigest {
  const sha256 = createHash("sha256");
  const md5 = file.md5 === undefined ? null : createHash("md5");
  let length = 0;
  return {
    update(bytes) {
      sha256.update(bytes);
      md5?.update(bytes);
      length += bytes.length;
    },
    get length() {
      return length;
    },
    verify(cure) {
      if (length !== file.sizeBytes)
        throw wrongFile(file.name, `has ${length} bytes instead of ${file.sizeBytes}`, cure);
      const found = sha256.digest("hex");
      if (file.sha256 !== undefined && file.sha256 !== found)
        throw wrongFile(file.name, `has the SHA-256 ${found} instead of ${file.sha256}`, cure);
      const foundMd5 = md5?.digest("hex");
      if (foundMd5 !== file.md5)
        throw wrongFile(file.name, `has the MD5 ${foundMd5} instead of ${file.md5}`, cure);
      return found;
    },
  };
}

/** Adds what a file on disk already has. */
export async function digestFile(digest: FileDigest, path: string, signal?: AbortSignal): Promise<void> {
  const stream = createReadStream(path, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) });
  for await (const chunk of stream as AsyncIterable<Buffer>) digest.update(chunk);
}
