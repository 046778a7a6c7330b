import { type ChildProcess, spawn } from "node:child_process";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { EngineError } from "../../shared/errors.js";
import {
  type ClusterPlace,
  cannotRun,
  complaintIn,
  DATABASE_USER,
  dataDirectoryArgument,
  processOptions,
} from "./cluster.js";
import type { PostgresPrograms } from "./postgres-programs.js";
import { PORT } from "./socket-directory.js";

/**
 * What differs from PostgreSQL's own settings. It is one program's database on one machine: few processes, little
 * memory, nothing to replicate to. What is committed is on the disk (fsync and synchronous_commit stay on).
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "",
  port: String(PORT),
  max_connections: "200",
  shared_buffers: "64MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "256MB",
  max_logical_replication_workers: "0",
  io_method: "sync",
  jit: "off",
  log_timezone: "UTC",
  timezone: "UTC",
  // statements that fail are their sender's business, and hold what callers sent
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
};

/** Survives a kill of PostgreSQL, but not of the machine. */
const NOT_DURABLE: Readonly<Record<string, string>> = { fsync: "off", full_page_writes: "off" };

/** Crash recovery reads what was written since the last checkpoint, at most `max_wal_size`. */
const READY_TIMEOUT_MS = 300_000;
const POLL_INTERVAL_MS = 10;
const LONGEST_LOG_BYTES = 8 << 20;

/** The connection of an owner, which tells it when PostgreSQL ends. */
export const OWNER_NAME = "parlante owner";

/** Connects to the maintenance database, which always exists. */
export async function connectTo(socketDirectory: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: socketDirectory,
    port: PORT,
    user: DATABASE_USER,
    database: "postgres",
    application_name: OWNER_NAME,
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/**
 * Starts PostgreSQL and waits until it answers. It goes on without us; whoever ends it must know when.
 *
 * @throws {@link EngineError} with the last words of its log when it ends instead
 */
export async function startPostmaster(
  place: ClusterPlace,
  programs: PostgresPrograms,
  options: { readonly socketDirectory: string; readonly isDurable: boolean; readonly signal: AbortSignal },
): Promise<pg.Client> {
  const { socketDirectory, isDurable, signal } = options;
  const log = await openLog(place.log);
  const logStart = (await log.stat()).size;
  const settings = Object.entries({
    ...SETTINGS,
    ...(isDurable ? {} : NOT_DURABLE),
    unix_socket_directories: socketDirectory,
  });
  const args = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(
    programs.postgres,
    ["-D", await dataDirectoryArgument(place.cluster, place.user), ...args],
    { ...processOptions(place.cluster, place.user), detached: true, stdio: ["ignore", log.fd, log.fd] },
  );
  const end = endOf(child, programs.postgres);
  child.unref();
  try {
    return await firstAnswer(socketDirectory, end, signal, async () => {
      const said = await readFrom(place.log, logStart);
      return new EngineError(
        "database_not_started",
        `PostgreSQL did not start: ${complaintIn(said)}. Its log is ${place.log}.`,
        { context: { stderr: said } },
      );
    });
  } catch (error) {
    child.kill("SIGQUIT");
    throw error;
  } finally {
    await log.close();
  }
}

/** Settles when a program has ended, which it should not. */
function endOf(child: ChildProcess, program: string): { error: Error | null; hasEnded: boolean } {
  const end: { error: Error | null; hasEnded: boolean } = { error: null, hasEnded: false };
  child.once("error", (error) => {
    end.error = cannotRun(program, error);
    end.hasEnded = true;
  });
  child.once("exit", () => {
    end.hasEnded = true;
  });
  return end;
}

async function firstAnswer(
  socketDirectory: string,
  end: { readonly error: Error | null; readonly hasEnded: boolean },
  signal: AbortSignal,
  failure: () => Promise<EngineError>,
): Promise<pg.Client> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const client = await connectTo(socketDirectory).catch(() => null);
    if (client) return client;
    if (end.error) throw end.error;
    if (end.hasEnded) throw await failure();
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
  throw await failure();
}

async function openLog(path: string): Promise<FileHandle> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > LONGEST_LOG_BYTES) await rename(path, `${path}.old`);
  return open(path, "a", 0o600);
}

async function readFrom(path: string, start: number): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16_384), 0, 16_384, start);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
