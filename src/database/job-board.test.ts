import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../test/support/test-database.js";
import { asBossDatabase, startJobBoard } from "./job-board.js";
import { openDatabase } from "./postgres-database.js";

let test: TestDatabase;

beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(() => test?.close());

it("takes jobs and ends them in our transactions, once", async () => {
  const { board, database } = test;
  await board.createQueue("talks", { retryLimit: 2 });
  const id = randomUUID();
  const send = (fails: boolean) =>
    database.transaction(async (transaction) => {
      const db = asBossDatabase(transaction);
      const sent = await board.send("talks", { fails }, { id, db });
      if (fails) throw new Error("not after all");
      return sent;
    });
  await expect(send(true)).rejects.toThrow("not after all");
  expect(await board.fetch("talks")).toEqual([]);
  expect(await send(false)).toBe(id);
  expect(await send(false)).toBeNull();
  const [job] = await board.fetch<{ fails: boolean }>("talks");
  expect(job).toMatchObject({ id, retryCount: 0, data: { fails: false } });
  const complete = () =>
    database.transaction((transaction) =>
      board.complete("talks", { id, retryCount: 0 }, null, { db: asBossDatabase(transaction) }),
    );
  expect(await complete()).toMatchObject({ affected: 1 });
  expect(await complete()).toMatchObject({ affected: 0 });
});

it("starts at the same time in several processes, on an empty database, too", async () => {
  const databases = await Promise.all([1, 2, 3].map(() => openDatabase(test.address)));
  await test.board.stop({ graceful: false });
  await test.database.query("drop schema pgboss cascade");
  const boards = await Promise.all(
    databases.map((database) => startJobBoard(database, { supervise: false })),
  );
  await boards[0]!.createQueue("q");
  expect(await boards[1]!.send("q", {})).toBeTruthy();
  for (const board of boards) await board.stop({ graceful: false });
  for (const database of databases) await database.close();
});

it("gives back the job of a worker that is silent, within seconds", async () => {
  const database = await openDatabase(test.address);
  const problems: unknown[] = [];
  const logger = { info() {}, warn() {}, error: (fields: object) => problems.push(fields) };
  const board = await startJobBoard(database, { supervise: true, logger });
  await board.createQueue("beats", { retryLimit: 3, heartbeatSeconds: 10 });
  const id = await board.send("beats", {});
  const [job] = await board.fetch("beats");
  expect(job).toMatchObject({ id, retryCount: 0 });
  // as if its last sign of life were almost too long ago
  await database.query("update pgboss.job set heartbeat_on = now() - interval '9.5 s' where id = $1", [id]);
  const startedAt = Date.now();
  let again = await board.fetch("beats");
  while (again.length === 0 && Date.now() - startedAt < 10_000) {
    await delay(50);
    again = await board.fetch("beats");
  }
  expect(again).toMatchObject([{ id, retryCount: 1 }]);
  expect(Date.now() - startedAt).toBeLessThan(6_000);
  expect(await board.complete("beats", { id: id!, retryCount: 0 })).toMatchObject({ affected: 0 });
  await board.stop({ graceful: false });
  await database.close();
  expect(problems).toEqual([]);
});
