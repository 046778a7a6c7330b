import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../../test/support/test-database.js";
import type { Database } from "../../database/index.js";
import { createLogger } from "../../shared/logger.js";
import { FinishedRows } from "./finished-rows.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { createReadiness } from "./readiness.js";

const logger = createLogger("silent");
const anonymous = "00000000-0000-0000-0000-000000000000";
const well = { kind: "disk", check: async () => ({ ok: true }) as const };
const emptyQueue = { load: async () => ({ queued: 0, running: 0, oldestQueuedSeconds: 0 }) };
/** A database that is away. */
const absent: Database = {
  query: () => Promise.reject(new Error("connect ECONNREFUSED postgres://me:hidden@db")),
  transaction: () => Promise.reject(new Error("away")),
  listen: () => Promise.reject(new Error("away")),
  close: async () => {},
};

let postgres: TestDatabase;
beforeAll(async () => {
  postgres = await startTestDatabase();
});
afterAll(() => postgres.close());

type Finished = {
  outcome?: "ok" | "error" | "cancelled";
  errorType?: string;
  timings?: Record<string, number>;
  videoSeconds?: number;
  workSeconds?: number;
  isSync?: boolean;
  attempt?: number;
  /** SQL. */
  endedAt?: string;
};

async function finish(given: Finished = {}): Promise<string> {
  const id = randomUUID();
  await postgres.database.query(
    `insert into requests (id, key_id, endpoint, state, outcome, input_hash, file_base, auth_method, error_type,
       timings, video_seconds, inference_seconds, is_sync, attempt, created_at, started_at, ended_at)
     values ($1, $2, 'fal-ai/heygen/avatar4/image-to-video', 'COMPLETED', $3, '\\x00', 'http://x', 'none', $4,
       $5, $6, $7, $8, $9, clock_timestamp() - interval '3 s', clock_timestamp() - interval '1 s',
       ${given.endedAt ?? "clock_timestamp()"})`,
    [
      id,
      anonymous,
      given.outcome ?? "ok",
      given.errorType ?? null,
      given.timings === undefined ? null : JSON.stringify(given.timings),
      given.videoSeconds ?? null,
      given.workSeconds ?? null,
      given.isSync ?? false,
      given.attempt ?? 1,
    ],
  );
  return id;
}

