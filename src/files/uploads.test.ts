import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, NO_KEY, openFileBench } from "../../test/support/file-bench.js";
import { startS3 } from "../../test/support/start-s3.js";
import { CapacityError } from "../shared/errors.js";
import { createS3ObjectStore } from "../storage/index.js";
import type { FileLibrary, UploadPlan } from "./index.js";

const DAY = 86_400;
const NOBODY = { expires: null, signature: null, identify: async () => null };
const stream = (bytes: Buffer) => Readable.from([bytes], { objectMode: false });
const planOf = (changes: Partial<UploadPlan> = {}): UploadPlan => ({
  keyId: NO_KEY,
  fileName: "me.png",
  contentType: "image/png",
  lifecycle: null,
  isMultipart: false,
  ...changes,
});
const read = async (library: FileLibrary, id: string) =>
  buffer(await (await library.fetchFile(id, NOBODY)).open());

let bench: FileBench;
beforeAll(async () => {
  bench = await openFileBench({ maxUploadBytes: 1_000_000 });
});
afterAll(() => bench.close());
/** After every test: once its files are forgotten, nothing may be left. */
afterEach(async () => {
  await bench.database.query("update files set expires_at = now() - interval '1 day'");
  await bench.library.sweep();
  await bench.library.sweep();
  expect(await bench.objects()).toEqual([]);
  expect(await bench.halfWritten()).toEqual([]);
  expect(await bench.database.query("select * from loose_objects")).toEqual([]);
});

