import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  completed,
  NO_KEY,
  openQueueBench,
  type QueueBench,
  submissionOf,
  taking,
  until,
} from "../../test/support/queue-bench.js";
import {
  AssetError,
  CapacityError,
  DeadlineError,
  EngineError,
  InputError,
  NotFoundError,
} from "../shared/errors.js";
import type { TalkQueue } from "./talk-queue.js";

let bench: QueueBench;
let queue: TalkQueue;

beforeAll(async () => {
  bench = await openQueueBench();
  queue = bench.queue;
});
afterAll(() => bench.close());

const workers: { close(): Promise<void> }[] = [];
async function work(...args: Parameters<QueueBench["addWorker"]>) {
  const worker = await bench.addWorker(...args);
  workers.push(worker);
  return worker;
}
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close();
  const { database } = bench;
  const open = await database.query<{ id: string; key_id: string }>(
    "select id, key_id from requests where state <> 'COMPLETED'",
  );
  for (const { id, key_id } of open) await queue.cancel(id, key_id, "client_cancelled");
});

async function row(id: string) {
  const [found] = await bench.database.query<Record<string, unknown>>(
    "select * from requests where id = $1",
    [id],
  );
  return found!;
}
async function ledger(id: string) {
  return bench.database.query<Record<string, unknown>>("select * from ledger where request_id = $1", [id]);
}
async function webhook(id: string) {
  const [found] = await bench.database.query<{ url: string; body: string }>(
    "select url, body from webhook_deliveries where request_id = $1",
    [id],
  );
  return found === undefined
    ? null
    : { url: found.url, body: JSON.parse(found.body) as Record<string, unknown> };
}

