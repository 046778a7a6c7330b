import type { Database } from "../database/index.js";
import { AccessError, CapacityError } from "../shared/errors.js";
import type { LiveKey } from "./key-lookup.js";

/**
 * Refuses when the ledger of a key has reached its budget.
 *
 * What is still being made is not counted: its length is not known yet.
 *
 * @throws {@link AccessError} 403
 */
export async function checkBudget(database: Database, key: LiveKey): Promise<void> {
  if (key.budgetUsd === null) return;
  const rows = await database.query(
    "select from keys where id = $1 and budget_usd is not null and spent_usd >= budget_usd",
    [key.id],
  );
  if (rows.length > 0)
    throw new AccessError(
      `User is locked. Reason: Exhausted balance. The budget of this key, ${key.budgetUsd} US dollars, is spent. Ask whoever runs the server for another key.`,
      403,
    );
}

/**
 * Counts a request against the clock minute, exactly, however many nodes count.
 *
 * @param now - null: the clock of the database, which all nodes share
 * @throws {@link CapacityError} 429 with `retry_after`, seconds until the minute is over
 */
export async function countRequest(database: Database, key: LiveKey, now: Date | null): Promise<void> {
  const limit = key.requestsPerMinute;
  if (limit === null) return;
  // A counter that is full is not written: the condition makes the statement return nothing.
  const [counted] = await database.query<{ requests: number }>(
    `insert into rate_counters as counter (key_id, minute, requests)
     values ($1, date_trunc('minute', coalesce($3::timestamptz, now())), 1)
     on conflict (key_id, minute) do update set requests = counter.requests + 1
       where counter.requests < $2
     returning requests`,
    [key.id, limit, now],
  );
  if (counted === undefined) throw await tooManyRequests(database, limit, now);
  if (counted.requests === 1)
    await database.query(
      "delete from rate_counters where key_id = $1 and minute < coalesce($2::timestamptz, now()) - interval '5 minutes'",
      [key.id, now],
    );
}

async function tooManyRequests(database: Database, limit: number, now: Date | null): Promise<CapacityError> {
  const [row] = await database.query<{ seconds: number }>(
    "select ceil(60 - extract(second from coalesce($1::timestamptz, now())))::integer as seconds",
    [now],
  );
  const retryAfter = Math.max(1, row!.seconds);
  return new CapacityError(
    "rate_limit_exceeded",
    `This key may send ${limit} requests per minute. Try again in ${retryAfter} s.`,
    429,
    { context: { limit, retry_after: retryAfter } },
  );
}
