import { EngineError } from "../shared/errors.js";
import { SCHEMA } from "./connection-options.js";
import type { Database } from "./database.js";
import { MIGRATIONS, type Migration } from "./migrations/migrations.js";

/**
 * Brings the tables to the state that this program knows. Safe when several processes do it at the same time.
 *
 * @throws {@link EngineError} `database_too_new` when a later version of the program has been at work
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await database.transaction(async (transaction) => {
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
  });
}
