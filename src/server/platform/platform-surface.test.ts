import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningFront, startFront } from "../../../test/support/start-front.js";
import { startTestDatabase, type TestDatabase } from "../../../test/support/test-database.js";
import { createCallerDirectory, createKeyStore, type KeyOptions } from "../../keys/index.js";
import { createSigningKey, createWebhookLog, createWebhookOutbox } from "../../webhooks/index.js";
import { MODEL_ID } from "../fal/model.js";
import { createJwksRoutes } from "./jwks-routes.js";
import type { DeletedFile } from "./platform-parts.js";
import { createPlatformSurface } from "./platform-surface.js";
import { createTokenRoutes } from "./token-routes.js";

const PRICE = 0.1;
const NOW = new Date("2026-03-15T12:00:00Z");
const DELETED: DeletedFile[] = [{ link: "http://here/files/abc/output.mp4", exception: null }];

let records: TestDatabase;
let front: RunningFront;
let admin: { id: string; authorization: string };
let user: { id: string; authorization: string };
/** Requests whose files were to be deleted. */
const deletions: string[] = [];

beforeAll(async () => {
  records = await startTestDatabase();
  const { database, board } = records;
  const callers = createCallerDirectory({ database, secret: randomBytes(32), allowsKeyless: true });
  const platform = createPlatformSurface({
    database,
    webhooks: createWebhookLog({ database, board }),
    files: {
      withUrls: async (value, base) =>
        JSON.parse(JSON.stringify(value).replaceAll("parlante-file:", `${base}/files/`)),
    },
    pricePerSecond: PRICE,
    openApi: (base) => ({ openapi: "3.0.4", servers: [{ url: base.queue }] }),
    deleteOutputs: async (requestId) => {
      deletions.push(requestId);
      return DELETED;
    },
    version: "1.2.3",
    now: () => NOW,
  });
  const rest = createTokenRoutes(callers);
  rest.route("/", createJwksRoutes((await createSigningKey(Buffer.alloc(32, 7))).publicKey));
  front = await startFront({ surfaces: { platform, rest }, front: { callers } });
  admin = await makeKey({ name: "admin", scopes: ["admin"] });
  user = await makeKey({ name: "user", scopes: ["run"], budgetUsd: 10 });
});
afterAll(async () => {
  await front.close(0);
  await records.close();
});
beforeEach(async () => {
  await records.database.query("delete from ledger");
  await records.database.query("delete from requests");
  await records.database.query("update keys set spent_usd = 0");
});

async function makeKey(options: KeyOptions) {
  const { key, text } = await createKeyStore(records.database).create(options);
  return { id: key.id, authorization: `Key ${text}` };
}

type Line = { auth_method: string; quantity: number; unit_price: number; cost: number };
/** All that the answers of this surface can hold, as far as it is looked at one by one. */
type Body = {
  detail: { loc: (string | number)[]; type: string }[];
  message: string;
  models: { openapi?: unknown }[];
  time_series: { bucket: string; results: Line[] }[];
  summary: Line[];
  items: { request_id: string }[];
  deliveries: { id: string }[];
  keys: { x: string }[];
  next_cursor: string;
  has_more: boolean;
  openapi: string;
  paths: Record<string, Record<string, { parameters: { name: string }[]; security: unknown }>>;
  components: { securitySchemes: { apiKeyAuth: object } };
};
type Answer = { status: number; headers: Headers; body: Body };

