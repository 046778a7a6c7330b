import { CHANNELS, type Transaction } from "../../database/index.js";
import type { FileLifecycle } from "../../files/index.js";
import type { TraceCarrier } from "../../shared/tracing.js";
import type { Settling } from "../settlement.js";
import { settleOverdue } from "../sweeps.js";
import { type AttemptKey, lockFetching, TALKS, within } from "../talk-board.js";

/** A request that a worker has taken on. */
export type Claim = {
  readonly attempt: AttemptKey;
  /** Counted from 1. */
  readonly number: number;
  readonly keyId: string;
  readonly body: unknown;
  readonly fileLifecycle: FileLifecycle | null;
  readonly webhookUrl: string | null;
  readonly fileBase: string;
  /** The trace of whoever submitted it. */
  readonly trace: TraceCarrier;
};

/**
 * Takes the next request that may begin: highest priority first, then the oldest, of keys that are not at their limit.
 *
 * One worker after another: what runs is counted and what begins is noted in one step, so that limits are exact.
 *
 * @returns null when there is none
 */
export async function claimNext(
  transaction: Transaction,
  settling: Settling,
  workerId: string,
): Promise<Claim | null> {
  await lockFetching(transaction);
  await settleOverdue(transaction, settling);
  const ignoreGroups = await keysAtLimit(transaction);
  for (;;) {
    const [job] = await settling.board.fetch(TALKS, { batchSize: 1, ignoreGroups, ...within(transaction) });
    if (job === undefined) return null;
    const claim = await begin(transaction, { id: job.id, retryCount: job.retryCount }, workerId);
    if (claim !== null) return { ...claim, trace: (job.data ?? {}) as TraceCarrier };
    // Ended between being given back and now.
    await settling.board.cancel(TALKS, job.id, within(transaction));
  }
}

async function keysAtLimit(transaction: Transaction): Promise<string[]> {
  const full = await transaction.query<{ group_id: string }>(
    `select j.group_id from pgboss.job j join keys k on k.id = j.group_id::uuid
     where j.name = $1 and j.state = 'active' and j.group_id is not null and k.max_concurrency is not null
     group by j.group_id, k.max_concurrency having count(*) >= k.max_concurrency`,
    [TALKS],
  );
  return full.map(({ group_id }) => group_id);
}

async function begin(
  transaction: Transaction,
  attempt: AttemptKey,
  workerId: string,
): Promise<Omit<Claim, "trace"> | null> {
  const number = attempt.retryCount + 1;
  const [row] = await transaction.query<{
    key_id: string;
    input: unknown;
    file_lifecycle: FileLifecycle | null;
    webhook_url: string | null;
    file_base: string;
  }>(
    `with begun as (
       update requests set state = 'IN_PROGRESS', attempt = $2, worker_id = $3, progress = 0,
         started_at = coalesce(started_at, clock_timestamp()), start_deadline = null
       where id = $1 and state <> 'COMPLETED'
       returning id, key_id, input, file_lifecycle, webhook_url, file_base
     )
     select key_id, input, file_lifecycle, webhook_url, file_base, pg_notify($4, id::text) from begun`,
    [attempt.id, number, workerId, CHANNELS.changed],
  );
  if (row === undefined) return null;
  return {
    attempt,
    number,
    keyId: row.key_id,
    body: row.input,
    fileLifecycle: row.file_lifecycle,
    webhookUrl: row.webhook_url,
    fileBase: row.file_base,
  };
}
