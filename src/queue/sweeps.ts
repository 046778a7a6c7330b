import type { Logger } from "pino";
import { CHANNELS, type Database, type Transaction } from "../database/index.js";
import { cancelledBecause, runnerGone, startTimedOut } from "./failure.js";
import { returnToQueue, type Settling, settleFailure } from "./settlement.js";
import { lockFetching, TALKS, within } from "./talk-board.js";
import type { RequestState } from "./talk-queue.js";

/** Requests that one sweep ends at most. */
const BATCH = 100;

/** Waiting requests are looked at less often: nothing happens to their jobs by itself. */
const SWEEPS_PER_INSPECTION = 60;

/** Looks after requests that nobody else looks after. */
export type Sweeper = {
  /** Sweeps now, e.g. because a deadline is known to have passed. */
  sweep(): Promise<void>;
  close(): Promise<void>;
};

/** What a sweep needs. */
export type Sweeping = Settling & { readonly database: Database; readonly logger: Logger };

/**
 * Sweeps once a second, in every process: whoever comes first does the work, the others find nothing.
 */
export function startSweeper(sweeping: Sweeping, intervalMs = 1_000): Sweeper {
  let current: Promise<void> | null = null;
  let isClosed = false;
  let count = 0;

  function sweep(): Promise<void> {
    if (isClosed) return Promise.resolve();
    current ??= sweepOnce(sweeping, count % SWEEPS_PER_INSPECTION === 0)
      .catch((error: unknown) => sweeping.logger.warn({ err: error }, "requests could not be swept"))
      .finally(() => {
        count += 1;
        current = null;
      });
    return current;
  }

  const timer = setInterval(() => void sweep(), intervalMs);
  return {
    sweep,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await current;
    },
  };
}

/** What there is to be swept: one cheap question for all. */
const PROBE = `select
  exists (select from requests where state = 'IN_QUEUE' and start_deadline <= now()) as overdue,
  exists (select from requests where state <> 'COMPLETED' and held_until < now()) as left_alone,
  exists (select from requests r where r.state = 'IN_PROGRESS'
    and (select j.state from pgboss.job j where j.name = $1 and j.id = r.id) is distinct from 'active') as idle,
  exists (select from requests where payloads_expire_at < now()) as expired`;

/**
 * One sweep of everything.
 *
 * @param inspectsWaiting - also look whether all waiting requests have jobs
 */
export async function sweepOnce(sweeping: Sweeping, inspectsWaiting = false): Promise<void> {
  const { database } = sweeping;
  const [found] = await database.query<Record<string, boolean>>(PROBE, [TALKS]);
  if (found === undefined) return;
  if (found.overdue) {
    await database.transaction(async (transaction) => {
      await lockFetching(transaction);
      await settleOverdue(transaction, sweeping);
    });
  }
  if (found.left_alone) await cancelLeftAlone(sweeping);
  if (found.idle) {
    await showGivenBack(sweeping);
    await settleBroken(sweeping, ["IN_PROGRESS"]);
  }
  if (inspectsWaiting) await settleBroken(sweeping, ["IN_QUEUE"]);
  if (found.expired) await forgetPayloads(database);
}

/** Ends requests that have not begun in time. The caller holds the lock of {@link lockFetching}. */
export async function settleOverdue(transaction: Transaction, settling: Settling): Promise<void> {
  const overdue = await transaction.query<{ id: string }>(
    `select id from requests where state = 'IN_QUEUE' and start_deadline <= now() order by start_deadline limit ${BATCH}`,
  );
  if (overdue.length === 0) return;
  const ids = overdue.map(({ id }) => id);
  await settling.board.cancel(TALKS, ids, within(transaction));
  for (const id of ids) await settleFailure(transaction, settling, id, startTimedOut);
}

/** Sync requests whose callers have gone, or the process that had the line. */
async function cancelLeftAlone(sweeping: Sweeping): Promise<void> {
  await sweeping.database.transaction(async (transaction) => {
    await lockFetching(transaction);
    const left = await transaction.query<{ id: string }>(
      `select id from requests where state <> 'COMPLETED' and held_until < now() order by held_until limit ${BATCH}`,
    );
    const ids = left.map(({ id }) => id);
    if (ids.length === 0) return;
    await sweeping.board.cancel(TALKS, ids, within(transaction));
    for (const id of ids) {
      await settleFailure(transaction, sweeping, id, cancelledBecause("client_disconnected"));
    }
    await stopWork(transaction, ids);
  });
}

/** Requests whose jobs pg-boss gave up, or whose jobs somebody removed. */
async function settleBroken(sweeping: Sweeping, states: readonly RequestState[]): Promise<void> {
  await sweeping.database.transaction(async (transaction) => {
    await lockFetching(transaction);
    const broken = await transaction.query<{ id: string }>(
      `select r.id from requests r left join pgboss.job j on j.name = $1 and j.id = r.id
       where r.state = any($2::text[]) and (j.id is null or j.state > 'active') limit ${BATCH}`,
      [TALKS, states],
    );
    for (const { id } of broken) {
      if (await settleFailure(transaction, sweeping, id, runnerGone)) {
        sweeping.logger.warn({ request_id: id }, "a request was given up: its workers died");
      }
    }
  });
}

/** Jobs that pg-boss took from workers that no longer gave signs of life. */
async function showGivenBack({ database }: Sweeping): Promise<void> {
  await database.transaction(async (transaction) => {
    await lockFetching(transaction);
    const back = await transaction.query<{ id: string }>(
      `select r.id from requests r join pgboss.job j on j.name = $1 and j.id = r.id
       where r.state = 'IN_PROGRESS' and j.state < 'active' limit ${BATCH}`,
      [TALKS],
    );
    if (back.length === 0) return;
    const ids = back.map(({ id }) => id);
    await returnToQueue(transaction, ids, "The worker is gone. The request is tried again.");
  });
}

/** Takes out what was asked and answered, and leaves what is needed for accounts. */
async function forgetPayloads(database: Database): Promise<void> {
  await database.query(
    `with expired as (
       select id from requests where payloads_expire_at < now()
       order by payloads_expire_at limit ${BATCH} for update skip locked
     ), logs as (
       delete from request_logs where request_id in (select id from expired)
     ), forgotten as (
       update requests set input = null, output = null, error_body = null, error_message = null,
         payloads_expire_at = null
       where id in (select id from expired)
     )
     select pg_notify($1, id::text) from expired`,
    [CHANNELS.changed],
  );
}

/** Tells the workers of requests that have been ended from outside to stop. */
export async function stopWork(transaction: Transaction, ids: readonly string[]): Promise<void> {
  await transaction.query("select pg_notify($1, id) from unnest($2::text[]) as ended (id)", [
    CHANNELS.cancelled,
    ids,
  ]);
}
