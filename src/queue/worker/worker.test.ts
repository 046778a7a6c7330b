import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
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
} from "../../../test/support/queue-bench.js";
import { EngineError, NotFoundError } from "../../shared/errors.js";
import { submitTalk } from "../submit.js";
import { sweepOnce } from "../sweeps.js";
import { TALKS } from "../talk-board.js";
import type { TalkQueue } from "../talk-queue.js";
import { releaseJobsOf } from "./release-jobs.js";

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
  expect(await readdir(bench.workspaceDir)).toEqual([]);
});

const isRunning = (id: string) => async () => (await queue.snapshot(id, NO_KEY))?.state === "IN_PROGRESS";

async function count(table: string, id: string): Promise<number> {
  const [row] = await bench.database.query<{ count: string }>(
    `select count(*) from ${table} where request_id = $1`,
    [id],
  );
  return Number(row!.count);
}

/** An attempt that ends when it is told to, whatever its signal says. */
function held() {
  let release = () => {};
  const end = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { end, release: () => release() };
}

describe("an attempt that is no longer the current one", () => {
  it("settles nothing, bills nothing and leaves nothing", async () => {
    const first = held();
    const attempts: number[] = [];
    const play = async ({ attempt }: { attempt: number }) => {
      attempts.push(attempt);
      if (attempt === 1) await first.end;
    };
    await work(play);
    const { id } = await queue.submit(submissionOf());
    await until(isRunning(id));
    // The heartbeat got lost.
    await bench.database.query(
      "update pgboss.job set heartbeat_on = now() - interval '1 minute' where id = $1",
      [id],
    );
    await work(play);
    await completed(queue, id);
    const result = await queue.result(id, NO_KEY);
    first.release();
    await until(() => attempts.length === 2);
    await workers[0]!.close();
    expect(await queue.result(id, NO_KEY)).toEqual(result);
    expect(await count("ledger", id)).toBe(1);
    expect(await count("files", id)).toBe(1);
  });

  it("writes no log and no progress", async () => {
    const first = held();
    await work(async ({ attempt }, { onEvent }) => {
      if (attempt > 1) return;
      await first.end;
      onEvent({ type: "log", level: "INFO", message: "from the grave" });
      onEvent({ type: "progress", overall: 0.9, stage: "render" });
    });
    const { id } = await queue.submit(submissionOf());
    await until(isRunning(id));
    expect(await queue.cancel(id, NO_KEY, "client_cancelled")).toBe("cancelled");
    first.release();
    await workers[0]!.close();
    expect(await queue.logs(id, 0)).toEqual([]);
    expect((await queue.snapshot(id, NO_KEY))?.progress).toBe(0);
    expect(await count("ledger", id)).toBe(0);
  });
});

describe("a result that cannot be written down", () => {
  it("is made once more", async () => {
    let failures = 0;
    const files = {
      ...bench.files,
      recordOutputs: async (...args: Parameters<typeof bench.files.recordOutputs>) => {
        failures += 1;
        if (failures === 1) throw new EngineError("storage_failed", "The video was swept away.");
        await bench.files.recordOutputs(...args);
      },
    };
    await work(async () => {}, { files });
    const { id } = await queue.submit(submissionOf());
    await completed(queue, id);
    expect(await queue.snapshot(id, NO_KEY)).toMatchObject({ outcome: "ok" });
    expect(failures).toBe(2);
    expect(await count("ledger", id)).toBe(1);
    expect((await queue.logs(id, 0)).map(({ message }) => message)).toEqual([
      "The video was swept away. The request is tried again.",
    ]);
  });

  it("fails with the sentence for the operator when the machine is full", async () => {
    await work(
      async () => {
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      },
      { retries: 0 },
    );
    const { id } = await queue.submit(submissionOf({ mayRetry: false }));
    await completed(queue, id);
    expect(await queue.result(id, NO_KEY)).toMatchObject({
      statusCode: 500,
      body: { detail: expect.stringMatching(/has no space left on its disk.* can free some/) },
    });
  });
});

