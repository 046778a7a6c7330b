import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../test/support/test-database.js";
import type { Database } from "../database/index.js";
import { createCallerDirectory } from "./caller-directory.js";
import { createKeyStore, type KeyOptions, type KeyStore } from "./key-store.js";

const secret = randomBytes(32);
const WRONG = { status: 401, message: "invalid key credentials" };
const MISSING = { status: 401, message: "Authentication is required to access this application." };
/** Some moment in the middle of a minute. */
const NOON = Date.UTC(2026, 0, 31, 12, 0, 30) / 1000;

let records: TestDatabase;
let keys: KeyStore;
beforeAll(async () => {
  records = await startTestDatabase();
  keys = createKeyStore(records.database);
});
afterAll(() => records.close());

const directory = (options: Partial<Parameters<typeof createCallerDirectory>[0]> = {}) =>
  createCallerDirectory({ database: records.database, secret, allowsKeyless: false, ...options });
const makeKey = (options: Partial<KeyOptions> = {}) => keys.create({ name: "test", ...options });

/** Writes a bill, as the queue does when a request is done. */
async function bill(keyId: string, cost: number): Promise<void> {
  await records.database.query(
    `insert into ledger (request_id, key_id, endpoint, units, unit, unit_price, cost, auth_method)
     values ($1, $2, 'e', $3::numeric * 10, 'seconds', 0.1, $3::numeric, 'key')`,
    [randomUUID(), keyId, cost],
  );
}

describe("a server without keys", () => {
  it("lets everybody in as long as no key was ever made", async () => {
    const fresh = await startTestDatabase();
    try {
      let seconds = NOON;
      const options = { database: fresh.database, secret, now: () => seconds };
      const open = createCallerDirectory({ ...options, allowsKeyless: true });
      const nobody = { keyId: "00000000-0000-0000-0000-000000000000", authMethod: "none" };
      expect(await open.identify(undefined, undefined)).toMatchObject(nobody);
      expect(await open.identify("Key whatever", undefined)).toMatchObject(nobody);
      await open.admit(await open.identify(undefined, undefined));
      const token = await open.issueToken(await open.identify(undefined, undefined), 60);

      const shut = createCallerDirectory({ ...options, allowsKeyless: false });
      await expect(shut.identify(undefined, undefined)).rejects.toMatchObject(MISSING);

      const store = createKeyStore(fresh.database);
      const { key } = await store.create({ name: "first" });
      seconds += 1.1;
      await expect(open.identify(undefined, undefined)).rejects.toMatchObject(MISSING);
      // What was given out to nobody opens nothing any more, and neither does revoking the last key.
      await expect(open.identify(undefined, token)).rejects.toMatchObject(WRONG);
      await store.revoke(key.id);
      seconds += 1.1;
      await expect(open.identify(undefined, undefined)).rejects.toMatchObject(MISSING);
    } finally {
      await fresh.close();
    }
  });
});

describe("recognising a key", () => {
  it("takes it as Key and as Bearer, in any case", async () => {
    const { key, text } = await makeKey({ name: "Nadia", scopes: ["run", "admin"] });
    const expected = { keyId: key.id, name: "Nadia", scopes: ["run", "admin"], authMethod: "key" };
    for (const header of [`Key ${text}`, `Bearer ${text}`, `key  ${text} `])
      expect(await directory().identify(header, undefined)).toEqual(expected);
  });

  it("refuses everything else with fal's words", async () => {
    const { key, text } = await makeKey();
    const [id, own] = text.split(":") as [string, string];
    const wrong = [
      `Key ${id}:${randomBytes(16).toString("hex")}`,
      `Key ${randomUUID()}:${own}`,
      `Key ${text}0`,
      `Key ${id}`,
      "Key ",
      "Key undefined:undefined",
      text,
      `Basic ${Buffer.from(text).toString("base64")}`,
      `Bearer ${"x".repeat(10_000)}`,
      "Bearer a.b.c",
      `Key ${id}:${own}\u0000`,
      "Key 00000000-0000-0000-0000-000000000000:00000000000000000000000000000000",
    ];
    const callers = directory();
    for (const header of wrong)
      await expect(callers.identify(header, undefined)).rejects.toMatchObject(WRONG);
    await expect(callers.identify(undefined, "nonsense")).rejects.toMatchObject(WRONG);
    for (const nothing of [undefined, "", "  "])
      await expect(callers.identify(nothing, undefined)).rejects.toMatchObject(MISSING);
    expect((await callers.identify(`Key ${text}`, undefined)).keyId).toBe(key.id);
  });

  it("lets a revoked key out within about a second, on every node", async () => {
    const { key, text } = await makeKey();
    const nodes = [directory(), directory()];
    for (const node of nodes) await node.identify(`Key ${text}`, undefined);
    await keys.revoke(key.id);
    await delay(1050);
    for (const node of nodes)
      await expect(node.identify(`Key ${text}`, undefined)).rejects.toMatchObject(WRONG);
  });

  it("writes down when a key was last used", async () => {
    const { key, text } = await makeKey();
    await directory().identify(`Key ${text}`, undefined);
    await expect
      .poll(async () => (await keys.list()).find(({ id }) => id === key.id)?.lastUsedAt)
      .toBeInstanceOf(Date);
  });

  it("asks the database little, whoever tries how many keys", async () => {
    const { text } = await makeKey();
    let statements = 0;
    const counted: Database = {
      ...records.database,
      query: (...args) => {
        statements++;
        return records.database.query(...args);
      },
      transaction: (work) => records.database.transaction(work),
    };
    const callers = directory({ database: counted });
    await Promise.all(Array.from({ length: 500 }, () => callers.identify(`Key ${text}`, undefined)));
    // One to find it, one to note its use.
    expect(statements).toBeLessThanOrEqual(2);
    statements = 0;
    const guesses = Array.from({ length: 2000 }, () =>
      callers.identify(`Key ${randomUUID()}:${randomBytes(16).toString("hex")}`, undefined),
    );
    const outcomes = await Promise.allSettled(guesses);
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    expect(statements).toBeLessThanOrEqual(3);
  });
});

