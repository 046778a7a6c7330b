import type { Readable } from "node:stream";
import type { Transaction } from "../database/index.js";
import { AssetError, BadRequestError, NotFoundError } from "../shared/errors.js";
import { extendPending, type FileRecord, findFile, markReady } from "./file-records.js";
import { after, type LibraryParts, UNFINISHED_SECONDS } from "./library-parts.js";
import type { ReceivedObject } from "./receive-object.js";

/**
 * The pending file of an upload, with another day of time.
 *
 * @param content - let go when there is no such upload
 */
export async function openUpload(
  parts: LibraryParts,
  fileId: string,
  content?: Readable,
): Promise<FileRecord> {
  const moment = parts.now();
  const file = await extendPending(parts.database, fileId, moment, after(moment, UNFINISHED_SECONDS));
  if (file !== null) return file;
  content?.destroy();
  if ((await findFile(parts.database, fileId))?.state === "ready") throw alreadyUploaded();
  throw new NotFoundError("There is no such upload, or it was given up after a day. Begin a new one.");
}

/** One upload brings one file. */
export function alreadyUploaded(): BadRequestError {
  return new BadRequestError(
    "The file of this upload is there already. Begin a new upload for another file.",
  );
}

/** What does not fit is told with 413, as an upload is no field of a request. */
export function asUploadError(error: unknown): unknown {
  if (!(error instanceof AssetError && error.code === "file_too_large")) return error;
  return uploadTooLarge(Number(error.details.context?.max_size));
}

/** The upload is longer than this server takes. */
export function uploadTooLarge(maxBytes: number): BadRequestError {
  return new BadRequestError(
    `The file is larger than ${maxBytes} bytes, the limit of this server. Send a smaller one, or ask its operator to raise PARLANTE_MAX_UPLOAD_MB.`,
    { context: { max_size: maxBytes } },
    "file_too_large",
    413,
  );
}

/** Makes an upload ready with the object that was received for it. @throws when it was given up or has a file already */
export async function giveObject(
  { loose, now }: LibraryParts,
  transaction: Transaction,
  fileId: string,
  { key, sizeBytes }: Pick<ReceivedObject, "key" | "sizeBytes">,
): Promise<void> {
  const isGiven =
    (await loose.take(transaction, key)) &&
    (await markReady(transaction, { id: fileId, objectKey: key, sizeBytes }, now()));
  if (!isGiven) throw alreadyUploaded();
}
