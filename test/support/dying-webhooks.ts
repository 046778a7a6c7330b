/** Delivers webhooks until it is killed by a test. */
import { pino } from "pino";
import { type DatabaseAddress, openDatabase, startJobBoard } from "../../src/database/index.js";
import { createSigningKey, createWebhookDelivery, SIGNING_SEED_BYTES } from "../../src/webhooks/index.js";

const database = await openDatabase(JSON.parse(process.argv[2]!) as DatabaseAddress);
const delivery = createWebhookDelivery({
  database,
  board: await startJobBoard(database, { supervise: true }),
  signingKey: await createSigningKey(Buffer.alloc(SIGNING_SEED_BYTES)),
  allowsPrivate: true,
  logger: pino({ level: "silent" }),
  userAgent: "parlante/test",
});
await delivery.start();
