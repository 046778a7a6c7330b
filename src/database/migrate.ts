import { EngineError } from "../shared/errors.js";
import { SCHEMA } from "./connection-options.js";
import type { Database, Transaction } from "./database.js";
import { DatabaseError } from "./database-error.js";
import { MIGRATIONS, type Migration } from "./migrations/migrations.js";

/**
 * Brings the tables to the state that this program knows. Safe when several processes do it at the same time.
 *
 * @throws {@link EngineError} `database_too_new` when a later version of the program has been at work,
 *   `database_too_old` when the server is older than PostgreSQL 13, `database_not_migrated` when it refuses a step
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await database
    .transaction((transaction) => migrateIn(transaction, migrations))
    .catch((error) => {
      throw error instanceof DatabaseError && !error.retryable ? refusal(error) : error;
    });
}

function refusal(error: DatabaseError): EngineError {
  const { message } = error.cause instanceof Error ? error.cause : error;
  return new EngineError(
    "database_not_migrated",
    `The tables cannot be made: ${message}. The user of DATABASE_URL needs the right to create schemas in its database.`,
    { cause: error.cause, context: { sql_state: error.sqlState } },
    false,
  );
}

/** The oldest PostgreSQL that the queue works with. */
const OLDEST_SERVER = 13;

async function migrateIn(transaction: Transaction, migrations: readonly Migration[]): Promise<void> {
  const [{ server }] = (await transaction.query(
    "select current_setting('server_version_num')::integer / 10000 as server",
  )) as [{ server: number }];
  if (server < OLDEST_SERVER)
    throw new EngineError(
      "database_too_old",
      `The server of DATABASE_URL is PostgreSQL ${server}; Parlante needs ${OLDEST_SERVER} or later.`,
      { context: { server, oldest: OLDEST_SERVER } },
      false,
    );
  // building an index over many rows takes its time, and so does waiting for another process that does
  await transaction.query("set local statement_timeout = 0; set local lock_timeout = '10min'");
  await transaction.query("select pg_advisory_xact_lock(hashtextextended('parlante.migrate', 0))");
  await transaction.query(`create schema if not exists ${SCHEMA};
    create table if not exists ${SCHEMA}.migrations (
      version integer primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`);
  const [{ version }] = (await transaction.query<{ version: number }>(
    `select coalesce(max(version), 0) as version from ${SCHEMA}.migrations`,
  )) as [{ version: number }];
  if (version > migrations.length)
    throw new EngineError(
      "database_too_new",
      `The database is at version ${version}, this program knows versions up to ${migrations.length}. ` +
        "Run the newer Parlante that has made it, or use another database.",
      { context: { version, known: migrations.length } },
      false,
    );
  for (const [index, { name, statements }] of migrations.entries()) {
    if (index < version) continue;
    await transaction.query(statements);
    await transaction.query(`insert into ${SCHEMA}.migrations (version, name) values ($1, $2)`, [
      index + 1,
      name,
    ]);
  }
}
