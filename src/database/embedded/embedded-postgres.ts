import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { EngineError } from "../../shared/errors.js";
import type { DatabaseAddress } from "../database.js";
import { isServerAway } from "../database-error.js";
import { type DatabaseLog, SILENT_LOG } from "../database-log.js";
import { type ClusterPlace, DATABASE_USER, ensureCluster, preparePlace } from "./cluster.js";
import { type Guard, type Ownership, registerOwner } from "./keeper.js";
import { findProgramPackage, type PostgresPrograms, preparePrograms } from "./postgres-programs.js";
import { connectTo, OWNER_NAME, startPostmaster } from "./postmaster.js";
import {
  isPostmaster,
  type PostmasterFile,
  readPostmasterFile,
  removeStalePostmasterFile,
} from "./postmaster-file.js";
import { makeSocketDirectory, PORT, removeSocketDirectory, removeStaleSocket } from "./socket-directory.js";
import { underStartLock } from "./start-lock.js";

/** How the embedded PostgreSQL is started. */
export type EmbeddedPostgresOptions = {
  /** The program's data directory; PostgreSQL has `postgres` in it. Made when it is not there. */
  readonly dataDir: string;
  readonly logger?: DatabaseLog;
  /**
   * What is committed survives the machine's losing its power; false saves time where it is thrown away, in tests.
   *
   * @defaultValue true
   */
  readonly durable?: boolean;
  /**
   * How long PostgreSQL outlives the last process that held it when that was killed, so that a new one finds it
   * running; whole seconds. Whoever starts PostgreSQL decides.
   *
   * @defaultValue 10
   */
  readonly graceSeconds?: number;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
};

/** A PostgreSQL that runs as long as somebody needs it. */
export interface EmbeddedPostgres {
  /** Stays the same when PostgreSQL has to be started again. */
  readonly address: DatabaseAddress;
  /** Lets go of it. It ends when no other process of ours holds it; this waits for the end. */
  stop(): Promise<void>;
}

const MOST_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 30_000;
/** Longest wait for an orderly end: it writes what is in memory to the disk. */
const STOP_TIMEOUT_MS = 60_000;
/** A PostgreSQL that does not answer for so long has lost its socket. */
const SILENCE_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 10;
/** While the end is waited for, somebody may come in, so that there will be none. */
const POLLS_PER_LOOK = 50;

