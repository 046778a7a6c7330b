import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type AssetLimits, downloadError, tooLarge } from "./asset-source.js";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "the file may not be read",
  EPERM: "the file may not be read",
  EISDIR: "it is a folder, not a file",
  ENAMETOOLONG: "the path is too long",
  ELOOP: "the path is a loop of links",
};

/**
 * The bytes of a file of this machine.
 *
 * @param shownAs - what errors call it
 * @throws AssetError `file_download_error` when it cannot be read, `file_too_large`
 */
export function readLocalFile(path: string, limits: AssetLimits, shownAs = path): Promise<Uint8Array> {
  return withLocalFile(path, limits, shownAs, async (file, size) => {
    // Not `readFile`: the file may grow while it is read.
    const bytes = Buffer.alloc(size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  });
}

/**
 * Makes sure that {@link readLocalFile} would read a file, without reading it.
 *
 * @throws AssetError like {@link readLocalFile}
 */
export function checkLocalFile(path: string, limits: AssetLimits, shownAs = path): Promise<void> {
  return withLocalFile(path, limits, shownAs, async () => {});
}

async function withLocalFile<T>(
  path: string,
  limits: AssetLimits,
  shownAs: string,
  use: (file: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  if (path.includes("\0")) throw downloadError(limits, "A path holds no zero byte.");
  // Non-blocking: opening a pipe without a writer would wait for ever.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw unreadable(shownAs, limits, error);
  });
  try {
    const status = await file.stat();
    if (!status.isFile())
      throw downloadError(limits, `${shownAs} is not a regular file.`, { input: shownAs });
    if (status.size > limits.maxBytes) throw tooLarge(limits, shownAs);
    return await use(file, status.size);
  } catch (error) {
    throw isSystemError(error) ? unreadable(shownAs, limits, error) : error;
  } finally {
    await file.close();
  }
}

function unreadable(shownAs: string, limits: AssetLimits, error: unknown) {
  const code = isSystemError(error) ? String(error.code) : "";
  const reason = REASONS[code] ?? `the system says ${code || "that it cannot be opened"}`;
  return downloadError(limits, `Cannot read ${shownAs}: ${reason}.`, { input: shownAs, cause: error });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
