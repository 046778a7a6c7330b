import type { Logger } from "pino";
import { asBossDatabase, type Database } from "../database/index.js";
import type { Attempt, Poster } from "./post-webhook.js";
import { type SigningKey, signatureHeaders } from "./signing-key.js";
import type { FetchedJob } from "./webhook-lane.js";
import { type Board, HEARTBEAT_SECONDS, sendAttempt, WEBHOOK_QUEUE } from "./webhook-queue.js";

/** What an attempt works with. */
export type AttemptDependencies = {
  readonly database: Database;
  readonly board: Board;
  readonly poster: Poster;
  readonly signingKey: SigningKey;
  readonly userAgent: string;
  readonly logger: Logger;
  readonly onAttempt: (attempt: Attempt) => void;
  readonly now: () => number;
  readonly timeoutOf: (attempt: number) => number;
  /** Seconds until the next one; null: it was the last. */
  readonly delayAfter: (attempt: number) => number | null;
  /** Fires when the program ends. */
  readonly stopping: AbortSignal;
};

const TOUCH_MS = (HEARTBEAT_SECONDS / 4) * 1000;

/** A delivery that is still wanted. */
type Delivery = {
  readonly id: string;
  readonly requestId: string;
  readonly keyId: string;
  readonly url: string;
  readonly body: string;
};

/** Makes one attempt and settles it: log, state and the job of the next attempt change together. */
export async function makeAttempt(job: FetchedJob, dependencies: AttemptDependencies): Promise<void> {
  const { database, board, stopping } = dependencies;
  const lost = new AbortController();
  const heartbeat = setInterval(() => {
    // A missed beat is no harm; when too many are missed, another attempt is begun and this one may not settle.
    affected(board.touch(WEBHOOK_QUEUE, attemptOf(job))).then(
      (count) => count === 0 && lost.abort(),
      () => {},
    );
  }, TOUCH_MS);
  try {
    const delivery = await readDelivery(database, job.data.deliveryId);
    if (delivery === null) {
      await board.complete(WEBHOOK_QUEUE, attemptOf(job));
      return;
    }
    const signal = AbortSignal.any([stopping, lost.signal]);
    const attempt = await send(delivery, job.data.attempt, signal, dependencies);
    await settle(job, delivery, attempt, dependencies);
    dependencies.onAttempt(attempt);
  } catch (error) {
    if (lost.signal.aborted) return;
    if (!stopping.aborted) throw error;
    // Somebody else goes on, at once rather than when the heartbeat is missed.
    await board.fail(WEBHOOK_QUEUE, attemptOf(job), { reason: "shutdown" });
  } finally {
    clearInterval(heartbeat);
  }
}

async function readDelivery(database: Database, id: string): Promise<Delivery | null> {
  const [row] = await database.query<Delivery>(
    `select id, request_id as "requestId", key_id as "keyId", url, body
     from webhook_deliveries where id = $1 and state = 'pending'`,
    [id],
  );
  return row ?? null;
}

function send(
  delivery: Delivery,
  attempt: number,
  signal: AbortSignal,
  { poster, signingKey, userAgent, now, timeoutOf }: AttemptDependencies,
): Promise<Attempt> {
  const body = Buffer.from(delivery.body, "utf8");
  const facts = { requestId: delivery.requestId, userId: delivery.keyId, timestamp: Math.floor(now()) };
  return poster.post({
    url: delivery.url,
    headers: {
      "content-type": "application/json",
      "user-agent": userAgent,
      ...signatureHeaders(signingKey, facts, body),
    },
    body,
    timeout: timeoutOf(attempt),
    signal,
  });
}

async function settle(
  job: FetchedJob,
  delivery: Delivery,
  attempt: Attempt,
  { database, board, logger, delayAfter }: AttemptDependencies,
): Promise<void> {
  const delay = attempt.verdict === "retry" ? delayAfter(job.data.attempt) : null;
  const state = attempt.verdict === "delivered" ? "delivered" : delay === null ? "failed" : "pending";
  const isOurs = await database.transaction(async (transaction) => {
    const db = asBossDatabase(transaction);
    if ((await affected(board.complete(WEBHOOK_QUEUE, attemptOf(job), null, { db }))) === 0) return false;
    await transaction.query(
      `insert into webhook_attempts (delivery_id, attempt, status_code, error, seconds)
       select $1, coalesce(max(attempt), 0) + 1, $2, $3, $4 from webhook_attempts where delivery_id = $1`,
      [delivery.id, attempt.statusCode, attempt.error, attempt.seconds],
    );
    const next = { deliveryId: delivery.id, attempt: job.data.attempt + 1, url: delivery.url };
    const jobId = delay === null ? job.id : await sendAttempt(board, transaction, { ...next, delay });
    await transaction.query(
      `update webhook_deliveries set state = $2, job_id = $3,
         ended_at = case when $2 = 'pending' then null else now() end where id = $1`,
      [delivery.id, state, jobId],
    );
    return true;
  });
  const facts = { request_id: delivery.requestId, attempt: job.data.attempt, status: attempt.statusCode };
  if (!isOurs) logger.debug(facts, "webhook: another attempt had been begun meanwhile");
  else if (state === "delivered") logger.debug(facts, "webhook delivered");
  else if (state === "failed") logger.warn({ ...facts, error: attempt.error }, "webhook given up");
  else logger.info({ ...facts, error: attempt.error, retry_in: delay }, "webhook will be tried again");
}

const attemptOf = ({ id, retryCount }: FetchedJob) => ({ id, retryCount });

/** How many jobs a call of pg-boss changed: its types do not tell, its answer does. */
async function affected(call: Promise<object>): Promise<number> {
  return ((await call) as { readonly affected: number }).affected;
}
