import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parlante-bench-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function bench(...options: string[]) {
  const env = { ...process.env, TMPDIR: folder };
  return run(process.execPath, ["--import", "tsx", "scripts/bench.ts", ...options], { cwd: root, env });
}

it("the benchmark measures a second at 360p, and leaves only its report", async () => {
  const json = join(folder, "report.json");
  const { stdout } = await bench("--only", "360p", "--seconds", "1", "--runs", "1", "--json", json);
  const report = JSON.parse(await readFile(json, "utf8"));

  expect(report.sizes).toHaveLength(1);
  const [{ render, summary, talk, memory, kernels }] = report.sizes;
  const [{ ours, veryfast, samePreset }] = render.rounds;
  expect([render.width, render.height]).toEqual([640, 360]);
  for (const cost of [ours, veryfast, samePreset]) {
    expect(cost.wall).toBeGreaterThan(0);
    expect(cost.cpu).toBeGreaterThan(0);
  }
  expect(summary.timesRealTime).toBeCloseTo(1 / ours.wall, 6);
  expect(summary.overEncodeOnly.median).toBeCloseTo(ours.wall / veryfast.wall, 6);
  for (const times of [talk.cold, talk.warm]) {
    expect(times.duration).toBeGreaterThanOrEqual(1);
    expect(times.firstFrame).toBeGreaterThan(0);
    expect(times.total).toBeGreaterThan(times.firstFrame);
  }
  expect(kernels.identical).toBe(true);
  expect(kernels.plain.kernels).toBeGreaterThan(kernels.wasm.kernels);
  expect(report.analysis.cold).toBeGreaterThan(0);
  if (process.platform === "linux") {
    expect(memory.media).toBeGreaterThan(50e6);
    expect(memory.together).toBeGreaterThan(Math.max(memory.program, memory.media) * 0.9);
    expect(memory.together).toBeLessThanOrEqual(memory.program + memory.media);
  }
  const { compositions } = report.around;
  expect(compositions).toHaveLength(8);
  for (const { timesRealTime, overColor, sizeBytes } of compositions) {
    expect(Math.min(timesRealTime, overColor, sizeBytes)).toBeGreaterThan(0);
  }
  expect(compositions[1]).toMatchObject({ name: "one colour", overColor: 1 });
  expect(report.long).toBeNull();
  expect(stdout).toContain("--long measures it");
  expect(stdout).toContain(summary.timesRealTime.toFixed(1));

  const left = (await readdir(folder)).filter((name) => name.startsWith("parlante-"));
  expect(left).toEqual([]);
}, 300_000);

it("the benchmark refuses what it cannot measure", async () => {
  await expect(bench("--only", "4k")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('got "4k"'),
  });
});
