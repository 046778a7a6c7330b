import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds between two looks at a growing file. */
const LOOK_MS = 15;
const PIECE_BYTES = 65_536;

/**
 * Passes on what is written to a file, as it comes, to the last byte.
 *
 * @param path - of the file, which need not exist yet
 * @param write - takes bytes; the next ones come when it has resolved
 * @param made - settles when the file is complete, or when it never will be
 * @throws what `write` throws
 */
export async function followFile(
  path: string,
  write: (bytes: Uint8Array) => Promise<void>,
  made: Promise<unknown>,
): Promise<void> {
  let isMade = false;
  const end = made.then(
    () => {},
    () => {},
  );
  void end.then(() => {
    isMade = true;
  });
  let file: FileHandle | null = null;
  const buffer = Buffer.alloc(PIECE_BYTES);
  try {
    for (;;) {
      // Asked before reading: what was written until then is seen by the read.
      const isLast = isMade;
      file ??= await open(path, "r").catch(() => null);
      for (let count = PIECE_BYTES; file !== null && count > 0; ) {
        count = (await file.read(buffer, 0, PIECE_BYTES, null)).bytesRead;
        if (count > 0) await write(buffer.subarray(0, count));
      }
      if (isLast) return;
      await Promise.race([pause(LOOK_MS), end]);
    }
  } finally {
    await file?.close();
  }
}
