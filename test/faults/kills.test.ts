import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../src/shared/random.js";
import { createFaultBench, type FaultBench, type ProcessRole, submit } from "../support/fault-bench.js";
import { isGenuine, type PublishedKey } from "../support/genuine-webhook.js";
import type { RunningServer } from "../support/run-server.js";
import { call, portraitDataUri, shortInput, until } from "../support/server-calls.js";
import { startReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";

const JOBS = 40;
const VICTIMS = ["worker", "talk", "media", "postmaster", "server"] as const;
type Victim = (typeof VICTIMS)[number];
const KILLS_OF_EACH = 4;
const SEED = 20;
/** A machine that is busy with other things needs many times the two minutes of an idle one. */
const PATIENCE_MS = 1_500_000;

let bench: FaultBench;
let server: RunningServer;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startReceiver();
  bench = createFaultBench();
  await startAgain();
});
afterAll(async () => {
  await bench.remove();
  await receiver.close();
});

async function startAgain(): Promise<void> {
  server = await bench.start({ PARLANTE_RENDERS: "2" });
}

/** The victims in an order that is the same every time. */
function orderOfDeaths(): { victim: Victim; waitMs: number }[] {
  const random = createRandom(SEED);
  const victims = VICTIMS.flatMap((victim) => Array.from({ length: KILLS_OF_EACH }, () => victim));
  for (let last = victims.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [victims[last], victims[other]] = [victims[other]!, victims[last]!];
  }
  return victims.map((victim) => ({ victim, waitMs: Math.floor(random.next() * 1_500) }));
}

async function stateOf(id: string): Promise<string> {
  const { body } = await call(`${server.url}/queue/fal-ai/heygen/requests/${id}/status`).catch(() => ({
    body: {},
  }));
  return body.status ?? "unknown";
}

async function countOf(ids: readonly string[], state: string): Promise<number> {
  const states = await Promise.all(ids.map(stateOf));
  return states.filter((each) => each === state).length;
}

/** Kills one process of a kind while at least one request is worked on. */
async function killInMidJob(ids: readonly string[], victim: Victim, waitMs: number): Promise<void> {
  await until("a running request", async () => (await countOf(ids, "IN_PROGRESS")) > 0, 120_000);
  await delay(waitMs);
  const { pid } = await until(`a process: ${victim}`, () => findProcess(victim), 60_000);
  process.kill(pid, "SIGKILL");
  if (victim !== "server") return;
  await server.kill();
  await startAgain();
}

function findProcess(role: ProcessRole): { pid: number } | undefined {
  return bench.processes().find((process) => process.role === role);
}

describe.skipIf(process.platform !== "linux")("twenty kills over forty requests", () => {
  it("lose nothing, bill nothing twice and leave nothing", { timeout: PATIENCE_MS }, async () => {
    const image = await bench.uploadPortrait(server);
    const hook = `?fal_webhook=${encodeURIComponent(receiver.url)}`;
    const ids: string[] = [];
    for (let job = 0; job < JOBS; job++) {
      // Some bring their photo along: it has to survive as well.
      const input = shortInput(job % 8 === 0 ? portraitDataUri() : image);
      ids.push((await submit(server, input, hook)).id);
    }

    const deaths = orderOfDeaths();
    for (const [index, { victim, waitMs }] of deaths.entries()) {
      await until(
        `${index} finished requests`,
        async () => (await countOf(ids, "COMPLETED")) >= index,
        300_000,
      );
      await killInMidJob(ids, victim, waitMs);
    }
    await until("all requests", async () => (await countOf(ids, "COMPLETED")) === JOBS, 600_000);

    const sizes = await Promise.all(ids.map(fetchedSize));
    expect(new Set(sizes).size, "the same request gives the same video").toBe(1);
    await until("all webhooks", () => idsReceived().size === JOBS, 60_000);
    await expectGenuineWebhooks(ids);

    expect(await server.stop()).toBe(0);
    await until("the end of all processes", () => bench.processes().length === 0, 20_000);
    // Whatever dead processes left, the next start and its sweeps take away.
    await expectBooks(ids);
    await startAgain();
    expect(await Promise.all(ids.map(fetchedSize))).toEqual(sizes);
    await expectNoLeftovers();
    expect(await server.stop()).toBe(0);
    expect(bench.leftovers()).toEqual([]);
    await until("the end of all processes", () => bench.processes().length === 0, 20_000);
  });
});

