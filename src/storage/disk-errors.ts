import { CapacityError } from "../shared/errors.js";

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const UNUSABLE = new Set([
  "EROFS",
  "EACCES",
  "EPERM",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOTDIR",
  "EEXIST",
  "ENXIO",
]);

/** What the operating system says about a disk, as an error that names the cure; other errors stay as they are. */
export function asStorageError(error: unknown): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  if (FULL.has(code)) return storageFull(error);
  if (UNUSABLE.has(code)) {
    return new CapacityError(
      "storage_unavailable",
      `The server cannot use its directory for files (${code}). Its operator can check the permissions and the disk of PARLANTE_DATA.`,
      503,
      { cause: error },
    );
  }
  return error;
}

/** There is no room for the file. */
export function storageFull(cause: unknown): CapacityError {
  return new CapacityError(
    "storage_full",
    "The server has no room left for files. Its operator can free space, let files expire sooner (PARLANTE_KEEP_FILES_DAYS) or keep them in S3 (PARLANTE_S3_BUCKET).",
    503,
    { cause },
  );
}
