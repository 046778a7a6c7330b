import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Database } from "../../database/index.js";
import { FinishedRows } from "./finished-rows.js";

type Attempt = { readonly status_code: number | null; readonly seconds: number };

/** Attempts at delivering webhooks, by any process, and what still waits. */
export function createWebhookMetrics(registry: Registry, database: Database): { read(): Promise<void> } {
  const registers = [registry];
  const attempts = new Counter({
    name: "parlante_webhook_attempts_total",
    help: "Attempts since this process started, on any node: 2xx is delivered, none is no answer.",
    labelNames: ["answer"],
    registers,
  });
  const seconds = new Histogram({
    name: "parlante_webhook_attempt_seconds",
    help: "Time of one attempt.",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 120],
    registers,
  });
  const pending = new Gauge({
    name: "parlante_webhooks_pending",
    help: "Deliveries that are not finished.",
    registers,
  });
  const oldest = new Gauge({
    name: "parlante_webhooks_oldest_pending_seconds",
    help: "Age of the oldest of them; 0 when there is none.",
    registers,
  });
  const rows = new FinishedRows<Attempt>(database, {
    firstId: "",
    page: (from, after, limit) =>
      from.query(
        `select id, ended, extract(epoch from at)::float8 as epoch, status_code, seconds
         from webhook_attempts,
           lateral (select at::text as ended, delivery_id::text || '/' || attempt as id) as mark
         where (at, delivery_id::text || '/' || attempt) > ($1::timestamptz, $2)
         order by at, id limit $3`,
        [after.ended, after.id, limit],
      ),
    observe({ status_code: status, seconds: duration }) {
      attempts.inc({ answer: status === null ? "none" : `${Math.floor(status / 100)}xx` });
      seconds.observe(duration);
    },
  });
  return {
    async read() {
      await rows.read();
      const [open] = await database.query<{ pending: number; oldest: number }>(
        `select count(*)::integer as pending,
           coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest
         from webhook_deliveries where state = 'pending'`,
      );
      pending.set(open?.pending ?? 0);
      oldest.set(Math.max(0, open?.oldest ?? 0));
    },
  };
}
