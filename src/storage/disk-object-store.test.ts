import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapacityError } from "../shared/errors.js";
import { createDiskObjectStore } from "./disk-object-store.js";

const run = promisify(execFile);
const ROOM = { contentType: "application/octet-stream", maxBytes: 100_000_000 };
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-disk-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("createDiskObjectStore", () => {
  it("leaves nothing beside the objects themselves", async () => {
    const store = createDiskObjectStore({ directory });
    await store.put("a/b/c", Readable.from([randomBytes(10)]), ROOM);
    await store.put("a/d", Readable.from([randomBytes(10)]), { ...ROOM, maxBytes: 5 }).catch(() => {});
    expect(await readdir(join(directory, ".incoming"))).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual([".incoming", "a"]);
    expect((await stat(join(directory, "a/b/c"))).mode & 0o777).toBe(0o600);
  });

  it("sweeps what a killed process left, but not what is being written", async () => {
    const store = createDiskObjectStore({ directory });
    const script = `
      import { createDiskObjectStore } from ${JSON.stringify(new URL("./disk-object-store.ts", import.meta.url).href)};
      import { Readable } from "node:stream";
      async function* endless() { for (;;) { yield Buffer.alloc(100_000); process.stdout.write("."); await new Promise((r) => setTimeout(r, 5)); } }
      await createDiskObjectStore({ directory: ${JSON.stringify(directory)} })
        .put("a/half", Readable.from(endless(), { objectMode: false }), ${JSON.stringify({ ...ROOM, maxBytes: 1e12 })});`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    await new Promise((resolve, reject) => {
      child.stdout.once("data", resolve);
      child.once("close", () => reject(new Error("the writer ended by itself")));
    });
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    const incoming = join(directory, ".incoming");
    expect(await readdir(incoming)).toHaveLength(1);
    expect(await store.head("a/half")).toBeNull();

    expect(await store.sweepLeftovers(new Date())).toBe(0);
    const [name] = await readdir(incoming);
    await utimes(join(incoming, name!), new Date(), new Date(Date.now() - 3_600_000));
    expect(await store.sweepLeftovers(new Date())).toBe(1);
    expect(await readdir(incoming)).toEqual([]);
  });

  it("reports a full disk with the cure and leaves no half file", async (context) => {
    const small = join(directory, "small");
    await mkdir(small);
    // A disk of one megabyte needs the rights of root.
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small]).catch(() => null);
    if (mounted === null) return context.skip();
    try {
      const store = createDiskObjectStore({ directory: small });
      await store.put("a/first", Readable.from([randomBytes(500_000)]), ROOM);
      const error = await store
        .put("a/second", Readable.from([randomBytes(300_000), randomBytes(500_000)]), ROOM)
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(CapacityError);
      expect(error).toMatchObject({ code: "storage_full", status: 503 });
      expect((error as Error).message).toContain("PARLANTE_KEEP_FILES_DAYS");
      expect((error as Error).message).not.toContain(small);
      const made = join(directory, "made.mp4");
      await writeFile(made, randomBytes(800_000));
      await expect(store.putFile("a/third", made, { contentType: "video/mp4" })).rejects.toMatchObject({
        code: "storage_full",
      });
      expect((await stat(made)).size).toBe(800_000);
      expect(await readdir(join(small, ".incoming"))).toEqual([]);
      expect(await readdir(join(small, "a"))).toEqual(["first"]);
      // Across disks a file is copied whole, and not kept twice.
      await truncate(made, 200_000);
      expect(await store.putFile("a/fourth", made, { contentType: "video/mp4" })).toEqual({
        sizeBytes: 200_000,
      });
      await expect(stat(made)).rejects.toThrow("ENOENT");
    } finally {
      await run("umount", [small]);
    }
  });

  it("reports a directory that is a file", async () => {
    await writeFile(join(directory, "taken"), "");
    const store = createDiskObjectStore({ directory: join(directory, "taken") });
    expect(await store.check()).toMatchObject({ ok: false, reason: expect.stringContaining("taken") });
    await expect(store.put("a/b", Readable.from([]), ROOM)).rejects.toMatchObject({
      code: "storage_unavailable",
    });
  });

  it("reads the end of a very long file without reading the rest", async () => {
    const store = createDiskObjectStore({ directory });
    await store.put("a/long", Readable.from([randomBytes(1)]), ROOM);
    await truncate(join(directory, "a/long"), 10 * 1024 ** 3);
    const end = 10 * 1024 ** 3;
    expect(await buffer((await store.open("a/long", { start: end - 100, end }))!)).toEqual(Buffer.alloc(100));
  });
});
