import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PgBoss } from "pg-boss";
import {
  type Database,
  type DatabaseAddress,
  type EmbeddedPostgres,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
  startJobBoard,
} from "../../src/database/index.js";

/** A database of one's own, with all tables and a queue that is looked after. */
export type TestDatabase = {
  readonly database: Database;
  readonly board: PgBoss;
  /** For other processes. */
  readonly address: Extract<DatabaseAddress, { host: string }>;
  /** The same as a URL, for `DATABASE_URL`. */
  readonly url: string;
  /** Ends board and connections and drops the database; with the last of a test file, PostgreSQL ends, too. */
  close(): Promise<void>;
};

type Server = { readonly dataDir: string; readonly postgres: EmbeddedPostgres; readonly admin: Database };

let server: Promise<Server> | null = null;
let users = 0;

/** Starts PostgreSQL with the first call in a test file; every call gives a new database on it. */
export async function startTestDatabase(): Promise<TestDatabase> {
  users += 1;
  server ??= startServer();
  try {
    return await openFresh(await server);
  } catch (error) {
    await release();
    throw error;
  }
}

async function startServer(): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), "parlante-test-"));
  try {
    const postgres = await startEmbeddedPostgres({ dataDir });
    const admin = await openDatabase(postgres.address, { poolSize: 1 });
    // the tables of the model from which every test's database is copied
    await migrate(admin);
    const board = await startJobBoard(admin, { supervise: false });
    await board.stop({ graceful: false });
    await admin.close();
    return {
      dataDir,
      postgres,
      admin: await openDatabase({ ...addressOf(postgres), database: "postgres" }, { poolSize: 1 }),
    };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

async function openFresh({ postgres, admin }: Server): Promise<TestDatabase> {
  const model = addressOf(postgres);
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await admin.query(`create database ${name} template ${model.database} strategy file_copy`);
  const address = { ...model, database: name };
  const database = await openDatabase(address);
  const board = await startJobBoard(database, { supervise: true });
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await board.stop({ graceful: false });
    await database.close();
    await admin.query(`drop database ${name} with (force)`);
    await release();
  };
  return {
    database,
    board,
    address,
    url: `postgresql://${address.user}@localhost:${address.port}/${name}?host=${encodeURIComponent(address.host)}`,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function addressOf(postgres: EmbeddedPostgres): Extract<DatabaseAddress, { host: string }> {
  if ("url" in postgres.address) throw new Error("The embedded PostgreSQL has a socket.");
  return postgres.address;
}

async function release(): Promise<void> {
  users -= 1;
  if (users > 0 || server === null) return;
  const ending = server;
  server = null;
  const { admin, postgres, dataDir } = await ending;
  await admin.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
