import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LogLine, RequestSnapshot, TalkQueue } from "../../queue/index.js";
import { CapacityError, EngineError } from "../../shared/errors.js";
import { answerStatusStream } from "../queue/status-stream.js";
import { followRequest } from "./follow-request.js";

const ID = "6f1c2a1e-9d0c-4a5e-8f3b-0123456789ab";
const forever = new AbortController().signal;

/** One request in memory, whose states and absences a test decides. */
function oneRequest() {
  const watchers = new Set<() => void>();
  const state = {
    snapshot: { id: ID, state: "IN_PROGRESS", queuePosition: null, outcome: null } as RequestSnapshot,
    logs: [] as LogLine[],
    failure: null as Error | null,
    asked: 0,
  };
  const asked = <Answer>(answer: () => Answer) => {
    state.asked += 1;
    if (state.failure !== null) throw state.failure;
    return answer();
  };
  const queue = {
    snapshot: async (id: string) => asked(() => (id === ID ? state.snapshot : null)),
    logs: async (_id: string, after: number) =>
      asked(() => state.logs.filter(({ sequence }) => sequence > after)),
    watch(_id: string, onChange: () => void) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
  } as unknown as TalkQueue;
  return {
    queue,
    watchers,
    state,
    change(parts: Partial<RequestSnapshot>) {
      state.snapshot = { ...state.snapshot, ...parts };
      for (const watcher of watchers) watcher();
    },
    log(message: string) {
      const sequence = state.logs.length + 1;
      state.logs.push({ sequence, message, level: "INFO", source: "USER", timestamp: new Date() });
      for (const watcher of watchers) watcher();
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("following a request", () => {
  it("waits out a database that is away for a moment", async () => {
    const { queue, state } = oneRequest();
    const followed = followRequest(queue, { id: ID, keyId: "k" }, forever);
    state.failure = new CapacityError("internal_server_error", "away", 503);
    const snapshot = followed.snapshot();
    await vi.advanceTimersByTimeAsync(5_000);
    state.failure = null;
    await vi.advanceTimersByTimeAsync(600);
    expect((await snapshot).state).toBe("IN_PROGRESS");
    expect(state.asked).toBeGreaterThan(5);
  });

  it("gives up after half a minute, and at once what does not pass", async () => {
    const { queue, state } = oneRequest();
    const followed = followRequest(queue, { id: ID, keyId: "k" }, forever);
    state.failure = new CapacityError("internal_server_error", "away", 503);
    const snapshot = expect(followed.snapshot()).rejects.toThrow("away");
    await vi.advanceTimersByTimeAsync(31_000);
    await snapshot;
    state.failure = new EngineError("internal_server_error", "broken");
    await expect(followed.snapshot()).rejects.toThrow("broken");
    state.failure = null;
    const nobody = followRequest(queue, { id: "other", keyId: "k" }, forever);
    await expect(nobody.snapshot()).rejects.toThrow("Request not found");
  });

  it("counts changes between two waits as one", async () => {
    const { queue, change, watchers } = oneRequest();
    const caller = new AbortController();
    const followed = followRequest(queue, { id: ID, keyId: "k" }, caller.signal);
    for (let i = 0; i < 5; i++) change({ progress: i / 10 });
    await followed.change(1_000);
    let isOver = false;
    const second = followed.change(1_000).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await second;
    const third = followed.change(1_000_000);
    caller.abort();
    await third;
    followed.close();
    expect(watchers.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a stream of statuses", () => {
  const base = { queue: "http://q", rest: "", files: "", site: "" };
  const asked = { id: ID, keyId: "k", withLogs: true, base };

  it("says every 15 seconds that it is alive, and nothing else while nothing happens", async () => {
    const { queue, log, change, watchers } = oneRequest();
    const reader = answerStatusStream(queue, asked, forever)
      .body!.pipeThrough(new TextDecoderStream())
      .getReader();
    const read = async () => (await reader.read()).value;
    expect(await read()).toContain('"IN_PROGRESS"');
    const next = read();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await next).toBe(": keep-alive\n\n");
    // Progress alone is no news: a status does not show it.
    change({ progress: 0.5 });
    const after = read();
    await vi.advanceTimersByTimeAsync(100);
    log("a line");
    expect(await after).toContain("a line");
    change({ state: "COMPLETED", outcome: "ok", inferenceSeconds: 3.42 });
    const last = await read();
    expect(JSON.parse(last!.slice("data: ".length))).toMatchObject({
      status: "COMPLETED",
      logs: [],
      metrics: { inference_time: 3.42 },
    });
    expect((await reader.read()).done).toBe(true);
    expect(watchers.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives a slow reader the newest state with all lines, in one event", async () => {
    const { queue, log, change, state } = oneRequest();
    const reader = answerStatusStream(queue, asked, forever)
      .body!.pipeThrough(new TextDecoderStream())
      .getReader();
    await reader.read();
    // One event may already lie in the pipe of the test.
    log("line 0");
    await vi.advanceTimersByTimeAsync(10);
    const before = state.asked;
    for (let i = 1; i <= 1000; i++) log(`line ${i}`);
    change({ state: "COMPLETED", outcome: "ok", inferenceSeconds: 1 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(state.asked - before).toBeLessThan(10);
    const events: { status: string; logs: unknown[] }[] = [];
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      events.push(JSON.parse(piece.value.slice("data: ".length)));
    expect(events.length).toBeLessThanOrEqual(3);
    expect(events.flatMap(({ logs }) => logs)).toHaveLength(1001);
    expect(events.at(-1)!.status).toBe("COMPLETED");
  });
});