async function call(path: string, options: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${front.address.url}${path}`, options);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

const asAdmin = (path: string, options: RequestInit = {}) =>
  call(path, { ...options, headers: { authorization: admin.authorization, ...options.headers } });
const asUser = (path: string, options: RequestInit = {}) =>
  call(path, { ...options, headers: { authorization: user.authorization, ...options.headers } });

type Bill = { at: Date; units: number; key?: string; method?: string; price?: number; endpoint?: string };

async function bill({ at, units, key = user.id, method = "key", price = PRICE, endpoint = MODEL_ID }: Bill) {
  await records.database.query(
    `insert into ledger (request_id, key_id, endpoint, units, unit, unit_price, cost, auth_method, created_at)
     values ($1, $2, $3, $4::numeric, 'seconds', $5::numeric, $4::numeric * $5::numeric, $6, $7)`,
    [randomUUID(), key, endpoint, units, price, method, at],
  );
}

async function addRequest(values: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = randomUUID();
  const row: Record<string, unknown> = {
    ...{ id, key_id: user.id, endpoint: MODEL_ID, state: "COMPLETED", outcome: "ok" },
    ...{ input: JSON.stringify({ image_url: "https://x/y.png" }), input_hash: Buffer.alloc(1) },
    output: JSON.stringify({ video: { url: "parlante-file:abc/output.mp4" } }),
    ...{ file_base: "http://x", auth_method: "key", billable_units: 2.5 },
    created_at: new Date(NOW.getTime() - 20_000),
    started_at: new Date(NOW.getTime() - 15_000),
    ended_at: new Date(NOW.getTime() - 10_000),
    ...values,
  };
  const names = Object.keys(row);
  await records.database.query(
    `insert into requests (${names.join(", ")}) values (${names.map((_, i) => `$${i + 1}`).join(", ")})`,
    Object.values(row),
  );
  return id;
}

describe("the catalogue", () => {
  it("is for everybody and has the shape of fal's", async () => {
    const { status, body } = await call("/v1/models");
    expect(status).toBe(200);
    expect(body).toMatchObject({ next_cursor: null, has_more: false });
    expect(body.models).toHaveLength(1);
    expect(body.models[0]).toMatchObject({
      endpoint_id: MODEL_ID,
      metadata: {
        display_name: "Heygen",
        category: "image-to-video",
        status: "active",
        model_url: `${front.address.url}/run/${MODEL_ID}`,
      },
    });
    expect(body.models[0]).not.toHaveProperty("openapi");
  });

  it.each([
    ["q=photo+avatar", 1],
    ["q=HEYGEN", 1],
    ["q=flux", 0],
    ["category=image-to-video", 1],
    ["category=text-to-image", 0],
    ["status=active", 1],
    ["status=deprecated", 0],
    [`endpoint_id=fal-ai/flux/dev,${MODEL_ID}`, 1],
    ["endpoint_id=fal-ai/flux/dev", 0],
    ["cursor=Mg==", 0],
  ])("?%s finds %i", async (query, count) => {
    expect((await call(`/v1/models?${query}`)).body.models).toHaveLength(count);
  });

  it("brings the OpenAPI document along when asked", async () => {
    const { body } = await call("/v1/models?expand=openapi-3.0");
    expect(body.models[0].openapi).toMatchObject({ openapi: "3.0.4" });
  });

  it.each([
    ["limit=0", "limit", "greater_than_equal"],
    ["limit=x", "limit", "number_type"],
    ["limit=101", "limit", "less_than_equal"],
    ["status=gone", "status", "literal_error"],
    ["cursor=zzz", "cursor", "value_error"],
    ["cursor=MA==", "cursor", "value_error"],
    ["expand=everything", "expand", "literal_error"],
  ])("?%s is a typed 422 about %s", async (query, field, type) => {
    const { status, body } = await call(`/v1/models?${query}`);
    expect(status).toBe(422);
    expect(body.detail[0].loc.slice(0, 2)).toEqual(["query", field]);
    expect(body.detail[0].type).toBe(type);
  });
});

describe("prices", () => {
  it("are told to everybody", async () => {
    const { body } = await call(`/v1/models/pricing?endpoint_id=${MODEL_ID}&endpoint_id=${MODEL_ID}`);
    expect(body).toEqual({
      prices: [{ endpoint_id: MODEL_ID, unit_price: 0.1, unit: "seconds", currency: "USD" }],
      next_cursor: null,
      has_more: false,
    });
    expect((await call("/v1/models/pricing")).body.detail[0]).toMatchObject({
      loc: ["query", "endpoint_id"],
      type: "missing",
    });
    expect((await call("/v1/models/pricing?endpoint_id=fal-ai/flux")).status).toBe(404);
    const many = Array.from({ length: 51 }, () => MODEL_ID).join(",");
    expect((await call(`/v1/models/pricing?endpoint_id=${many}`)).body.detail[0].type).toBe(
      "sequence_too_long",
    );
  });

  const estimate = (body: unknown) =>
    asUser("/v1/models/pricing/estimate", { method: "POST", body: JSON.stringify(body) });

  it("are estimated by units", async () => {
    const body = { estimate_type: "unit_price", endpoints: { [MODEL_ID]: { unit_quantity: 12.5 } } };
    expect((await estimate(body)).body).toEqual({
      estimate_type: "unit_price",
      total_cost: 1.25,
      currency: "USD",
    });
    const anonymous = await call("/v1/models/pricing/estimate", {
      method: "POST",
      body: JSON.stringify(body),
    });
    expect(anonymous.status).toBe(401);
  });

  it("are estimated by what calls have cost", async () => {
    const body = { estimate_type: "historical_api_price", endpoints: { [MODEL_ID]: { call_quantity: 10 } } };
    expect((await estimate(body)).status).toBe(404);
    await bill({ at: NOW, units: 5 });
    await bill({ at: NOW, units: 10 });
    expect((await estimate(body)).body).toMatchObject({ total_cost: 7.5 });
  });

  it.each([
    [{}, ["body", "estimate_type"]],
    [{ estimate_type: "guess", endpoints: {} }, ["body", "estimate_type"]],
    [{ estimate_type: "unit_price" }, ["body", "endpoints"]],
    [{ estimate_type: "unit_price", endpoints: {} }, ["body", "endpoints"]],
    [
      { estimate_type: "unit_price", endpoints: { [MODEL_ID]: {} } },
      ["body", "endpoints", MODEL_ID, "unit_quantity"],
    ],
    [
      { estimate_type: "unit_price", endpoints: { [MODEL_ID]: { unit_quantity: -1 } } },
      ["body", "endpoints", MODEL_ID, "unit_quantity"],
    ],
  ])("an estimate of %j is refused at %j", async (body, loc) => {
    const answer = await estimate(body);
    expect(answer.status).toBe(422);
    expect(answer.body.detail[0].loc).toEqual(loc);
  });
});

describe("usage", () => {
  it.each(["/v1/models/usage", "/v1/models/requests/by-endpoint"])("%s needs an admin key", async (path) => {
    expect((await call(path)).status).toBe(401);
    const { status, body } = await asUser(path);
    expect(status).toBe(403);
    expect(body.message).toContain("admin");
    expect((await asAdmin(path)).status).toBe(200);
  });

  it("comes in buckets of UTC", async () => {
    await bill({ at: new Date("2026-03-13T23:59:59.999Z"), units: 1 });
    await bill({ at: new Date("2026-03-14T00:00:00Z"), units: 2 });
    await bill({ at: new Date("2026-03-14T23:59:59Z"), units: 3 });
    await bill({ at: new Date("2026-03-16T00:00:00Z"), units: 4 });
    const { body } = await asAdmin("/v1/models/usage?timeframe=day&start=2026-03-13&end=2026-03-16");
    expect(body).toEqual({
      time_series: [
        { bucket: "2026-03-13T00:00:00.000Z", results: [line(1)] },
        { bucket: "2026-03-14T00:00:00.000Z", results: [line(5)] },
      ],
      next_cursor: null,
      has_more: false,
    });
  });

  const line = (quantity: number) => {
    const cost = Math.round(quantity * PRICE * 1e6) / 1e6;
    return {
      ...{ endpoint_id: MODEL_ID, unit: "seconds", quantity, unit_price: PRICE, currency: "USD" },
      ...{ cost, cost_subtotal: cost, cost_discount: 0, cost_total: cost },
    };
  };

  it("tells who used what when asked", async () => {
    await bill({ at: NOW, units: 1 });
    await bill({ at: NOW, units: 2, method: "token" });
    await bill({ at: NOW, units: 4, key: admin.id });
    const path = "/v1/models/usage?expand=summary,auth_method&end=2026-03-16";
    const { body } = await asAdmin(path);
    expect(body.summary.map((each) => [each.auth_method, each.quantity]).sort()).toEqual([
      ["admin", 4],
      ["user (token)", 2],
      ["user", 1],
    ]);
    expect(body).not.toHaveProperty("time_series");
  });

  it("adds up to the ledger, however it is cut and paged", async () => {
    const spread = 40 * 86_400_000;
    const bills = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: spread }).map((ms) => new Date(NOW.getTime() - ms)),
        units: fc.integer({ min: 0, max: 300_000 }).map((n) => n / 10_000),
        price: fc.constantFrom(0.1, 0.25),
        method: fc.constantFrom("key", "token"),
      }),
      { maxLength: 12 },
    );
    const timeframes = fc.constantFrom("hour", "day", "week", "month");
    await fc.assert(
      fc.asyncProperty(
        bills,
        timeframes,
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        async (all, timeframe, byMethod, limit) => {
          await records.database.query("delete from ledger");
          for (const each of all) await bill(each);
          const [ledger] = await records.database.query<{ units: number; cost: number }>(
            "select coalesce(sum(units), 0) as units, coalesce(sum(cost), 0) as cost from ledger",
          );
          const expand = `time_series,summary${byMethod ? ",auth_method" : ""}`;
          const path = `/v1/models/usage?timeframe=${timeframe}&expand=${expand}&start=2026-01-01&end=2026-04-01&limit=${limit}`;
          const buckets: Body["time_series"] = [];
          let answer = await asAdmin(path);
          const { summary } = answer.body;
          buckets.push(...answer.body.time_series);
          while (answer.body.has_more) {
            expect(answer.body.time_series).toHaveLength(limit);
            answer = await asAdmin(`${path}&cursor=${encodeURIComponent(answer.body.next_cursor)}`);
            buckets.push(...answer.body.time_series);
          }
          const edges = buckets.map(({ bucket }) => bucket);
          expect(edges).toEqual([...new Set(edges)].sort());
          for (const lines of [summary, buckets.flatMap(({ results }) => results)]) {
            expect(total(lines, "quantity")).toBeCloseTo(ledger!.units, 6);
            expect(total(lines, "cost")).toBeCloseTo(ledger!.cost, 6);
            for (const { cost, quantity, unit_price } of lines)
              expect(cost).toBeCloseTo(quantity * unit_price, 4);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  const total = (lines: Line[], field: "quantity" | "cost"): number =>
    lines.reduce((sum, each) => sum + each[field], 0);

  it.each([
    ["start=yesterday", "start", "datetime_parsing"],
    ["start=2026-13-01", "start", "datetime_parsing"],
    ["start=2026-02-01&end=2026-01-01", "end", "value_error"],
    ["timeframe=year", "timeframe", "literal_error"],
    ["timezone=Europe/Madrid", "timezone", "literal_error"],
    ["expand=auth_method", "expand", "value_error"],
    ["bound_to_timeframe=maybe", "bound_to_timeframe", "boolean_type"],
  ])("?%s is a typed 422 about %s", async (query, field, type) => {
    const { status, body } = await asAdmin(`/v1/models/usage?${query}`);
    expect(status).toBe(422);
    expect(body.detail[0]).toMatchObject({ type, loc: expect.arrayContaining(["query", field]) });
  });
});

describe("past requests", () => {
  it("are listed with what was asked for", async () => {
    const ok = await addRequest();
    await addRequest({ state: "IN_QUEUE", outcome: null, ended_at: null, started_at: null });
    const plain = (await asAdmin("/v1/models/requests/by-endpoint")).body;
    expect(plain).toEqual({
      items: [
        {
          request_id: ok,
          endpoint_id: MODEL_ID,
          started_at: "2026-03-15T11:59:45.000Z",
          sent_at: "2026-03-15T11:59:40.000Z",
          ended_at: "2026-03-15T11:59:50.000Z",
          status_code: 200,
          duration: 5,
        },
      ],
      next_cursor: null,
      has_more: false,
    });
    const full = (await asAdmin("/v1/models/requests/by-endpoint?expand=payloads,billing")).body;
    expect(full.items[0]).toMatchObject({
      json_input: { image_url: "https://x/y.png" },
      json_output: { video: { url: `${front.address.url}/files/abc/output.mp4` } },
      billable_units: 2.5,
    });
  });

  it("are sorted, filtered and paged", async () => {
    const failed = { outcome: "error", output: null, error_body: '{"detail":"x"}', billable_units: null };
    const ended = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
    const success = await addRequest({ ended_at: ended(3) });
    const userError = await addRequest({ ...failed, status_code: 422, ended_at: ended(2) });
    const serverError = await addRequest({ ...failed, status_code: 504, ended_at: ended(1) });
    const cancelled = await addRequest({
      ...failed,
      outcome: "cancelled",
      status_code: 499,
      started_at: null,
    });
    const ids = async (query: string) =>
      (await asAdmin(`/v1/models/requests/by-endpoint?${query}`)).body.items.map((item) => item.request_id);
    expect(await ids("")).toEqual([serverError, userError, success, cancelled]);
    expect(await ids("sort_by=duration")).toEqual([serverError, userError, success, cancelled]);
    expect(await ids("status=success")).toEqual([success]);
    expect(await ids("status=user_error")).toEqual([userError, cancelled]);
    expect(await ids("status=error")).toEqual([serverError]);
    expect(await ids(`request_id=${success},${cancelled}`)).toEqual([success, cancelled]);
    expect(await ids("endpoint_id=fal-ai/flux")).toEqual([]);
    expect(await ids("end=2026-03-15T11:59:58Z")).toEqual([success, cancelled]);
    expect(await ids("limit=3")).toHaveLength(3);
    expect(await ids("limit=3&cursor=Mg==")).toEqual([cancelled]);
    const error = (
      await asAdmin(`/v1/models/requests/by-endpoint?request_id=${serverError}&expand=payloads,billing`)
    ).body;
    expect(error.items[0]).toMatchObject({
      status_code: 504,
      json_output: { detail: "x" },
      billable_units: 0,
    });
    expect((await asAdmin("/v1/models/requests/by-endpoint?request_id=1")).status).toBe(422);
  });
});

describe("deleting payloads", () => {
  const remove = (id: string, headers: Record<string, string> = {}) =>
    asAdmin(`/v1/models/requests/${id}/payloads`, { method: "DELETE", headers });

  it("forgets what was said and made, and the webhook's copy", async () => {
    const { database, board } = records;
    const id = await addRequest({ payloads_expire_at: NOW });
    const outbox = createWebhookOutbox({ board });
    await database.transaction((transaction) =>
      outbox.enqueue(transaction, {
        ...{ requestId: id, keyId: user.id, url: "https://receiver.invalid/" },
        body: { request_id: id, status: "OK", payload: { secret: "word" } },
      }),
    );
    const { status, body } = await remove(id);
    expect(status).toBe(200);
    expect(body).toEqual({ cdn_delete_results: DELETED });
    expect(deletions).toContain(id);
    const [row] = await database.query(
      `select input, output, error_body, state, outcome,
         (select body from webhook_deliveries where request_id = $1) as body from requests where id = $1`,
      [id],
    );
    expect(row).toMatchObject({
      input: null,
      output: null,
      error_body: null,
      state: "COMPLETED",
      outcome: "ok",
    });
    expect(row!.body).not.toContain("word");
  });

  it("acts once for one Idempotency-Key, also at the same time", async () => {
    const id = await addRequest();
    const headers = { "idempotency-key": randomUUID() };
    const before = deletions.length;
    const answers = await Promise.all([1, 2, 3].map(() => remove(id, headers)));
    for (const answer of answers) expect(answer.body).toEqual({ cdn_delete_results: DELETED });
    expect(deletions.length).toBe(before + 1);
    const other = await addRequest();
    expect((await remove(other, headers)).status).toBe(400);
    await records.database.query(
      "update remembered_answers set created_at = created_at - interval '11 minutes'",
    );
    expect((await remove(other, headers)).status).toBe(200);
    expect((await remove(other, { "idempotency-key": "x".repeat(300) })).status).toBe(422);
  });

  it("is refused for what is not there, not done, or not allowed", async () => {
    expect((await remove(randomUUID())).status).toBe(404);
    expect((await remove("no-id")).status).toBe(404);
    const open = await addRequest({ state: "IN_PROGRESS", outcome: null, ended_at: null });
    const { status, body } = await remove(open);
    expect(status).toBe(400);
    expect(body).toHaveProperty("detail", "Request is still in progress. Cancel it, or wait for its end.");
    expect((await asUser(`/v1/models/requests/${open}/payloads`, { method: "DELETE" })).status).toBe(403);
  });
});

describe("the account", () => {
  it("tells a key what it has spent and may spend", async () => {
    await bill({ at: NOW, units: 12.5 });
    await bill({ at: NOW, units: 1, key: admin.id });
    const { body } = await asUser("/v1/account/billing?expand=credits");
    expect(body).toEqual({
      ...{ username: "user", spent: 1.25, budget: 10, currency: "USD" },
      credits: { current_balance: 8.75, currency: "USD" },
    });
    expect((await asAdmin("/v1/account/billing?expand=credits")).body).toMatchObject({
      username: "admin",
      credits: { current_balance: null },
    });
    expect((await asUser("/v1/account/billing")).body).not.toHaveProperty("credits");
    expect((await call("/v1/account/billing")).status).toBe(401);
  });

  it("the server tells where webhooks come from as far as it knows", async () => {
    expect((await call("/v1/meta")).body).toEqual({
      version: "1.2.3",
      webhook_ip_ranges: [],
      webhook_jwks_url: `${front.address.url}/rest/.well-known/jwks.json`,
    });
    const { body, headers } = await call("/rest/.well-known/jwks.json");
    expect(body.keys).toMatchObject([{ kty: "OKP", crv: "Ed25519", use: "sig", alg: "EdDSA" }]);
    expect(Buffer.from(body.keys[0].x, "base64url")).toHaveLength(32);
    expect(headers.get("cache-control")).toContain("max-age");
  });
});

describe("the log of webhooks", () => {
  it("shows a key its own, an admin all, and sends again", async () => {
    const { database, board } = records;
    const outbox = createWebhookOutbox({ board });
    const mine = await addRequest();
    const others = await addRequest({ key_id: admin.id });
    for (const [requestId, keyId] of [
      [mine, user.id],
      [others, admin.id],
    ] as const)
      await database.transaction((transaction) =>
        outbox.enqueue(transaction, {
          requestId,
          keyId,
          url: "https://receiver.invalid/",
          body: { status: "OK" },
        }),
      );
    const own = (await asUser(`/v1/webhooks/deliveries?request_id=${mine}`)).body.deliveries;
    expect(own).toMatchObject([{ request_id: mine, state: "pending", attempts: [], ended_at: null }]);
    expect((await asUser(`/v1/webhooks/deliveries?request_id=${others}`)).body.deliveries).toEqual([]);
    const [foreign] = (await asAdmin(`/v1/webhooks/deliveries?request_id=${others}`)).body.deliveries;
    const again = (id: string) => `/v1/webhooks/deliveries/${id}/redeliver`;
    expect((await asUser(again(foreign.id), { method: "POST" })).status).toBe(404);
    expect((await asUser(again(own[0].id), { method: "POST" })).body).toEqual({
      id: own[0].id,
      state: "pending",
    });
    expect((await asUser(again("x"), { method: "POST" })).status).toBe(404);
  });
});

describe("tokens", () => {
  const ask = (body: unknown, as = asUser) =>
    as("/rest/tokens/", { method: "POST", body: JSON.stringify(body) });

  it("are a JSON string, as the JavaScript client expects, and open what they should", async () => {
    const { status, body } = await ask({ allowed_apps: ["heygen"], token_expiration: 120 });
    expect(status).toBe(200);
    expect(typeof body).toBe("string");
    const estimate = { estimate_type: "unit_price", endpoints: { [MODEL_ID]: { unit_quantity: 1 } } };
    const path = `/v1/models/pricing/estimate?fal_jwt_token=${body}`;
    expect((await call(path, { method: "POST", body: JSON.stringify(estimate) })).status).toBe(200);
    expect((await call(`/v1/models/usage?fal_jwt_token=${body}`)).status).toBe(403);
  });

  it("need a key that may run, and a sensible body", async () => {
    expect((await ask({}, call)).body).toHaveProperty("detail", "Authorization header is required");
    expect((await ask({}, asAdmin)).status).toBe(403);
    for (const token_expiration of [0, 3601, 1.5, "long"])
      expect((await ask({ token_expiration })).body.detail[0].loc).toEqual(["body", "token_expiration"]);
  });
});

describe("its own documentation", () => {
  it("names every route", async () => {
    const { body } = await call("/v1/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(Object.keys(body.paths).sort()).toEqual([
      "/v1/account/billing",
      "/v1/meta",
      "/v1/models",
      "/v1/models/pricing",
      "/v1/models/pricing/estimate",
      "/v1/models/requests/by-endpoint",
      "/v1/models/requests/{request_id}/payloads",
      "/v1/models/usage",
      "/v1/webhooks/deliveries",
      "/v1/webhooks/deliveries/{id}/redeliver",
    ]);
    const usage = body.paths["/v1/models/usage"].get;
    const names = usage.parameters.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["start", "end", "timeframe", "expand", "limit", "cursor"]));
    expect(body.paths["/v1/models"].get.security).toEqual([]);
    expect(body.components.securitySchemes.apiKeyAuth).toBeDefined();
  });
});
