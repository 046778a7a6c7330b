import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  completed,
  NO_KEY,
  openQueueBench,
  type QueueBench,
  submissionOf,
  taking,
  until,
} from "../../test/support/queue-bench.js";
import type { Database } from "../database/index.js";
import { createTalkQueue } from "./create-talk-queue.js";
import { TALKS } from "./talk-board.js";

let bench: QueueBench;
beforeAll(async () => {
  bench = await openQueueBench();
});
afterAll(() => bench.close());

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ value: Value; ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}

describe("a thousand waiting requests", () => {
  it("are taken in, placed and shown quickly, and the first is picked up at once", async () => {
    const { queue } = bench;
    const ids: string[] = [];
    const submits: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 125; n += 1) {
          const { value, ms } = await timed(() => queue.submit(submissionOf()));
          ids.push(value.id);
          submits.push(ms);
        }
      }),
    );
    const placed = await Promise.all(ids.map((id) => queue.snapshot(id, NO_KEY)));
    const positions = placed.map((snapshot) => snapshot!.queuePosition!).toSorted((a, b) => a - b);
    expect(positions).toEqual(Array.from({ length: 1000 }, (_, position) => position));

    const polls: number[] = [];
    const end = performance.now() + 600;
    while (performance.now() < end) {
      for (const id of ids.slice(0, 100)) polls.push((await timed(() => queue.snapshot(id, NO_KEY))).ms);
      await delay(20);
    }
    const worker = await bench.addWorker(taking(60_000));
    await until(async () => (await queue.load()).running === 1);
    expect(await queue.load()).toMatchObject({ queued: 999, running: 1 });
    await worker.close();
    await bench.board.deleteAllJobs(TALKS);
    await bench.database.query("update requests set state = 'COMPLETED', outcome = 'cancelled'");
    expect(percentile(polls, 0.99)).toBeLessThan(20);
    expect(percentile(submits, 0.5)).toBeLessThan(150);
  });
});

describe("a hundred clients that poll every 100 ms with logs", () => {
  it("cost few statements while a video is made", async () => {
    let statements = 0;
    const { database } = bench;
    const counting: Database = {
      query: (text, values) => {
        if (!text.includes("payloads_expire_at")) statements += 1;
        return database.query(text, values);
      },
      transaction: (work) => database.transaction(work),
      listen: (...listening) => database.listen(...listening),
      close: async () => {},
    };
    const queue = await createTalkQueue({ ...bench.parts, database: counting });
    const worker = await bench.addWorker(async (_job, { onEvent }) => {
      for (let step = 1; step <= 50; step += 1) {
        onEvent({ type: "log", level: "INFO", message: `step ${step}` });
        onEvent({ type: "progress", overall: step / 50, stage: "render" });
        await delay(20);
      }
    });
    const { id } = await queue.submit(submissionOf());
    statements = 0;
    const polls: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        for (let state = ""; state !== "COMPLETED"; await delay(100)) {
          const { value, ms } = await timed(async () => {
            const lines = await queue.logs(id, 0);
            return { lines, snapshot: await queue.snapshot(id, NO_KEY) };
          });
          polls.push(ms);
          state = value.snapshot!.state;
          if (state === "COMPLETED") expect((await queue.logs(id, 0)).length).toBe(50);
        }
      }),
    );
    await queue.close();
    await worker.close();
    expect(statements).toBeLessThan(polls.length / 5);
    expect(percentile(polls, 0.99)).toBeLessThan(50);
  });
});

describe("an idle worker", () => {
  it("picks a request up within milliseconds", async () => {
    const { queue } = bench;
    const begun = new Map<string, number>();
    const worker = await bench.addWorker(
      async ({ requestId }) => void begun.set(requestId, performance.now()),
    );
    const latencies: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const { id } = await queue.submit(submissionOf());
      const submitted = performance.now();
      await completed(queue, id);
      latencies.push(begun.get(id)! - submitted);
    }
    await worker.close();
    expect(percentile(latencies, 0.5)).toBeLessThan(50);
  });
});

describe("when connections break", () => {
  it("nothing is lost and nothing billed twice", async () => {
    const { database, queue } = bench;
    await bench.addWorker(taking(30), { renders: 4 });
    const ids: string[] = [];
    const breaking = (async () => {
      for (let n = 0; n < 12; n += 1) {
        await delay(60);
        await database
          .query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
          )
          .catch(() => {});
      }
    })();
    while (ids.length < 40) {
      const submission = submissionOf({ webhookUrl: "https://example.com/" });
      await queue.submit(submission).then(
        ({ id }) => ids.push(id),
        () => {},
      );
      await delay(10);
    }
    await breaking;
    for (const id of ids) await completed(queue, id).catch(() => {});
    const states = await database.query<Record<string, unknown>>(
      `select state, outcome, (select count(*) from ledger where request_id = r.id)::int as bills,
         (select count(*) from files where request_id = r.id)::int as files
       from requests r where id = any($1::uuid[])`,
      [ids],
    );
    expect(states).toHaveLength(40);
    for (const row of states) expect(row).toEqual({ state: "COMPLETED", outcome: "ok", bills: 1, files: 1 });
  });
});
