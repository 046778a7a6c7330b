import type { Database } from "../../database/index.js";
import { runnerGone } from "../failure.js";
import { releaseAttempt, type Settling, StaleAttemptError } from "../settlement.js";

/**
 * Gives back what a worker held that has died, so that it is tried again at once and not after the heartbeat.
 *
 * @param workerId - of a process that has certainly ended
 * @returns how many requests it held
 */
export async function releaseJobsOf(
  { database, ...settling }: Settling & { readonly database: Database },
  workerId: string,
): Promise<number> {
  const held = await database.query<{ id: string; attempt: number }>(
    "select id, attempt from requests where worker_id = $1 and state = 'IN_PROGRESS'",
    [workerId],
  );
  for (const { id, attempt } of held) {
    await database
      .transaction((transaction) =>
        releaseAttempt(
          transaction,
          settling,
          { id, retryCount: attempt - 1 },
          { note: "The worker died. The request is tried again.", failure: runnerGone },
        ),
      )
      .catch(ignoreStale);
  }
  return held.length;
}

/** Somebody else was faster: nothing is left to do. */
export function ignoreStale(error: unknown): void {
  if (!(error instanceof StaleAttemptError)) throw error;
}
