import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startS3 } from "../../test/support/start-s3.js";
import { AssetError, CancelledError, CapacityError } from "../shared/errors.js";
import { createDiskObjectStore } from "./disk-object-store.js";
import type { ObjectStore } from "./object-store.js";
import { createS3ObjectStore } from "./s3-object-store.js";

type Opened = { store: ObjectStore; close(): Promise<void> };

async function onDisk(): Promise<Opened> {
  const directory = await mkdtemp(join(tmpdir(), "parlante-objects-"));
  const store = createDiskObjectStore({ directory: join(directory, "files") });
  return { store, close: () => rm(directory, { recursive: true, force: true }) };
}

async function onS3(): Promise<Opened> {
  const server = await startS3();
  const { bucket, endpoint, credentials } = server;
  const store = createS3ObjectStore({ bucket, endpoint, credentials, region: "us-east-1", pathStyle: true });
  return {
    store,
    close: async () => {
      await store.close();
      await server.stop();
    },
  };
}

const ROOM = { contentType: "application/octet-stream", maxBytes: 100_000_000 };
const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** In pieces, as it comes over a network. */
function inPieces(bytes: Buffer, size = 50_000): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return Readable.from(pieces, { objectMode: false });
}

describe.each([
  ["disk", onDisk],
  ["S3", onS3],
])("every object store: %s", (_name, start) => {
  let store: ObjectStore;
  let close: () => Promise<void>;
  let scratch: string;
  let count = 0;
  const aKey = () => `uploads/ab/${++count}_Object-name.bin`;
  beforeAll(async () => {
    ({ store, close } = await start());
    scratch = await mkdtemp(join(tmpdir(), "parlante-scratch-"));
  });
  afterAll(async () => {
    await close();
    await rm(scratch, { recursive: true, force: true });
  });

  it("gives back what it was given", async () => {
    for (const size of [0, 1, 1_000_000]) {
      const [key, bytes] = [aKey(), randomBytes(size)];
      expect(await store.put(key, inPieces(bytes), ROOM)).toEqual({ sizeBytes: size });
      expect(await store.head(key)).toEqual({ sizeBytes: size });
      expect(sha(await buffer((await store.open(key))!))).toBe(sha(bytes));
    }
  });

  it("streams files of many pieces in and out", async () => {
    const [key, bytes] = [aKey(), randomBytes(20 * 1024 * 1024 + 7)];
    expect(await store.put(key, inPieces(bytes, 1_000_000), ROOM)).toEqual({ sizeBytes: bytes.length });
    expect(sha(await buffer((await store.open(key))!))).toBe(sha(bytes));
  });

  it("reads any range", async () => {
    const [key, bytes] = [aKey(), randomBytes(5000)];
    await store.put(key, inPieces(bytes), ROOM);
    const range = fc
      .tuple(fc.nat({ max: 5000 }), fc.nat({ max: 5000 }))
      .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) }));
    await fc.assert(
      fc.asyncProperty(range, async ({ start, end }) => {
        const got = await buffer((await store.open(key, { start, end }))!);
        expect(got.equals(bytes.subarray(start, end))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("says that there is no such object", async () => {
    const key = aKey();
    expect(await store.head(key)).toBeNull();
    expect(await store.open(key)).toBeNull();
    expect(await store.open(key, { start: 0, end: 10 })).toBeNull();
    expect(await store.copyToFile(key, join(scratch, "never"))).toBe(false);
    expect(await readdir(scratch)).toEqual([]);
    await store.delete(key);
    await store.put("folder/object", inPieces(randomBytes(1)), ROOM);
    expect(await store.head("folder")).toBeNull();
  });

  it("refuses what is too long, and keeps nothing of it", async () => {
    const key = aKey();
    for (const size of [11, 12_000_000]) {
      const put = store.put(key, inPieces(randomBytes(size), 1_000_000), { ...ROOM, maxBytes: size - 1 });
      const error = await put.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(AssetError);
      expect(error).toMatchObject({ code: "file_too_large", details: { context: { max_size: size - 1 } } });
      expect(await store.head(key)).toBeNull();
    }
    expect(await store.put(key, inPieces(randomBytes(11)), { ...ROOM, maxBytes: 11 })).toEqual({
      sizeBytes: 11,
    });
  });

  it("keeps nothing of a stream that breaks, and reports the stream's own error", async () => {
    const key = aKey();
    async function* broken() {
      for (let i = 0; i < 10; i++) yield randomBytes(1_000_000);
      throw new Error("the caller went away");
    }
    const put = store.put(key, Readable.from(broken(), { objectMode: false }), ROOM);
    await expect(put).rejects.toThrow("the caller went away");
    expect(await store.head(key)).toBeNull();
  });

  it("reports the error of a stream that broke before it was read", async () => {
    const key = aKey();
    const content = new Readable({ read() {} });
    content.push("x");
    const put = store.put(key, content, ROOM);
    content.destroy(new Error("gone early"));
    await expect(put).rejects.toThrow("gone early");
    expect(await store.head(key)).toBeNull();
  });

  it("stops at once when the signal fires", async () => {
    const [key, stop] = [aKey(), new AbortController()];
    const stuck = new Readable({ read() {} });
    stuck.push(randomBytes(100_000));
    const put = store.put(key, stuck, { ...ROOM, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(put).rejects.toBeInstanceOf(CancelledError);
    expect(stuck.destroyed).toBe(true);
    expect(await store.head(key)).toBeNull();
  });

  it("takes over a finished file and copies it out again", async () => {
    const [key, bytes, made, copy] = [
      aKey(),
      randomBytes(300_000),
      join(scratch, "made"),
      join(scratch, "copy"),
    ];
    await writeFile(made, bytes);
    expect(await store.putFile(key, made, { contentType: "video/mp4" })).toEqual({ sizeBytes: bytes.length });
    expect(await store.copyToFile(key, copy)).toBe(true);
    expect(sha(await readFile(copy))).toBe(sha(bytes));
    await rm(made, { force: true });
    await rm(copy);
  });

  it("leaves no half copy when copying out is cancelled", async () => {
    const [key, stop] = [aKey(), new AbortController()];
    await store.put(key, inPieces(randomBytes(3_000_000)), ROOM);
    stop.abort();
    await expect(store.copyToFile(key, join(scratch, "half"), stop.signal)).rejects.toBeInstanceOf(
      CancelledError,
    );
    expect(await readdir(scratch)).toEqual([]);
  });

  it("removes objects", async () => {
    const key = aKey();
    await store.put(key, inPieces(randomBytes(10)), ROOM);
    await store.delete(key);
    expect(await store.head(key)).toBeNull();
    await store.delete(key);
  });

  it("joins parts in the given order and leaves them", async () => {
    const bytes = [randomBytes(6_000_000), randomBytes(1), randomBytes(6_000_000)];
    const parts = [aKey(), aKey(), aKey()];
    for (const [i, part] of parts.entries()) await store.put(part, inPieces(bytes[i]!), ROOM);
    const key = aKey();
    expect(await store.join(parts, key, ROOM)).toEqual({ sizeBytes: 12_000_001 });
    expect(sha(await buffer((await store.open(key))!))).toBe(sha(Buffer.concat(bytes)));
    expect(await store.head(parts[1]!)).toEqual({ sizeBytes: 1 });
    await expect(store.join(parts, aKey(), { ...ROOM, maxBytes: 12_000_000 })).rejects.toMatchObject({
      code: "file_too_large",
    });
    await store.delete(parts[1]!);
    await expect(store.join(parts, aKey(), ROOM)).rejects.toMatchObject({ code: "storage_part_missing" });
  });

  it("never uses a key that leads elsewhere", async () => {
    const hostile = [
      "",
      "/etc/passwd",
      "../x",
      "a/../../x",
      "a//b",
      "a/./b",
      ".hidden",
      "a/.b",
      "a\\b",
      "a\0b",
      "ä",
    ];
    for (const key of [...hostile, "a/", "a b", "a".repeat(600)]) {
      await expect(async () => store.put(key, inPieces(randomBytes(1)), ROOM)).rejects.toThrow(RangeError);
      await expect(async () => store.open(key)).rejects.toThrow(RangeError);
      await expect(async () => store.delete(key)).rejects.toThrow(RangeError);
    }
  });

  it("can be asked whether it works", async () => {
    expect(await store.check()).toEqual({ ok: true });
    expect(await store.sweepLeftovers(new Date(Date.now() + 1e9))).toBe(0);
  });
});

describe("the S3 store, when its server is not there", () => {
  it("says so with a typed error that names the cure", async () => {
    const store = createS3ObjectStore({
      bucket: "films",
      endpoint: "http://127.0.0.1:9",
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      pathStyle: true,
    });
    const error = await store.head("a/b").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CapacityError);
    expect(error).toMatchObject({ code: "storage_unavailable", status: 503 });
    expect((error as Error).message).toContain("AWS_ENDPOINT_URL_S3");
    expect(await store.check()).toMatchObject({ ok: false, reason: expect.stringContaining("films") });
    await store.close();
  });
});

describe("the S3 store in a bucket that does not exist", () => {
  it("does not take a missing bucket for a missing object", async () => {
    const server = await startS3();
    const { endpoint, credentials } = server;
    const store = createS3ObjectStore({
      bucket: "none",
      endpoint,
      credentials,
      region: "us-east-1",
      pathStyle: true,
    });
    await expect(store.open("a/b")).rejects.toMatchObject({ code: "storage_unavailable" });
    await store.close();
    await server.stop();
  });
});
