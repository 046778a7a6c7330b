import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFaultBench, type FaultBench, submit } from "../support/fault-bench.js";
import { call, longInput, shortInput, until } from "../support/server-calls.js";

const PATIENCE_MS = 300_000;

let bench: FaultBench;
beforeEach(() => {
  bench = createFaultBench();
});
afterEach(() => bench.remove());

type Submitted = Awaited<ReturnType<typeof submit>>;

async function isIn(state: string, ...requests: Submitted[]): Promise<boolean> {
  const answers = await Promise.all(requests.map(({ statusUrl }) => call(statusUrl)));
  return answers.every(({ body }) => body.status === state);
}

async function expectVideo(request: Submitted): Promise<void> {
  const { status, body } = await call(request.resultUrl);
  expect({ status, body }).toMatchObject({ status: 200 });
  expect((await (await fetch(body.video.url)).arrayBuffer()).byteLength).toBe(body.video.file_size);
}

async function expectBilledOnce(requests: readonly Submitted[]): Promise<void> {
  const rows = await bench.withRecords((database) =>
    database.query<{ request_id: string }>("select request_id from ledger"),
  );
  expect(rows.map((row) => row.request_id).sort()).toEqual(requests.map(({ id }) => id).sort());
}

async function expectNothingRuns(timeoutMs: number): Promise<void> {
  await until("the end of all processes", () => bench.processes().length === 0, timeoutMs);
}

describe.skipIf(process.platform !== "linux")("a server that is asked to stop in mid job", () => {
  it("finishes what it has begun and keeps the rest", { timeout: PATIENCE_MS }, async () => {
    // Long enough for a busy machine.
    const server = await bench.start({ PARLANTE_RENDERS: "1", PARLANTE_DRAIN_SECONDS: "120" });
    const image = await bench.uploadPortrait(server);
    const first = await submit(server, shortInput(image));
    const second = await submit(server, shortInput(image));
    await until("a running request", () => isIn("IN_PROGRESS", first));
    expect(await server.stop(150_000)).toBe(0);
    await expectNothingRuns(10_000);
    expect(bench.leftovers()).toEqual([]);
    await expectBilledOnce([first]);

    const next = await bench.start({ PARLANTE_RENDERS: "1" });
    expect(await isIn("COMPLETED", first)).toBe(true);
    await until("the other request", () => isIn("COMPLETED", second), 120_000);
    for (const request of [first, second]) await expectVideo(request);
    expect(await next.stop()).toBe(0);
    await expectBilledOnce([first, second]);
  });

  it("hands back what takes too long; the next one begins it anew", { timeout: PATIENCE_MS }, async () => {
    const server = await bench.start({ PARLANTE_RENDERS: "1", PARLANTE_DRAIN_SECONDS: "0" });
    const image = await bench.uploadPortrait(server);
    const request = await submit(server, shortInput(image));
    const long = await submit(server, longInput(image));
    await until("the long one", () => isIn("IN_PROGRESS", long), 120_000);
    const asked = performance.now();
    expect(await server.stop(60_000)).toBe(0);
    expect(performance.now() - asked).toBeLessThan(30_000);
    await expectNothingRuns(10_000);
    expect(bench.leftovers()).toEqual([]);
    await expectBilledOnce([request]);

    const next = await bench.start({ PARLANTE_RENDERS: "1" });
    await until("the long one again", () => isIn("IN_PROGRESS", long), 120_000);
    const { body } = await call(`${long.statusUrl}?logs=1`);
    const messages: string[] = body.logs.map(({ message }: { message: string }) => message);
    expect(messages.filter((message) => message.startsWith("The worker is being stopped"))).toHaveLength(1);
    expect((await call(long.cancelUrl, { method: "PUT" })).status).toBeLessThan(300);
    expect(await next.stop()).toBe(0);
  });
});

describe.skipIf(process.platform !== "linux")("a server that is killed", () => {
  it("takes all its processes along, and PostgreSQL a little later", { timeout: PATIENCE_MS }, async () => {
    const server = await bench.start({ PARLANTE_RENDERS: "2" });
    const image = await bench.uploadPortrait(server);
    const requests = [await submit(server, longInput(image)), await submit(server, longInput(image))];
    await until("running requests", () => isIn("IN_PROGRESS", ...requests), 120_000);
    await server.kill();
    const killed = performance.now();
    const isOurs = ({ role }: { role: string }) => !["keeper", "postmaster", "postgres"].includes(role);
    await until("the end of the programs", () => !bench.processes().some(isOurs), 30_000);
    const programsMs = performance.now() - killed;
    await expectNothingRuns(60_000);
    const allMs = performance.now() - killed;
    console.info(
      `after kill -9: its own processes ended in ${(programsMs / 1000).toFixed(1)} s, ` +
        `PostgreSQL in ${(allMs / 1000).toFixed(1)} s`,
    );
    expect(programsMs).toBeLessThan(15_000);
    expect(allMs).toBeLessThan(40_000);
  });

  it("with everything else at once has all that it had acknowledged", { timeout: PATIENCE_MS }, async () => {
    const server = await bench.start({ PARLANTE_RENDERS: "1" });
    const image = await bench.uploadPortrait(server);
    const requests: Submitted[] = [];
    for (let turn = 0; turn < 12; turn++) requests.push(await submit(server, shortInput(image)));
    // One that is acknowledged as late as can be.
    requests.push(await submit(server, shortInput(image)));
    bench.killAll();
    await server.kill();
    await expectNothingRuns(10_000);

    const next = await bench.start({ PARLANTE_RENDERS: "2" });
    const answers = await Promise.all(requests.map(({ statusUrl }) => call(statusUrl)));
    expect(answers.filter(({ body }) => body.status === undefined)).toEqual([]);
    expect((await fetch(image)).status).toBe(200);
    for (const request of requests.slice(3)) await call(request.cancelUrl, { method: "PUT" });
    await until("the first ones", () => isIn("COMPLETED", ...requests), 120_000);
    const done: Submitted[] = [];
    for (const request of requests) {
      const { status } = await call(request.resultUrl);
      if (status === 200) done.push(request);
      else expect(status).toBe(499);
    }
    expect(done.length).toBeGreaterThanOrEqual(3);
    for (const request of done) await expectVideo(request);
    expect(await next.stop()).toBe(0);
    await expectBilledOnce(done);
  });
});