describe("what an attempt says", () => {
  it("is heard within 100 ms, in order and each line once", async () => {
    const heardAfterMs: number[] = [];
    const saidAt: number[] = [];
    await work(async (_job, { onEvent }) => {
      for (let line = 0; line < 10; line += 1) {
        saidAt.push(performance.now());
        onEvent({ type: "log", level: "INFO", message: `line ${line}` });
        onEvent({ type: "progress", overall: (line + 1) / 10, stage: "render" });
        await delay(120);
      }
    });
    const { id } = await queue.submit(submissionOf());
    const lines: string[] = [];
    const sequences: number[] = [];
    let reading = Promise.resolve();
    const unwatch = queue.watch(id, () => {
      reading = reading.then(async () => {
        for (const { sequence, message } of await queue.logs(id, sequences.at(-1) ?? 0)) {
          heardAfterMs.push(performance.now() - saidAt[lines.length]!);
          lines.push(message);
          sequences.push(sequence);
        }
      });
    });
    await completed(queue, id);
    await reading;
    unwatch();
    expect(lines).toEqual(Array.from({ length: 10 }, (_, line) => `line ${line}`));
    const median = heardAfterMs.toSorted((a, b) => a - b)[5]!;
    expect(median).toBeLessThan(100);
    expect((await queue.logs(id, 0)).map(({ message }) => message)).toEqual(lines);
  });

  it("costs few writes, however much it is", async () => {
    await work(async (_job, { onEvent }) => {
      for (let frame = 0; frame < 5_000; frame += 1) {
        onEvent({ type: "progress", overall: frame / 5_000, stage: "render" });
        if (frame % 50 === 0) await delay(2);
      }
    });
    const { id } = await queue.submit(submissionOf());
    let changes = 0;
    const unwatch = queue.watch(id, () => {
      changes += 1;
    });
    await completed(queue, id);
    unwatch();
    expect(changes).toBeLessThan(40);
  });
});

describe("a worker that stops", () => {
  it("finishes what it can, hands back the rest without counting the attempt, and fetches no more", async () => {
    const worker = await work(taking(60_000), { renders: 2, drainSeconds: 0.1 });
    const { id } = await queue.submit(submissionOf());
    const single = await queue.submit(submissionOf({ mayRetry: false }));
    await until(async () => (await isRunning(id)()) && (await isRunning(single.id)()));
    await worker.drain();
    const later = await queue.submit(submissionOf());
    expect(await queue.snapshot(id, NO_KEY)).toMatchObject({ state: "IN_QUEUE", runnerId: null });
    expect(await queue.result(single.id, NO_KEY)).toMatchObject({ errorType: "runner_disconnected" });
    expect(worker.running).toBe(0);
    const [job] = await bench.database.query<Record<string, unknown>>(
      "select state, retry_limit - retry_count as left from pgboss.job where id = $1",
      [id],
    );
    expect(job).toEqual({ state: "retry", left: 11 });
    await work(taking(1));
    await completed(queue, id);
    await completed(queue, later.id);
    expect(await count("ledger", id)).toBe(1);
    expect((await queue.logs(id, 0))[0]).toMatchObject({ level: "WARN" });
  });

  it("lets attempts finish that need less than the time for it", async () => {
    const worker = await work(taking(150), { drainSeconds: 5 });
    const { id } = await queue.submit(submissionOf());
    await until(isRunning(id));
    const start = performance.now();
    await worker.drain();
    expect(performance.now() - start).toBeLessThan(2_000);
    expect((await queue.snapshot(id, NO_KEY))?.outcome).toBe("ok");
  });
});

