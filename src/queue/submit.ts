import { createHash, randomUUID } from "node:crypto";
import { CHANNELS, type Database, DatabaseError, type Transaction } from "../database/index.js";
import { CapacityError } from "../shared/errors.js";
import { currentTrace } from "../shared/tracing.js";
import { SNAPSHOT_COLUMNS, type SnapshotRow, toSnapshot } from "./request-snapshot.js";
import { withoutNul } from "./settlement.js";
import { TALKS, type TalkBoard, within } from "./talk-board.js";
import type { RequestSnapshot, Submission } from "./talk-queue.js";

/** Seconds for which a sync caller is taken to be waiting without a sign of the process that has the line. */
export const LINE_SECONDS = 20;
/** How many waiting requests are counted at most to tell how many are ahead. */
const COUNTED_AHEAD = 100_000;

/** What recognises a second sending of the same request. */
export function hashOf({ endpoint, body, bodyHash }: Submission): Buffer {
  const hash = createHash("sha256").update(`${endpoint}\n`);
  return hash.update(bodyHash ?? JSON.stringify(body ?? null)).digest();
}

/**
 * Takes a request in, safe on disk when this resolves.
 *
 * @throws {@link CapacityError} as told at `TalkQueue.submit`
 */
export async function submitTalk(
  database: Database,
  board: TalkBoard,
  submission: Submission,
): Promise<RequestSnapshot> {
  const id = randomUUID();
  try {
    return await database.transaction((transaction) => insertTalk(transaction, board, id, submission));
  } catch (error) {
    // The connection broke at the end: the request may be safe nevertheless, and its caller must not send it again.
    if (!(error instanceof DatabaseError) || error.fate !== "interrupted") throw error;
    const [row] = await database.query<SnapshotRow>(
      `select ${SNAPSHOT_COLUMNS} from requests where id = $1`,
      [id],
    );
    if (row === undefined) throw error;
    return toSnapshot(row, row.state === "IN_QUEUE" ? 0 : null);
  }
}

async function insertTalk(
  transaction: Transaction,
  board: TalkBoard,
  id: string,
  submission: Submission,
): Promise<RequestSnapshot> {
  if (submission.isSync) await checkConcurrency(transaction, submission.keyId);
  if (submission.maxQueueLength !== null) await checkQueueLength(transaction, submission.maxQueueLength);
  const row = await insertRequest(transaction, id, submission);
  await board.send(TALKS, currentTrace(), {
    id,
    priority: priorityOf(submission),
    group: { id: submission.keyId },
    ...(submission.mayRetry ? {} : { retryLimit: 0 }),
    ...within(transaction),
  });
  return toSnapshot(row, Number(row.ahead));
}

function priorityOf({ priority }: Submission): number {
  return priority === "low" ? -1 : 0;
}

async function insertRequest(transaction: Transaction, id: string, submission: Submission) {
  const priority = priorityOf(submission);
  const [row] = await transaction.query<SnapshotRow & { ahead: string }>(
    `with ahead as (
       select count(*) from (
         select from requests where state = 'IN_QUEUE' and priority >= $9 limit ${COUNTED_AHEAD}
       ) as waiting
     ), submitted as (
       insert into requests (id, key_id, endpoint, state, input, input_hash, is_sync, may_retry, stores_payloads,
         priority, start_deadline, held_until, file_lifecycle, webhook_url, file_base, tags, runner_hint, auth_method,
         live_format)
       values ($1, $2, $3, 'IN_QUEUE', $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10::float8),
         case when $6 then now() + interval '${LINE_SECONDS} s' end, $11, $12, $13, $14, $15, $16, $17)
       returning ${SNAPSHOT_COLUMNS}
     )
     select submitted.*, ahead.count as ahead, pg_notify($18, $1::text) from submitted, ahead`,
    [
      id,
      submission.keyId,
      submission.endpoint,
      JSON.stringify(submission.body ?? null),
      hashOf(submission),
      submission.isSync,
      submission.mayRetry,
      submission.storesPayloads,
      priority,
      submission.startTimeout,
      asJson(submission.fileLifecycle),
      asText(submission.webhookUrl),
      submission.fileBase,
      asJson(submission.tags),
      asText(submission.runnerHint),
      submission.authMethod,
      submission.liveFormat,
      CHANNELS.submitted,
    ],
  );
  return row!;
}

function asJson(value: unknown): string | null {
  // jsonb, unlike json, knows no NUL
  return value === null ? null : JSON.stringify(value).replaceAll("\\u0000", "�");
}

function asText(value: string | null): string | null {
  return value === null ? null : withoutNul(value);
}

/** Counting and inserting are one step: others that count wait until this transaction has ended. */
async function checkConcurrency(transaction: Transaction, keyId: string): Promise<void> {
  const [key] = await transaction.query<{ max_concurrency: number | null }>(
    "select max_concurrency from keys where id = $1",
    [keyId],
  );
  const limit = key?.max_concurrency ?? null;
  if (limit === null) return;
  await transaction.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `parlante:line:${keyId}`,
  ]);
  const [open] = await transaction.query<{ count: string }>(
    `select count(*) from requests
     where key_id = $1 and state <> 'COMPLETED' and (is_sync or state = 'IN_PROGRESS')`,
    [keyId],
  );
  if (Number(open!.count) >= limit) {
    throw new CapacityError(
      "concurrent_requests_limit",
      `This key may have ${limit} request${limit === 1 ? "" : "s"} worked on at the same time. Wait for one to end, or submit to the queue.`,
      429,
      { context: { limit, retry_after: 1 } },
    );
  }
}

async function checkQueueLength(transaction: Transaction, limit: number): Promise<void> {
  await transaction.query("select pg_advisory_xact_lock(hashtextextended('parlante:queue-length', 0))");
  const [queued] = await transaction.query<{ count: string }>(
    "select count(*) from requests where state = 'IN_QUEUE'",
  );
  const waiting = Number(queued!.count);
  if (waiting > limit) {
    throw new CapacityError(
      "queue_full",
      `${waiting} requests are waiting, more than the ${limit} of fal_max_queue_length.`,
      429,
      { context: { limit, waiting, retry_after: 1 } },
    );
  }
}
