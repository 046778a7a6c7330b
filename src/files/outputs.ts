import type { Queryable, Transaction } from "../database/index.js";
import { EngineError } from "../shared/errors.js";
import { isOpenToAll } from "./file-access.js";
import { makeFileId, makeObjectKey } from "./file-id.js";
import { safeFileName } from "./file-label.js";
import type { FileLifecycle } from "./file-lifecycle.js";
import { fileMark, filePath, readFileMark } from "./file-path.js";
import { type FileRecord, findFiles, forgetFiles, insertPending, markReady } from "./file-records.js";
import { after, type LibraryParts, UNFINISHED_SECONDS } from "./library-parts.js";

/** How long the URL of a file that is not for everybody works, when the server has no word on it: a day. */
const SIGNED_URL_SECONDS = 86_400;

/** A finished video in the store that nobody can fetch yet. */
export type StoredOutput = {
  readonly id: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
};

/** How the removal of one file went. */
export type RemovedOutput = { readonly link: string; readonly exception: string | null };

/** Finished videos. See `WorkerFiles` of the queue. */
export interface Outputs {
  /** Puts a finished video into the store. It is swept away unless {@link Outputs.recordOutput} follows. */
  storeOutput(
    request: { readonly id: string; readonly keyId: string; readonly lifecycle: FileLifecycle | null },
    outcome: { readonly path: string; readonly fileName: string; readonly contentType: string },
  ): Promise<StoredOutput>;
  /**
   * Makes a stored video fetchable, in the transaction that settles the request.
   *
   * @throws {@link EngineError} when it was swept away meanwhile; the transaction must not be committed then
   */
  recordOutput(transaction: Transaction, file: { readonly id: string }): Promise<void>;
  /** Removes a stored video whose request was settled otherwise meanwhile. */
  discardOutput(file: { readonly id: string }): Promise<void>;
  /** The same value with every `parlante-file:<file id>` as a URL below `base`, signed where it has to be. */
  withUrls<Value>(value: Value, base: string): Promise<Value>;
  /** Removes the videos of a request. From the call on they cannot be fetched, even when an exception is reported. */
  deleteOutputs(requestId: string, base: string): Promise<RemovedOutput[]>;
}

export function createOutputs(parts: LibraryParts): Outputs {
  const { database, store, loose, defaultLifetime, now } = parts;
  return {
    async storeOutput({ id: requestId, keyId, lifecycle }, { path, fileName, contentType }) {
      const id = makeFileId();
      const key = makeObjectKey("outputs", id);
      const createdAt = now();
      const deadline = after(createdAt, UNFINISHED_SECONDS);
      const name = safeFileName(fileName);
      await database.transaction(async (transaction) => {
        await insertPending(transaction, {
          id,
          kind: "output",
          keyId,
          requestId,
          fileName: name,
          contentType,
          lifecycle,
          lifetime: lifecycle?.expiresAfter ?? defaultLifetime,
          createdAt,
          deadline,
        });
        await transaction.query("update files set object_key = $2 where id = $1", [id, key]);
        await transaction.query("insert into loose_objects (object_key, remove_at) values ($1, $2)", [
          key,
          deadline,
        ]);
      });
      try {
        const { sizeBytes } = await store.putFile(key, path, { contentType });
        await database.query("update files set size_bytes = $2 where id = $1", [id, sizeBytes]);
        return { id, fileName: name, contentType, sizeBytes };
      } catch (error) {
        await discard(parts, id).catch(() => {
          // The first error says more; the sweep comes by later.
        });
        throw error;
      }
    },
    async recordOutput(transaction, { id }) {
      const [file] = await findFiles(transaction, [id]);
      const isRecorded =
        file !== undefined &&
        file.objectKey !== null &&
        file.sizeBytes !== null &&
        (await loose.take(transaction, file.objectKey)) &&
        (await markReady(transaction, { id, objectKey: file.objectKey, sizeBytes: file.sizeBytes }, now()));
      if (!isRecorded)
        throw new EngineError(
          "storage_failed",
          "The finished video was removed before its request was settled.",
        );
    },
    discardOutput: ({ id }) => discard(parts, id),
    withUrls: (value, base) => withUrls(parts, value, base),
    async deleteOutputs(requestId, base) {
      const files = await database.query<{ id: string; object_key: string; file_name: string }>(
        "select id, object_key, file_name from files where request_id = $1 and kind = 'output' and state = 'ready'",
        [requestId],
      );
      await forgetFiles(database, now(), "request_id = $2 and kind = 'output'", [requestId]);
      await loose.remove(files.map((file) => file.object_key));
      const left = await stillLoose(
        database,
        files.map((file) => file.object_key),
      );
      return files.map((file) => ({
        link: base + filePath(file.id, file.file_name),
        exception: left.has(file.object_key)
          ? "The object store did not answer; the file cannot be fetched any more and is removed later."
          : null,
      }));
    },
  };
}

async function discard({ database, loose, now }: LibraryParts, id: string): Promise<void> {
  await loose.remove(await forgetFiles(database, now(), "id = $2 and state = 'pending'", [id]));
}

async function stillLoose(queryable: Queryable, keys: readonly string[]): Promise<Set<string>> {
  const rows = await queryable.query<{ object_key: string }>(
    "select object_key from loose_objects where object_key = any($1::text[])",
    [keys],
  );
  return new Set(rows.map((row) => row.object_key));
}

async function withUrls<Value>(parts: LibraryParts, value: Value, base: string): Promise<Value> {
  const ids = new Set<string>();
  mapTexts(value, (text) => {
    const id = readFileMark("file", text);
    if (id !== null) ids.add(id);
    return text;
  });
  if (ids.size === 0) return value;
  const urls = new Map<string, string>();
  for (const id of ids) urls.set(fileMark("file", id), base + filePath(id, "file"));
  for (const file of await findFiles(parts.database, [...ids]))
    urls.set(fileMark("file", file.id), base + filePath(file.id, file.fileName) + signatureOf(parts, file));
  // Strings become strings, and everything else stays what it is.
  return mapTexts(value, (text) => urls.get(text) ?? text) as Value;
}

function signatureOf({ signer, urlLifetime, now }: LibraryParts, file: FileRecord): string {
  if (isOpenToAll(file, urlLifetime)) return "";
  const until = Math.floor(now().getTime() / 1000) + Math.ceil(urlLifetime ?? SIGNED_URL_SECONDS);
  const { expires, signature } = signer.sign("fetch", file.id, until);
  return `?expires=${expires}&signature=${signature}`;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
