import { spawnSync } from "node:child_process";
import { createHash, createPublicKey, randomBytes, randomUUID, verify } from "node:crypto";
import { serve } from "@hono/node-server";
import pino from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../test/support/test-database.js";
import {
  type ReceivedWebhook,
  startReceiver,
  type WebhookReceiver,
} from "../../test/support/webhook-receiver.js";
import { createJwksRoutes } from "../server/platform/jwks-routes.js";
import { createSigningKey, SIGNING_SEED_BYTES, type SigningKey } from "./signing-key.js";
import {
  createWebhookDelivery,
  type WebhookDelivery,
  type WebhookDeliveryOptions,
} from "./webhook-delivery.js";
import { createWebhookLog, type LoggedDelivery, type WebhookLog } from "./webhook-log.js";
import { createWebhookOutbox } from "./webhook-outbox.js";
import { WEBHOOK_QUEUE } from "./webhook-queue.js";
import { keepUp } from "./webhook-upkeep.js";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const logger = pino({ level: "silent" });

let records: TestDatabase;
let signingKey: SigningKey;
let log: WebhookLog;
const running: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  records = await startTestDatabase();
  signingKey = await createSigningKey(randomBytes(SIGNING_SEED_BYTES));
  log = createWebhookLog(records);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
  await records.database.query("delete from webhook_deliveries");
  await records.board.deleteAllJobs(WEBHOOK_QUEUE);
});
afterAll(() => records.close());

async function start(options: Partial<WebhookDeliveryOptions> = {}): Promise<WebhookDelivery> {
  const delivery = createWebhookDelivery({
    ...{ database: records.database, board: records.board, signingKey, logger },
    userAgent: "parlante/test",
    allowsPrivate: true,
    // Retries a second later, so that tests need not wait for minutes.
    delayAfter: (attempt) => (attempt < 4 ? 1 : null),
    ...options,
  });
  running.push(delivery);
  await delivery.start();
  return delivery;
}

async function receive(answer?: Parameters<typeof startReceiver>[0]): Promise<WebhookReceiver> {
  const receiver = await startReceiver(answer);
  running.push(receiver);
  return receiver;
}

async function enqueue(url: string, body: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const requestId = randomUUID();
  const outbox = createWebhookOutbox(records);
  const whole = {
    ...{ request_id: requestId, gateway_request_id: requestId, status: "OK", error: null },
    payload: { video: { url: "https://example.com/ünïcode.mp4" } },
    ...body,
  };
  await records.database.transaction((transaction) =>
    outbox.enqueue(transaction, { requestId, keyId: NOBODY, url, body: whole }),
  );
  return requestId;
}

async function logged(requestId: string): Promise<LoggedDelivery | undefined> {
  const [delivery] = await log.list({ requestId, keyId: null }, { limit: 1, offset: 0 });
  return delivery;
}

const settled = (requestId: string, state: "delivered" | "failed", timeout = 8000) =>
  expect.poll(async () => (await logged(requestId))?.state, { timeout, interval: 25 }).toBe(state);

/** As a receiver does it who has read only the protocol: knows nothing of our code but the address of the keys. */
async function isGenuine({ headers, body }: ReceivedWebhook, jwksUrl: string, now: number): Promise<boolean> {
  const { keys } = (await (await fetch(jwksUrl)).json()) as {
    keys: { kty: string; crv: string; x: string }[];
  };
  const timestamp = Number(headers["x-fal-webhook-timestamp"]);
  if (Math.abs(now - timestamp) > 300) return false;
  const message = [
    headers["x-fal-webhook-request-id"],
    headers["x-fal-webhook-user-id"],
    headers["x-fal-webhook-timestamp"],
    createHash("sha256").update(body).digest("hex"),
  ].join("\n");
  const signature = String(headers["x-fal-webhook-signature"]);
  if (!/^[0-9a-f]{128}$/.test(signature)) return false;
  return keys.some(({ kty, crv, x }) =>
    verify(
      null,
      Buffer.from(message),
      createPublicKey({ key: { kty, crv, x }, format: "jwk" }),
      Buffer.from(signature, "hex"),
    ),
  );
}