describe("a worker that died", () => {
  it("is cleaned up after by the next one on the machine, at once", async () => {
    const deadId = randomUUID();
    const { id } = await queue.submit(submissionOf());
    // A claim and a directory as a killed process leaves them.
    await bench.board.fetch(TALKS);
    await bench.database.query(
      "update requests set state = 'IN_PROGRESS', attempt = 1, worker_id = $2 where id = $1",
      [id, deadId],
    );
    const living = join(bench.workspaceDir, randomUUID());
    const dead = join(bench.workspaceDir, deadId);
    const worker = await work(async () => {});
    const [own] = await readdir(bench.workspaceDir);
    const owner = JSON.parse(await readFile(join(bench.workspaceDir, own!, "owner.json"), "utf8"));
    expect(owner).toMatchObject({ pid: process.pid, host: hostname() });
    await worker.close();
    for (const directory of [living, dead]) await mkdir(join(directory, `${id}-1`), { recursive: true });
    await writeFile(join(dead, "owner.json"), JSON.stringify({ ...owner, pid: 2 ** 22 + 1 }));
    await writeFile(
      join(living, "owner.json"),
      JSON.stringify({ ...owner, host: "elsewhere", pid: 2 ** 22 + 1 }),
    );
    await work(async () => {});
    await until(async () => (await queue.snapshot(id, NO_KEY))?.outcome === "ok", 3_000);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(living)).toBe(true);
    await rm(living, { recursive: true });
  });

  it("has its requests given up when that happens too often", async () => {
    const { id } = await queue.submit(submissionOf({ mayRetry: false }));
    await bench.board.fetch(TALKS);
    const workerId = randomUUID();
    await bench.database.query(
      "update requests set state = 'IN_PROGRESS', attempt = 1, worker_id = $2 where id = $1",
      [id, workerId],
    );
    expect(await releaseJobsOf({ ...bench.parts, database: bench.database }, workerId)).toBe(1);
    expect(await queue.result(id, NO_KEY)).toMatchObject({
      statusCode: 503,
      body: { error_type: "runner_disconnected" },
    });
  });

  it("does not take a request with it whose job is gone", async () => {
    const { id } = await queue.submit(submissionOf());
    await bench.board.deleteJob("talk", id);
    await sweepOnce({ ...bench.parts, database: bench.database }, true);
    expect(await queue.result(id, NO_KEY)).toMatchObject({ statusCode: 503 });
  });

  it("has its last attempt swept when only the heartbeat told", async () => {
    const { id } = await queue.submit(submissionOf({ mayRetry: false, webhookUrl: "https://example.com/" }));
    await bench.board.fetch(TALKS);
    await bench.database.query(
      "update requests set state = 'IN_PROGRESS', attempt = 1, worker_id = $2 where id = $1",
      [id, randomUUID()],
    );
    await bench.database.query(
      "update pgboss.job set heartbeat_on = now() - interval '1 minute' where id = $1",
      [id],
    );
    await until(async () => (await queue.snapshot(id, NO_KEY))?.state === "COMPLETED", 5_000);
    expect(await queue.result(id, NO_KEY)).toMatchObject({ statusCode: 503 });
    expect(await count("webhook_deliveries", id)).toBe(1);
  });
});

