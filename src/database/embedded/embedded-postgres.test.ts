import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { layTestCluster } from "../../../test/support/test-database.js";
import { migrate } from "../migrate.js";
import { openDatabase } from "../postgres-database.js";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.js";
import { isPostmaster, readPostmasterFile } from "./postmaster-file.js";

const ownerProgram = fileURLToPath(new URL("../../../test/support/database-owner.ts", import.meta.url));
const isRoot = process.getuid?.() === 0;
const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function makeDirectory(parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, "parlante-db-"));
  // PostgreSQL ends before its directory is removed
  cleanups.push(async () => {
    await pidEnded(directory);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

async function makeLaidDirectory(): Promise<string> {
  const directory = makeDirectory();
  await layTestCluster(directory);
  return directory;
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false });
  cleanups.push(() => postgres.stop());
  return postgres;
}

const clusterOf = (dataDir: string) => join(dataDir, "postgres", "cluster");
const pidOf = async (dataDir: string) => (await readPostmasterFile(clusterOf(dataDir)))?.pid ?? null;
const hostOf = (postgres: EmbeddedPostgres) => ("host" in postgres.address ? postgres.address.host : "");

async function pidEnded(dataDir: string, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const pid = await pidOf(dataDir);
    if (pid === null || !(await isPostmaster(pid, clusterOf(dataDir)))) return;
    if (Date.now() > deadline) throw new Error(`PostgreSQL ${pid} still runs`);
    await delay(50);
  }
}

