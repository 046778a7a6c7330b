import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isPostmaster, readPostmasterFile } from "../../src/database/embedded/postmaster-file.js";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/database/index.js";
import { layTestCluster } from "./test-database.js";

const ownerProgram = fileURLToPath(new URL("./database-owner.ts", import.meta.url));
/** Whether tests that need another user can run. */
export const isRoot = process.getuid?.() === 0;
/** What is to be done after the running test, last first. */
export const cleanups: (() => Promise<unknown> | unknown)[] = [];

/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A data directory that is removed after the test, when PostgreSQL has ended. */
export function makeDirectory(parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, "parlante-db-"));
  // PostgreSQL ends before its directory is removed
  cleanups.push(async () => {
    await pidEnded(directory);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** The same, with a cluster in it. */
export async function makeLaidDirectory(): Promise<string> {
  const directory = makeDirectory();
  await layTestCluster(directory);
  return directory;
}

/** Starts PostgreSQL until the test ends. */
export async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
  cleanups.push(() => postgres.stop());
  return postgres;
}

export const clusterOf = (dataDir: string) => join(dataDir, "postgres", "cluster");
/** The process that runs there, or did until it was killed. */
export const pidOf = async (dataDir: string) => (await readPostmasterFile(clusterOf(dataDir)))?.pid ?? null;
/** The directory of the socket. */
export const hostOf = (postgres: EmbeddedPostgres) =>
  "host" in postgres.address ? postgres.address.host : "";

/** Waits until no PostgreSQL runs there. */
export async function pidEnded(dataDir: string, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const pid = await pidOf(dataDir);
    if (pid === null || !(await isPostmaster(pid, clusterOf(dataDir)))) return;
    if (Date.now() > deadline) throw new Error(`PostgreSQL ${pid} still runs`);
    await delay(50);
  }
}

/** Another process that holds PostgreSQL; SIGTERM lets it leave in order. */
export async function startOwner(
  dataDir: string,
  user?: { uid: number; gid: number },
): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", ownerProgram, dataDir], {
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  cleanups.push(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", () => reject(new Error(`the owner ended: ${output}`)));
  });
  return child;
}
