import {
  type Database,
  type DatabaseLog,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
} from "../database/index.js";
import type { ServerSettings } from "./settings.js";

/** The server's database, opened and up to date. */
export type OpenRecords = {
  readonly database: Database;
  /** Closes the connections, and ends a database of ours that nobody else uses. */
  close(): Promise<void>;
};

/** Opens the database of a server; starts ours when the settings name none and none runs. */
export async function openRecordsOf(
  settings: Pick<ServerSettings, "databaseUrl" | "dataDir">,
  applicationName: string,
  logger?: DatabaseLog,
): Promise<OpenRecords> {
  const log = logger ? { logger } : {};
  const embedded =
    settings.databaseUrl === null ? await startEmbeddedPostgres({ dataDir: settings.dataDir, ...log }) : null;
  const address = embedded?.address ?? { url: settings.databaseUrl! };
  let database: Database | undefined;
  const close = async (): Promise<void> => {
    await database?.close();
    await embedded?.stop();
  };
  try {
    database = await openDatabase(address, { applicationName, ...log });
    await migrate(database);
    return { database, close };
  } catch (error) {
    await close();
    throw error;
  }
}