describe("a request", () => {
  it("waits, is worked on, is done, billed once and told to its webhook", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const submitted = await queue.submit(submissionOf({ webhookUrl: "https://example.com/hook" }));
    expect(submitted).toMatchObject({ state: "IN_QUEUE", queuePosition: 0, outcome: null, keyId: NO_KEY });
    expect(await queue.result(submitted.id, NO_KEY)).toBeNull();
    await work(() => held);
    await until(async () => (await queue.snapshot(submitted.id, NO_KEY))?.state === "IN_PROGRESS");
    release();
    await completed(queue, submitted.id);
    const snapshot = await queue.snapshot(submitted.id, NO_KEY);
    expect(snapshot).toMatchObject({ outcome: "ok", queuePosition: null, progress: 1, errorType: null });
    expect(snapshot!.inferenceSeconds).toBeGreaterThan(0);
    const result = await queue.result(submitted.id, NO_KEY);
    expect(result).toMatchObject({
      outcome: "ok",
      billableUnits: 2.5,
      output: {
        video: {
          url: expect.stringMatching(/^parlante-file:.{21}$/),
          content_type: "video/mp4",
          file_name: "output.mp4",
          file_size: 13,
        },
      },
    });
    expect(await ledger(submitted.id)).toMatchObject([
      { units: 2.5, unit: "seconds", unit_price: 0.1, cost: 0.25, key_id: NO_KEY },
    ]);
    expect(await webhook(submitted.id)).toMatchObject({
      url: "https://example.com/hook",
      body: {
        request_id: submitted.id,
        gateway_request_id: submitted.id,
        status: "OK",
        error: null,
        payload: { video: { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:8080\/files\//) } },
      },
    });
    expect(await row(submitted.id)).toMatchObject({ attempt: 1, video_seconds: 2.5, frame_count: 63 });
  });

  it("is nobody else's", async () => {
    const other = await bench.addKey();
    const { id } = await queue.submit(submissionOf());
    expect(await queue.snapshot(id, other)).toBeNull();
    expect(await queue.cancel(id, other, "client_cancelled")).toBe("not-found");
    await expect(queue.result(id, other)).rejects.toThrow(NotFoundError);
    expect((await queue.snapshot(id, NO_KEY))?.state).toBe("IN_QUEUE");
  });

  it("may hold what jsonb refuses, and ids may be nonsense", async () => {
    const body = { image_url: "x", prompt: "a\u0000b\ud800", z: 1, a: 2 };
    let seen: unknown;
    await work(async (job) => {
      seen = job.body;
    });
    const { id } = await queue.submit(submissionOf({ body, tags: { a: "\u0000" }, runnerHint: "\u0000" }));
    await completed(queue, id);
    expect(seen).toEqual(body);
    expect(await queue.snapshot("nonsense", NO_KEY)).toBeNull();
    expect(await queue.cancel("nonsense", NO_KEY, "client_cancelled")).toBe("not-found");
    await expect(queue.result("nonsense", NO_KEY)).rejects.toThrow(NotFoundError);
    expect(await queue.logs("nonsense", 0)).toEqual([]);
  });

  it.each([
    [
      new InputError("missing", "Field required", { field: ["image_url"] }),
      422,
      "missing",
      { detail: [{ loc: ["body", "image_url"], msg: "Field required", type: "missing" }] },
    ],
    [new AssetError("face_detection_error", "No face"), 422, "face_detection_error", { detail: [{}] }],
    [new DeadlineError("Too long"), 504, "generation_timeout", { detail: [{ type: "generation_timeout" }] }],
    [
      new EngineError("internal_server_error", "The encoder failed", {}, false),
      500,
      "internal_error",
      { detail: "The encoder failed", error_type: "internal_error" },
    ],
    [new TypeError("secret"), 500, "internal_server_error", { detail: [{ type: "internal_server_error" }] }],
  ])("that fails with %s ends with %i, unbilled, at the first attempt", async (error, status, type, body) => {
    let attempts = 0;
    await work(async () => {
      attempts += 1;
      throw error;
    });
    const { id } = await queue.submit(submissionOf({ webhookUrl: "https://example.com/hook" }));
    await completed(queue, id);
    expect(attempts).toBe(1);
    expect(await queue.snapshot(id, NO_KEY)).toMatchObject({ outcome: "error", errorType: type });
    const result = await queue.result(id, NO_KEY);
    expect(result).toMatchObject({ outcome: "error", statusCode: status, errorType: type, body });
    expect(JSON.stringify(result)).not.toContain("secret");
    expect(await ledger(id)).toEqual([]);
    expect((await row(id)).billable_units).toBe(0);
    expect((await webhook(id))?.body).toMatchObject({
      status: "ERROR",
      error: `Invalid status code: ${status}`,
      payload: body,
    });
  });

  it("is tried again after a crash, and given up when that was often enough", async () => {
    const attempts: number[] = [];
    const crash = new EngineError("runner_disconnected", "The process died.");
    await work(
      async ({ attempt }) => {
        attempts.push(attempt);
        if (attempts.length !== 3) throw crash;
      },
      { retries: 2 },
    );
    const { id } = await queue.submit(submissionOf());
    await completed(queue, id);
    expect(attempts).toEqual([1, 2, 3]);
    expect((await queue.snapshot(id, NO_KEY))?.outcome).toBe("ok");
    expect(await ledger(id)).toHaveLength(1);
    const lines = await queue.logs(id, 0);
    expect(lines.filter(({ level }) => level === "WARN")).toHaveLength(2);
    const second = await queue.submit(submissionOf());
    await completed(queue, second.id);
    expect(attempts.slice(3)).toEqual([1, 2, 3]);
    expect(await queue.result(second.id, NO_KEY)).toMatchObject({
      statusCode: 503,
      errorType: "runner_disconnected",
      body: { detail: "The process died.", error_type: "runner_disconnected" },
    });
    const single = await queue.submit(submissionOf({ mayRetry: false }));
    await completed(queue, single.id);
    expect(attempts.slice(6)).toEqual([1]);
  });
});

describe("who comes first", () => {
  it("is decided by priority, then age, and told by the position", async () => {
    const low = await queue.submit(submissionOf({ priority: "low" }));
    const first = await queue.submit(submissionOf());
    const second = await queue.submit(submissionOf());
    expect(low.queuePosition).toBe(0);
    expect(first.queuePosition).toBe(0);
    expect(second.queuePosition).toBe(1);
    await until(async () => (await queue.snapshot(low.id, NO_KEY))?.queuePosition === 2);
    expect((await queue.snapshot(second.id, NO_KEY))?.queuePosition).toBe(1);
    const order: string[] = [];
    await work(async ({ requestId }) => void order.push(requestId));
    await completed(queue, low.id);
    expect(order).toEqual([first.id, second.id, low.id]);
  });

  it("never lets more of a key run than it may, with eight workers", async () => {
    const limits = [1, 2, 3];
    const keys = await Promise.all(limits.map((maxConcurrency) => bench.addKey({ maxConcurrency })));
    const running = new Map<string, number>();
    const most = new Map<string, number>();
    const keyOf = new Map<string, string>();
    const submitted = await Promise.all(
      keys.flatMap((keyId) =>
        Array.from({ length: 10 }, async () => {
          const { id } = await queue.submit(submissionOf({ keyId }));
          keyOf.set(id, keyId);
          return id;
        }),
      ),
    );
    await Promise.all(
      Array.from({ length: 8 }, () =>
        work(async ({ requestId }) => {
          const keyId = keyOf.get(requestId)!;
          const count = (running.get(keyId) ?? 0) + 1;
          running.set(keyId, count);
          most.set(keyId, Math.max(most.get(keyId) ?? 0, count));
          await delay(80);
          running.set(keyId, running.get(keyId)! - 1);
        }),
      ),
    );
    await Promise.all(submitted.map((id) => completed(queue, id, keyOf.get(id)!)));
    expect(keys.map((key) => most.get(key))).toEqual(limits);
  });
});

describe("limits at the door", () => {
  it("let exactly as many sync requests in as the key may have", async () => {
    const keyId = await bench.addKey({ maxConcurrency: 3 });
    const results = await Promise.allSettled(
      Array.from({ length: 9 }, () => queue.submit(submissionOf({ keyId, isSync: true }))),
    );
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused).toHaveLength(6);
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(CapacityError);
      expect(reason).toMatchObject({ code: "concurrent_requests_limit", status: 429 });
    }
    const queued = await queue.submit(submissionOf({ keyId }));
    expect(queued.state).toBe("IN_QUEUE");
  });

  it("refuse when more wait than the caller accepts", async () => {
    await queue.submit(submissionOf());
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => queue.submit(submissionOf({ maxQueueLength: 2 }))),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    await expect(queue.submit(submissionOf({ maxQueueLength: 0 }))).rejects.toMatchObject({
      code: "queue_full",
      status: 429,
    });
  });
});

