import type { Readable } from "node:stream";
import { makeFileId, makeObjectKey } from "./file-id.js";
import { safeContentType, safeFileName } from "./file-label.js";
import type { FileLifecycle } from "./file-lifecycle.js";
import { filePath } from "./file-path.js";
import { insertPending } from "./file-records.js";
import { after, type LibraryParts, UNFINISHED_SECONDS } from "./library-parts.js";
import { asUploadError, giveObject, openUpload } from "./open-upload.js";
import { createPartUploads, type PartUploads } from "./part-uploads.js";
import { receiveObject } from "./receive-object.js";
import { createUploadTokens, type UploadTokens } from "./upload-tokens.js";

/** A file that somebody is about to send. */
export type UploadPlan = {
  readonly keyId: string;
  /** As the caller sent it; made harmless here. */
  readonly fileName: string;
  readonly contentType: string | null;
  readonly lifecycle: FileLifecycle | null;
  readonly isMultipart: boolean;
};

/** An upload that has been begun. */
export type BegunUpload = {
  readonly fileId: string;
  /** Where the file will be fetched, below the address of the server. */
  readonly path: string;
  /** For URLs that carry their own permission; see {@link UploadTokens.mayUpload}. */
  readonly permission: string;
  /** Names the upload of parts; null for an upload in one piece. */
  readonly uploadId: string | null;
};

/** Files on their way in. */
export interface Uploads extends PartUploads, UploadTokens {
  /** Largest file, bytes. */
  readonly maxUploadBytes: number;
  /** Takes a name and a type down; given up after a day without bytes. @throws {@link AccessError} 401 for a revoked key */
  beginUpload(plan: UploadPlan): Promise<BegunUpload>;
  /**
   * Takes the bytes of a file that was begun; with them it is there.
   *
   * @throws {@link BadRequestError} 413 beyond the limit, 400 when the bytes are there already;
   *   {@link NotFoundError} when there is no such upload
   */
  receiveUpload(fileId: string, content: Readable, signal?: AbortSignal): Promise<void>;
}

export function createUploads(parts: LibraryParts): Uploads {
  const { database, loose, signer, defaultLifetime, maxUploadBytes, now } = parts;
  const tokens = createUploadTokens(signer, now);
  return {
    ...tokens,
    ...createPartUploads(parts),
    maxUploadBytes,
    async beginUpload({ keyId, fileName, contentType, lifecycle, isMultipart }) {
      const createdAt = now();
      const id = makeFileId();
      const name = safeFileName(fileName);
      const uploadId = isMultipart ? makeFileId() : null;
      await database.transaction(async (transaction) => {
        await insertPending(transaction, {
          id,
          kind: "upload",
          keyId,
          requestId: null,
          fileName: name,
          contentType: safeContentType(contentType),
          lifecycle,
          lifetime: lifecycle?.expiresAfter ?? defaultLifetime,
          createdAt,
          deadline: after(createdAt, UNFINISHED_SECONDS),
        });
        if (uploadId !== null)
          await transaction.query(
            "insert into multipart_uploads (id, file_id, created_at) values ($1, $2, $3)",
            [uploadId, id, createdAt],
          );
      });
      return { fileId: id, path: filePath(id, name), permission: tokens.permitUpload(id), uploadId };
    },
    async receiveUpload(fileId, content, signal) {
      const { contentType } = await openUpload(parts, fileId, content);
      const key = makeObjectKey("uploads", fileId);
      const received = await receiveObject(parts, key, {
        content,
        contentType,
        maxBytes: maxUploadBytes,
        ...(signal ? { signal } : {}),
      }).catch((error: unknown) => {
        throw asUploadError(error);
      });
      try {
        await database.transaction((transaction) => giveObject(parts, transaction, fileId, received));
      } catch (error) {
        await loose.remove([key]);
        throw error;
      }
    },
  };
}
