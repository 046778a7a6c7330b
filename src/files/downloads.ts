import type { Readable } from "node:stream";
import type { ByteRange } from "../storage/index.js";
import { type Asker, checkAccess, fileNotFound } from "./file-access.js";
import { type FileRecord, findFile } from "./file-records.js";
import type { LibraryParts } from "./library-parts.js";

/** A file that may be sent to the one who asked. */
export type FetchableFile = {
  readonly id: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly createdAt: Date;
  /** Null: kept. */
  readonly expiresAt: Date | null;
  /** Whether caches on the way may keep it for others. */
  readonly isPublic: boolean;
  /** Reads the bytes, or `[start, end)` of them. @throws {@link NotFoundError} when they were removed just now */
  open(range?: ByteRange): Promise<Readable>;
};

/** Files on their way out. */
export interface Downloads {
  /**
   * @throws {@link NotFoundError} for what is unknown, unfinished, expired, hidden, or part of a request;
   *   {@link AccessError} 403 for what is refused
   */
  fetchFile(id: string, asker: Asker): Promise<FetchableFile>;
}

export function createDownloads({
  database,
  store,
  signer,
  urlLifetime,
  now,
  logger,
}: LibraryParts): Downloads {
  return {
    async fetchFile(id, asker) {
      const file = await findFile(database, id);
      if (file === null || file.kind === "input" || !isThere(file, now())) throw fileNotFound();
      const { isPublic } = await checkAccess(file, asker, signer, urlLifetime);
      return {
        id,
        fileName: file.fileName,
        contentType: file.contentType,
        sizeBytes: file.sizeBytes!,
        createdAt: file.createdAt,
        expiresAt: file.expiresAt,
        isPublic,
        async open(range) {
          const content = await store.open(file.objectKey!, range);
          if (content !== null) return content;
          // Between two looks a file may have been removed; otherwise somebody has been at the store.
          if ((await findFile(database, id)) !== null)
            logger.error(
              { file_id: id, object_key: file.objectKey },
              "files: the object store has lost a file",
            );
          throw fileNotFound();
        },
      };
    },
  };
}

/** Whether a file is whole and its time not over. */
export function isThere(file: FileRecord, now: Date): boolean {
  return file.state === "ready" && (file.expiresAt === null || file.expiresAt > now);
}
