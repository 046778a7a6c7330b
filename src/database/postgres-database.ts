import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { connectionOptions } from "./connection-options.js";
import type { Database, DatabaseAddress, Listening, Transaction } from "./database.js";
import { DatabaseError, hasCertainlyNotRun, isServerAway, toDatabaseError } from "./database-error.js";
import { type DatabaseLog, SILENT_LOG } from "./database-log.js";
import { NotificationListener } from "./notification-listener.js";

/** How a pool is set up. */
export type DatabaseOptions = {
  /** Most connections at the same time, without the one that listens. @defaultValue 10 */
  readonly poolSize?: number;
  /** What PostgreSQL's own views call us. @defaultValue "parlante" */
  readonly applicationName?: string;
  readonly logger?: DatabaseLog;
};

/** How long a restarting server is waited for. */
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** Longest wait for a free connection of the pool. */
const QUEUE_TIMEOUT_MS = 30_000;
/** Connections that nobody has used for so long are closed. */
const IDLE_TIMEOUT_MS = 30_000;

/**
 * Opens a pool on a database and waits until it answers.
 *
 * While the server is away for a moment, statements wait up to 10 s for it. One that may have been carried out is
 * never repeated: it fails with a {@link DatabaseError} whose `fate` is `interrupted`.
 *
 * @throws {@link DatabaseError} when no connection can be had within 10 s, or the server refuses us
 */
export async function openDatabase(
  address: DatabaseAddress,
  options: DatabaseOptions = {},
): Promise<Database> {
  const log = options.logger ?? SILENT_LOG;
  const connection = connectionOptions(address, options.applicationName ?? "parlante");
  const pool = new pg.Pool({
    ...connection,
    max: options.poolSize ?? 10,
    min: 1,
    connectionTimeoutMillis: QUEUE_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
  });
  pool.on("error", (error) => log.warn({ err: error }, "an idle database connection broke"));
  // between two statements of a transaction nobody else listens for the end of the connection
  pool.on("connect", (client) => client.on("error", () => {}));
  const database = new PostgresDatabase(pool, new NotificationListener(connection, log));
  try {
    await database.query("select 1");
  } catch (error) {
    await database.close();
    throw withReason(error);
  }
  return database;
}

/** Whoever starts the program may read what callers may not: names of users and hosts. */
function withReason(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || !(error.cause instanceof Error)) return error;
  const { message, code } = error.cause as NodeJS.ErrnoException;
  const text = `The database cannot be opened: ${message || code}. Check DATABASE_URL and whether the server runs.`;
  return new DatabaseError(text, error.fate, error.cause, error.retryable);
}

class PostgresDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #listener: NotificationListener;
  #closing: Promise<void> | null = null;

  constructor(pool: pg.Pool, listener: NotificationListener) {
    this.#pool = pool;
    this.#listener = listener;
  }

  async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const { client, result } = await this.#begin((client) => run(client, text, values), hasCertainlyNotRun);
    client.release();
    return rowsOf<Row>(result);
  }

  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const { client } = await this.#begin((client) => client.query("begin"), isServerAway);
    const transaction = new OneTransaction(client);
    try {
      const result = await work(transaction);
      await transaction.commit();
      client.release();
      return result;
    } catch (error) {
      client.release(!(await transaction.rollback()));
      throw error;
    }
  }

  async listen(channel: string, onMessage: (payload: string) => void, onGap: () => void): Promise<Listening> {
    if (this.#closing) throw closedError();
    return this.#listener.listen(channel, onMessage, onGap);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#listener.close(), this.#pool.end()]).then(() => undefined);
    return this.#closing;
  }

  /**
   * Takes a connection and sends it the first statement; another connection when that fails in a way that does no harm
   * to repeat.
   */
  async #begin<Result>(
    statement: (client: pg.PoolClient) => Promise<Result>,
    mayRepeat: (error: unknown) => boolean,
  ): Promise<{ client: pg.PoolClient; result: Result }> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const client = await this.#connect(deadline);
      try {
        return { client, result: await statement(client) };
      } catch (error) {
        // a batch of statements may have left a transaction open
        client.release(true);
        if (!mayRepeat(error) || performance.now() > deadline) throw toDatabaseError(error, "running");
      }
      await delay(pauseMs);
    }
  }

  async #connect(deadline: number): Promise<pg.PoolClient> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (this.#closing) throw closedError();
      try {
        return await this.#pool.connect();
      } catch (error) {
        if (!isServerAway(error) || performance.now() + pauseMs > deadline)
          throw toDatabaseError(error, "connecting");
      }
      await delay(pauseMs);
    }
  }
}

/** Statements on one connection, one after another. */
class OneTransaction implements Transaction {
  readonly #client: pg.PoolClient;
  #last: Promise<unknown> = Promise.resolve();
  #hasEnded = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    if (this.#hasEnded) throw new Error("This transaction has ended.");
    return rowsOf<Row>(await this.#send(text, values));
  }

  async commit(): Promise<void> {
    this.#hasEnded = true;
    const result = await this.#send("commit");
    // a statement had failed and its error was caught by somebody
    if (!Array.isArray(result) && result.command === "ROLLBACK")
      throw new DatabaseError("The transaction had failed before its end.", "refused", undefined, false);
  }

  /** @returns whether the connection can still be used */
  async rollback(): Promise<boolean> {
    this.#hasEnded = true;
    try {
      await this.#send("rollback");
      return true;
    } catch {
      return false;
    }
  }

  async #send(text: string, values?: readonly unknown[]): Promise<pg.QueryResult | pg.QueryResult[]> {
    const sent = this.#last.then(() => run(this.#client, text, values));
    this.#last = sent.catch(() => {});
    return sent.catch((error: unknown) => {
      throw toDatabaseError(error, "running");
    });
  }
}

/** Text without values may hold several statements, each with a result of its own. */
function run(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult | pg.QueryResult[]> {
  return values.length === 0 ? client.query(text) : client.query(text, [...values]);
}

function rowsOf<Row extends object>(result: pg.QueryResult | pg.QueryResult[]): Row[] {
  return Array.isArray(result) ? result.flatMap(({ rows }) => rows as Row[]) : (result.rows as Row[]);
}

function closedError(): DatabaseError {
  return new DatabaseError("Parlante is stopping.", "unreachable", undefined, true);
}
