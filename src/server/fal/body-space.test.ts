import { afterEach, describe, expect, it, vi } from "vitest";
import { createBodySpace, LARGEST_BODY } from "./body-space.js";

const forever = new AbortController().signal;

afterEach(() => {
  vi.useRealTimers();
});

describe("the memory for large bodies", () => {
  it("lets one after the other be read, in the order in which they came", async () => {
    const space = createBodySpace();
    const order: number[] = [];
    const first = await space.take("read", LARGEST_BODY, forever);
    const others = [1, 2, 3].map(async (number) => {
      const leave = await space.take("read", LARGEST_BODY, forever);
      order.push(number);
      leave();
      leave();
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    first();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3]);
  });

  it("never keeps small ones waiting", async () => {
    const space = createBodySpace();
    await space.take("read", LARGEST_BODY, forever);
    await space.take("read", 1024 * 1024, forever);
  });

  it("forgets callers that go, and lets those behind them in", async () => {
    const space = createBodySpace();
    const leave = await space.take("read", LARGEST_BODY - 2_000_000, forever);
    const caller = new AbortController();
    const large = space.take("read", LARGEST_BODY, caller.signal);
    const behind = space.take("read", 1_500_000, forever);
    caller.abort();
    await expect(large).rejects.toMatchObject({ code: "client_cancelled" });
    await behind;
    leave();
    await expect(space.take("read", 2_000_000, AbortSignal.abort())).rejects.toMatchObject({ status: 499 });
  });

  it("sends callers away after a minute", async () => {
    vi.useFakeTimers();
    const space = createBodySpace();
    const leave = await space.take("read", LARGEST_BODY, forever);
    const waiting = expect(space.take("read", LARGEST_BODY, forever)).rejects.toMatchObject({
      status: 503,
      details: { context: { retry_after: 10 } },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await waiting;
    leave();
    await space.take("read", LARGEST_BODY, forever);
  });
});
