import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../test/support/test-database.js";
import { createKeyStore, type KeyOptions } from "./key-store.js";

let records: TestDatabase;
beforeAll(async () => {
  records = await startTestDatabase();
});
afterAll(() => records.close());

describe("the store of keys", () => {
  it("keeps a hash and shows the secret once", async () => {
    const keys = createKeyStore(records.database);
    expect(await keys.hasActiveKeys()).toBe(false);
    const { key, text } = await keys.create({ name: " Nadia ", budgetUsd: 2.5, maxConcurrency: 3 });
    expect(text).toMatch(/^[0-9a-f-]{36}:[0-9a-f]{32}$/);
    expect(text.startsWith(`${key.id}:`)).toBe(true);
    expect(key).toMatchObject({
      name: "Nadia",
      scopes: ["run", "files"],
      maxConcurrency: 3,
      requestsPerMinute: null,
      budgetUsd: 2.5,
      spentUsd: 0,
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(await keys.list()).toEqual([key]);
    expect(await keys.hasActiveKeys()).toBe(true);
    const secret = text.split(":")[1]!;
    const rows = await records.database.query("select k::text as text from keys k");
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it("revokes once, and lists what was revoked", async () => {
    const keys = createKeyStore(records.database);
    const { key } = await keys.create({ name: "short", scopes: ["admin"] });
    expect(await keys.revoke(key.id)).toBe(true);
    expect(await keys.revoke(key.id)).toBe(false);
    expect(await keys.revoke("no uuid")).toBe(false);
    // The nameless caller of a server without keys is no key.
    expect(await keys.revoke("00000000-0000-0000-0000-000000000000")).toBe(false);
    const listed = (await keys.list()).find(({ id }) => id === key.id);
    expect(listed?.revokedAt).toBeInstanceOf(Date);
  });

  const bad: [string, Partial<KeyOptions>][] = [
    ["name", { name: "  " }],
    ["name", { name: "x".repeat(201) }],
    ["scope", { scopes: [] }],
    ["scope", { scopes: ["all" as "run"] }],
    ["max_concurrency", { maxConcurrency: 0 }],
    ["max_concurrency", { maxConcurrency: 1.5 }],
    ["requests_per_minute", { requestsPerMinute: 3e9 }],
    ["budget", { budgetUsd: Number.NaN }],
    ["budget", { budgetUsd: -1 }],
  ];
  it.each(bad)("names %s when it cannot be used: %j", async (field, options) => {
    const create = createKeyStore(records.database).create({ name: "x", ...options });
    await expect(create).rejects.toMatchObject({ status: 422, details: { field: [field] } });
  });
});