async function serveKeys(): Promise<string> {
  const server = serve({
    fetch: createJwksRoutes(signingKey.publicKey).fetch,
    port: 0,
    hostname: "127.0.0.1",
  });
  running.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address() as { port: number };
  return `http://127.0.0.1:${address.port}/.well-known/jwks.json`;
}

describe("a webhook", () => {
  it("arrives at once, signed as the protocol says", async () => {
    const [receiver, jwks] = await Promise.all([receive(), serveKeys()]);
    await start();
    const startedAt = performance.now();
    const requestId = await enqueue(receiver.url);
    await settled(requestId, "delivered");
    expect(performance.now() - startedAt).toBeLessThan(5000);
    const [webhook] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    expect(JSON.parse(webhook!.body.toString())).toMatchObject({ request_id: requestId, status: "OK" });
    expect(webhook!.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "parlante/test",
      "x-fal-webhook-request-id": requestId,
      "x-fal-webhook-user-id": NOBODY,
    });
    const now = Date.now() / 1000;
    expect(await isGenuine(webhook!, jwks, now)).toBe(true);
    expect(await isGenuine(webhook!, jwks, now + 400)).toBe(false);
    const changed = { ...webhook!, body: Buffer.from(`${webhook!.body} `) };
    expect(await isGenuine(changed, jwks, now)).toBe(false);
    const other = { ...webhook!.headers, "x-fal-webhook-user-id": randomUUID() };
    expect(await isGenuine({ ...webhook!, headers: other }, jwks, now)).toBe(false);
  });

  it("is verified by Python's cryptography, too, where that is installed", async (context) => {
    const hasPython = spawnSync("python3", ["-c", "import cryptography"]).status === 0;
    if (!hasPython) return context.skip("python3 with the package cryptography is not installed");
    const receiver = await receive();
    await start();
    await settled(await enqueue(receiver.url), "delivered");
    const { headers, body } = receiver.received[0]!;
    const script = `
import base64, hashlib, json, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
given = json.load(sys.stdin)
x = given["x"] + "=" * (-len(given["x"]) % 4)
key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x))
h = given["headers"]
message = "\\n".join([h["x-fal-webhook-request-id"], h["x-fal-webhook-user-id"], h["x-fal-webhook-timestamp"],
    hashlib.sha256(base64.b64decode(given["body"])).hexdigest()])
key.verify(bytes.fromhex(h["x-fal-webhook-signature"]), message.encode())
print("verified")`;
    const input = JSON.stringify({ headers, body: body.toString("base64"), x: signingKey.publicKey.x });
    expect(spawnSync("python3", ["-c", script], { input }).stdout.toString()).toBe("verified\n");
  });

  it("is repeated until the receiver takes it, each attempt signed anew", async () => {
    const receiver = await receive((response, before) => {
      response.writeHead([500, 404, 200][before]!).end();
    });
    let clock = 1_000_000;
    await start({ now: () => clock++ });
    const requestId = await enqueue(receiver.url);
    await settled(requestId, "delivered");
    const delivery = await logged(requestId);
    expect(delivery!.attempts.map(({ attempt, statusCode }) => [attempt, statusCode])).toEqual([
      [1, 500],
      [2, 404],
      [3, 200],
    ]);
    expect(delivery!.attempts[0]!.error).toContain("500");
    expect(delivery!.attempts[2]!.error).toBeNull();
    expect(delivery!.endedAt).toBeInstanceOf(Date);
    const signatures = receiver.received.map(({ headers }) => headers["x-fal-webhook-signature"]);
    expect(new Set(signatures).size).toBe(3);
    expect(new Set(receiver.received.map(({ body }) => body.toString())).size).toBe(1);
  });

  it("is given up after the last attempt, and can be sent again", async () => {
    let status = 503;
    const receiver = await receive((response) => response.writeHead(status).end());
    await start({ delayAfter: (attempt) => (attempt < 2 ? 1 : null) });
    const requestId = await enqueue(receiver.url);
    await settled(requestId, "failed");
    expect(receiver.received).toHaveLength(2);
    status = 204;
    const { id } = (await logged(requestId))!;
    expect(await log.redeliver(id, randomUUID())).toBe(false);
    expect(await log.redeliver(id, NOBODY)).toBe(true);
    await settled(requestId, "delivered");
    expect((await logged(requestId))!.attempts.map(({ statusCode }) => statusCode)).toEqual([503, 503, 204]);
    expect(await log.redeliver(randomUUID(), null)).toBe(false);
  });

  it.each([301, 302, 307, 308])("does not follow a redirect (%i) and is not repeated", async (status) => {
    const target = await receive();
    const receiver = await receive((response) => response.writeHead(status, { location: target.url }).end());
    await start();
    const requestId = await enqueue(receiver.url);
    await settled(requestId, "failed");
    expect(receiver.received).toHaveLength(1);
    expect(target.received).toHaveLength(0);
    expect((await logged(requestId))!.attempts[0]!.error).toContain("redirect");
  });

  it("says what is wrong with receivers that are not there", async () => {
    const gone = await startReceiver();
    await gone.close();
    await start({ delayAfter: () => null });
    const closedPort = await enqueue(gone.url);
    const noName = await enqueue("http://receiver.invalid/");
    await settled(closedPort, "failed");
    await settled(noName, "failed");
    expect((await logged(closedPort))!.attempts).toMatchObject([
      { statusCode: null, error: "The host refuses the connection." },
    ]);
    expect((await logged(noName))!.attempts[0]!.error).toMatch(/host name/);
  });

  it.each([
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://[::1]/",
  ])("is never sent to %s unless that is allowed", async (template) => {
    const receiver = await receive();
    await start({ allowsPrivate: false });
    const requestId = await enqueue(template.replace("{port}", new URL(receiver.url).port));
    await settled(requestId, "failed");
    expect((await logged(requestId))!.attempts).toHaveLength(1);
    expect((await logged(requestId))!.attempts[0]!.error).toMatch(/public internet|https/);
    expect(receiver.received).toHaveLength(0);
    expect(receiver.open()).toBe(0);
  });

  it("does not wait for, or read, more of an answer than it needs", async () => {
    let written = 0;
    const receiver = await receive((response) => {
      response.writeHead(200);
      const flood = () => {
        while (!response.destroyed && written < 50_000_000) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return response.once("drain", flood);
        }
        return undefined;
      };
      flood();
    });
    const silent = await receive((response) => response.writeHead(200).flushHeaders());
    await start();
    const [flooded, unfinished] = [await enqueue(receiver.url), await enqueue(silent.url)];
    await settled(flooded, "delivered");
    await settled(unfinished, "delivered");
    expect(written).toBeLessThan(20_000_000);
    await expect.poll(() => receiver.open() + silent.open()).toBe(0);
  });
});

