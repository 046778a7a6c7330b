import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readSecret } from "../database/index.js";
import { assertSafeToListen, createCallerDirectory, createKeyStore, isLoopback } from "../keys/index.js";
import { createTalkQueue } from "../queue/index.js";
import { createFront, createOperations, listen } from "../server/index.js";
import { loadTls } from "../tls/index.js";
import { createSigningKey, createWebhookDelivery, SIGNING_SEED_BYTES } from "../webhooks/index.js";
import type { Parts } from "./parts.js";
import { makeSurfaces } from "./surfaces.js";

/** The part of a server that answers. */
export type ApiNode = {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Tells load balancers to go elsewhere, takes no new connections, and lets answers under way end. */
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts to answer.
 *
 * @throws {@link ParlanteError} `keys_required` when other machines could call and there is no key;
 *   the error of the system when the port cannot be had
 */
export async function startApiNode(parts: Parts): Promise<ApiNode> {
  const { settings, logger, database, board, secret, store, files, version } = parts;
  const keys = createKeyStore(database);
  assertSafeToListen(settings.host, await keys.hasActiveKeys());

  const isLocal = isLoopback(settings.host);
  const callers = createCallerDirectory({ database, secret, allowsKeyless: isLocal });
  const signingKey = await createSigningKey(
    await readSecret(database, "webhook-signing", () => randomBytes(SIGNING_SEED_BYTES)),
  );
  const queue = await createTalkQueue({
    database,
    board,
    webhooks: parts.webhooks,
    keepPayloadsDays: parts.keepPayloadsDays,
    retries: settings.retries,
    logger,
  });
  const operations = await createOperations({
    database,
    queue,
    store,
    logger,
    version,
    metricsArePublic: settings.metricsArePublic,
  });
  const surfaces = makeSurfaces(parts, { queue, callers, operations, signingKey });
  const front = createFront({
    surfaces,
    callers,
    settings,
    logger,
    onAnswer: (record) => operations.http.answered(record),
  });
  const delivery = createWebhookDelivery({
    database,
    board,
    signingKey,
    allowsPrivate: settings.allowsPrivateWebhooks,
    logger,
    userAgent: `parlante/${version}`,
  });
  const listener = await listen({
    host: settings.host,
    port: settings.port,
    tls: await loadTls(join(settings.dataDir, "tls")),
    fetch: front.fetch,
    logger,
  }).catch(async (error: unknown) => {
    await queue.close();
    throw error;
  });
  await delivery.start();
  const sweeping = files.startSweeping();
  return {
    url: listener.address.url,
    async drain(graceMs) {
      operations.startDraining();
      await listener.close(graceMs);
    },
    async close() {
      await listener.close(0);
      await sweeping.stop();
      await delivery.close();
      await queue.close();
    },
  };
}