describe("a sync caller that went away", () => {
  it("finds its request again when it comes back soon", async () => {
    await work(taking(400));
    const submission = submissionOf({ isSync: true, body: { image_url: "x", n: Math.random() } });
    const { id } = await queue.submit(submission);
    expect(await queue.adopt(submission)).toBeNull();
    await queue.abandon(id);
    expect(await queue.adopt({ ...submission, body: {} })).toBeNull();
    expect(await queue.adopt({ ...submission, keyId: await bench.addKey() })).toBeNull();
    expect(await Promise.all([queue.adopt(submission), queue.adopt(submission)])).toContain(null);
    expect(await queue.adopt(submission)).toBeNull();
    await completed(queue, id);
    expect((await queue.snapshot(id, NO_KEY))?.outcome).toBe("ok");
  });

  it.each(["caller", "process"])(
    "has its request stopped after a while when the %s is gone",
    async (gone) => {
      let stopped = false;
      await work(async (job, options) => {
        options.signal.addEventListener("abort", () => {
          stopped = true;
        });
        await taking(60_000)(job, options);
      });
      const { database, board } = bench;
      const submission = submissionOf({ isSync: true });
      const { id } =
        gone === "caller" ? await queue.submit(submission) : await submitTalk(database, board, submission);
      await until(isRunning(id));
      if (gone === "caller") await queue.abandon(id);
      const [line] = await database.query<{ left: number }>(
        "select extract(epoch from held_until - now())::float8 as left from requests where id = $1",
        [id],
      );
      expect(line!.left).toBeGreaterThan(gone === "caller" ? 9 : 15);
      expect(line!.left).toBeLessThanOrEqual(gone === "caller" ? 10 : 20);
      await database.query("update requests set held_until = now() where id = $1", [id]);
      await completed(queue, id);
      await until(() => stopped);
      expect(await queue.result(id, NO_KEY)).toMatchObject({
        outcome: "cancelled",
        statusCode: 499,
        errorType: "client_disconnected",
      });
    },
  );

  it("does not count as gone while its process holds the line", async () => {
    const other = await bench.addQueue();
    const { id } = await other.submit(submissionOf({ isSync: true }));
    const { database } = bench;
    await database.query("update requests set held_until = now() + interval '5 s' where id = $1", [id]);
    await until(async () => {
      const [line] = await database.query<{ left: number }>(
        "select extract(epoch from held_until - now())::float8 as left from requests where id = $1",
        [id],
      );
      return line!.left > 15;
    }, 4_000);
    await other.close();
    const submission = submissionOf({ isSync: true });
    expect(await queue.adopt(submission)).toBe(id);
    await queue.cancel(id, NO_KEY, "client_cancelled");
  });
});

describe("payloads", () => {
  it("are forgotten when their time is over, and the account stays", async () => {
    await work(async (_job, { onEvent }) => {
      onEvent({ type: "log", level: "INFO", message: "hello" });
    });
    const { id } = await queue.submit(submissionOf());
    await completed(queue, id);
    const { database } = bench;
    const [kept] = await database.query<{ days: number }>(
      "select extract(epoch from payloads_expire_at - ended_at)::float8 / 86400 as days from requests where id = $1",
      [id],
    );
    expect(kept!.days).toBeCloseTo(30, 3);
    await database.query("update requests set payloads_expire_at = now() - interval '1 s' where id = $1", [
      id,
    ]);
    await sweepOnce({ ...bench.parts, database });
    const [left] = await database.query<Record<string, unknown>>(
      "select input, output, error_body, error_message, billable_units from requests where id = $1",
      [id],
    );
    expect(left).toEqual({
      input: null,
      output: null,
      error_body: null,
      error_message: null,
      billable_units: 2.5,
    });
    expect(await count("request_logs", id)).toBe(0);
    await expect(queue.result(id, NO_KEY)).rejects.toThrow(NotFoundError);
    expect(await queue.snapshot(id, NO_KEY)).toMatchObject({ state: "COMPLETED", outcome: "ok" });
  });

  it("are kept no longer than needed when the caller asked for it", async () => {
    await work(async () => {});
    const queued = await queue.submit(submissionOf({ storesPayloads: false }));
    const sync = await queue.submit(submissionOf({ storesPayloads: false, isSync: true }));
    await completed(queue, queued.id);
    await completed(queue, sync.id);
    const { database } = bench;
    const rows = await database.query<Record<string, unknown>>(
      `select input, extract(epoch from payloads_expire_at - ended_at)::float8 as seconds from requests
       where id = any($1::uuid[]) order by created_at`,
      [[queued.id, sync.id]],
    );
    expect(rows[0]).toEqual({ input: null, seconds: expect.closeTo(3600, 1) });
    expect(rows[1]).toEqual({ input: null, seconds: expect.closeTo(60, 1) });
    expect(await queue.result(queued.id, NO_KEY)).toMatchObject({ outcome: "ok" });
    expect(await queue.result(sync.id, NO_KEY)).toMatchObject({ outcome: "ok" });
    await sweepOnce({ ...bench.parts, database });
    await expect(queue.result(sync.id, NO_KEY)).rejects.toThrow(NotFoundError);
    expect(await queue.result(queued.id, NO_KEY)).toMatchObject({ outcome: "ok" });
  });
});
