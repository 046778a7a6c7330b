import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, NO_KEY, openFileBench } from "../../test/support/file-bench.js";
import type { Database, Queryable } from "../database/index.js";
import type { ObjectStore } from "../storage/index.js";
import type { FileLibrary } from "./index.js";

/** Database and store of a process that dies after so many steps: from then on nothing it does has any effect. */
function mortal(bench: FileBench, steps: number): { library: FileLibrary; isDead(): boolean } {
  let left = steps;
  const step = () => {
    if (left-- <= 0) throw new Error("the process is dead");
  };
  const mortalQueries = (queryable: Queryable): Queryable => ({
    query: async (text, values) => {
      step();
      return queryable.query(text, values);
    },
  });
  const database: Database = {
    ...mortalQueries(bench.database),
    transaction: (work) =>
      bench.database.transaction(async (transaction) => {
        const result = await work(mortalQueries(transaction));
        step();
        return result;
      }),
    listen: (...listening) => bench.database.listen(...listening),
    close: async () => {},
  };
  // Each of these has two places to die: before it and after it.
  const twice =
    <Values extends unknown[], Result>(work: (...values: Values) => Promise<Result>) =>
    async (...values: Values): Promise<Result> => {
      step();
      const result = await work(...values);
      step();
      return result;
    };
  const { store } = bench;
  const mortalStore: ObjectStore = {
    ...store,
    put: twice(store.put),
    putFile: twice(store.putFile),
    join: twice(store.join),
    delete: twice(store.delete),
  };
  return { library: bench.another({ database, store: mortalStore }), isDead: () => left < 0 };
}

let bench: FileBench;
let scratch: string;
beforeAll(async () => {
  bench = await openFileBench();
  scratch = await mkdtemp(join(tmpdir(), "parlante-scratch-"));
});
afterAll(async () => {
  await bench.close();
  await rm(scratch, { recursive: true, force: true });
});

const stream = (size: number) => Readable.from([randomBytes(size)], { objectMode: false });
const plan = { keyId: NO_KEY, fileName: "a.png", contentType: "image/png", lifecycle: null };

async function aFinishedTalk() {
  const id = await bench.addRequest(NO_KEY);
  const made = [
    { path: join(scratch, `${id}.mp4`), fileName: "output.mp4", contentType: "video/mp4" },
    { path: join(scratch, `${id}.srt`), fileName: "output.srt", contentType: "application/x-subrip" },
  ];
  for (const { path } of made) await writeFile(path, randomBytes(1000));
  return { owner: { id, keyId: NO_KEY, lifecycle: null }, made };
}

const LIVES: Record<string, (library: FileLibrary) => Promise<unknown>> = {
  "an upload in one piece": async (library) => {
    const { fileId } = await library.beginUpload({ ...plan, isMultipart: false });
    await library.receiveUpload(fileId, stream(1000));
  },
  "an upload in parts": async (library) => {
    const { fileId } = await library.beginUpload({ ...plan, isMultipart: true });
    await library.receivePart(fileId, 1, stream(10));
    const listed: { number: number; etag: string }[] = [];
    for (const number of [1, 2])
      listed.push({ number, ...(await library.receivePart(fileId, number, stream(1000))) });
    await library.completeUpload(fileId, listed);
  },
  "a finished video with subtitles that is deleted": async (library) => {
    const { owner, made } = await aFinishedTalk();
    const files = await library.storeOutputs(owner, made);
    await bench.database.transaction((transaction) => library.recordOutputs(transaction, files));
    await library.deleteOutputs(owner.id, "");
  },
  "a finished video with subtitles that nobody wants": async (library) => {
    const { owner, made } = await aFinishedTalk();
    await library.discardOutputs(await library.storeOutputs(owner, made));
  },
  "an input that is forgotten": async (library) => {
    const body = { image_url: `data:image/png;base64,${randomBytes(100_000).toString("base64")}` };
    const stored = await library.extractInputs(body, NO_KEY);
    const requestId = await bench.addRequest(NO_KEY, stored);
    await library.forgetInputs([requestId]);
  },
  "an upload that expires": async (library) => {
    const lifecycle = { expiresAfter: 10, access: "allow", rules: [] } as const;
    const { fileId } = await library.beginUpload({ ...plan, lifecycle, isMultipart: false });
    await library.receiveUpload(fileId, stream(1000));
    bench.pass(11);
    await library.sweep();
  },
};

describe.each(Object.entries(LIVES))("%s", (_name, live) => {
  it("leaves no object that nobody knows and no file without its object, wherever the process dies", async () => {
    for (let steps = 0; ; steps++) {
      const { library, isDead } = mortal(bench, steps);
      await live(library).catch((error: Error) => {
        if (!isDead()) throw error;
      });
      const known = async (rows: string) =>
        (await bench.database.query<{ object_key: string }>(`select object_key from ${rows}`)).map(
          (row) => row.object_key,
        );
      const objects = new Set(await bench.objects());
      const ready = await known("files where state = 'ready'");
      const all = new Set([...(await known("files")), ...(await known("loose_objects"))]);
      for (const key of objects) expect(all, `after ${steps} steps`).toContain(key);
      for (const key of ready) expect(objects, `after ${steps} steps`).toContain(key);
      if (!isDead()) break;
      expect(steps).toBeLessThan(60);
    }
    // Two days later, with a process that lives, only what is ready is left.
    bench.pass(2 * 86_400);
    const survivor = bench.another();
    await survivor.sweep();
    const rows = await bench.database.query<{ object_key: string; state: string }>(
      "select object_key, state from files",
    );
    expect(rows.every((row) => row.state === "ready")).toBe(true);
    expect(await bench.objects()).toEqual(rows.map((row) => row.object_key).sort());
    expect(await bench.database.query("select 1 from loose_objects")).toEqual([]);
  });
});
