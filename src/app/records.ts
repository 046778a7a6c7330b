import type { Database } from "../database/index.js";
import { type Environment, readServerSettings, type ServerSettings } from "./settings.js";

/** The server's database, opened and up to date. */
export type OpenRecords = {
  readonly database: Database;
  /** Closes the connections, and ends a database of ours that nobody else uses. */
  close(): Promise<void>;
};

/** Opens the database that an environment names; starts ours when it names none and none runs. */
export async function openRecords(environment: Environment): Promise<OpenRecords> {
  return openRecordsOf(readServerSettings(environment), "parlante");
}

/** As {@link openRecords}, with settings that have been read. */
export async function openRecordsOf(
  settings: Pick<ServerSettings, "databaseUrl" | "dataDir">,
  applicationName: string,
): Promise<OpenRecords> {
  const { migrate, openDatabase, startEmbeddedPostgres } = await import("../database/index.js");
  const embedded =
    settings.databaseUrl === null ? await startEmbeddedPostgres({ dataDir: settings.dataDir }) : null;
  const address = embedded?.address ?? { url: settings.databaseUrl! };
  const database = await openDatabase(address, { applicationName });
  const close = async (): Promise<void> => {
    await database.close();
    await embedded?.stop();
  };
  try {
    await migrate(database);
  } catch (error) {
    await close();
    throw error;
  }
  return { database, close };
}
