import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OddBody } from "../../../test/support/odd-talk-child.js";
import { isAlive } from "../../../test/support/run-cli.js";
import { CancelledError, DeadlineError, EngineError } from "../../shared/errors.js";
import type { TalkEvent, TalkOutcome } from "../talk-runner.js";
import { createTalkPool, type TalkPool, type TalkPoolOptions } from "./talk-pool.js";

const ENTRY = new URL("../../../test/support/odd-talk-child.ts", import.meta.url);
const SECRETS = { DATABASE_URL: "postgres://secret", AWS_SECRET_ACCESS_KEY: "secret", FAL_KEY: "secret" };

function aPool(options: Partial<TalkPoolOptions> = {}): TalkPool {
  return createTalkPool({
    entry: ENTRY,
    size: 1,
    memoryLimitBytes: 300e6,
    timeLimit: 60,
    environment: { ...process.env, ...SECRETS },
    ...options,
  });
}

let pool: TalkPool;
beforeAll(() => {
  pool = aPool();
});
afterAll(() => pool.close());

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

/** A talk that was begun, and the processes that it has named. */
function begin(body: OddBody, { by = pool }: { by?: TalkPool } = {}) {
  const cancel = new AbortController();
  const events: TalkEvent[] = [];
  const pids: number[] = [];
  let begun = (): void => {};
  const isUnderWay = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const outcome = by.run(
    { requestId: "a", attempt: 1, body, files: {}, workspace, livePath: "" },
    {
      signal: cancel.signal,
      onEvent: (event) => {
        events.push(event);
        const pid = event.type === "log" ? /^(?:begun|below) (\d+)$/.exec(event.message)?.[1] : undefined;
        if (pid !== undefined) pids.push(Number(pid));
        if (pids.length === (body.below ? 2 : 1)) begun();
      },
    },
  );
  outcome.catch(() => {});
  return { outcome, cancel, events, pids, isUnderWay };
}

async function failureOf(outcome: Promise<TalkOutcome>): Promise<unknown> {
  return outcome.then(
    () => "no failure",
    (error: unknown) => error,
  );
}

const AUTOGROUP = "/proc/self/autogroup";