describe("tokens", () => {
  it("let their holder make videos for a while, and nothing else", async () => {
    const { key, text } = await makeKey({ scopes: ["run", "files", "admin"] });
    let seconds = NOON;
    const callers = directory({ now: () => seconds });
    const token = await callers.issueToken(await callers.identify(`Key ${text}`, undefined), 120);
    const expected = { keyId: key.id, scopes: ["run"], authMethod: "token" };
    const holder = await callers.identify(undefined, token);
    expect(holder).toMatchObject(expected);
    expect(await callers.identify(`Bearer ${token}`, undefined)).toMatchObject(expected);
    // Another node with the same secret knows it; one with another secret does not.
    expect(await directory({ now: () => seconds }).identify(undefined, token)).toMatchObject(expected);
    const stranger = directory({ now: () => seconds, secret: randomBytes(32) });
    await expect(stranger.identify(undefined, token)).rejects.toMatchObject(WRONG);
    await expect(callers.identify(`Key ${token}`, undefined)).rejects.toMatchObject(WRONG);
    await expect(callers.issueToken(holder, 120)).rejects.toMatchObject({ status: 403 });
    seconds += 121;
    await expect(callers.identify(undefined, token)).rejects.toMatchObject(WRONG);
  });

  it("cannot be changed or made up", async () => {
    const { text } = await makeKey();
    const callers = directory();
    const token = await callers.issueToken(await callers.identify(`Key ${text}`, undefined), 120);
    const [head, body, signature] = token.split(".") as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const longer = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 9999 })).toString("base64url");
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    for (const forged of [
      `${head}.${longer}.${signature}`,
      `${none}.${body}.`,
      `${none}.${longer}.${signature}`,
    ])
      await expect(callers.identify(undefined, forged)).rejects.toMatchObject(WRONG);
  });

  it("end with the key", async () => {
    const { key, text } = await makeKey();
    const callers = directory({ cacheSeconds: 0 });
    const token = await callers.issueToken(await callers.identify(`Key ${text}`, undefined), 120);
    await keys.revoke(key.id);
    await expect(callers.identify(undefined, token)).rejects.toMatchObject(WRONG);
  });
});

describe("limits", () => {
  it("admits exactly the rate, over two nodes and 50 calls at once", async () => {
    const { text } = await makeKey({ requestsPerMinute: 17 });
    const seconds = { value: NOON };
    const nodes = [directory({ now: () => seconds.value }), directory({ now: () => seconds.value })];
    const caller = await nodes[0]!.identify(`Key ${text}`, undefined);
    const admitAll = () =>
      Promise.allSettled(Array.from({ length: 50 }, (_, i) => nodes[i % 2]!.admit(caller)));
    const outcomes = await admitAll();
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(17);
    const refused = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({
      status: 429,
      code: "rate_limit_exceeded",
      details: { context: { limit: 17, retry_after: 30 } },
    });
    seconds.value += 30;
    const next = await admitAll();
    expect(next.filter(({ status }) => status === "fulfilled")).toHaveLength(17);
  });

  it("ends when the budget is spent", async () => {
    const { key, text } = await makeKey({ budgetUsd: 1 });
    const callers = directory();
    const caller = await callers.identify(`Key ${text}`, undefined);
    await Promise.all([bill(key.id, 0.4), bill(key.id, 0.5), bill((await makeKey()).key.id, 7)]);
    await callers.admit(caller);
    await bill(key.id, 0.1);
    await expect(callers.admit(caller)).rejects.toMatchObject({
      status: 403,
      message: expect.stringMatching(/^User is locked\. Reason: Exhausted balance\. /),
    });
    expect((await keys.list()).find(({ id }) => id === key.id)?.spentUsd).toBe(1);
  });

  it("a budget of nothing admits nothing, no limits admit all", async () => {
    const callers = directory();
    const poor = await makeKey({ budgetUsd: 0 });
    const poorCaller = await callers.identify(`Key ${poor.text}`, undefined);
    await expect(callers.admit(poorCaller)).rejects.toMatchObject({ status: 403 });
    const free = await makeKey();
    const freeCaller = await callers.identify(`Key ${free.text}`, undefined);
    await Promise.all(Array.from({ length: 100 }, () => callers.admit(freeCaller)));
  });

  it("forgets old counters", async () => {
    const { key, text } = await makeKey({ requestsPerMinute: 5 });
    let seconds = NOON;
    const callers = directory({ now: () => seconds });
    const caller = await callers.identify(`Key ${text}`, undefined);
    for (let minute = 0; minute < 20; minute++) {
      await callers.admit(caller);
      seconds += 60;
    }
    const rows = await records.database.query("select from rate_counters where key_id = $1", [key.id]);
    expect(rows.length).toBeLessThanOrEqual(7);
  });
});