function idsReceived(): Set<string> {
  return new Set(receiver.received.map(({ headers }) => String(headers["x-fal-webhook-request-id"])));
}

/** Fetches the video of a request. @returns its size, which is the one that was promised */
async function fetchedSize(id: string): Promise<number> {
  const { status, body } = await call(`${server.url}/queue/fal-ai/heygen/requests/${id}`);
  expect({ id, status, body }).toMatchObject({ status: 200 });
  const video = await fetch(body.video.url);
  const bytes = await video.arrayBuffer();
  expect(bytes.byteLength).toBe(body.video.file_size);
  return bytes.byteLength;
}

async function expectGenuineWebhooks(ids: readonly string[]): Promise<void> {
  const { body } = await call(`${server.url}/.well-known/jwks.json`);
  const keys = body.keys as PublishedKey[];
  const bodies = new Map<string, string>();
  for (const webhook of receiver.received) {
    expect(isGenuine(webhook, keys, Number(webhook.headers["x-fal-webhook-timestamp"]))).toBe(true);
    const text = webhook.body.toString();
    const { request_id: id, status } = JSON.parse(text);
    expect(status).toBe("OK");
    // Who is killed between an answer and its record asks again, with the same bytes.
    expect(bodies.get(id) ?? text).toBe(text);
    bodies.set(id, text);
  }
  expect([...bodies.keys()].sort()).toEqual([...ids].sort());
  const mayRepeat = 2 * KILLS_OF_EACH;
  expect(receiver.received.length).toBeLessThanOrEqual(JOBS + mayRepeat);
}

/** Everything is in the books once. */
async function expectBooks(ids: readonly string[]): Promise<void> {
  await bench.withRecords(async (database) => {
    const [requests] = await database.query(
      `select count(*)::int as all, count(*) filter (where state = 'COMPLETED' and outcome = 'ok')::int as ok,
         sum(attempt)::int as attempts, max(attempt) as most from requests`,
    );
    console.info(
      `${requests!.attempts} attempts at ${JOBS} requests, at most ${requests!.most} at one; ` +
        `${receiver.received.length - JOBS} webhooks came twice`,
    );
    expect(requests).toMatchObject({ all: JOBS, ok: JOBS });
    const ledger = await database.query<{ request_id: string }>("select request_id, units from ledger");
    expect(ledger.map((row) => row.request_id).sort()).toEqual([...ids].sort());
    const deliveries = await database.query("select request_id, state from webhook_deliveries");
    expect(deliveries.length).toBe(JOBS);
    expect(deliveries.filter((row) => row.state !== "delivered")).toEqual([]);
    const outputs = await database.query(
      "select request_id from files where kind = 'output' and state = 'ready'",
    );
    expect(outputs.map((row) => row.request_id).sort()).toEqual([...ids].sort());
    // What the killed have begun is known, and not kept for long: the time is up now.
    await database.query("update loose_objects set remove_at = now()");
    await database.query("update files set expires_at = now() where state = 'pending'");
  });
}

/** What is on the disk is in the books, and nothing else is there. */
async function expectNoLeftovers(): Promise<void> {
  await bench.withRecords(async (database) => {
    await until(
      "empty books of loose objects",
      async () => {
        const [count] = await database.query(
          "select (select count(*) from loose_objects) + (select count(*) from files where state = 'pending') as left",
        );
        return Number(count!.left) === 0;
      },
      90_000,
    );
    const kept = await database.query<{ object_key: string }>("select object_key from files");
    const names = kept.map((row) => row.object_key).sort();
    await until("nothing but the files in the books", () => {
      const found = bench.objects().sort();
      return found.join() === names.join();
    });
  });
}