describe("receivers that hang", () => {
  it("time out, are repeated, and block nobody", async () => {
    const hanging = await receive(() => {});
    const receiver = await receive();
    await start({ timeoutOf: () => 3, delayAfter: (attempt) => (attempt < 2 ? 1 : null) });
    const stuck = await Promise.all(Array.from({ length: 60 }, () => enqueue(hanging.url)));
    const startedAt = performance.now();
    const requestIds = await Promise.all(Array.from({ length: 20 }, () => enqueue(receiver.url)));
    for (const requestId of requestIds) await settled(requestId, "delivered", 2500);
    expect(performance.now() - startedAt).toBeLessThan(2500);
    expect(hanging.open()).toBeLessThanOrEqual(8);
    await expect
      .poll(
        async () => (await Promise.all(stuck.map(logged))).some((delivery) => delivery!.attempts.length > 0),
        {
          timeout: 6000,
        },
      )
      .toBe(true);
    const attempts = (await Promise.all(stuck.map(logged))).flatMap((delivery) => delivery!.attempts);
    expect(attempts[0]).toMatchObject({ statusCode: null, error: "The receiver did not answer within 3 s." });
  });
});

describe("what is kept", () => {
  it("a payload beyond the limit gives way to payload_error", async () => {
    const receiver = await receive();
    await start();
    const requestId = await enqueue(receiver.url, { payload: { text: "x".repeat(1_100_000) } });
    await settled(requestId, "delivered");
    const body = JSON.parse(receiver.received[0]!.body.toString());
    expect(body).toMatchObject({ request_id: requestId, status: "OK", payload: null });
    expect(body.payload_error).toContain("1000000");
  });

  it("a forgotten payload is not sent any more", async () => {
    const receiver = await receive();
    const requestId = await enqueue(receiver.url, { payload: { secret: "word" } });
    await log.forget(records.database, [requestId]);
    expect(JSON.stringify(await records.database.query("select body from webhook_deliveries"))).not.toContain(
      "word",
    );
    await start();
    await settled(requestId, "delivered");
    expect(JSON.parse(receiver.received[0]!.body.toString())).toMatchObject({
      request_id: requestId,
      gateway_request_id: requestId,
      payload: null,
      payload_error: "The payload is no longer stored.",
    });
  });

  it("payloads go when those of the request have expired", async () => {
    const ids = await Promise.all([0, 1].map(() => enqueue("http://127.0.0.1:9/", { payload: "word" })));
    for (const [i, expiry] of ["-1 second", "1 hour"].entries())
      await records.database.query(
        `insert into requests (id, key_id, endpoint, state, outcome, input, input_hash, file_base, auth_method,
           ended_at, payloads_expire_at)
         values ($1, $2, 'e', 'COMPLETED', 'ok', '{}', '', '', 'none', now(), now() + $3::interval)`,
        [ids[i], NOBODY, expiry],
      );
    await keepUp(records.database, records.board);
    const rows = await records.database.query<{ request_id: string; body: string }>(
      "select request_id, body from webhook_deliveries",
    );
    expect(rows.find((row) => row.request_id === ids[0])!.body).not.toContain("word");
    expect(rows.find((row) => row.request_id === ids[1])!.body).toContain("word");
  });

  it("a delivery whose job was lost gets another", async () => {
    const receiver = await receive();
    const requestId = await enqueue(receiver.url);
    await records.board.deleteAllJobs(WEBHOOK_QUEUE);
    await start();
    await settled(requestId, "delivered");
  });

  it("nothing is promised by a transaction that fails", async () => {
    const outbox = createWebhookOutbox(records);
    const requestId = randomUUID();
    const failing = records.database.transaction(async (transaction) => {
      await outbox.enqueue(transaction, { requestId, keyId: NOBODY, url: "http://127.0.0.1:9/", body: {} });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await logged(requestId)).toBeUndefined();
    expect(await records.board.findJobs(WEBHOOK_QUEUE)).toHaveLength(0);
  });

  it("a request has one webhook, even when it is promised twice", async () => {
    const receiver = await receive();
    await start();
    const outbox = createWebhookOutbox(records);
    const delivery = { requestId: randomUUID(), keyId: NOBODY, url: receiver.url, body: { status: "OK" } };
    for (let i = 0; i < 2; i++)
      await records.database.transaction((transaction) => outbox.enqueue(transaction, delivery));
    await settled(delivery.requestId, "delivered");
    expect(receiver.received).toHaveLength(1);
  });
});

describe("stopping", () => {
  it("leaves what hangs to the next process, which begins it again", async () => {
    let hangs = true;
    const receiver = await receive((response) => {
      if (!hangs) response.end();
    });
    const first = await start();
    const requestId = await enqueue(receiver.url);
    await expect.poll(() => receiver.received.length).toBe(1);
    const startedAt = performance.now();
    await first.close();
    expect(performance.now() - startedAt).toBeLessThan(4000);
    hangs = false;
    await start();
    await settled(requestId, "delivered");
    expect(receiver.received).toHaveLength(2);
    expect((await logged(requestId))!.attempts).toHaveLength(1);
  });
});
