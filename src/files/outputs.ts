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

/** A finished file in the store that nobody can fetch yet. */
export type StoredOutput = {
  readonly id: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
};

/** How the removal of one file went. */
export type RemovedOutput = { readonly link: string; readonly exception: string | null };

/** A finished file on the disk of a worker. */
export type MadeOutput = { readonly path: string; readonly fileName: string; readonly contentType: string };

/** Whose files are stored, and how long they live. */
export type OutputOwner = {
  /** Of the request. */
  readonly id: string;
  readonly keyId: string;
  readonly lifecycle: FileLifecycle | null;
};

/** Finished videos, and the files made beside them. See `WorkerFiles` of the queue. */
export interface Outputs {
  /**
   * Puts all finished files of a request into the store, or none of them. They are swept away unless
   * {@link Outputs.recordOutputs} follows.
   *
   * @returns them in the same order
   */
  storeOutputs(owner: OutputOwner, made: readonly MadeOutput[]): Promise<StoredOutput[]>;
  /**
   * Makes stored files fetchable, in the transaction that settles the request.
   *
   * @throws {@link EngineError} when one was swept away meanwhile; the transaction must not be committed then
   */
  recordOutputs(transaction: Transaction, files: readonly { readonly id: string }[]): Promise<void>;
  /** Removes stored files whose request was settled otherwise meanwhile. */
  discardOutputs(files: readonly { readonly id: string }[]): Promise<void>;
  /** The same value with every `parlante-file:<file id>` as a URL below `base`, signed where it has to be. */
  withUrls<Value>(value: Value, base: string): Promise<Value>;
  /** Removes the video of a request and what was made beside it. From the call on they cannot be fetched, even when an exception is reported. */
  deleteOutputs(requestId: string, base: string): Promise<RemovedOutput[]>;
}

export function createOutputs(parts: LibraryParts): Outputs {
  const { database, loose, now } = parts;
  return {
    async storeOutputs(owner, made) {
      const planned = await planOutputs(parts, owner, made);
      // All are waited for: nothing may still be written when the others are removed.
      const puts = await Promise.allSettled(planned.map((output) => putOutput(parts, output)));
      const failed = puts.find((put) => put.status === "rejected");
      if (failed === undefined) return puts.flatMap((put) => (put.status === "fulfilled" ? [put.value] : []));
      await discard(parts, planned).catch(() => {
        // The first error says more; the sweep comes by later.
      });
      throw failed.reason;
    },
    async recordOutputs(transaction, files) {
      const moment = now();
      const found = await findFiles(
        transaction,
        files.map(({ id }) => id),
      );
      for (const { id } of files) {
        const file = found.find((one) => one.id === id);
        if (!(await record(parts, transaction, file, moment)))
          throw new EngineError(
            "storage_failed",
            "A finished file was removed before its request was settled.",
          );
      }
    },
    discardOutputs: (files) => discard(parts, files),
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

/** A file that is going to be written, with its place in the store. */
type PlannedOutput = MadeOutput & { readonly id: string; readonly key: string };

/** Notes every file and its object before the first byte of any is written. */
async function planOutputs(
  { database, defaultLifetime, now }: LibraryParts,
  { id: requestId, keyId, lifecycle }: OutputOwner,
  made: readonly MadeOutput[],
): Promise<PlannedOutput[]> {
  const createdAt = now();
  const deadline = after(createdAt, UNFINISHED_SECONDS);
  const planned = made.map(({ path, fileName, contentType }) => {
    const id = makeFileId();
    return { id, key: makeObjectKey("outputs", id), path, fileName: safeFileName(fileName), contentType };
  });
  await database.transaction(async (transaction) => {
    for (const { id, key, fileName, contentType } of planned) {
      await insertPending(transaction, {
        id,
        kind: "output",
        keyId,
        requestId,
        fileName,
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
    }
  });
  return planned;
}

async function putOutput(
  { database, store }: LibraryParts,
  { id, key, path, fileName, contentType }: PlannedOutput,
): Promise<StoredOutput> {
  const { sizeBytes } = await store.putFile(key, path, { contentType });
  await database.query("update files set size_bytes = $2 where id = $1", [id, sizeBytes]);
  return { id, fileName, contentType, sizeBytes };
}

/** @returns false when it was swept away meanwhile */
async function record(
  { loose }: LibraryParts,
  transaction: Transaction,
  file: FileRecord | undefined,
  moment: Date,
): Promise<boolean> {
  const { id, objectKey, sizeBytes } = file ?? {};
  if (id === undefined || typeof objectKey !== "string" || typeof sizeBytes !== "number") return false;
  return (
    (await loose.take(transaction, objectKey)) && markReady(transaction, { id, objectKey, sizeBytes }, moment)
  );
}

async function discard(
  { database, loose, now }: LibraryParts,
  files: readonly { readonly id: string }[],
): Promise<void> {
  const condition = "id = any($2::text[]) and state = 'pending'";
  const ids = files.map(({ id }) => id);
  await loose.remove(await forgetFiles(database, now(), condition, [ids]));
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