describe("createTalkPool", () => {
  it.skipIf(!existsSync(AUTOGROUP))(
    "lets the server go first, also where sessions share processors",
    async () => {
      const polite = aPool({ niceness: 7 });
      const talk = begin({ do: "obey" }, { by: polite });
      await talk.isUnderWay;
      const [pid] = talk.pids;
      expect(getPriority(pid!)).toBe(getPriority() + 7);
      expect(readFileSync(`/proc/${pid}/autogroup`, "utf8")).toContain(`nice ${getPriority() + 7}`);
      await polite.close();
    },
  );

  it("needs at least one process", () => {
    expect(() => aPool({ size: 0 })).toThrow(RangeError);
  });

  it("uses a process again, and replaces it after a number of talks", async () => {
    const short = aPool({ talksPerChild: 2 });
    const talks: (readonly string[])[] = [];
    const pids: number[] = [];
    for (let i = 0; i < 3; i++) {
      const talk = begin({ do: "finish" }, { by: short });
      talks.push((await talk.outcome).warnings);
      pids.push(talk.pids[0]!);
    }
    expect(talks).toEqual([["talk 1"], ["talk 2"], ["talk 1"]]);
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).not.toBe(pids[0]);
    expect(isAlive(pids[0]!)).toBe(false);
    await short.close();
    expect(isAlive(pids[2]!)).toBe(false);
  });

  it("lets a talk wait until a process is free, and cancels one that waits at once", async () => {
    const first = begin({ do: "obey" });
    const second = begin({ do: "finish" });
    const third = begin({ do: "finish" });
    await first.isUnderWay;
    third.cancel.abort();
    expect(await failureOf(third.outcome)).toBeInstanceOf(CancelledError);
    first.cancel.abort();
    expect((await second.outcome).sizeBytes).toBe(5);
  });

  it("keeps secrets from its processes", async () => {
    const { warnings: names } = await begin({ do: "tell" }).outcome;
    expect(names).toContain("PATH");
    for (const secret of Object.keys(SECRETS)) expect(names).not.toContain(secret);
  });

  it("keeps a process that stops when it is asked to", async () => {
    const talk = begin({ do: "obey" });
    await talk.isUnderWay;
    talk.cancel.abort();
    expect(await failureOf(talk.outcome)).toBeInstanceOf(CancelledError);
    const next = begin({ do: "finish" });
    await next.outcome;
    expect(next.pids).toEqual(talk.pids);
  });

  it.each([
    ["that computes", { do: "loop" }],
    ["that computes while one below it writes a file", { do: "write", below: true }],
    // Time is measured: a busy machine gets another chance.
  ] as const)("ends a process %s within 200 ms of being cancelled", { retry: 2 }, async (_name, body) => {
    const talk = begin(body);
    await talk.isUnderWay;
    const path = join(workspace, "output.mp4");
    await delay(100);
    while (body.do === "write" && !existsSync(path)) await delay(10);
    const asked = performance.now();
    talk.cancel.abort();
    expect(await failureOf(talk.outcome)).toBeInstanceOf(CancelledError);
    expect(performance.now() - asked).toBeLessThan(200);
    // Killed, but on a busy machine it takes a moment until they are gone.
    for (let tries = 0; tries < 100 && talk.pids.some(isAlive); tries++) await delay(10);
    expect(talk.pids.filter(isAlive)).toEqual([]);
    await rm(workspace, { recursive: true });
    await delay(100);
    expect(existsSync(workspace)).toBe(false);
  });

  it.each([
    [{ do: "exit" }, { exit_code: 7, stderr: "something is broken" }],
    [{ do: "die" }, { signal: "SIGSEGV" }],
    [{ do: "lose-media" }, { signal: "SIGKILL", stderr: "last words" }],
  ] as const)("a process that dies of %j is worth another try", async (body, context) => {
    const error = await failureOf(begin(body).outcome);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "runner_disconnected", retryable: true, details: { context } });
    expect((await begin({ do: "finish" }).outcome).sizeBytes).toBe(5);
  });

  it("takes what a killed process started down with it", async () => {
    const talk = begin({ do: "write", below: true });
    await talk.isUnderWay;
    process.kill(talk.pids[0]!, "SIGKILL");
    expect(await failureOf(talk.outcome)).toMatchObject({ code: "runner_disconnected", retryable: true });
    expect(talk.pids.filter(isAlive)).toEqual([]);
  });

  it.each([
    ["of a process", { do: "fill" }],
    ["of what it started", { do: "fill", below: true }],
  ] as const)("limits the memory %s", async (_name, body) => {
    const talk = begin(body);
    const error = await failureOf(talk.outcome);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "internal_server_error", retryable: false });
    expect((error as Error).message).toMatch(/300 MB.*smaller resolution.*PARLANTE_MEMORY_LIMIT_MB/);
    expect(talk.pids.filter(isAlive)).toEqual([]);
  });

  it("limits JavaScript's memory as well, with the same message", async () => {
    const error = await failureOf(begin({ do: "fill-heap" }).outcome);
    expect(error).toMatchObject({ code: "internal_server_error", retryable: false });
    expect((error as Error).message).toContain("PARLANTE_MEMORY_LIMIT_MB");
  });

  it("limits the time", async () => {
    const hasty = aPool({ timeLimit: 0.5 });
    const talk = begin({ do: "loop" }, { by: hasty });
    const error = await failureOf(talk.outcome);
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({ code: "generation_timeout", details: { context: { limit: 0.5 } } });
    expect((error as Error).message).toMatch(/0\.5 s.*PARLANTE_TIME_LIMIT/);
    expect(talk.pids.filter(isAlive)).toEqual([]);
    await hasty.close();
  });

  it("reports a program that cannot be started, every time, and does not start it in a loop", async () => {
    const warnings: unknown[] = [];
    const log = { debug: () => {}, warn: (facts: unknown) => warnings.push(facts) };
    const broken = aPool({ entry: new URL("./no-such-file.ts", import.meta.url), log });
    await broken.ready();
    for (let i = 0; i < 2; i++) {
      const error = await failureOf(begin({ do: "finish" }, { by: broken }).outcome);
      expect(error).toMatchObject({ code: "runner_disconnected", retryable: true });
      expect((error as EngineError).details.context?.stderr).toContain("no-such-file");
    }
    expect(warnings.length).toBe(3);
    await broken.close();
  });

  it("ends everything when it is closed, and takes no talks afterwards", async () => {
    const closing = aPool({ size: 2 });
    const talk = begin({ do: "write", below: true }, { by: closing });
    await talk.isUnderWay;
    await closing.close();
    expect(await failureOf(talk.outcome)).toMatchObject({ code: "runner_disconnected", retryable: true });
    expect(await failureOf(begin({ do: "finish" }, { by: closing }).outcome)).toMatchObject({
      code: "runner_disconnected",
    });
    expect(talk.pids.filter(isAlive)).toEqual([]);
    expect((await readdir(workspace)).length).toBeLessThan(2);
  });
});
