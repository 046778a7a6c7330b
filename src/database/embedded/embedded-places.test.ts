import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import {
  cleanUp,
  cleanups,
  clusterOf,
  hostOf,
  isRoot,
  makeDirectory,
  makeLaidDirectory,
  pidOf,
  start,
  startOwner,
} from "../../../test/support/embedded-bench.js";
import { layTestCluster } from "../../../test/support/test-database.js";
import { openDatabase } from "../postgres-database.js";

/** Whether a process of another user can run this repository: it may lie in a directory that only root can enter. */
function isReadableByOthers(): boolean {
  let directory = fileURLToPath(new URL("./", import.meta.url));
  while ((statSync(directory).mode & 0o005) === 0o005) {
    const parent = dirname(directory);
    if (parent === directory) return true;
    directory = parent;
  }
  return false;
}

/** What ordinary users see can be tried by root only, who can become one. */
const canBecomeOrdinary = isRoot && isReadableByOthers();

afterEach(cleanUp);

describe("the place of an embedded PostgreSQL", () => {
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

  it.runIf(canBecomeOrdinary)("runs for an ordinary user, and for root as the user who made it", async () => {
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

  it.runIf(canBecomeOrdinary)("tells an ordinary user that the data are another's", async () => {
    const dataDir = await makeLaidDirectory();
    chownSync(dataDir, 65_534, 65_534);
    chownSync(join(dataDir, "postgres"), 65_534, 65_534);
    chownSync(clusterOf(dataDir), 1234, 1234);
    await expect(startOwner(dataDir, { uid: 65_534, gid: 65_534 })).rejects.toThrow(
      "belongs to another user",
    );
  });
});
