import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ModelServer, type ServedFile, startModelServer } from "../../../test/support/model-server.js";
import { CancelledError, NotFoundError, ParlanteError } from "../../shared/errors.js";
import type { DownloadPatience } from "./download-file.js";
import type { ModelEntry, ModelFile, PullProgress } from "./model.js";
import { explainStorage } from "./model-errors.js";
import { lock, tryLock } from "./pull-lock.js";
import { createModelStore } from "./store.js";

const root = mkdtempSync(join(tmpdir(), "parlante-models-test-"));
let server: ModelServer;
let count = 0;

beforeAll(async () => {
  server = await startModelServer();
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});
afterEach(() => {
  server.files.clear();
  server.requests.length = 0;
});

const PATIENCE: DownloadPatience = { attempts: 6, firstWaitMs: 1, stallMs: 2000 };
const CONFIG = Buffer.from('{"audio":{"sample_rate":22050}}');

/** Bytes that look like a network's: no two places are the same. */
function network(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
}

const hash = (kind: "sha256" | "md5", bytes: Uint8Array): string =>
  createHash(kind).update(bytes).digest("hex");

/** A directory, a model on the server, and a store with both. */
function place(bytes: Uint8Array, served: Partial<ServedFile> = {}, file: Partial<ModelFile> = {}) {
  const directory = join(root, `models-${count}`);
  const path = `/voice-${count++}`;
  server.files.set(`${path}.onnx`, { bytes, ...served });
  server.files.set(`${path}.json`, { bytes: CONFIG });
  const entry: ModelEntry = {
    id: "en_US-test-medium",
    kind: "piper",
    language: "en-US",
    licence: "CC0",
    source: "https://example.com/voice",
    speakers: [{ name: "test", gender: "female" }],
    files: [
      {
        name: "test.onnx.json",
        url: `${server.url}${path}.json`,
        sizeBytes: CONFIG.length,
        md5: hash("md5", CONFIG),
      },
      {
        name: "test.onnx",
        url: `${server.url}${path}.onnx`,
        sizeBytes: bytes.length,
        sha256: hash("sha256", bytes),
        ...file,
      },
    ],
  };
  const store = createModelStore({ directory, catalogue: [entry], patience: PATIENCE });
  return { directory, path, entry, store, installedFile: join(directory, entry.id, "test.onnx") };
}

async function failure(promise: Promise<unknown>): Promise<ParlanteError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ParlanteError);
  return error as ParlanteError;
}

