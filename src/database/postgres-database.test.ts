import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../test/support/test-database.js";
import type { Database } from "./database.js";
import { DatabaseError } from "./database-error.js";
import { openDatabase } from "./postgres-database.js";

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await startTestDatabase();
  database = test.database;
  await database.query("create table numbers (id integer primary key, value numeric)");
});
afterAll(() => test?.close());
beforeEach(() => database.query("truncate numbers"));

const failureOf = (promise: Promise<unknown>): Promise<DatabaseError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );
const count = async () => (await database.query<{ count: number }>("select count(*) from numbers"))[0]!.count;
/** Ends all connections of a database but the one that asks, and waits until they have ended. */
async function cut(): Promise<void> {
  await database.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );
  // what the server said last arrives
  await delay(20);
}

describe("a database", () => {
  it("gives numbers as numbers, times as dates, bytes as buffers", async () => {
    const [row] = await database.query(
      `select 12345678901234::bigint as big, 0.1::numeric(14, 4) as money, '{1,null}'::bigint[] as bigs,
        '{0.5}'::numeric[] as moneys, '2026-01-02T03:04:05Z'::timestamptz as at, '\\x00ff'::bytea as bytes,
        null::bigint as nothing, '{"a": [1]}'::jsonb as json, current_setting('search_path') as path`,
    );
    expect(row).toEqual({
      big: 12_345_678_901_234,
      money: 0.1,
      bigs: [1, null],
      moneys: [0.5],
      at: new Date("2026-01-02T03:04:05Z"),
      bytes: Buffer.from([0, 255]),
      nothing: null,
      json: { a: [1] },
      path: "parlante",
    });
  });

  it("commits what a transaction did, or nothing of it", async () => {
    const result = await database.transaction(async (transaction) => {
      await transaction.query("insert into numbers values (1)");
      expect(await count()).toBe(0);
      return "done";
    });
    expect(result).toBe("done");
    expect(await count()).toBe(1);
    const reason = new Error("changed my mind");
    const failed = database.transaction(async (transaction) => {
      await transaction.query("insert into numbers values (2)");
      throw reason;
    });
    await expect(failed).rejects.toBe(reason);
    expect(await count()).toBe(1);
  });

  it("does not take a failed transaction for a committed one", async () => {
    const failure = await failureOf(
      database.transaction(async (transaction) => {
        await transaction.query("insert into numbers values (1)");
        await transaction.query("insert into numbers values (1)").catch(() => {});
      }),
    );
    expect(failure).toBeInstanceOf(DatabaseError);
    expect(failure.message).toMatch(/failed before its end/);
    expect(await count()).toBe(0);
  });

  it("keeps apart 50 transactions at the same time, on 10 connections", async () => {
    await database.query("insert into numbers values (0, 0)");
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        database.transaction(async (transaction) => {
          const [row] = await transaction.query<{ value: number }>(
            "select value from numbers where id = 0 for update",
          );
          // statements may be sent without waiting; they run one after another
          await Promise.all([
            transaction.query("update numbers set value = $1 where id = 0", [row!.value + 1]),
            transaction.query("insert into numbers values ($1, 0)", [index + 1]),
          ]);
        }),
      ),
    );
    expect(await database.query("select value from numbers where id = 0")).toEqual([{ value: 50 }]);
    expect(await count()).toBe(51);
  });

  it("says why the server refused, to us and not to callers", async () => {
    await database.query("insert into numbers values (1)");
    const failure = await failureOf(database.query("insert into numbers values (1)"));
    expect(failure).toMatchObject({
      sqlState: "23505",
      constraint: "numbers_pkey",
      fate: "refused",
      status: 500,
      retryable: false,
      message: "The database refused a statement.",
    });
    expect(String(failure.cause)).toContain("duplicate key");
    const late = await failureOf(database.query("set statement_timeout = 10; select pg_sleep(5)"));
    expect(late).toMatchObject({ sqlState: "57014", status: 503, retryable: true });
  });

  it("does not leave a batch's open transaction on a connection of the pool", async () => {
    const small = await openDatabase(test.address, { poolSize: 1 });
    await failureOf(small.query("begin; insert into numbers values (7); select 1 / 0; commit"));
    expect(await small.query("select count(*) from numbers")).toEqual([{ count: 0 }]);
    await small.close();
  });

  it("makes new connections for those that broke, also in the middle of a transaction", async () => {
    const other = await openDatabase(test.address, { poolSize: 4 });
    await Promise.all([1, 2, 3, 4].map(() => other.query("select pg_sleep(0.01)")));
    await cut();
    expect(await other.query("select 1 as one")).toEqual([{ one: 1 }]);
    const failure = await failureOf(
      other.transaction(async (transaction) => {
        await transaction.query("insert into numbers values (9)");
        await cut();
        await transaction.query("select 1");
      }),
    );
    expect(failure).toMatchObject({ status: 503, retryable: true });
    expect(await count()).toBe(0);
    const asleep = failureOf(other.query("select pg_sleep(20)"));
    await delay(100);
    await cut();
    expect(await asleep).toMatchObject({ fate: "interrupted", retryable: true, status: 503 });
    await other.close();
    expect(await failureOf(other.query("select 1"))).toMatchObject({ fate: "unreachable" });
  });

  it("can be reached by URL, whose own options stay", async () => {
    const other = await openDatabase({ url: `${test.url}&options=-c%20work_mem%3D5MB` });
    const [row] = await other.query(
      "select current_setting('work_mem') as memory, current_setting('search_path') as path, count(*) as keys from keys",
    );
    expect(row).toEqual({ memory: "5MB", path: "parlante", keys: 1 });
    await other.close();
  });

  it("tells what is wrong with an address", async () => {
    const failure = await failureOf(openDatabase({ url: "no url" }));
    expect(failure.message).toContain("DATABASE_URL");
    const stranger = await failureOf(openDatabase({ ...test.address, database: "nowhere" }));
    expect(stranger).toMatchObject({ sqlState: "3D000", retryable: false, fate: "unreachable" });
  });
});

describe("listening", () => {
  it("hears what is told on its channels until it is closed", async () => {
    const heard: string[] = [];
    const first = await database.listen(
      "a",
      (payload) => heard.push(`first ${payload}`),
      () => {},
    );
    const second = await database.listen(
      "a",
      (payload) => heard.push(`second ${payload}`),
      () => {},
    );
    const other = await database.listen(
      "B c",
      (payload) => heard.push(`other ${payload}`),
      () => {},
    );
    await database.transaction(async (transaction) => {
      await transaction.query("select pg_notify('a', '1'), pg_notify('B c', '2')");
      await delay(30);
      expect(heard).toEqual([]);
    });
    await expect.poll(() => heard.toSorted()).toEqual(["first 1", "other 2", "second 1"]);
    await first.close();
    await other.close();
    await database.query("select pg_notify('a', '3'), pg_notify('B c', '4')");
    await expect.poll(() => heard.at(-1)).toBe("second 3");
    await delay(30);
    expect(heard).toHaveLength(4);
    await second.close();
  });

  it("goes on after a break, and tells of the gap", async () => {
    const heard: string[] = [];
    let gaps = 0;
    const onGap = () => {
      gaps += 1;
    };
    const listening = await database.listen("breaks", (payload) => heard.push(payload), onGap);
    const another = await database.listen("others", () => {}, onGap);
    await cut();
    await expect.poll(() => gaps, { timeout: 5000 }).toBe(2);
    await database.query("select pg_notify('breaks', 'x')");
    await expect.poll(() => heard).toEqual(["x"]);
    await listening.close();
    await another.close();
  });
});