/**
 * Runs the PostgreSQL of the npm package on a data directory, or joins the one that runs there.
 *
 * Only a private unix socket leads to it. It ends with the last of the processes that hold it, at once when that calls
 * `stop`, some seconds later when that was killed. When PostgreSQL itself is killed, it is started again, with what was
 * committed. Under root it runs as the owner of its data, which is `nobody` when they are made.
 *
 * @throws {@link EngineError} when there are no programs for this system, they cannot be run, or the data directory
 *   cannot be used; the message names the cure
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = await preparePlace(resolve(options.dataDir));
  const programs = await preparePrograms(await findProgramPackage(), place.user, [
    place.root,
    ...(place.user ? ["/var/cache/parlante", join(tmpdir(), "parlante-programs")] : []),
  ]);
  const embedded = new RunningPostgres(place, programs, options);
  await embedded.start(options.signal);
  return embedded;
}

/** One process's hold on the PostgreSQL of a data directory. */
class RunningPostgres implements EmbeddedPostgres {
  readonly #place: ClusterPlace;
  readonly #programs: PostgresPrograms;
  readonly #log: DatabaseLog;
  readonly #isDurable: boolean;
  readonly #guard: Guard;
  readonly #stopping = new AbortController();
  #socketDirectory: string | null = null;
  /** A connection that breaks when PostgreSQL ends, and tells other owners that we are here. */
  #watch: pg.Client | null = null;
  #ownership: Ownership | null = null;
  #reviving: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(place: ClusterPlace, programs: PostgresPrograms, options: EmbeddedPostgresOptions) {
    this.#place = place;
    this.#programs = programs;
    this.#log = options.logger ?? SILENT_LOG;
    this.#isDurable = options.durable ?? true;
    this.#guard = {
      postmasterFile: join(place.cluster, "postmaster.pid"),
      lock: place.lock,
      graceSeconds: options.graceSeconds ?? 10,
    };
  }

  get address(): DatabaseAddress {
    return { host: this.#socketDirectory!, port: PORT, user: DATABASE_USER, database: DATABASE_USER };
  }

  async start(outer: AbortSignal | undefined): Promise<void> {
    try {
      await this.#ensureRunning(
        outer ? AbortSignal.any([outer, this.#stopping.signal]) : this.#stopping.signal,
      );
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reviving;
    const running = await readPostmasterFile(this.#place.cluster);
    const others = this.#watch ? await countOthers(this.#watch) : 0;
    await this.#watch?.end().catch(() => {});
    const isHeard = await this.#leave();
    // the keeper has the last word: an owner may be leaving at this very moment, too
    if (others > 0 || running === null) return;
    await this.#untilEnded(running, isHeard);
  }

  async #untilEnded(running: PostmasterFile, isHeard: boolean): Promise<void> {
    const isRunning = () => isPostmaster(running.pid, this.#place.cluster);
    if (!isHeard && (await isRunning())) signalPostmaster(running, "SIGINT");
    const deadline = performance.now() + STOP_TIMEOUT_MS;
    for (let polls = 1; await isRunning(); polls++) {
      if (performance.now() > deadline) {
        this.#log.error({ pid: running.pid }, "PostgreSQL does not end; leaving it");
        return;
      }
      if (polls % POLLS_PER_LOOK === 0 && (await isHeldByOthers(running.socketDirectory))) return;
      await delay(POLL_INTERVAL_MS);
    }
    await removeSocketDirectory(running.socketDirectory);
  }

  #ensureRunning(signal: AbortSignal): Promise<void> {
    return underStartLock(this.#place.lock, signal, async () => {
      for (let attempt = 1; ; attempt++) {
        const startedAt = performance.now();
        const former = await readPostmasterFile(this.#place.cluster);
        const joined = former ? await this.#join(former, signal) : null;
        const client = joined ?? (await this.#startNew(former, signal));
        try {
          await ensureDatabase(client);
        } catch (error) {
          await client.end().catch(() => {});
          // the keeper of former owners had already decided to end it
          if (isServerAway(error) && attempt < MOST_ATTEMPTS) continue;
          throw error;
        }
        this.#watch = client;
        client.once("end", () => this.#revive());
        const fields = {
          ms: Math.round(performance.now() - startedAt),
          socketDirectory: this.#socketDirectory,
        };
        this.#log.info(fields, joined ? "joined a running PostgreSQL" : "PostgreSQL started");
        return;
      }
    });
  }

  /** Starts PostgreSQL; `former` is the one that has ended without saying so. */
  async #startNew(former: PostmasterFile | null, signal: AbortSignal): Promise<pg.Client> {
    await removeStalePostmasterFile(this.#place.cluster);
    await ensureCluster(this.#place, this.#programs, signal, this.#isDurable);
    const wanted = this.#socketDirectory ?? former?.socketDirectory ?? null;
    const socketDirectory = await makeSocketDirectory(this.#place, wanted);
    try {
      await removeStaleSocket(socketDirectory);
      await this.#register(socketDirectory);
      const client = await startPostmaster(this.#place, this.#programs, {
        socketDirectory,
        signal,
        isDurable: this.#isDurable,
      });
      this.#settleIn(socketDirectory);
      return client;
    } catch (error) {
      // others may know the directory that was to be used again
      if (socketDirectory !== wanted) await removeSocketDirectory(socketDirectory);
      throw error;
    }
  }

  /** Waits while a PostgreSQL that was found is starting or ending. @returns null when it has ended */
  async #join({ pid, socketDirectory }: PostmasterFile, signal: AbortSignal): Promise<pg.Client | null> {
    for (let silentSince = performance.now(); ; ) {
      signal.throwIfAborted();
      try {
        const client = await connectTo(socketDirectory);
        await this.#register(socketDirectory);
        this.#settleIn(socketDirectory);
        return client;
      } catch (error) {
        // 57P03: it answers that it is starting or ending
        if ((error as { code?: string }).code === "57P03") silentSince = performance.now();
        if (error instanceof EngineError) throw error;
      }
      if (!(await isPostmaster(pid, this.#place.cluster))) return null;
      // its socket was removed: only a new one can be reached
      if (performance.now() - silentSince > SILENCE_TIMEOUT_MS) signalPostmaster({ pid }, "SIGINT");
      await delay(20, undefined, { signal });
    }
  }

  async #register(socketDirectory: string): Promise<void> {
    const former = this.#ownership;
    this.#ownership = await registerOwner(socketDirectory, this.#guard);
    await former?.close();
  }

  #settleIn(socketDirectory: string): void {
    if (this.#socketDirectory !== null && this.#socketDirectory !== socketDirectory)
      this.#log.error(
        { former: this.#socketDirectory, socketDirectory },
        "the database has a new socket, which open connections do not know; start Parlante again",
      );
    this.#socketDirectory ??= socketDirectory;
  }

  /** @returns whether a keeper was told, which then ends PostgreSQL if nobody else holds it */
  async #leave(): Promise<boolean> {
    const ownership = this.#ownership;
    this.#ownership = null;
    return ownership === null ? true : ownership.leave();
  }

  /** PostgreSQL has ended under us. */
  #revive(): void {
    if (this.#stopping.signal.aborted) return;
    this.#watch = null;
    this.#log.warn({}, "PostgreSQL has ended unexpectedly; starting it again");
    this.#reviving = this.#startAgain();
  }

  async #startAgain(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await this.#ensureRunning(this.#stopping.signal);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#log.error({ err: error, pauseMs }, "PostgreSQL cannot be started again; trying on");
      }
      await delay(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return;
    }
  }
}

async function ensureDatabase(client: pg.Client): Promise<void> {
  const known = await client.query("select 1 from pg_database where datname = $1", [DATABASE_USER]);
  if (known.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(DATABASE_USER)}`);
}

async function countOthers(client: pg.Client): Promise<number> {
  const count = await client
    .query<{ others: string }>(
      "select count(*) as others from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()",
      [OWNER_NAME],
    )
    .catch(() => null);
  return Number(count?.rows[0]?.others ?? 0);
}

async function isHeldByOthers(socketDirectory: string): Promise<boolean> {
  const client = await connectTo(socketDirectory).catch(() => null);
  if (client === null) return false;
  const others = await countOthers(client);
  await client.end().catch(() => {});
  return others > 0;
}

function signalPostmaster({ pid }: { readonly pid: number }, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended by itself
  }
}
