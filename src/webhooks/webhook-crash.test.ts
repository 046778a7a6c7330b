import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { expect, it } from "vitest";
import { startTestDatabase } from "../../test/support/test-database.js";
import { startReceiver } from "../../test/support/webhook-receiver.js";
import { createSigningKey, SIGNING_SEED_BYTES } from "./signing-key.js";
import { createWebhookDelivery } from "./webhook-delivery.js";
import { createWebhookLog } from "./webhook-log.js";
import { createWebhookOutbox } from "./webhook-outbox.js";

const CHILD = fileURLToPath(new URL("../../test/support/dying-webhooks.ts", import.meta.url));

it("a webhook survives kill -9 of the process that was sending it", async () => {
  const { database, board, address, close } = await startTestDatabase();
  let answers = false;
  const receiver = await startReceiver((response) => {
    if (answers) response.end();
  });
  const child = spawn(process.execPath, ["--import", "tsx", CHILD, JSON.stringify(address)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const delivery = createWebhookDelivery({
    ...{ database, board, allowsPrivate: true, userAgent: "parlante/test" },
    signingKey: await createSigningKey(Buffer.alloc(SIGNING_SEED_BYTES)),
    logger: pino({ level: "silent" }),
  });
  try {
    const requestIds = Array.from({ length: 3 }, () => randomUUID());
    const outbox = createWebhookOutbox({ board });
    for (const requestId of requestIds)
      await database.transaction((transaction) =>
        outbox.enqueue(transaction, {
          requestId,
          keyId: "00000000-0000-0000-0000-000000000000",
          url: receiver.url,
          body: { request_id: requestId },
        }),
      );
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(3);
    child.kill("SIGKILL");
    await once(child, "exit");
    answers = true;
    await delivery.start();
    const log = createWebhookLog({ database, board });
    const states = async () =>
      (await log.list({ requestId: null, keyId: null }, { limit: 10, offset: 0 })).map(({ state }) => state);
    await expect.poll(states, { timeout: 25_000 }).toEqual(["delivered", "delivered", "delivered"]);
    const bodies = receiver.received.slice(3).map(({ body }) => JSON.parse(body.toString()).request_id);
    expect(bodies.sort()).toEqual([...requestIds].sort());
  } finally {
    child.kill("SIGKILL");
    await delivery.close();
    await receiver.close();
    await close();
  }
});
