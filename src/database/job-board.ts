import { type Db as BossDatabase, PgBoss } from "pg-boss";
import type { Database, Queryable } from "./database.js";
import { DatabaseError } from "./database-error.js";
import { type DatabaseLog, SILENT_LOG } from "./database-log.js";

/** How the queue is started. */
export type JobBoardOptions = {
  /**
   * Look after the queue: give back what dead workers held, remove old jobs. One process suffices and several do no
   * harm, they take turns.
   */
  readonly supervise: boolean;
  readonly logger?: DatabaseLog;
};

/** How often a supervising process looks for lost heartbeats. */
const SUPERVISE_INTERVAL_SECONDS = 1;
/** How often finished jobs past their time are removed. */
const REMOVE_INTERVAL_SECONDS = 600;

/**
 * Starts pg-boss on our pool, in the schema `pgboss`, which it makes and migrates.
 *
 * It has no connections of its own: stop it before the database is closed.
 */
export async function startJobBoard(database: Database, options: JobBoardOptions): Promise<PgBoss> {
  const log = options.logger ?? SILENT_LOG;
  const board = new PgBoss({
    db: asBossDatabase(database),
    schema: "pgboss",
    supervise: options.supervise,
    // recurring jobs are not used
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_INTERVAL_SECONDS,
    monitorIntervalSeconds: SUPERVISE_INTERVAL_SECONDS,
    maintenanceIntervalSeconds: REMOVE_INTERVAL_SECONDS,
  });
  board.on("error", (error) => log.error({ err: error }, "the queue could not be looked after"));
  board.on("warning", (warning) => log.warn({ data: warning.data }, warning.message));
  try {
    return await board.start();
  } catch (error) {
    await board.stop({ graceful: false });
    throw error;
  }
}

/**
 * Lets pg-boss send statements where ours go, e.g. into a transaction: `board.send(name, data, { db })`.
 *
 * What the server refuses reaches it as the plain error of `pg`, whose code and words it understands; that the server
 * is away or busy remains a {@link DatabaseError}.
 */
export function asBossDatabase(target: Queryable): BossDatabase {
  return {
    async executeSql(text, values) {
      try {
        return { rows: await target.query(text, values) };
      } catch (error) {
        throw error instanceof DatabaseError && !error.retryable && error.cause ? error.cause : error;
      }
    },
  };
}
