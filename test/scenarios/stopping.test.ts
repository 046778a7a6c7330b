import { existsSync, readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { createBench, descendantsOf, isAlive } from "../support/run-cli.js";

const bench = createBench();
afterAll(() => bench.remove());

const LONG = ["speak", "--prompt", "One two three four five six seven. ".repeat(8), "--resolution", "540p"];

/** Everything that a stopped program may not leave. */
async function expectNothingLeft(processes: number[], out: string): Promise<void> {
  for (let tries = 0; tries < 50 && processes.some(isAlive); tries++) await wait(100);
  expect(processes.filter(isAlive)).toEqual([]);
  expect(existsSync(bench.path(out))).toBe(false);
  expect(readdirSync(bench.directory)).toEqual(["tmp"]);
  expect(bench.leftovers()).toEqual([]);
}

describe.skipIf(process.platform !== "linux")(
  "a program that is stopped leaves no file and no process",
  () => {
    it.each([
      ["SIGINT", 130, "render: 25 %"],
      ["SIGTERM", 143, "portrait: "],
      ["SIGINT", 130, "assets: "],
    ] as const)("%s, exit status %i, after «%s»", async (signal, exitCode, moment) => {
      const { child, ended, says } = bench.start([
        ...LONG,
        "--out",
        "stopped.mp4",
        "--timeline",
        "stopped.json",
      ]);
      await says(moment);
      const processes = descendantsOf(child.pid!);
      const asked = performance.now();
      child.kill(signal);
      const result = await ended;
      expect(result.exitCode).toBe(exitCode);
      expect(performance.now() - asked).toBeLessThan(10_000);
      expect(result.stdout).toBe("");
      expect(result.stderr).toContain("no file was written");
      await expectNothingLeft([child.pid!, ...processes], "stopped.mp4");
    });

    it("the whole group of a terminal gets the signal, and it is the same", async () => {
      const { child, ended, says } = bench.start([...LONG, "--out", "group.mp4"], { detached: true });
      await says("render: ");
      const processes = descendantsOf(child.pid!);
      expect(processes.length).toBeGreaterThan(0);
      process.kill(-child.pid!, "SIGINT");
      expect((await ended).exitCode).toBe(130);
      await expectNothingLeft([child.pid!, ...processes], "group.mp4");
    });

    it.each(["assets: ", "render: 25 %"])(
      "killed without warning after «%s», its children end by themselves and no video appears",
      async (moment) => {
        const { child, ended, says } = bench.start([...LONG, "--out", "killed.mp4"]);
        await says(moment);
        const processes = descendantsOf(child.pid!);
        child.kill("SIGKILL");
        await ended;
        await expectNothingLeft([child.pid!, ...processes], "killed.mp4");
      },
    );
  },
);

it.skipIf(process.platform !== "linux")("a killed media process is a typed error, not a crash", async () => {
  const { child, ended, says } = bench.start([...LONG, "--out", "broken.mp4", "--json"]);
  await says("render: 25 %");
  const processes = descendantsOf(child.pid!);
  for (const process_ of processes) process.kill(process_, "SIGKILL");
  const result = await ended;
  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout).detail).toMatchObject([{ loc: ["body"], type: "internal_server_error" }]);
  expect(result.stderr).not.toMatch(/\n\s+at /);
  await expectNothingLeft([child.pid!, ...processes], "broken.mp4");
});