describe("an upload in one piece", () => {
  it("is there when its bytes are, and not before", async () => {
    const { library } = bench;
    const bytes = randomBytes(100_000);
    const { fileId, path } = await library.beginUpload(planOf({ fileName: "../../é t/Mé.png" }));
    expect(path).toMatch(new RegExp(`^/files/b/[0-9a-f]{8}/${fileId}_M_.png$`));
    await expect(library.fetchFile(fileId, NOBODY)).rejects.toMatchObject({ status: 404 });
    await library.receiveUpload(fileId, stream(bytes));
    expect(await library.fetchFile(fileId, NOBODY)).toMatchObject({
      fileName: "Mé.png",
      contentType: "image/png",
      sizeBytes: 100_000,
      expiresAt: null,
      isPublic: true,
    });
    expect((await read(library, fileId)).equals(bytes)).toBe(true);
    expect(await bench.objects()).toHaveLength(1);
  });

  it("brings one file, also when it is sent twice at the same time", async () => {
    const { library } = bench;
    const { fileId } = await library.beginUpload(planOf());
    const sent = [randomBytes(50_000), randomBytes(60_000), randomBytes(70_000)];
    const results = await Promise.allSettled(
      sent.map((bytes) => library.receiveUpload(fileId, stream(bytes))),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    const winner = sent[results.findIndex((result) => result.status === "fulfilled")]!;
    expect((await read(library, fileId)).equals(winner)).toBe(true);
    expect(await bench.objects()).toHaveLength(1);
    await expect(library.receiveUpload(fileId, stream(sent[0]!))).rejects.toMatchObject({ status: 400 });
  });

  it("leaves nothing when it is too large or breaks off, and can be sent again", async () => {
    const { library } = bench;
    const { fileId } = await library.beginUpload(planOf());
    await expect(library.receiveUpload(fileId, stream(randomBytes(1_000_001)))).rejects.toMatchObject({
      code: "file_too_large",
      status: 413,
      details: { context: { max_size: 1_000_000 } },
    });
    async function* broken() {
      yield randomBytes(10_000);
      throw new Error("gone");
    }
    await expect(
      library.receiveUpload(fileId, Readable.from(broken(), { objectMode: false })),
    ).rejects.toThrow("gone");
    const halfway = new Readable({ read() {} });
    halfway.push(randomBytes(1000));
    setTimeout(() => halfway.destroy(), 20);
    await expect(library.receiveUpload(fileId, halfway)).rejects.toThrow();
    expect(await bench.objects()).toEqual([]);
    await library.receiveUpload(fileId, stream(Buffer.from("x")));
    expect((await read(library, fileId)).toString()).toBe("x");
  });

  it("is given up after a day", async () => {
    const { library } = bench;
    const { fileId } = await library.beginUpload(planOf());
    bench.pass(DAY + 1);
    await expect(library.receiveUpload(fileId, stream(Buffer.from("x")))).rejects.toMatchObject({
      status: 404,
    });
    await library.sweep();
    expect(await bench.database.query("select 1 from files where id = $1", [fileId])).toEqual([]);
  });

  it("cannot be begun with a revoked key", async () => {
    const { id } = await bench.makeKey();
    await bench.database.query("update keys set revoked_at = now() where id = $1", [id]);
    await expect(bench.library.beginUpload(planOf({ keyId: id }))).rejects.toMatchObject({ status: 401 });
  });
});

describe("an upload in parts", () => {
  const begin = async () => (await bench.library.beginUpload(planOf({ isMultipart: true }))).fileId;

  it("takes parts in any order and at the same time", async () => {
    const { library } = bench;
    const fileId = await begin();
    const bytes = Array.from({ length: 12 }, (_, i) => randomBytes(10_000 + i));
    const listed = await Promise.all(
      [7, 3, 11, 0, 5, 1, 9, 10, 2, 8, 6, 4].map(async (i) => {
        await delay(Math.random() * 20);
        return { number: i + 1, ...(await library.receivePart(fileId, i + 1, stream(bytes[i]!))) };
      }),
    );
    await expect(library.fetchFile(fileId, NOBODY)).rejects.toMatchObject({ status: 404 });
    await library.completeUpload(fileId, listed);
    expect((await read(library, fileId)).equals(Buffer.concat(bytes))).toBe(true);
    expect(await bench.objects()).toHaveLength(1);
    expect(await bench.database.query("select 1 from multipart_uploads")).toEqual([]);
  });

  it("takes the last bytes that came for a part", async () => {
    const { library } = bench;
    const fileId = await begin();
    const first = await library.receivePart(fileId, 1, stream(Buffer.from("wrong")));
    const second = await library.receivePart(fileId, 1, stream(Buffer.from("right")));
    expect(await bench.objects()).toHaveLength(1);
    await expect(library.completeUpload(fileId, [{ number: 1, ...first }])).rejects.toMatchObject({
      status: 400,
    });
    await library.completeUpload(fileId, [{ number: 1, etag: `"${second.etag}"` }]);
    expect((await read(library, fileId)).toString()).toBe("right");
  });

  it("says which part is missing, and can then be completed", async () => {
    const { library } = bench;
    const fileId = await begin();
    const part = async (number: number) => ({
      number,
      ...(await library.receivePart(fileId, number, stream(Buffer.from(String(number))))),
    });
    const [one, three] = [await part(1), await part(3)];
    const complete = (listed: readonly { number: number; etag: string }[]) =>
      library.completeUpload(fileId, listed);
    await expect(complete([one, three])).rejects.toThrow("number 2 is missing");
    await expect(complete([one, one])).rejects.toThrow("number 2 is missing");
    await expect(complete([one, { number: 2, etag: one.etag }, three])).rejects.toThrow(
      "Part 2 was not received",
    );
    await expect(complete([{ number: 0, etag: "" }])).rejects.toMatchObject({ status: 400 });
    await expect(complete([])).rejects.toMatchObject({ status: 400 });
    for (const number of [0, 10_001, -1, 1.5])
      await expect(library.receivePart(fileId, number, stream(Buffer.from("x")))).rejects.toThrow(
        "1 to 10000",
      );
    await complete([three, await part(2), one]);
    expect((await read(library, fileId)).toString()).toBe("123");
  });

  it("can be completed by several requests and processes at the same time, and again later", async () => {
    const fileId = await begin();
    const [here, there] = [bench.library, bench.another()];
    const listed: { number: number; etag: string }[] = [];
    for (const number of [1, 2, 3])
      listed.push({ number, ...(await here.receivePart(fileId, number, stream(randomBytes(100_000)))) });
    await Promise.all(
      [here, there, here, there, here].map((library) => library.completeUpload(fileId, listed)),
    );
    await there.completeUpload(fileId, listed);
    expect(await read(here, fileId)).toHaveLength(300_000);
    expect(await bench.objects()).toHaveLength(1);
  });

  it("may not become larger than a file may be", async () => {
    const { library } = bench;
    const fileId = await begin();
    await library.receivePart(fileId, 1, stream(randomBytes(600_000)));
    await expect(library.receivePart(fileId, 2, stream(randomBytes(400_001)))).rejects.toMatchObject({
      status: 413,
      details: { context: { max_size: 1_000_000 } },
    });
    await library.receivePart(fileId, 1, stream(randomBytes(1000)));
    await library.receivePart(fileId, 2, stream(randomBytes(400_001)));
  });

  it("is given up a day after the last part, with all its parts", async () => {
    const { library } = bench;
    const fileId = await begin();
    await library.receivePart(fileId, 1, stream(Buffer.from("1")));
    bench.pass(DAY - 100);
    await library.sweep();
    await library.receivePart(fileId, 2, stream(Buffer.from("2")));
    bench.pass(DAY - 100);
    await library.sweep();
    expect(await bench.objects()).toHaveLength(2);
    bench.pass(200);
    await library.sweep();
    expect(await bench.objects()).toEqual([]);
    await expect(library.completeUpload(fileId, [{ number: 1, etag: "" }])).rejects.toMatchObject({
      status: 404,
    });
  });

  it("refuses parts of an upload in one piece", async () => {
    const { fileId } = await bench.library.beginUpload(planOf());
    await expect(bench.library.receivePart(fileId, 1, stream(Buffer.from("x")))).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe("an object store that fails", () => {
  it("is told about, and what could not be removed is removed soon after", async () => {
    const store = {
      ...bench.store,
      put: () => Promise.reject(new CapacityError("storage_full", "no room", 503)),
      delete: () => Promise.reject(new Error("no answer")),
    };
    const library = bench.another({ store });
    const { fileId } = await library.beginUpload(planOf());
    await expect(library.receiveUpload(fileId, stream(Buffer.from("x")))).rejects.toMatchObject({
      status: 503,
    });
    expect(await bench.database.query("select is_being_removed from loose_objects")).toEqual([
      { is_being_removed: true },
    ]);
    bench.pass(61);
    expect((await bench.library.sweep()).objects).toBe(1);
    await bench.library.receiveUpload(fileId, stream(Buffer.from("x")));
  });
});

describe("tokens", () => {
  it("speak for a key for an hour, and for nothing else", async () => {
    const { library } = bench;
    const { token, expiresAt } = library.issueUploadToken(NO_KEY);
    expect(library.readUploadToken(token)).toBe(NO_KEY);
    const { permission, fileId } = await library.beginUpload(planOf());
    expect(library.mayUpload(fileId, permission)).toBe(true);
    expect(library.mayUpload(`${fileId.slice(0, 20)}!`, permission)).toBe(false);
    expect(library.readUploadToken(`${fileId}.${permission}`)).toBeNull();
    expect(library.readUploadToken(permission)).toBeNull();
    for (let i = 0; i < token.length; i++) {
      const changed = token.slice(0, i) + (token[i] === "0" ? "1" : "0") + token.slice(i + 1);
      expect(library.readUploadToken(changed)).toBeNull();
    }
    bench.pass((expiresAt.getTime() - bench.now().getTime()) / 1000 + 1);
    expect(library.readUploadToken(token)).toBe(NO_KEY);
    bench.pass(60);
    expect(library.readUploadToken(token)).toBeNull();
    expect(library.mayUpload(fileId, permission)).toBe(true);
    bench.pass(DAY);
    expect(library.mayUpload(fileId, permission)).toBe(false);
  });
});

describe("files in S3", () => {
  it("are uploaded in parts, fetched and removed like those on a disk", async () => {
    const server = await startS3();
    const { bucket, endpoint, credentials } = server;
    const store = createS3ObjectStore({
      bucket,
      endpoint,
      credentials,
      region: "us-east-1",
      pathStyle: true,
    });
    const library = bench.another({ store, maxUploadBytes: 100_000_000 });
    const { fileId } = await library.beginUpload(planOf({ isMultipart: true }));
    const bytes = [randomBytes(10_000_000), randomBytes(12_345)];
    const listed = await Promise.all(
      [1, 0].map(async (i) => ({
        number: i + 1,
        ...(await library.receivePart(fileId, i + 1, stream(bytes[i]!))),
      })),
    );
    await library.completeUpload(fileId, listed);
    const file = await library.fetchFile(fileId, NOBODY);
    const part = await buffer(await file.open({ start: 9_999_990, end: 10_000_010 }));
    expect(part.equals(Buffer.concat(bytes).subarray(9_999_990, 10_000_010))).toBe(true);
    await bench.database.query("update files set expires_at = now() - interval '1 day'");
    expect((await library.sweep()).objects).toBe(1);
    await expect(file.open()).rejects.toMatchObject({ status: 404 });
    await store.close();
    await server.stop();
  });
});
