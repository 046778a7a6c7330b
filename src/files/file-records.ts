import type { Database, Queryable } from "../database/index.js";
import { AccessError } from "../shared/errors.js";
import type { FileAccess, FileLifecycle } from "./file-lifecycle.js";

/** What a file is: sent by a caller, cut out of a request, or made here. */
export type FileKind = "upload" | "input" | "output";

/** A row of `files`. */
export type FileRecord = {
  readonly id: string;
  readonly kind: FileKind;
  readonly keyId: string;
  readonly requestId: string | null;
  readonly objectKey: string | null;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number | null;
  readonly state: "pending" | "ready";
  readonly access: FileAccess;
  readonly rules: FileLifecycle["rules"];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
};

const COLUMNS = `id, kind, key_id as "keyId", request_id as "requestId", object_key as "objectKey",
  file_name as "fileName", content_type as "contentType", size_bytes as "sizeBytes", state, access,
  access_rules as rules, created_at as "createdAt", expires_at as "expiresAt"`;

/** What has to be known to begin a file. */
export type NewFile = {
  readonly id: string;
  readonly kind: FileKind;
  readonly keyId: string;
  readonly requestId: string | null;
  readonly fileName: string;
  readonly contentType: string;
  readonly lifecycle: FileLifecycle | null;
  /** Seconds from being ready on; null: kept. */
  readonly lifetime: number | null;
  readonly createdAt: Date;
  /** When it is given up unless it is ready. */
  readonly deadline: Date;
};

/**
 * Writes down a file whose bytes are still to come.
 *
 * @throws {@link AccessError} 401 when its key was revoked meanwhile
 */
export async function insertPending(queryable: Queryable, file: NewFile): Promise<void> {
  const inserted = await queryable.query(
    `insert into files (id, kind, key_id, request_id, file_name, content_type, state, access, access_rules,
                        lifetime_seconds, created_at, expires_at)
     select $1, $2, id, $4, $5, $6, 'pending', $7, $8::jsonb, $9, $10, $11
       from keys where id = $3 and (revoked_at is null or $2 <> 'upload')
     returning 1`,
    [
      file.id,
      file.kind,
      file.keyId,
      file.requestId,
      file.fileName,
      file.contentType,
      file.lifecycle?.access ?? "allow",
      JSON.stringify(file.lifecycle?.rules ?? []),
      file.lifetime,
      file.createdAt,
      file.deadline,
    ],
  );
  if (inserted.length === 0) throw new AccessError("invalid key credentials", 401);
}

/** The file of an id, ready or not, also an expired one that was not swept yet. */
export async function findFile(queryable: Queryable, id: string): Promise<FileRecord | null> {
  const [file] = await queryable.query<FileRecord>(`select ${COLUMNS} from files where id = $1`, [id]);
  return file ?? null;
}

/** All files of several ids. */
export async function findFiles(queryable: Queryable, ids: readonly string[]): Promise<FileRecord[]> {
  if (ids.length === 0) return [];
  return queryable.query<FileRecord>(`select ${COLUMNS} from files where id = any($1::text[])`, [ids]);
}

/** Makes a pending file ready. @returns false when it was given up, or another upload was faster */
export async function markReady(
  queryable: Queryable,
  file: { readonly id: string; readonly objectKey: string; readonly sizeBytes: number },
  now: Date,
): Promise<boolean> {
  const ready = await queryable.query(
    `update files
        set state = 'ready', object_key = $2, size_bytes = $3,
            expires_at = $4::timestamptz + make_interval(secs => lifetime_seconds)
      where id = $1 and state = 'pending' and expires_at > $4
      returning 1`,
    [file.id, file.objectKey, file.sizeBytes, now],
  );
  return ready.length === 1;
}

/** Gives a pending file more time. @returns null when there is none */
export async function extendPending(
  database: Database,
  id: string,
  now: Date,
  deadline: Date,
): Promise<FileRecord | null> {
  const [file] = await database.query<FileRecord>(
    `update files set expires_at = $3 where id = $1 and state = 'pending' and expires_at > $2 returning ${COLUMNS}`,
    [id, now, deadline],
  );
  return file ?? null;
}

/**
 * Forgets files: from now on nobody can fetch them, and their objects are due for removal.
 *
 * @param condition - of the rows of `files`; `$1` is the time
 * @returns the objects
 */
export async function forgetFiles(
  queryable: Queryable,
  now: Date,
  condition: string,
  values: readonly unknown[] = [],
): Promise<string[]> {
  const gone = await queryable.query<{ object_key: string }>(
    `with gone as (
       delete from files
        where id in (select id from files where ${condition} limit 500 for update skip locked)
        returning id, object_key
     ), parts as (
       select part.object_key from multipart_parts part
         join multipart_uploads upload on upload.id = part.upload_id
        where upload.file_id in (select id from gone)
     ), due as (
       update loose_objects set remove_at = $1 where object_key in (select object_key from parts)
     )
     insert into loose_objects (object_key, remove_at)
     select object_key, $1::timestamptz from gone where object_key is not null
     on conflict (object_key) do update set remove_at = excluded.remove_at
     returning object_key`,
    [now, ...values],
  );
  return gone.map((row) => row.object_key);
}
