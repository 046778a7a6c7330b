import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  cleanUp,
  cleanups,
  clusterOf,
  hostOf,
  makeDirectory,
  makeLaidDirectory,
  pidOf,
  start,
  startOwner,
} from "../../../test/support/embedded-bench.js";
import { migrate } from "../migrate.js";
import { openDatabase } from "../postgres-database.js";
import { startEmbeddedPostgres } from "./embedded-postgres.js";
import { isPostmaster } from "./postmaster-file.js";

afterEach(cleanUp);

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
