import { join } from "node:path";
import { Readable } from "node:stream";
import { AssetError } from "../shared/errors.js";
import { type BodyPlace, bodyPlaces, replacePlaces } from "./body-places.js";
import { openDataUri } from "./data-uri-content.js";
import { isThere } from "./downloads.js";
import { checkAccess } from "./file-access.js";
import { makeFileId, makeObjectKey } from "./file-id.js";
import { safeContentType } from "./file-label.js";
import { fileMark, readFileMark, readFileUrl } from "./file-path.js";
import { type FileRecord, findFile, forgetFiles, insertPending, markReady } from "./file-records.js";
import { after, type LibraryParts, UNFINISHED_SECONDS } from "./library-parts.js";
import { receiveObject } from "./receive-object.js";

/** `data:` URIs with more characters are moved out of the body. */
const LONGEST_IN_BODY = 100_000;
/** A request is taken in within so long after its inputs were moved out. */
const CLAIM_SECONDS = 600;

/** Files that requests name. */
export interface Inputs {
  /**
   * Moves `data:` URIs of more than 100 kB out of a body into files of their own; what is no valid base64 stays, for
   * the renderer to say so. The files belong to the request that names them, and go with its payload.
   *
   * @returns the body with `parlante-input:<file id>` in their places
   */
  extractInputs(body: unknown, keyId: string): Promise<unknown>;
  /** Copies the server's own files that a body names into a directory. See `WorkerFiles` of the queue. */
  fetchInputs(
    request: { readonly id: string; readonly keyId: string; readonly body: unknown },
    directory: string,
    signal: AbortSignal,
  ): Promise<Record<string, string>>;
  /** Removes what was moved out of the bodies of requests. The sweep does so too, once their bodies are forgotten. */
  forgetInputs(requestIds: readonly string[]): Promise<void>;
}

export function createInputs(parts: LibraryParts): Inputs {
  const { database, store, loose, now } = parts;
  return {
    async extractInputs(body, keyId) {
      const marks = new Map<string, string>();
      for (const { text } of bodyPlaces(body)) {
        if (text.length <= LONGEST_IN_BODY || marks.has(text)) continue;
        const content = openDataUri(text);
        if (content === null) continue;
        const id = await keepInput(
          parts,
          keyId,
          content.mediaType,
          Readable.from(content.chunks(), { objectMode: false }),
        );
        marks.set(text, fileMark("input", id));
      }
      return replacePlaces(body, marks);
    },
    async fetchInputs(request, directory, signal) {
      const copies: Record<string, string> = {};
      for (const place of bodyPlaces(request.body)) {
        if (Object.hasOwn(copies, place.text)) continue;
        const file = await findInput(parts, place, request);
        if (file === null) continue;
        const path = join(directory, `input-${Object.keys(copies).length}`);
        if (!(await store.copyToFile(file.objectKey!, path, signal))) throw gone(place);
        copies[place.text] = path;
      }
      return copies;
    },
    async forgetInputs(requestIds) {
      const condition = "kind = 'input' and request_id = any($2::uuid[])";
      await loose.remove(await forgetFiles(database, now(), condition, [requestIds]));
    },
  };
}

async function keepInput(
  parts: LibraryParts,
  keyId: string,
  mediaType: string,
  content: Readable,
): Promise<string> {
  const { database, loose, now } = parts;
  const id = makeFileId();
  const contentType = safeContentType(mediaType);
  const key = makeObjectKey("inputs", id);
  const { sizeBytes } = await receiveObject(parts, key, {
    content,
    contentType,
    maxBytes: Number.MAX_SAFE_INTEGER,
  });
  const createdAt = now();
  await database.transaction(async (transaction) => {
    await insertPending(transaction, {
      id,
      kind: "input",
      keyId,
      requestId: null,
      fileName: "input",
      contentType,
      lifecycle: null,
      lifetime: null,
      createdAt,
      deadline: after(createdAt, UNFINISHED_SECONDS),
    });
    const isGiven =
      (await loose.take(transaction, key)) &&
      (await markReady(transaction, { id, objectKey: key, sizeBytes }, createdAt));
    if (!isGiven) throw new Error("A new input was removed before it was noted.");
  });
  return id;
}

/** @returns null for what is no file of this server */
async function findInput(
  parts: LibraryParts,
  place: BodyPlace,
  request: { readonly id: string; readonly keyId: string },
): Promise<FileRecord | null> {
  const inputId = readFileMark("input", place.text);
  if (inputId !== null) {
    const file = await findFile(parts.database, inputId);
    const isOwn = file?.kind === "input" && file.keyId === request.keyId;
    if (!isOwn || file.state !== "ready" || (file.requestId ?? request.id) !== request.id) throw gone(place);
    // From now on it goes when the body of the request goes.
    if (file.requestId === null)
      await parts.database.query("update files set request_id = $2 where id = $1 and request_id is null", [
        file.id,
        request.id,
      ]);
    return file;
  }
  const url = readFileUrl(place.text);
  const file = url && (await findFile(parts.database, url.id));
  // Files of the hosted service have the same shape; those are fetched from where they are.
  if (!file || file.kind === "input") return null;
  if (!isThere(file, parts.now())) throw gone(place);
  const asker = {
    expires: url.query.get("expires"),
    signature: url.query.get("signature"),
    identify: async () => request.keyId,
  };
  await checkAccess(file, asker, parts.signer, parts.urlLifetime).catch((cause: unknown) => {
    throw gone(place, cause);
  });
  return file;
}

function gone({ field, text }: BodyPlace, cause?: unknown): AssetError {
  return new AssetError(
    "file_download_error",
    "This file of the server does not exist, has expired, was not uploaded whole, or may not be fetched with this key. Upload it again.",
    { field, input: text, cause },
  );
}

/**
 * Ties inputs to the requests that name them, and forgets those that no request names or whose request has forgotten
 * its body. A request is looked for some minutes after its inputs came: by then it was taken in, or never will be.
 *
 * @returns how many were forgotten
 */
export async function sweepInputs({ database, now }: LibraryParts): Promise<number> {
  const moment = now();
  const claimed = after(moment, -CLAIM_SECONDS);
  await database.query(
    `update files f set request_id = found.request_id
       from (select waiting.id,
                    (select r.id from requests r
                      where r.key_id = waiting.key_id and r.input is not null
                        and r.created_at between waiting.created_at - interval '1 minute'
                                             and waiting.created_at + make_interval(secs => $2)
                        and position('parlante-input:' || waiting.id in r.input::text) > 0
                      limit 1) as request_id
               from (select id, key_id, created_at from files
                      where kind = 'input' and request_id is null and created_at < $1
                      order by created_at limit 50) waiting) found
      where f.id = found.id and found.request_id is not null`,
    [claimed, CLAIM_SECONDS],
  );
  const keys = await forgetFiles(
    database,
    moment,
    `kind = 'input' and (
       (request_id is null and created_at < $2) or
       exists (select from requests r where r.id = request_id and r.input is null))`,
    [claimed],
  );
  return keys.length;
}
