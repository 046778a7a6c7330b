import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { underStartLock } from "./start-lock.js";

let directory: string;
let path: string;
const never = new AbortController().signal;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parlante-lock-"));
  path = join(directory, "start.lock");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Leaves a lock as a holder that was killed leaves it. */
function leave(holder: object | string, ageSeconds = 0): void {
  writeFileSync(path, typeof holder === "string" ? holder : JSON.stringify(holder));
  const time = new Date(Date.now() - ageSeconds * 1000);
  utimesSync(path, time, time);
}

it("lets one in at a time, also when some fail", async () => {
  let inside = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) =>
      underStartLock(path, never, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await delay(5);
        inside -= 1;
        if (index % 3 === 0) throw new Error("failed");
        return index;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(8);
  expect(existsSync(path)).toBe(false);
});

it.each([
  ["a process that has ended", { pid: 2 ** 22 + 1, host: hostname(), id: "x" }, 0],
  ["a former process with our number", { pid: process.pid, host: hostname(), id: "x" }, 0],
  ["a machine that has been silent for long", { pid: 1, host: "elsewhere", id: "x" }, 16],
  ["one that died while writing", '{"pid":', 16],
])("takes over from %s", async (_, holder, ageSeconds) => {
  leave(holder, ageSeconds);
  const all = await Promise.all([1, 2, 3].map((n) => underStartLock(path, never, async () => n)));
  expect(all).toEqual([1, 2, 3]);
});

it("waits for a holder that lives, until it is told to give up", async () => {
  leave({ pid: process.ppid, host: hostname(), id: "x" });
  const waiting = underStartLock(path, AbortSignal.timeout(150), async () => "in");
  await expect(waiting).rejects.toThrow();
  expect(existsSync(path)).toBe(true);
});
