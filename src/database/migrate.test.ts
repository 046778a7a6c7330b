import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../test/support/test-database.js";
import type { Database } from "./database.js";
import { migrate } from "./migrate.js";
import { MIGRATIONS } from "./migrations/migrations.js";
import { openDatabase } from "./postgres-database.js";
import { readSecret } from "./secret.js";

let test: TestDatabase;
const opened: Database[] = [];

beforeAll(async () => {
  test = await startTestDatabase();
});
afterAll(async () => {
  for (const database of opened) await database.close();
  await test?.close();
});

async function emptyDatabase(): Promise<Database> {
  await test.database.query("drop schema if exists parlante cascade");
  return test.database;
}

it("makes the tables once when several processes start at the same time", async () => {
  const database = await emptyDatabase();
  const others = await Promise.all([1, 2, 3].map(() => openDatabase(test.address)));
  opened.push(...others);
  await Promise.all([database, ...others].map((each) => migrate(each)));
  expect(await database.query("select version, name from migrations")).toEqual([
    { version: 1, name: "first-tables" },
    { version: 2, name: "live-videos" },
  ]);
  expect(await database.query("select name from keys")).toEqual([{ name: "without a key" }]);
});

it("adds what is new, wholly or not at all", async () => {
  const database = await emptyDatabase();
  await migrate(database);
  await database.query("insert into secrets values ('a', 'b')");
  const next = {
    name: "next",
    statements: "alter table secrets add column note text; create table more (id int)",
  };
  const broken = { name: "broken", statements: "create table half (id int); select 1 / 0" };
  await expect(migrate(database, [...MIGRATIONS, next, broken])).rejects.toMatchObject({
    code: "database_not_migrated",
    message: expect.stringContaining("division by zero"),
  });
  expect(await database.query("select to_regclass('more') as more, to_regclass('half') as half")).toEqual([
    { more: null, half: null },
  ]);
  await migrate(database, [...MIGRATIONS, next]);
  await migrate(database, [...MIGRATIONS, next]);
  expect(await database.query("select name, note from secrets")).toEqual([{ name: "a", note: null }]);
});

it("refuses a database that a newer program has made", async () => {
  const database = await emptyDatabase();
  await migrate(database, [...MIGRATIONS, { name: "later", statements: "select 1" }]);
  await expect(migrate(database)).rejects.toMatchObject({
    code: "database_too_new",
    message: expect.stringContaining(`version ${MIGRATIONS.length + 1}`),
    retryable: false,
  });
});

it("makes a secret once for all", async () => {
  const database = await emptyDatabase();
  await migrate(database);
  let made = 0;
  const secrets = await Promise.all(
    Array.from({ length: 8 }, () =>
      readSecret(database, "signing", () => {
        made += 1;
        return Buffer.from(`secret ${made}`);
      }),
    ),
  );
  expect(new Set(secrets.map(String)).size).toBe(1);
  expect(await readSecret(database, "signing", () => Buffer.from("other"))).toEqual(secrets[0]);
  expect(String(await readSecret(database, "another", () => Buffer.from("other")))).toBe("other");
});
