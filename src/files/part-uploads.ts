import type { Readable } from "node:stream";
import type { Queryable } from "../database/index.js";
import { BadRequestError, NotFoundError } from "../shared/errors.js";
import { makeObjectKey } from "./file-id.js";
import { findFile } from "./file-records.js";
import { after, type LibraryParts, UNFINISHED_SECONDS } from "./library-parts.js";
import { asUploadError, giveObject, openUpload, uploadTooLarge } from "./open-upload.js";
import { receiveObject } from "./receive-object.js";

const MAX_PARTS = 10_000;
/** Parts of a long upload get more time when so much of their day has passed. */
const EXTEND_AFTER_SECONDS = 3600;

/** One part as a caller lists it. */
export type ListedPart = { readonly number: number; readonly etag: string };

/** Files that come in several parts, in any order and at the same time. */
export interface PartUploads {
  /** The file of an upload, for its owner; null when there is none. */
  findUpload(fileId: string): Promise<{ readonly keyId: string; readonly uploadId: string | null } | null>;
  /**
   * Takes one part; the same number again replaces it.
   *
   * @param number - from 1 to 10000
   * @returns what the caller has to list at the end
   * @throws as {@link Uploads.receiveUpload}
   */
  receivePart(
    fileId: string,
    number: number,
    content: Readable,
    signal?: AbortSignal,
  ): Promise<{ readonly etag: string }>;
  /**
   * Puts the parts together; with that the file is there. Asking again, also at the same time, is no error.
   *
   * @throws {@link BadRequestError} naming the part that is missing, or is not the one that was sent
   */
  completeUpload(fileId: string, listed: readonly ListedPart[]): Promise<void>;
}

type StoredPart = { number: number; object_key: string; etag: string; size_bytes: number };

export function createPartUploads(parts: LibraryParts): PartUploads {
  const { database, store, loose, maxUploadBytes, now } = parts;
  const completing = new Map<string, Promise<void>>();

  const complete = async (fileId: string, listed: readonly ListedPart[]): Promise<void> => {
    const file = await openUpload(parts, fileId);
    const chosen = chooseParts(await storedParts(database, fileId), listed);
    const sizeBytes = chosen.reduce((sum, part) => sum + part.size_bytes, 0);
    if (sizeBytes > maxUploadBytes) throw uploadTooLarge(maxUploadBytes);
    const key = makeObjectKey("uploads", fileId);
    await loose.note(key, after(now(), UNFINISHED_SECONDS));
    try {
      const keys = chosen.map((part) => part.object_key);
      const { contentType } = file;
      const joined = await store.join(keys, key, { contentType, maxBytes: maxUploadBytes });
      if (joined.sizeBytes !== sizeBytes) throw new Error("The parts have not the size that was noted.");
      await settle(parts, fileId, key, sizeBytes);
    } catch (error) {
      await loose.remove([key]);
      throw error;
    }
  };
  const completeOnce = async (fileId: string, listed: readonly ListedPart[]): Promise<void> => {
    const isReady = async () => (await findFile(database, fileId))?.state === "ready";
    if (await isReady()) return;
    await complete(fileId, listed).catch(async (error: unknown) => {
      // Another process may have been faster; then its file is as good as ours.
      if (!(await isReady())) throw error;
    });
  };

  return {
    async findUpload(fileId) {
      const [upload] = await database.query<{ keyId: string; uploadId: string | null }>(
        `select f.key_id as "keyId", u.id as "uploadId" from files f left join multipart_uploads u on u.file_id = f.id
          where f.id = $1 and f.kind = 'upload'`,
        [fileId],
      );
      return upload ?? null;
    },
    async receivePart(fileId, number, content, signal) {
      checkNumber(number);
      const file = await openUpload(parts, fileId, content);
      const others = (await storedParts(database, fileId)).filter((part) => part.number !== number);
      const room = maxUploadBytes - others.reduce((sum, part) => sum + part.size_bytes, 0);
      const received = await receiveObject(parts, makeObjectKey("parts", fileId), {
        content,
        contentType: file.contentType,
        maxBytes: Math.max(0, room),
        ...(signal ? { signal } : {}),
      }).catch((error: unknown) => {
        const known = asUploadError(error);
        throw known === error ? error : uploadTooLarge(maxUploadBytes);
      });
      const replaced = await notePart(parts, fileId, { number, ...received }).catch(
        async (error: unknown) => {
          await loose.remove([received.key]);
          throw error;
        },
      );
      if (replaced !== null && replaced !== received.key) await loose.remove([replaced]);
      return { etag: received.etag };
    },
    completeUpload(fileId, listed) {
      const running = completing.get(fileId);
      if (running !== undefined) return running;
      const begun = completeOnce(fileId, listed).finally(() => completing.delete(fileId));
      completing.set(fileId, begun);
      return begun;
    },
  };
}

function checkNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return;
  throw new BadRequestError(`Parts are numbered from 1 to ${MAX_PARTS}.`, {
    context: { min_part_number: 1, max_part_number: MAX_PARTS },
  });
}

function storedParts(queryable: Queryable, fileId: string): Promise<StoredPart[]> {
  return queryable.query<StoredPart>(
    `select p.number, p.object_key, p.etag, p.size_bytes from multipart_parts p
       join multipart_uploads u on u.id = p.upload_id where u.file_id = $1 order by p.number`,
    [fileId],
  );
}

/** @returns the object of an earlier attempt at the same part */
async function notePart(
  { database, now }: LibraryParts,
  fileId: string,
  part: { number: number; key: string; sizeBytes: number; etag: string },
): Promise<string | null> {
  const deadline = after(now(), UNFINISHED_SECONDS);
  return database.transaction(async (transaction) => {
    const [upload] = await transaction.query<{ id: string }>(
      "select id from multipart_uploads where file_id = $1 for update",
      [fileId],
    );
    if (!upload) throw new NotFoundError("The upload of this part has ended.");
    const [earlier] = await transaction.query<{ object_key: string }>(
      "select object_key from multipart_parts where upload_id = $1 and number = $2",
      [upload.id, part.number],
    );
    await transaction.query(
      `insert into multipart_parts (upload_id, number, object_key, etag, size_bytes) values ($1, $2, $3, $4, $5)
       on conflict (upload_id, number) do update set object_key = $3, etag = $4, size_bytes = $5`,
      [upload.id, part.number, part.key, part.etag, part.sizeBytes],
    );
    await transaction.query(
      `update loose_objects set remove_at = $2
        where remove_at < $3 and not is_being_removed
          and object_key in (select object_key from multipart_parts where upload_id = $1)`,
      [upload.id, deadline, after(deadline, -EXTEND_AFTER_SECONDS)],
    );
    return earlier?.object_key ?? null;
  });
}

/** The stored parts that a caller means, in order. */
function chooseParts(stored: readonly StoredPart[], listed: readonly ListedPart[]): StoredPart[] {
  if (listed.length === 0)
    throw new BadRequestError("List the parts of the upload, {partNumber, etag} for each.");
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const ordered = [...listed].sort((one, other) => one.number - other.number);
  return ordered.map(({ number, etag }, index) => {
    if (number !== index + 1)
      throw new BadRequestError(
        `The list of parts is not 1 to ${listed.length}: number ${index + 1} is missing, or one is there twice.`,
      );
    const part = byNumber.get(number);
    if (part === undefined) throw new BadRequestError(`Part ${number} was not received. Send it again.`);
    if (etag.replace(/^W\//, "").replaceAll('"', "") !== part.etag)
      throw new BadRequestError(`Part ${number} is not the one that was received: its etag is ${part.etag}.`);
    return part;
  });
}

async function settle(parts: LibraryParts, fileId: string, key: string, sizeBytes: number): Promise<void> {
  const { database, loose, now } = parts;
  const spent = await database.transaction(async (transaction) => {
    await giveObject(parts, transaction, fileId, { key, sizeBytes });
    const all = await transaction.query<{ object_key: string }>(
      `delete from multipart_parts where upload_id in (select id from multipart_uploads where file_id = $1)
       returning object_key`,
      [fileId],
    );
    await transaction.query("delete from multipart_uploads where file_id = $1", [fileId]);
    const keys = all.map((row) => row.object_key);
    await transaction.query("update loose_objects set remove_at = $2 where object_key = any($1::text[])", [
      keys,
      now(),
    ]);
    return keys;
  });
  await loose.remove(spent).catch((error: unknown) => {
    // They are due; the sweep takes them.
    parts.logger.warn({ err: error, file_id: fileId }, "files: parts could not be removed yet");
  });
}
