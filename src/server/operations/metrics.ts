import type { Logger } from "pino";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Database } from "../../database/index.js";
import type { TalkQueue } from "../../queue/index.js";
import { createHttpMetrics, type HttpMetrics } from "./http-metrics.js";
import { createRequestMetrics } from "./request-metrics.js";
import { createWebhookMetrics } from "./webhook-metrics.js";

/** What the metrics are taken from. */
export type MetricsOptions = {
  readonly database: Database;
  readonly queue: Pick<TalkQueue, "load">;
  readonly logger: Logger;
  /** Of the program. */
  readonly version: string;
};

/** All metrics of one process. */
export type Metrics = {
  readonly http: HttpMetrics;
  /** The text that Prometheus reads. Says so when the database does not answer, and leaves out what needs it. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
};

/** How long one scrape may wait for the database. */
const READ_TIMEOUT_MS = 5000;

/** Makes the metrics of this process, and of the requests and webhooks that all processes share. */
export async function createMetrics(options: MetricsOptions): Promise<Metrics> {
  const { database, queue, logger, version } = options;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const http = createHttpMetrics(registry);
  const requests = createRequestMetrics(registry, database);
  const webhooks = createWebhookMetrics(registry, database);
  new Gauge({
    name: "parlante_build_info",
    help: "1, with the version as label.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.version }, 1);
  const up = new Gauge({
    name: "parlante_database_up",
    help: "1 when the database answered this scrape; else what is taken from it is missing or old.",
    registers,
  });
  const depth = new Gauge({
    name: "parlante_queue_requests",
    help: "Requests that wait or are worked on.",
    labelNames: ["state"],
    registers,
  });
  const age = new Gauge({
    name: "parlante_queue_oldest_seconds",
    help: "How long the oldest waiting request has waited; 0 when none waits.",
    registers,
  });
  const read = async (): Promise<void> => {
    const load = await queue.load();
    depth.set({ state: "queued" }, load.queued);
    depth.set({ state: "running" }, load.running);
    age.set(load.oldestQueuedSeconds);
    await requests.read();
    await webhooks.read();
  };
  let reading: Promise<void> | null = null;
  const readOnce = (): Promise<void> => {
    // Scrapes at the same time share one reading, also when one of them no longer waits for it.
    reading ??= read()
      .then(
        () => up.set(1),
        (error: unknown) => {
          up.set(0);
          logger.warn({ err: error }, "the database did not answer a scrape");
        },
      )
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  // From here on everything that ends is counted.
  await readOnce();
  return {
    http,
    async render() {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          up.set(0);
          resolve();
        }, READ_TIMEOUT_MS);
      });
      await Promise.race([readOnce(), timeout]);
      clearTimeout(timer);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
