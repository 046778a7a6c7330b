import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFreshCache } from "./fresh-cache.js";

/** A cache over a number that the test changes, with readings that end when the test says so. */
function setup({ capacity = 100, maxAgeMs = 1_000 } = {}) {
  const state = { value: 0, now: 0, loads: 0 };
  const pending: (() => void)[] = [];
  const cache = createFreshCache<number>({
    load: async () => {
      state.loads += 1;
      const { value } = state;
      await new Promise<void>((resolve) => pending.push(resolve));
      return value;
    },
    maxAgeMs: () => maxAgeMs,
    capacity,
    nowMs: () => state.now,
  });
  const finish = async () => {
    for (const resolve of pending.splice(0)) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { cache, state, finish };
}

describe("a fresh cache", () => {
  it("reads once for all who ask at the same time, and again only when too old", async () => {
    const { cache, state, finish } = setup();
    const asked = [cache.read("a"), cache.read("a")];
    await finish();
    expect(await Promise.all([...asked, cache.read("a")])).toEqual([0, 0, 0]);
    expect(state.loads).toBe(1);
    state.now = 1_000;
    void cache.read("a");
    expect(state.loads).toBe(2);
    await finish();
  });

  it("keeps those asked for last", async () => {
    const { cache, state, finish } = setup({ capacity: 2 });
    for (const key of ["a", "b", "a", "c"]) {
      const asked = cache.read(key);
      await finish();
      await asked;
    }
    expect(state.loads).toBe(3);
    await cache.read("a");
    expect(state.loads).toBe(3);
    void cache.read("b");
    expect(state.loads).toBe(4);
    await finish();
  });

  it("passes failures on and forgets them", async () => {
    let fails = true;
    const cache = createFreshCache<string>({
      load: async (key) => {
        if (fails) throw new Error("away");
        return key;
      },
      maxAgeMs: () => 1_000,
      capacity: 1,
    });
    await expect(cache.read("a")).rejects.toThrow("away");
    fails = false;
    expect(await cache.read("a")).toBe("a");
  });

  it("never shows, to whoever asks after a change was told, what was before the change", async () => {
    const step = fc.constantFrom("ask", "finish", "change");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { cache, state, finish } = setup();
        const answers: { readonly atLeast: number; readonly answer: Promise<number> }[] = [];
        for (const what of steps) {
          if (what === "ask") answers.push({ atLeast: state.value, answer: cache.read("a") });
          else if (what === "finish") await finish();
          else {
            state.value += 1;
            cache.forget("a");
          }
        }
        await finish();
        for (const { atLeast, answer } of answers) expect(await answer).toBeGreaterThanOrEqual(atLeast);
      }),
    );
  });
});
