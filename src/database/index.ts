export {
  CHANNELS,
  type Database,
  type DatabaseAddress,
  type Listening,
  type Queryable,
  type Transaction,
} from "./database.js";
export { DatabaseError, type StatementFate } from "./database-error.js";
export type { DatabaseLog } from "./database-log.js";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "./embedded/embedded-postgres.js";
export { asBossDatabase, type JobBoardOptions, startJobBoard } from "./job-board.js";
export { migrate } from "./migrate.js";
export type { Migration } from "./migrations/migrations.js";
export { type DatabaseOptions, openDatabase } from "./postgres-database.js";
export { readSecret } from "./secret.js";
