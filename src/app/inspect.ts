import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase, startEmbeddedPostgres } from "../database/index.js";
import { openStore } from "./open-store.js";
import type { ServerSettings } from "./settings.js";

/** A database that was opened to be looked at. Nothing in it is changed. */
export type InspectedDatabase = {
  readonly database: Database;
  /** That of `DATABASE_URL`, ours, or one made for the trial because ours has not been made yet. */
  readonly place: "external" | "embedded" | "trial";
  readonly hasTables: boolean;
  close(): Promise<void>;
};

/** Opens the database that the settings name. @throws {@link EngineError} when it cannot be reached or started */
export async function inspectDatabase(settings: ServerSettings): Promise<InspectedDatabase> {
  const place =
    settings.databaseUrl !== null
      ? "external"
      : existsSync(join(settings.dataDir, "postgres"))
        ? "embedded"
        : "trial";
  const trialDir = place === "trial" ? await mkdtemp(join(tmpdir(), "parlante-trial-")) : null;
  const embedded =
    place === "external" ? null : await startEmbeddedPostgres({ dataDir: trialDir ?? settings.dataDir });
  let database: Database | undefined;
  const close = async (): Promise<void> => {
    await database?.close();
    await embedded?.stop();
    if (trialDir !== null) await rm(trialDir, { recursive: true, force: true });
  };
  try {
    database = await openDatabase(embedded?.address ?? { url: settings.databaseUrl! }, {
      applicationName: "parlante-doctor",
    });
    const [row] = await database.query<{ found: boolean }>(
      "select to_regclass('parlante.requests') is not null as found",
    );
    return { database, place, hasTables: row!.found, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether files can be kept where the settings say, in words. */
export async function inspectStore(
  settings: ServerSettings,
): Promise<{ readonly ok: boolean; readonly fact: string }> {
  const store = openStore(settings);
  const where =
    settings.s3Bucket === null ? join(settings.dataDir, "files") : `S3 bucket ${settings.s3Bucket}`;
  const check = await store.check();
  return check.ok ? { ok: true, fact: `${where} can be written to` } : { ok: false, fact: check.reason };
}
