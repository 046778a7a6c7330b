import { CHANNELS, type Transaction } from "../../database/index.js";
import { BadRequestError, InputError, NotFoundError } from "../../shared/errors.js";
import type { DeletedFile, PlatformParts } from "./platform-parts.js";

/** One call for a deletion. */
export type DeletionCall = {
  readonly requestId: string;
  /** Of who calls. */
  readonly keyId: string;
  readonly idempotencyKey: string | null;
  /** What `/files/…` is appended to in links. */
  readonly fileBase: string;
};

const REMEMBERED_FOR = "10 minutes";
const MAX_IDEMPOTENCY_KEY = 255;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Makes the server forget what a request said and made.
 *
 * @returns what became of each file; the same again for the same idempotency key
 * @throws {@link NotFoundError} when there is no such request, {@link BadRequestError} while it is worked on
 */
export async function deletePayloads(
  parts: PlatformParts,
  call: DeletionCall,
): Promise<readonly DeletedFile[]> {
  const { requestId, idempotencyKey } = call;
  if (!UUID.test(requestId)) throw new NotFoundError("Request not found");
  if (idempotencyKey === null) {
    await parts.database.transaction((transaction) => forget(parts, transaction, requestId));
    return parts.deleteOutputs(requestId, call.fileBase);
  }
  if (idempotencyKey.length > MAX_IDEMPOTENCY_KEY)
    throw new InputError("sequence_too_long", `There may be ${MAX_IDEMPOTENCY_KEY} characters at most`, {
      place: "header",
      field: ["idempotency-key"],
      context: { max_length: MAX_IDEMPOTENCY_KEY },
    });
  return parts.database.transaction(async (transaction) => {
    // Calls with the same key wait for each other, so that only one of them acts.
    await transaction.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `idempotency:${call.keyId}:${idempotencyKey}`,
    ]);
    const known = await recall(transaction, call);
    if (known !== null) return known;
    await forget(parts, transaction, requestId);
    const results = await parts.deleteOutputs(requestId, call.fileBase);
    await remember(transaction, call, results);
    return results;
  });
}

async function forget(
  { webhooks }: PlatformParts,
  transaction: Transaction,
  requestId: string,
): Promise<void> {
  const [row] = await transaction.query<{ state: string }>(
    "select state from requests where id = $1 for update",
    [requestId],
  );
  if (row === undefined) throw new NotFoundError("Request not found");
  if (row.state !== "COMPLETED")
    throw new BadRequestError("Request is still in progress. Cancel it, or wait for its end.");
  await transaction.query(
    `update requests set input = null, output = null, error_body = null, payloads_expire_at = null where id = $1`,
    [requestId],
  );
  await webhooks.forget(transaction, [requestId]);
  // Whoever remembers the answer looks again.
  await transaction.query("select pg_notify($1, $2)", [CHANNELS.changed, requestId]);
}

const operationOf = ({ requestId }: DeletionCall) => `delete-payloads ${requestId.toLowerCase()}`;

async function recall(transaction: Transaction, call: DeletionCall): Promise<readonly DeletedFile[] | null> {
  await transaction.query("delete from remembered_answers where created_at < now() - $1::interval", [
    REMEMBERED_FOR,
  ]);
  const [known] = await transaction.query<{ operation: string; answer: DeletedFile[] }>(
    "select operation, answer from remembered_answers where key_id = $1 and idempotency_key = $2",
    [call.keyId, call.idempotencyKey],
  );
  if (known === undefined) return null;
  if (known.operation !== operationOf(call))
    throw new BadRequestError(
      "This Idempotency-Key was used for something else. Use a new one for each task.",
    );
  return known.answer;
}

async function remember(
  transaction: Transaction,
  call: DeletionCall,
  results: readonly DeletedFile[],
): Promise<void> {
  await transaction.query(
    "insert into remembered_answers (key_id, idempotency_key, operation, answer) values ($1, $2, $3, $4)",
    [call.keyId, call.idempotencyKey, operationOf(call), JSON.stringify(results)],
  );
}
