import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Database,
  type DatabaseAddress,
  openDatabase,
  startEmbeddedPostgres,
} from "../database/index.js";
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
  const cleanups: (() => Promise<unknown>)[] = [];
  if (trialDir !== null) cleanups.push(() => rm(trialDir, { recursive: true, force: true }));
  const close = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    let address: DatabaseAddress = { url: settings.databaseUrl ?? "" };
    if (place !== "external") {
      const embedded = await startEmbeddedPostgres({ dataDir: trialDir ?? settings.dataDir });
      cleanups.push(() => embedded.stop());
      address = embedded.address;
    }
    const database = await openDatabase(address, { applicationName: "parlante-doctor", poolSize: 1 });
    cleanups.push(() => database.close());
    const [row] = await database.query<{ found: boolean }>(
      "select to_regclass('parlante.keys') is not null as found",
    );
    return { database, place, hasTables: row!.found, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether files can be kept where the settings say, in words. A directory that is not there yet is not made. */
export async function inspectStore(
  settings: ServerSettings,
): Promise<{ readonly ok: boolean; readonly fact: string }> {
  const directory = join(settings.dataDir, "files");
  if (settings.s3Bucket === null && !existsSync(directory))
    return { ok: true, fact: `${directory} will be made` };
  const store = openStore(settings);
  try {
    const where = settings.s3Bucket === null ? directory : `S3 bucket ${settings.s3Bucket}`;
    const check = await store.check();
    return check.ok ? { ok: true, fact: `${where} can be written to` } : { ok: false, fact: check.reason };
  } finally {
    await store.close();
  }
}
