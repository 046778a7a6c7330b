import type { PgBoss } from "pg-boss";
import { asBossDatabase, type Transaction } from "../database/index.js";
import { EngineError } from "../shared/errors.js";

/** Name of the queue of requests. A job has the id of its request and, as its data, the trace that it belongs to. */
export const TALKS = "talk";

/** How many seconds without a sign of life after which an attempt counts as lost. */
const HEARTBEAT_SECONDS = 10;

/** What is used of a started pg-boss. */
export type TalkBoard = Pick<
  PgBoss,
  "send" | "fetch" | "complete" | "fail" | "touch" | "cancel" | "createQueue" | "updateQueue" | "findJobs"
>;

/** One attempt at a job: whatever a worker says about it holds only while this attempt is the current one. */
export type AttemptKey = { readonly id: string; readonly retryCount: number };

const settings = {
  // An attempt ends by the runner's own limit; this is the last resort, the most that the queue allows.
  expireInSeconds: 86_400,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  retryDelay: 0,
  // Waiting requests are never dropped: what would be lost after pg-boss's 14 days waits fifty years.
  retentionSeconds: 50 * 365 * 86_400,
  // The request's own row tells how it ended; few jobs make quick looks at the table.
  deleteAfterSeconds: 3_600,
};

/**
 * Makes the queue, or brings its settings up to date.
 *
 * @param retries - new attempts after a crash; without it those of whoever said it last
 */
export async function prepareTalkBoard(board: TalkBoard, retries?: number): Promise<void> {
  const retryLimit = retries === undefined ? {} : { retryLimit: retries };
  await board.createQueue(TALKS, { ...settings, retryLimit: 10, ...retryLimit });
  await board.updateQueue(TALKS, { ...settings, ...retryLimit });
  // pg-boss reads the queue's settings at first use, on another connection: not to be done within a transaction.
  await board.findJobs(TALKS, { id: "00000000-0000-0000-0000-000000000000" });
}

/** Makes a call of pg-boss part of our transaction. */
export function within(transaction: Transaction) {
  return { db: asBossDatabase(transaction) };
}

/** How many jobs a call of pg-boss changed. */
export function affected(response: object): number {
  const { affected: count } = response as { affected?: unknown };
  if (typeof count !== "number") {
    throw new EngineError("internal_error", "pg-boss does not tell how many jobs it changed.", {}, false);
  }
  return count;
}

/** Ids of the jobs that a call of pg-boss changed. */
export function settledIds(response: object): readonly string[] {
  const { settled } = response as { settled?: unknown };
  return Array.isArray(settled) ? (settled as string[]) : [];
}

/**
 * Waits until nobody else hands out jobs, and keeps others from it until the transaction ends. Whoever changes more
 * than one request in a transaction holds this lock, so that no two of them wait for each other.
 */
export async function lockFetching(transaction: Transaction): Promise<void> {
  await transaction.query("select pg_advisory_xact_lock(hashtextextended('parlante:fetch', 0))");
}