describe("the limit for the start", () => {
  it("ends a request that nobody began, on time, and not one that began", async () => {
    await work(taking(700));
    const running = await queue.submit(submissionOf({ startTimeout: 0.4 }));
    await until(async () => (await queue.snapshot(running.id, NO_KEY))?.state === "IN_PROGRESS");
    const start = performance.now();
    const late = await queue.submit(
      submissionOf({ startTimeout: 0.3, webhookUrl: "https://example.com/hook" }),
    );
    await completed(queue, late.id);
    expect(performance.now() - start).toBeLessThan(600);
    expect(await queue.result(late.id, NO_KEY)).toEqual({
      outcome: "error",
      statusCode: 504,
      body: { detail: "Request timed out", error_type: "request_timeout" },
      errorType: "request_timeout",
    });
    expect((await webhook(late.id))?.body).toMatchObject({
      status: "ERROR",
      error: "Invalid status code: 504",
    });
    await completed(queue, running.id);
    expect((await queue.snapshot(running.id, NO_KEY))?.outcome).toBe("ok");
  });
});

describe("cancelling", () => {
  it("takes a waiting request out of the queue", async () => {
    const { id } = await queue.submit(submissionOf({ webhookUrl: "https://example.com/hook" }));
    expect(await queue.cancel(id, NO_KEY, "client_cancelled")).toBe("cancelled");
    expect(await queue.snapshot(id, NO_KEY)).toMatchObject({ state: "COMPLETED", outcome: "cancelled" });
    expect(await queue.cancel(id, NO_KEY, "client_cancelled")).toBe("already-completed");
    expect(await queue.result(id, NO_KEY)).toMatchObject({
      outcome: "cancelled",
      statusCode: 499,
      body: { error_type: "client_cancelled" },
    });
    expect((await webhook(id))?.body).toMatchObject({ error: "Invalid status code: 499" });
    let attempts = 0;
    await work(async () => {
      attempts += 1;
    });
    const next = await queue.submit(submissionOf());
    await completed(queue, next.id);
    expect(attempts).toBe(1);
    expect(await queue.cancel(next.id, NO_KEY, "client_cancelled")).toBe("already-completed");
  });

  it("stops a running one within 200 ms, and the next one begins", async () => {
    const stopped = new Map<string, number>();
    await work((job, options) => {
      options.signal.addEventListener("abort", () => stopped.set(job.requestId, performance.now()));
      return taking(job.requestId === first.id ? 60_000 : 1)(job, options);
    });
    const first = await queue.submit(submissionOf());
    const second = await queue.submit(submissionOf());
    await until(async () => (await queue.snapshot(first.id, NO_KEY))?.state === "IN_PROGRESS");
    const start = performance.now();
    expect(await queue.cancel(first.id, NO_KEY, "client_cancelled")).toBe("cancelled");
    await until(() => stopped.has(first.id));
    expect(stopped.get(first.id)! - start).toBeLessThan(200);
    await completed(queue, second.id);
    expect(await ledger(first.id)).toEqual([]);
    expect(bench.strayFiles.size).toBeGreaterThanOrEqual(0);
  });
});
