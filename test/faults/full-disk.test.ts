import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createFaultBench, type FaultBench, submit } from "../support/fault-bench.js";
import { isAlive } from "../support/run-cli.js";
import type { RunningServer } from "../support/run-server.js";
import { call, MODEL, shortInput, until } from "../support/server-calls.js";

const PATIENCE_MS = 300_000;
/** Enough for PostgreSQL's programs, its cluster and some journal. */
const DISK_MB = 320;
const NO_ROOM = /has no room left|no space left|disk is full/;

const canLimit = process.platform === "linux" && spawnSync("prlimit", ["--version"]).status === 0;
const canMount = process.platform === "linux" && process.getuid?.() === 0 && tryMount();

let bench: FaultBench | null = null;
const undo: (() => void)[] = [];
afterEach(async () => {
  await bench?.remove();
  bench = null;
  for (const step of undo.splice(0).reverse()) step();
});

function tryMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), "parlante-mount-"));
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place]).status === 0;
  if (isMounted) spawnSync("umount", [place]);
  rmSync(place, { recursive: true });
  return isMounted;
}

/** Largest file that the programs may write: beyond it the system refuses, as it does when a disk is full. */
function limitFiles(server: FaultBench, roles: readonly string[], bytes: number | "unlimited"): void {
  for (const { pid, role } of server.processes())
    if (roles.includes(role)) spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
}

async function expectVideo(server: RunningServer, image: string): Promise<void> {
  const request = await submit(server, shortInput(image));
  await isCompleted(request.statusUrl);
  const { status, body } = await call(request.resultUrl);
  expect({ status, body }).toMatchObject({ status: 200 });
  expect((await (await fetch(body.video.url)).arrayBuffer()).byteLength).toBe(body.video.file_size);
}

async function isCompleted(statusUrl: string): Promise<void> {
  await until(
    "a completed request",
    async () => (await call(statusUrl)).body.status === "COMPLETED",
    120_000,
  );
}

/** Hands in a request that is tried once. @returns how it ended */
async function failOnce(server: RunningServer, image: string): Promise<{ status: number; body: unknown }> {
  const { body } = await call(`${server.url}/queue/${MODEL}`, {
    body: shortInput(image),
    headers: { "x-fal-no-retry": "1" },
  });
  await isCompleted(body.status_url);
  return call(body.response_url);
}

async function upload(server: RunningServer, bytes: number): Promise<{ status: number; body: string }> {
  const { body } = await call(`${server.url}/storage/upload/initiate?storage_type=fal-cdn-v3`, {
    body: { content_type: "image/png", file_name: "large.png" },
  });
  const answer = await fetch(body.upload_url, { method: "PUT", body: Buffer.alloc(bytes) });
  return { status: answer.status, body: await answer.text() };
}

describe.skipIf(!canLimit)("programs that may not write any more (needs prlimit)", () => {
  it("say so, stay up, and go on when they may", { timeout: PATIENCE_MS }, async () => {
    bench = createFaultBench();
    const server = await bench.start({ PARLANTE_RENDERS: "1" });
    const image = await bench.uploadPortrait(server);

    limitFiles(bench, ["server"], 10_000);
    const refused = await upload(server, 50_000);
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body)).toMatchObject({
      error_type: "storage_full",
      detail: expect.stringMatching(NO_ROOM),
    });
    limitFiles(bench, ["server"], "unlimited");

    limitFiles(bench, ["worker"], 10_000);
    const failed = await failOnce(server, image);
    expect(failed).toMatchObject({
      status: 500,
      body: { error_type: "internal_error", detail: expect.stringMatching(NO_ROOM) },
    });
    limitFiles(bench, ["worker"], "unlimited");

    // The photo cannot be handed over, or the video not be written; no half of it is left.
    for (const role of ["talk", "media"] as const) {
      await until("a media process", () => bench!.processes().some((process) => process.role === "media"));
      limitFiles(bench, [role], 10_000);
      expect(await failOnce(server, image)).toMatchObject({
        status: 500,
        body: { error_type: "internal_error", detail: expect.stringMatching(NO_ROOM) },
      });
      limitFiles(bench, [role], "unlimited");
    }

    await expectVideo(server, image);
    expect(bench.leftovers().filter((path) => !path.endsWith("owner.json"))).toEqual([]);
    expect(await server.stop()).toBe(0);
    expect(bench.leftovers()).toEqual([]);
  });
});

describe.skipIf(!canMount)("a disk that is full to the last byte (needs root)", () => {
  it("makes calls fail, but no process and no data", { timeout: PATIENCE_MS }, async () => {
    const disk = mkdtempSync(join(tmpdir(), "parlante-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MB}m,mode=711`, "tmpfs", disk]);
    undo.push(() => {
      execFileSync("umount", ["-l", disk]);
      rmSync(disk, { recursive: true });
    });
    bench = createFaultBench(disk);
    const server = await bench.start({ PARLANTE_RENDERS: "1" });
    const image = await bench.uploadPortrait(server);
    await expectVideo(server, image);

    const filler = join(disk, "filler");
    const free = statfsSync(disk);
    writeFileSync(filler, Buffer.alloc(free.bavail * free.bsize));
    expect(statfsSync(disk).bavail).toBe(0);
    const refused = await upload(server, 1_000_000);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatch(NO_ROOM);
    const failed = await failOnce(server, image);
    expect(failed.status).toBe(500);
    expect(JSON.stringify(failed.body)).toMatch(NO_ROOM);
    expect((await call(`${server.url}/healthz`)).status).toBe(200);
    expect(isAlive(server.child.pid!)).toBe(true);

    rmSync(filler);
    expect((await upload(server, 1_000_000)).status).toBe(200);
    await expectVideo(server, image);
    expect((await fetch(image)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(bench.leftovers()).toEqual([]);
    expect(readdirSync(disk).length).toBe(1);
  });
});