async function startOwner(dataDir: string, user?: { uid: number; gid: number }): Promise<ChildProcess> {
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

describe("an embedded PostgreSQL", () => {
  it("starts, keeps what was written, is safe on the disk and leaves no process", async () => {
    const dataDir = makeDirectory();
    const first = await startEmbeddedPostgres({ dataDir });
    cleanups.push(() => first.stop());
    const database = await openDatabase(first.address);
    const [settings] = await database.query(
      `select current_setting('data_checksums') as checksums, current_setting('fsync') as fsync,
        current_setting('listen_addresses') as listen, current_setting('synchronous_commit') as commits`,
    );
    expect(settings).toEqual({ checksums: "on", fsync: "on", listen: "", commits: "on" });
    await migrate(database);
    await database.query("insert into secrets (name, value) values ('a', 'b')");
    await database.close();
    const pid = (await pidOf(dataDir))!;
    await first.stop();
    expect(await isPostmaster(pid, clusterOf(dataDir))).toBe(false);
    expect(existsSync(hostOf(first)) && readdirSync(hostOf(first)).includes(".s.PGSQL.5432")).toBe(false);

    const again = await openDatabase((await start(dataDir)).address);
    expect(await again.query("select value from secrets")).toHaveLength(1);
    await again.close();
  });

  it("is shared by those who start it at the same time, and ends with the last of them", async () => {
    const dataDir = await makeLaidDirectory();
    const all = await Promise.all([start(dataDir), start(dataDir), startOwner(dataDir), startOwner(dataDir)]);
    const [one, two, third, fourth] = all;
    expect(one.address).toEqual(two.address);
    const pid = (await pidOf(dataDir))!;
    await one.stop();
    third.kill("SIGTERM");
    fourth.kill("SIGTERM");
    await new Promise((resolve) => third.once("exit", resolve));
    await delay(300);
    const database = await openDatabase(two.address);
    expect(await database.query("select 1 as one")).toEqual([{ one: 1 }]);
    await database.close();
    expect(await pidOf(dataDir)).toBe(pid);
    await two.stop();
    expect(await isPostmaster(pid, clusterOf(dataDir))).toBe(false);
    expect(readdirSync(join(dataDir, "postgres")).filter((name) => /making|lock/.test(name))).toEqual([]);
  });

  it("is started again when it is killed, with what was committed; listeners hear of the gap", async () => {
    const dataDir = await makeLaidDirectory();
    const postgres = await start(dataDir);
    const database = await openDatabase(postgres.address);
    cleanups.push(() => database.close());
    const heard: string[] = [];
    let gaps = 0;
    await database.listen(
      "news",
      (payload) => heard.push(payload),
      () => {
        gaps += 1;
      },
    );
    for (let round = 1; round <= 3; round++) {
      await database.query("insert into secrets (name, value) values ($1, 'x')", [`round ${round}`]);
      const pid = (await pidOf(dataDir))!;
      process.kill(pid, "SIGKILL");
      await expect.poll(() => pidOf(dataDir), { timeout: 20_000 }).not.toBe(pid);
      // waits until the new one answers
      expect(await database.query("select count(*) as count from secrets")).toEqual([{ count: round }]);
    }
    for (const deadline = Date.now() + 10_000; gaps < 1 && Date.now() < deadline; ) await delay(20);
    expect(gaps).toBeGreaterThan(0);
    await expect
      .poll(async () => {
        await database.query("select pg_notify('news', 'again')");
        return heard.includes("again");
      })
      .toBe(true);
  });

  it("ends by itself when its owner was killed, unless another comes in time", async () => {
    const dataDir = await makeLaidDirectory();
    const owner = await startOwner(dataDir);
    const pid = (await pidOf(dataDir))!;
    owner.kill("SIGKILL");
    await delay(300);
    const next = await start(dataDir);
    // longer than it lives without owners
    await delay(5000);
    expect(await pidOf(dataDir)).toBe(pid);
    expect(await isPostmaster(pid, clusterOf(dataDir))).toBe(true);
    await next.stop();
    const last = await startOwner(dataDir);
    const killedAt = Date.now();
    last.kill("SIGKILL");
    await pidEnded(dataDir);
    const seconds = (Date.now() - killedAt) / 1000;
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(15);
  });

  it("is made anew when making it was interrupted", async () => {
    const dataDir = makeDirectory();
    const owner = startOwner(dataDir);
    owner.catch(() => {});
    const root = join(dataDir, "postgres");
    const halfMade = () =>
      existsSync(root) && readdirSync(root).find((name) => name.startsWith("cluster.making-"));
    await expect.poll(halfMade, { interval: 1, timeout: 20_000 }).toBeTruthy();
    await delay(100);
    (cleanups.at(-1) as () => void)();
    await expect(owner).rejects.toThrow();
    expect(existsSync(clusterOf(dataDir))).toBe(false);
    await start(dataDir);
    expect(halfMade()).toBeUndefined();
  });

  it("takes a number that another process has now for no PostgreSQL of ours", async () => {
    const dataDir = await makeLaidDirectory();
    const owner = await startOwner(dataDir);
    const file = join(clusterOf(dataDir), "postmaster.pid");
    const text = readFileSync(file, "utf8");
    owner.kill("SIGKILL");
    process.kill((await pidOf(dataDir))!, "SIGKILL");
    await delay(200);
    writeFileSync(file, text.replace(/^\d+/, String(process.pid)));
    const postgres = await start(dataDir);
    const database = await openDatabase(postgres.address);
    expect(await database.query("select 1 as one")).toEqual([{ one: 1 }]);
    await database.close();
  });

  it("finds a short place for its socket when the data directory has a long path", async () => {
    const dataDir = join(makeDirectory(), "a-long-name".repeat(12));
    await layTestCluster(dataDir);
    const postgres = await start(dataDir);
    expect(Buffer.byteLength(hostOf(postgres))).toBeLessThan(90);
    expect(statSync(hostOf(postgres)).mode & 0o007).toBe(0);
    const database = await openDatabase(postgres.address);
    expect(await database.query("select 1 as one")).toEqual([{ one: 1 }]);
    await database.close();
    await postgres.stop();
    expect(existsSync(hostOf(postgres))).toBe(false);
  });

  it.runIf(isRoot)("keeps its data below a directory that only root can enter", async () => {
    const parent = mkdtempSync(join(homedir(), ".parlante-db-"));
    cleanups.push(() => rmSync(parent, { recursive: true, force: true }));
    chmodSync(parent, 0o700);
    const dataDir = join(parent, "data");
    const postgres = await start(dataDir);
    expect(statSync(clusterOf(dataDir)).uid).toBe(65_534);
    const database = await openDatabase(postgres.address);
    expect(await database.query("select pg_read_file('PG_VERSION') as version")).toEqual([
      { version: "18\n" },
    ]);
    await database.close();
    process.kill((await pidOf(dataDir))!, "SIGKILL");
    const again = await openDatabase(postgres.address);
    await again.close();
  });

  it.runIf(isRoot)("runs for an ordinary user, and for root as the user who made it", async () => {
    const dataDir = makeDirectory();
    // PostgreSQL wants its user to have a name
    chownSync(dataDir, 65_534, 65_534);
    const owner = await startOwner(dataDir, { uid: 65_534, gid: 65_534 });
    expect(statSync(clusterOf(dataDir)).uid).toBe(65_534);
    const joined = await start(dataDir);
    const pid = (await pidOf(dataDir))!;
    owner.kill("SIGTERM");
    await new Promise((resolve) => owner.once("exit", resolve));
    process.kill(pid, "SIGKILL");
    const database = await openDatabase(joined.address);
    expect(await database.query("select 1 as one")).toEqual([{ one: 1 }]);
    await database.close();
  });

  it("says why it cannot be started again, and goes on trying", async () => {
    const dataDir = await makeLaidDirectory();
    const problems: string[] = [];
    const logger = {
      info() {},
      warn() {},
      error: ({ err }: { err?: Error }) => problems.push(err?.message ?? ""),
    };
    const postgres = await startEmbeddedPostgres({ dataDir, durable: false, logger });
    cleanups.push(() => postgres.stop());
    const version = join(clusterOf(dataDir), "PG_VERSION");
    writeFileSync(version, "12\n");
    process.kill((await pidOf(dataDir))!, "SIGKILL");
    await expect.poll(() => problems.length, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(problems[0]).toContain("was made by PostgreSQL 12");
    writeFileSync(version, "18\n");
    const database = await openDatabase(postgres.address);
    expect(await database.query("select 1 as one")).toEqual([{ one: 1 }]);
    await database.close();
  });

  it.runIf(isRoot)("tells an ordinary user that the data are another's", async () => {
    const dataDir = await makeLaidDirectory();
    chownSync(dataDir, 65_534, 65_534);
    chownSync(join(dataDir, "postgres"), 65_534, 65_534);
    chownSync(clusterOf(dataDir), 1234, 1234);
    await expect(startOwner(dataDir, { uid: 65_534, gid: 65_534 })).rejects.toThrow(
      "belongs to another user",
    );
  });

  it("gives up when it is told to", async () => {
    const dataDir = makeDirectory();
    const reason = new Error("enough");
    const attempt = startEmbeddedPostgres({ dataDir, signal: AbortSignal.timeout(60) });
    await expect(attempt).rejects.toThrow();
    await expect(startEmbeddedPostgres({ dataDir, signal: AbortSignal.abort(reason) })).rejects.toThrow(
      "enough",
    );
    expect(existsSync(clusterOf(dataDir))).toBe(false);
  });
});
