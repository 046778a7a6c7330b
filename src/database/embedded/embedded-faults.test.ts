import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  cleanUp,
  cleanups,
  clusterOf,
  makeLaidDirectory,
  pidEnded,
  pidOf,
  start,
  startOwner,
} from "../../../test/support/embedded-bench.js";
import { openDatabase } from "../postgres-database.js";
import { startEmbeddedPostgres } from "./embedded-postgres.js";
import { isPostmaster } from "./postmaster-file.js";

afterEach(cleanUp);

describe("an embedded PostgreSQL among killed processes", () => {
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
});