/** The samples of a text in Prometheus' format: `name{a="b"}` → value. Throws on a line that is none. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (?:counter|gauge|histogram|summary)$/.exec(line)?.[1];
    if (type !== undefined) {
      expect(typed.has(type), `${type} twice`).toBe(false);
      typed.add(type);
      continue;
    }
    if (/^# HELP [a-zA-Z_:][\w:]* .+$/.test(line)) continue;
    const match =
      /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)+\})?) (-?[\d.e+-]+|Na[nN]|[+-]Inf)$/.exec(
        line,
      );
    if (match === null) throw new Error(`not a sample: ${line}`);
    expect(samples.has(match[1]!), `${match[1]} twice`).toBe(false);
    samples.set(match[1]!, Number(match[2]));
  }
  return samples;
}

const scrape = async (metrics: Metrics) => parse((await metrics.render()).text);

describe("metrics", () => {
  it("count what ended since the start, on whatever worker, each request once", async () => {
    await finish({ videoSeconds: 100, workSeconds: 50 });
    const metrics = await createMetrics({
      database: postgres.database,
      queue: { load: async () => ({ queued: 3, running: 2, oldestQueuedSeconds: 12.5 }) },
      logger,
      version: "1.2.3",
    });
    await finish({
      videoSeconds: 10,
      workSeconds: 5,
      timings: { portrait: 1.5, render: 3, total: 5 },
      attempt: 2,
    });
    await finish({ videoSeconds: 4, workSeconds: 6, timings: { render: 5, total: 6 }, isSync: true });
    await finish({ outcome: "error", errorType: "face_detection_error", workSeconds: 0.5 });
    await finish({ outcome: "cancelled", errorType: "client_cancelled" });
    await scrape(metrics);
    const samples = await scrape(metrics);
    const total = (outcome: string, type: string, mode: string) =>
      samples.get(`parlante_requests_total{outcome="${outcome}",error_type="${type}",mode="${mode}"}`);
    expect(total("ok", "", "queue")).toBe(1);
    expect(total("ok", "", "sync")).toBe(1);
    expect(total("error", "face_detection_error", "queue")).toBe(1);
    expect(total("cancelled", "client_cancelled", "queue")).toBe(1);
    expect(samples.get("parlante_request_attempts_total")).toBe(5);
    expect(samples.get("parlante_video_seconds_total")).toBe(14);
    expect(samples.get('parlante_stage_seconds_sum{stage="render"}')).toBe(8);
    expect(samples.get('parlante_stage_seconds_count{stage="portrait"}')).toBe(1);
    expect(samples.get("parlante_real_time_factor_sum")).toBeCloseTo(0.5 + 1.5);
    expect(samples.get('parlante_real_time_factor_bucket{le="0.5"}')).toBe(1);
    expect(samples.get("parlante_request_wait_seconds_count")).toBe(4);
    expect(samples.get("parlante_request_wait_seconds_sum")).toBeCloseTo(8, 1);
    expect(samples.get('parlante_queue_requests{state="queued"}')).toBe(3);
    expect(samples.get('parlante_queue_requests{state="running"}')).toBe(2);
    expect(samples.get("parlante_queue_oldest_seconds")).toBe(12.5);
    expect(samples.get("parlante_database_up")).toBe(1);
    expect(samples.get(`parlante_build_info{version="1.2.3",node="${process.version}"}`)).toBe(1);
    expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(samples.has("nodejs_eventloop_lag_p99_seconds")).toBe(true);
  });

  it("find a request whose transaction took its time", async () => {
    const metrics = await createMetrics({
      database: postgres.database,
      queue: emptyQueue,
      logger,
      version: "1",
    });
    await finish({ videoSeconds: 1 });
    expect((await scrape(metrics)).get("parlante_video_seconds_total")).toBe(1);
    await finish({ videoSeconds: 2, endedAt: "clock_timestamp() - interval '20 s'" });
    expect((await scrape(metrics)).get("parlante_video_seconds_total")).toBe(3);
    expect((await scrape(metrics)).get("parlante_video_seconds_total")).toBe(3);
  });

  it("count attempts at webhooks and what still waits", async () => {
    const metrics = await createMetrics({
      database: postgres.database,
      queue: emptyQueue,
      logger,
      version: "1",
    });
    const [delivered, pending] = [randomUUID(), randomUUID()];
    for (const [id, state] of [
      [delivered, "delivered"],
      [pending, "pending"],
    ])
      await postgres.database.query(
        `insert into webhook_deliveries (id, request_id, key_id, url, body, state, job_id, created_at)
         values ($1, $2, $3, 'https://example.com', '{}', $4, $5, clock_timestamp() - interval '90 s')`,
        [id, await finish(), anonymous, state, randomUUID()],
      );
    const attempts = [
      [delivered, 1, null],
      [delivered, 2, 503],
      [delivered, 3, 200],
      [pending, 1, 500],
    ];
    for (const [id, attempt, status] of attempts)
      await postgres.database.query(
        "insert into webhook_attempts (delivery_id, attempt, status_code, seconds) values ($1, $2, $3, 0.25)",
        [id, attempt, status],
      );
    await scrape(metrics);
    const samples = await scrape(metrics);
    const answers = (answer: string) => samples.get(`parlante_webhook_attempts_total{answer="${answer}"}`);
    expect([answers("none"), answers("2xx"), answers("5xx")]).toEqual([1, 1, 2]);
    expect(samples.get("parlante_webhook_attempt_seconds_sum")).toBe(1);
    expect(samples.get("parlante_webhooks_pending")).toBe(1);
    expect(samples.get("parlante_webhooks_oldest_pending_seconds")).toBeGreaterThan(89);
  });

  it("count answers by surface and status, with a bounded number of labels", async () => {
    const metrics = await createMetrics({
      database: postgres.database,
      queue: emptyQueue,
      logger,
      version: "1",
    });
    metrics.http.answered({ surface: "queue", method: "GET", status: 200, seconds: 0.004 });
    metrics.http.answered({ surface: "queue", method: "GET", status: 200, seconds: 0.2 });
    for (let i = 0; i < 50; i++)
      metrics.http.answered({ surface: null, method: `X${i}`, status: 405, seconds: 0 });
    const samples = await scrape(metrics);
    const count = (labels: string) => samples.get(`parlante_http_requests_total{${labels}}`);
    expect(count('surface="queue",method="GET",status="200"')).toBe(2);
    expect(count('surface="none",method="OTHER",status="405"')).toBe(50);
    expect(samples.get('parlante_http_request_seconds_bucket{le="0.005",surface="queue"}')).toBe(1);
  });

  it("are told when the database is away, and say so", async () => {
    const metrics = await createMetrics({ database: absent, queue: emptyQueue, logger, version: "1" });
    const samples = await scrape(metrics);
    expect(samples.get("parlante_database_up")).toBe(0);
    expect(samples.has("process_cpu_seconds_total")).toBe(true);
  });

  it("share one reading between scrapes at the same time", async () => {
    let loads = 0;
    const queue = {
      load: async () => {
        loads += 1;
        return { queued: 0, running: 0, oldestQueuedSeconds: 0 };
      },
    };
    const metrics = await createMetrics({ database: postgres.database, queue, logger, version: "1" });
    loads = 0;
    await Promise.all(Array.from({ length: 20 }, () => metrics.render()));
    expect(loads).toBe(1);
  });
});

describe("rows that end", () => {
  it("are read page by page, each once", async () => {
    const rows = Array.from({ length: 4500 }, (_, i) => ({
      id: String(i).padStart(6, "0"),
      ended: "2030-01-01T00:00:00Z",
      epoch: Date.parse("2030-01-01T00:00:00Z") / 1000,
    }));
    let clock = rows[0]!.epoch - 3600;
    const database: Database = { ...absent, query: async () => [{ now: clock }] as never };
    const seen: string[] = [];
    let pages = 0;
    const reader = new FinishedRows(database, {
      firstId: "",
      page: async (_database, after, limit) => {
        pages += 1;
        return rows.filter((row) => after.ended < row.ended || row.id > after.id).slice(0, limit);
      },
      observe: (row) => seen.push((row as { id: string }).id),
    });
    rows.splice(0, rows.length, ...rows.slice(0, 4500));
    const later = rows.splice(0);
    await reader.read();
    rows.push(...later);
    clock = rows[0]!.epoch + 1;
    await reader.read();
    await reader.read();
    expect(seen).toEqual(rows.map(({ id }) => id));
    expect(pages).toBe(1 + 3 + 3);
  });
});

describe("readiness", () => {
  it("tells each check", async () => {
    const { database } = postgres;
    const queue = { load: async () => ({ queued: 7, running: 1, oldestQueuedSeconds: 3 }) };
    const readiness = createReadiness({ database, queue, store: well, logger });
    expect(await readiness.check()).toEqual({
      status: "ready",
      checks: {
        database: { ok: true, milliseconds: expect.any(Number) },
        migrations: { ok: true, version: expect.any(Number) },
        queue: { ok: true, queued: 7, running: 1, oldest_queued_seconds: 3 },
        files: { ok: true, kind: "disk" },
      },
    });
  });

  it("is over while the process drains", async () => {
    const readiness = createReadiness({
      database: postgres.database,
      queue: emptyQueue,
      store: well,
      logger,
    });
    readiness.drain();
    expect((await readiness.check()).status).toBe("draining");
  });

  it("says that the database is away without saying where it is", async () => {
    const lines: unknown[] = [];
    const listening = createLogger("error", { write: (line: string) => lines.push(JSON.parse(line)) });
    const readiness = createReadiness({
      database: absent,
      queue: { load: () => Promise.reject(new Error("away")) },
      store: { kind: "s3", check: async () => ({ ok: false, reason: "403 from bucket-of-mine" }) },
      logger: listening,
    });
    await readiness.check();
    const { status, checks } = await readiness.check();
    expect(status).toBe("not-ready");
    for (const name of ["database", "migrations", "queue", "files"]) expect(checks[name]!.ok).toBe(false);
    expect(JSON.stringify(checks)).not.toMatch(/ECONNREFUSED|bucket-of-mine|postgres:/);
    // The operator hears it once per failure.
    expect(lines.filter((line) => (line as { check: string }).check === "database")).toHaveLength(1);
  });

  it("does not wait for what hangs", async () => {
    const hanging: Database = { ...absent, query: () => new Promise(() => {}) };
    const readiness = createReadiness({ database: hanging, queue: emptyQueue, store: well, logger });
    const start = performance.now();
    expect((await readiness.check()).checks.database!.ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it("does not write to the file store at every question", async () => {
    let checks = 0;
    let now = 0;
    const store = {
      kind: "s3",
      check: async () => {
        checks += 1;
        return { ok: true } as const;
      },
    };
    const readiness = createReadiness({
      database: postgres.database,
      queue: emptyQueue,
      store,
      logger,
      now: () => now,
    });
    for (now = 0; now < 20; now++) await readiness.check();
    expect(checks).toBe(2);
  });
});