describe("pulling", () => {
  it("installs all files of a model with a manifest, and tells how far it is", async () => {
    const bytes = network(300_000);
    const { store, entry, directory, installedFile } = place(bytes);
    const steps: PullProgress[] = [];
    const model = await store.pull(entry.id, { onProgress: (step) => steps.push(step) });
    expect(model).toEqual({ entry, directory: join(directory, entry.id) });
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
    expect(readdirSync(model.directory).sort()).toEqual(["model.json", "test.onnx", "test.onnx.json"]);
    expect(readdirSync(directory)).toEqual([entry.id]);
    const done = steps.map(({ doneBytes }) => doneBytes);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(steps.at(-1)).toMatchObject({ doneBytes: bytes.length + CONFIG.length, totalBytes: done.at(-1) });
    expect(await store.installed()).toEqual([model]);
    expect(await store.find(entry.id)).toEqual(model);
  });

  it("does nothing when the model is there", async () => {
    const { store, entry } = place(network(1000));
    await store.pull(entry.id);
    const before = server.requests.length;
    await store.pull(entry.id);
    expect(server.requests.length).toBe(before);
  });

  it("goes on where a connection broke, by a range", async () => {
    const bytes = network(200_000);
    const { store, entry, path, installedFile } = place(bytes, { cuts: [70_000, 30_000], paceMs: 3 });
    await store.pull(entry.id);
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
    const ranges = server.requests.filter((seen) => seen.path === `${path}.onnx`).map(({ range }) => range);
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[2]).toMatch(/^bytes=\d+-$/);
  });

  it("goes on where an earlier pull was stopped", async () => {
    const bytes = network(400_000);
    const { store, entry, path, directory, installedFile } = place(bytes, { paceMs: 5 });
    const controller = new AbortController();
    const stopped = store.pull(entry.id, {
      signal: controller.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes > 100_000) controller.abort();
      },
    });
    expect(await failure(stopped)).toBeInstanceOf(CancelledError);
    expect(await store.find(entry.id)).toBeNull();
    expect(readdirSync(directory)).toEqual([`.partial-${entry.id}`]);
    await createModelStore({ directory, catalogue: [entry], patience: PATIENCE }).pull(entry.id);
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
    const { range } = server.requests.filter((seen) => seen.path === `${path}.onnx`).at(-1)!;
    expect(Number(/\d+/.exec(range ?? "")?.[0])).toBeGreaterThan(80_000);
  });

  it("follows redirects with the range", async () => {
    const bytes = network(100_000);
    const { store, entry, path, installedFile } = place(bytes, { redirect: "/elsewhere" });
    server.files.set("/elsewhere", { bytes, cuts: [50_000], paceMs: 3 });
    await store.pull(entry.id);
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
    expect(server.requests.filter((seen) => seen.path === `${path}.onnx`)).toHaveLength(2);
    expect(server.requests.at(-1)).toMatchObject({ path: "/elsewhere" });
    expect(server.requests.at(-1)!.range).toBeDefined();
  });

  it("waits out a server that is busy", async () => {
    const { store, entry } = place(network(1000), { failures: [503, 429, 500] });
    await expect(store.pull(entry.id)).resolves.toBeDefined();
  });

  it("takes nothing of an old version into a new one", async () => {
    const [old, bytes] = [network(150_000, 7), network(150_000)];
    const { store, entry, path, installedFile } = place(bytes);
    server.files.set(`${path}.onnx`, { bytes: old, cuts: [90_000, 0, 0, 0, 0, 0, 0], paceMs: 3 });
    expect((await failure(store.pull(entry.id))).code).toBe("model_download_error");
    server.files.set(`${path}.onnx`, { bytes });
    await store.pull(entry.id);
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
  });

  it("starts afresh when a server mixes versions under one ETag", async () => {
    const [old, bytes] = [network(150_000, 7), network(150_000)];
    const { store, entry, path, installedFile } = place(bytes);
    server.files.set(`${path}.onnx`, {
      bytes: old,
      etag: '"v"',
      cuts: [90_000, 0, 0, 0, 0, 0, 0],
      paceMs: 3,
    });
    await failure(store.pull(entry.id));
    server.files.set(`${path}.onnx`, { bytes, etag: '"v"' });
    await store.pull(entry.id);
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
  });

  it("tells the hash of a file that nobody vouches for", async () => {
    const bytes = network(5000);
    const { store, entry } = place(bytes);
    const { sha256: _, ...bare } = entry.files[1]!;
    const open = createModelStore({
      directory: join(root, "unverified"),
      catalogue: [{ ...entry, files: [entry.files[0]!, bare] }],
      patience: PATIENCE,
    });
    const told: string[][] = [];
    await open.pull(entry.id, { onUnverified: (...words) => told.push(words) });
    expect(told).toEqual([["test.onnx", hash("sha256", bytes)]]);
    expect(await store.find(entry.id)).toBeNull();
  });

  it("whatever is cut where, the file is the same byte by byte", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 1, max: 120_000 }),
          cuts: fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 5 }),
          ranges: fc.boolean(),
          etag: fc.constantFrom(undefined, null, 'W/"weak"', '"strong"'),
          chunked: fc.boolean(),
        }),
        async ({ size, etag, ...served }) => {
          const bytes = network(size, size);
          const { store, entry, installedFile } = place(bytes, {
            ...served,
            ...(etag === undefined ? {} : { etag }),
          });
          await store.pull(entry.id);
          expect(readFileSync(installedFile).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("refusing", () => {
  it.each([
    ["a wrong hash", network(5000, 3), {}, "model_damaged", /SHA-256 .* instead of/],
    ["a shorter file", network(4000), {}, "model_download_error", /4000 bytes instead of 5000/],
    [
      "a longer file without a length",
      network(6000),
      { chunked: true },
      "model_damaged",
      /more than the 5000 bytes/,
    ],
    ["404", network(5000), { failures: Array(9).fill(404) }, "model_download_error", /404.*--from/s],
    ["403", network(5000), { failures: Array(9).fill(403) }, "model_download_error", /403.*--from/s],
    [
      "a server that is always busy",
      network(5000),
      { failures: Array(20).fill(503) },
      "model_download_error",
      /503/,
    ],
    ["a redirect to itself", network(5000), { redirect: "?" }, "model_download_error", /redirects more than/],
    [
      "a redirect to http elsewhere",
      network(5000),
      { redirect: "http://example.com/x" },
      "model_download_error",
      /https only/,
    ],
    [
      "a redirect to a file",
      network(5000),
      { redirect: "file:///etc/passwd" },
      "model_download_error",
      /https only/,
    ],
  ] as const)("%s", async (_, served, how, code, message) => {
    const { store, entry, path, directory } = place(network(5000));
    server.files.set(`${path}.onnx`, { bytes: served, ...how });
    const error = await failure(store.pull(entry.id));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(existsSync(join(directory, entry.id))).toBe(false);
    expect(existsSync(join(directory, `.partial-${entry.id}`, "test.onnx"))).toBe(false);
    expect(await store.installed()).toEqual([]);
  });

  it("a host that is not there, with the way around it", async () => {
    const bytes = network(10);
    const { store, entry } = place(bytes, {}, { url: "http://127.0.0.1:9/voice.onnx" });
    const error = await failure(store.pull(entry.id));
    expect(error).toMatchObject({ code: "model_download_error", retryable: true });
    expect(error.message).toMatch(/refuses the connection.*voice\.onnx with --from/);
  });

  it("a server that stops sending", async () => {
    const { store, entry } = place(network(200_000), { paceMs: 1500 });
    const hasty = createModelStore({
      directory: join(root, "hasty"),
      catalogue: [entry],
      patience: { attempts: 2, firstWaitMs: 1, stallMs: 300 },
    });
    expect((await failure(hasty.pull(entry.id))).message).toMatch(/stopped sending|broke/);
    expect(await store.find(entry.id)).toBeNull();
  });

  it.each(["../outside", "", "nothing", ".partial-x", "a/b", "x".repeat(200)])(
    'an id that is not in the catalogue: "%s"',
    async (id) => {
      const { store } = place(network(10));
      await expect(store.pull(id)).rejects.toBeInstanceOf(NotFoundError);
      await expect(store.find(id)).resolves.toBeNull();
    },
  );

  it.each(["../test.onnx", "a/b", ".hidden", "model.json", "x.etag"])('a file named "%s"', async (name) => {
    const { store, entry, directory } = place(network(10), {}, { name });
    await expect(store.pull(entry.id)).rejects.toBeInstanceOf(NotFoundError);
    expect(existsSync(directory)).toBe(false);
  });

  it("a disk that is too small, before anything is fetched", async () => {
    const { store, entry } = place(network(10), {}, { sizeBytes: 9e15 });
    const error = await failure(store.pull(entry.id));
    expect(error).toMatchObject({ code: "model_storage_error" });
    expect(error.message).toMatch(/free at .*PARLANTE_DATA/);
    expect(server.requests).toEqual([]);
  });

  it("a directory that is a file", async () => {
    const { entry } = place(network(10));
    writeFileSync(join(root, "a-file"), "");
    const store = createModelStore({ directory: join(root, "a-file", "models"), catalogue: [entry] });
    expect(await failure(store.pull(entry.id))).toMatchObject({ code: "model_storage_error" });
    await expect(store.states()).resolves.toMatchObject([{ state: "absent" }]);
  });

  it.each(["ENOSPC", "EDQUOT", "EACCES", "EROFS"])("%s, in words", (code) => {
    const error = explainStorage(Object.assign(new Error(code), { code }), "/data/models");
    expect(error).toMatchObject({
      code: "model_storage_error",
      message: expect.stringContaining("/data/models"),
    });
  });
});

describe("--from", () => {
  it("takes the files by their names, by those of their downloads, or from a folder with the id", async () => {
    const bytes = network(100_000);
    const { store, entry, path, installedFile } = place(bytes);
    const from = join(root, "usb-stick");
    mkdirSync(join(from, entry.id), { recursive: true });
    writeFileSync(join(from, `${path.slice(1)}.onnx`), bytes);
    writeFileSync(join(from, entry.id, "test.onnx.json"), CONFIG);
    await store.pull(entry.id, { from });
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
    expect(server.requests).toEqual([]);
    expect(readFileSync(join(from, `${path.slice(1)}.onnx`)).equals(bytes)).toBe(true);
  });

  it.each([
    ["wrong bytes", network(5000, 2), "model_damaged"],
    ["too few", network(4999), "model_damaged"],
    ["too many", network(5001), "model_damaged"],
    ["no file", null, "model_source_error"],
  ])("refuses %s", async (_, bytes, code) => {
    const { store, entry, directory } = place(network(5000));
    const from = mkdtempSync(join(root, "from-"));
    writeFileSync(join(from, "test.onnx.json"), CONFIG);
    if (bytes !== null) writeFileSync(join(from, "test.onnx"), bytes);
    const error = await failure(store.pull(entry.id, { from }));
    expect(error.code).toBe(code);
    expect(error.message).toContain("http");
    expect(existsSync(join(directory, entry.id))).toBe(false);
  });

  it("refuses a directory that is not there", async () => {
    const { store, entry } = place(network(10));
    expect(await failure(store.pull(entry.id, { from: "/nowhere/at/all" }))).toMatchObject({
      code: "model_source_error",
    });
  });
});

describe("several at once", () => {
  it("fetch the model once", async () => {
    const bytes = network(300_000);
    const { entry, path, directory, installedFile } = place(bytes, { paceMs: 2 });
    const stores = [1, 2, 3].map(() =>
      createModelStore({ directory, catalogue: [entry], patience: PATIENCE }),
    );
    const models = await Promise.all(stores.map((store) => store.pull(entry.id)));
    expect(new Set(models.map((model) => model.directory)).size).toBe(1);
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
    expect(server.requests.filter((seen) => seen.path === `${path}.onnx`)).toHaveLength(1);
    expect(readdirSync(directory)).toEqual([entry.id]);
  });

  it("do not remove what is being pulled", async () => {
    const { entry, store } = place(network(300_000), { paceMs: 5 });
    const pulling = store.pull(entry.id);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await failure(store.remove(entry.id))).toMatchObject({ code: "model_storage_error" });
    await pulling;
    expect(await store.remove(entry.id)).toBe(true);
  });

  it("take over from one that died, and only from such", async () => {
    const path = join(mkdtempSync(join(root, "lock-")), "lock");
    writeFileSync(path, "somebody");
    const taken = await lock(path, undefined, 300);
    expect(await taken.holds()).toBe(true);
    expect(await tryLock(path)).toBeNull();
    const waiting = lock(path, AbortSignal.timeout(1600), 1500);
    await expect(waiting).rejects.toThrow();
    expect(await taken.holds()).toBe(true);
    await taken.release();
    expect(existsSync(path)).toBe(false);
  });
});

describe("what is installed", () => {
  it.each([
    ["a missing file", (file: string) => rmSync(file), /test\.onnx is missing/],
    ["a file of another size", (file: string) => writeFileSync(file, "short"), /has 5 bytes instead of/],
    [
      "a missing manifest",
      (file: string) => rmSync(join(file, "..", "model.json")),
      /model\.json is missing/,
    ],
  ])("is reported and not used with %s; a pull mends it", async (_, damage, reason) => {
    const bytes = network(4000);
    const { store, entry, installedFile } = place(bytes);
    await store.pull(entry.id);
    damage(installedFile);
    expect(await store.find(entry.id)).toBeNull();
    expect(await store.installed()).toEqual([]);
    const [state] = await store.states();
    expect(state).toMatchObject({ state: "damaged", reason: expect.stringMatching(reason) });
    await store.pull(entry.id);
    expect(readFileSync(installedFile).equals(bytes)).toBe(true);
    expect(await store.states()).toMatchObject([{ state: "installed" }]);
  });

  it("stays usable when the catalogue no longer has it, and can be removed", async () => {
    const { store, entry, directory } = place(network(4000));
    await store.pull(entry.id);
    const later = createModelStore({ directory, catalogue: [] });
    expect(await later.find(entry.id)).toMatchObject({ entry: { id: entry.id } });
    expect(await later.remove(entry.id)).toBe(true);
    expect(await later.remove(entry.id)).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("takes no folder for a model whose manifest lies", async () => {
    const { store, entry, directory } = place(network(4000));
    await store.pull(entry.id);
    const manifest = join(directory, entry.id, "model.json");
    const lying = { ...entry, files: [{ ...entry.files[1]!, name: "../../../etc/passwd" }] };
    writeFileSync(manifest, JSON.stringify(lying));
    // Then the catalogue's entry holds, and that one is satisfied.
    expect(await store.find(entry.id)).toMatchObject({ entry });
    expect(await createModelStore({ directory, catalogue: [] }).installed()).toEqual([]);
  });

  it("removes what a broken-off pull has left", async () => {
    const { store, entry, directory } = place(network(4000));
    mkdirSync(join(directory, `.partial-${entry.id}`), { recursive: true });
    expect(await store.remove(entry.id)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
  });
});
