import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, NO_KEY, openFileBench } from "../../test/support/file-bench.js";
import type { Asker, FileLibrary, FileLifecycle, StoredOutput } from "./index.js";
import type { MadeOutput } from "./outputs.js";

const BASE = "https://files.example.com";
const NOBODY: Asker = { expires: null, signature: null, identify: async () => null };
const as = (keyId: string): Asker => ({ ...NOBODY, identify: async () => keyId });
const fromUrl = (url: string): { id: string; asker: Asker } => {
  const { pathname, searchParams } = new URL(url);
  const id = /\/([\w-]{21})_/.exec(pathname)![1]!;
  return {
    id,
    asker: { ...NOBODY, expires: searchParams.get("expires"), signature: searchParams.get("signature") },
  };
};

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

async function aVideo(bytes = randomBytes(5000)) {
  const path = join(scratch, `${randomBytes(4).toString("hex")}.mp4`);
  await writeFile(path, bytes);
  return { path, fileName: "output.mp4", contentType: "video/mp4" };
}

/** A request with a finished video, as a worker leaves them. */
async function aFinishedVideo(library: FileLibrary, lifecycle: FileLifecycle | null = null, keyId = NO_KEY) {
  const { requestId, files, urls } = await aFinishedTalk(library, [await aVideo()], { lifecycle, keyId });
  return { requestId, file: files[0]!, url: urls[0]! };
}

/** A request with several finished files. */
async function aFinishedTalk(
  library: FileLibrary,
  made: MadeOutput[],
  { lifecycle = null, keyId = NO_KEY }: { lifecycle?: FileLifecycle | null; keyId?: string } = {},
) {
  const requestId = await bench.addRequest(keyId);
  const files = await library.storeOutputs({ id: requestId, keyId, lifecycle }, made);
  await bench.database.transaction((transaction) => library.recordOutputs(transaction, files));
  const output = files.map(({ id, fileName }) => ({ url: `parlante-file:${id}`, file_name: fileName }));
  const urls = (await library.withUrls(output, BASE)).map(({ url }) => url);
  return { requestId, files, urls };
}

describe("a finished video", () => {
  it("cannot be fetched before its request is settled, and is swept when that never happens", async () => {
    const requestId = await bench.addRequest(NO_KEY);
    const video = await aVideo();
    const owner = { id: requestId, keyId: NO_KEY, lifecycle: null };
    const [file] = (await bench.library.storeOutputs(owner, [video])) as [StoredOutput];
    expect(file).toMatchObject({ fileName: "output.mp4", contentType: "video/mp4", sizeBytes: 5000 });
    await expect(bench.library.fetchFile(file.id, NOBODY)).rejects.toMatchObject({ status: 404 });
    const failed = bench.database.transaction(async (transaction) => {
      await bench.library.recordOutputs(transaction, [file]);
      throw new Error("the request was cancelled");
    });
    await expect(failed).rejects.toThrow("cancelled");
    await expect(bench.library.fetchFile(file.id, NOBODY)).rejects.toMatchObject({ status: 404 });
    expect(await bench.objects()).toHaveLength(1);
    bench.pass(86_401);
    await bench.library.sweep();
    expect(await bench.objects()).toEqual([]);
    const late = bench.database.transaction((transaction) =>
      bench.library.recordOutputs(transaction, [file]),
    );
    await expect(late).rejects.toMatchObject({ code: "storage_failed" });
  });

  it("is removed at once when its request was settled otherwise", async () => {
    const requestId = await bench.addRequest(NO_KEY);
    const request = { id: requestId, keyId: NO_KEY, lifecycle: null };
    const files = await bench.library.storeOutputs(request, [await aVideo(), await aVideo()]);
    expect(await bench.objects()).toHaveLength(2);
    await bench.library.discardOutputs(files);
    expect(await bench.objects()).toEqual([]);
    await bench.library.discardOutputs(files);
  });

  it("is not removed by discarding once it is settled", async () => {
    const { file } = await aFinishedVideo(bench.library);
    await bench.library.discardOutputs([file]);
    expect(await bench.library.fetchFile(file.id, NOBODY)).toMatchObject({ id: file.id });
  });

  it("has an address that does not change", async () => {
    const { file, url } = await aFinishedVideo(bench.library);
    expect(url).toMatch(new RegExp(`^${BASE}/files/b/[0-9a-f]{8}/${file.id}_output\\.mp4$`));
    const again = { list: [`parlante-file:${file.id}`, 1, null, "parlante-file:short"], at: new Date(0) };
    expect(await bench.library.withUrls(again, BASE)).toEqual({
      list: [url, 1, null, "parlante-file:short"],
      at: new Date(0),
    });
  });

  it("goes with the payload of its request, and each link is reported", async () => {
    const { requestId, file, url } = await aFinishedVideo(bench.library);
    const before = (await bench.objects()).length;
    expect(await bench.library.deleteOutputs(requestId, BASE)).toEqual([{ link: url, exception: null }]);
    expect(await bench.objects()).toHaveLength(before - 1);
    await expect(bench.library.fetchFile(file.id, NOBODY)).rejects.toMatchObject({ status: 404 });
    expect(await bench.library.deleteOutputs(requestId, BASE)).toEqual([]);
  });

  it("cannot be fetched from the moment of deletion, even when the store does not answer", async () => {
    const { requestId, file, url } = await aFinishedVideo(bench.library);
    const store = { ...bench.store, delete: () => Promise.reject(new Error("no answer")) };
    const library = bench.another({ store });
    const [removed] = await library.deleteOutputs(requestId, BASE);
    expect(removed).toMatchObject({ link: url, exception: expect.stringContaining("removed later") });
    await expect(library.fetchFile(file.id, NOBODY)).rejects.toMatchObject({ status: 404 });
    const before = (await bench.objects()).length;
    bench.pass(61);
    await bench.library.sweep();
    expect(await bench.objects()).toHaveLength(before - 1);
  });
});

describe("the files of one request", () => {
  const several = async (): Promise<MadeOutput[]> => [
    await aVideo(),
    { ...(await aVideo()), fileName: "output.srt", contentType: "application/x-subrip" },
    { ...(await aVideo()), fileName: "poster.jpg", contentType: "image/jpeg" },
  ];

  it("are stored all or not at all", async () => {
    const before = await bench.objects();
    const [video, subtitles, poster] = (await several()) as [MadeOutput, MadeOutput, MadeOutput];
    const owner = { id: await bench.addRequest(NO_KEY), keyId: NO_KEY, lifecycle: null };
    const lost = { ...subtitles, path: join(scratch, "never-made.srt") };
    await expect(bench.library.storeOutputs(owner, [video, lost, poster])).rejects.toThrow("ENOENT");
    expect(await bench.objects()).toEqual(before);
    const left = await bench.database.query("select 1 from files where request_id = $1", [owner.id]);
    expect(left).toEqual([]);
  });

  it("become fetchable together or not at all", async () => {
    const owner = { id: await bench.addRequest(NO_KEY), keyId: NO_KEY, lifecycle: null };
    const files = await bench.library.storeOutputs(owner, await several());
    await bench.library.discardOutputs([files[2]!]);
    const settled = bench.database.transaction((transaction) =>
      bench.library.recordOutputs(transaction, files),
    );
    await expect(settled).rejects.toMatchObject({ code: "storage_failed" });
    for (const { id } of files)
      await expect(bench.library.fetchFile(id, NOBODY)).rejects.toMatchObject({ status: 404 });
    await bench.library.discardOutputs(files);
  });

  it("are signed each, end at the same moment and are deleted together", async () => {
    const library = bench.another({ urlLifetime: 300 });
    const lifecycle = { expiresAfter: 60, access: "allow", rules: [] } as const;
    const talk = await aFinishedTalk(library, await several(), { lifecycle });
    expect(talk.urls.map((url) => /\/[\w-]{21}_([\w.]+)\?expires=\d+&signature=/.exec(url)?.[1])).toEqual([
      "output.mp4",
      "output.srt",
      "poster.jpg",
    ]);
    const found = await Promise.all(
      talk.urls.map((url) => library.fetchFile(fromUrl(url).id, fromUrl(url).asker)),
    );
    expect(new Set(found.map(({ expiresAt }) => expiresAt?.getTime())).size).toBe(1);
    expect((await library.deleteOutputs(talk.requestId, BASE)).map(({ exception }) => exception)).toEqual([
      null,
      null,
      null,
    ]);
    for (const { id } of talk.files)
      await expect(library.fetchFile(id, as(NO_KEY))).rejects.toMatchObject({ status: 404 });
  });
});

describe("the life of a file", () => {
  it("ends when its request said, to the second, and its bytes go with the next sweep", async () => {
    const { file } = await aFinishedVideo(bench.library, { expiresAfter: 60, access: "allow", rules: [] });
    const before = (await bench.objects()).length;
    bench.pass(55);
    await bench.library.sweep();
    expect((await bench.library.fetchFile(file.id, NOBODY)).expiresAt).toBeInstanceOf(Date);
    bench.pass(6);
    await expect(bench.library.fetchFile(file.id, NOBODY)).rejects.toMatchObject({ status: 404 });
    expect(await bench.objects()).toHaveLength(before);
    await bench.library.sweep();
    expect(await bench.objects()).toHaveLength(before - 1);
  });

  it("is that of the server when the request says nothing", async () => {
    const library = bench.another({ keepFilesDays: 2 });
    const { file } = await aFinishedVideo(library);
    const longer = await aFinishedVideo(library, { expiresAfter: 3 * 86_400, access: "allow", rules: [] });
    bench.pass(2 * 86_400 - 10);
    await library.fetchFile(file.id, NOBODY);
    bench.pass(20);
    await expect(library.fetchFile(file.id, NOBODY)).rejects.toMatchObject({ status: 404 });
    await library.fetchFile(longer.file.id, NOBODY);
  });

  it("is ended by a sweep that runs by itself", async () => {
    const { file } = await aFinishedVideo(bench.library, { expiresAfter: 1, access: "allow", rules: [] });
    const [{ object_key: key }] = await bench.database.query<{ object_key: string }>(
      "select object_key from files where id = $1",
      [file.id],
    );
    const sweeping = bench.library.startSweeping();
    const deadline = Date.now() + 5000;
    while ((await bench.objects()).includes(key!) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await sweeping.stop();
    expect(await bench.objects()).not.toContain(key);
  });
});

describe("who may fetch", () => {
  it("is everybody, the owner, or whom a rule names", async () => {
    const [owner, friend, other] = [await bench.makeKey(), await bench.makeKey(), await bench.makeKey()];
    const rules = [
      { user: friend.id, decision: "allow" },
      { user: other.id, decision: "hide" },
    ] as const;
    const statusOf = async (access: FileLifecycle["access"], asker: Asker) => {
      const { file } = await aFinishedVideo(bench.library, { expiresAfter: null, access, rules }, owner.id);
      return bench.library.fetchFile(file.id, asker).then(
        ({ isPublic }) => {
          expect(isPublic).toBe(false);
          return 200;
        },
        (error: { status: number }) => error.status,
      );
    };
    for (const [access, nobody] of [
      ["allow", 200],
      ["forbid", 403],
      ["hide", 404],
    ] as const) {
      expect(await statusOf(access, NOBODY)).toBe(nobody);
      expect(await statusOf(access, as(owner.id))).toBe(200);
      expect(await statusOf(access, as(friend.id))).toBe(200);
      expect(await statusOf(access, as(other.id))).toBe(404);
    }
  });

  it("is whoever holds the URL from the result, as long as it lasts", async () => {
    for (const [library, lifecycle, lifetime] of [
      [bench.another({ urlLifetime: 300 }), null, 300],
      [bench.library, { expiresAfter: null, access: "forbid", rules: [] }, 86_400],
      [bench.library, { expiresAfter: null, access: "hide", rules: [] }, 86_400],
    ] as const) {
      const { url } = await aFinishedVideo(library, lifecycle);
      const { id, asker } = fromUrl(url);
      expect(await library.fetchFile(id, asker)).toMatchObject({ id, isPublic: false });
      const refused = lifecycle?.access === "hide" ? 404 : 403;
      await expect(library.fetchFile(id, NOBODY)).rejects.toMatchObject({ status: refused });
      bench.pass(lifetime + 1);
      await expect(library.fetchFile(id, asker)).rejects.toMatchObject({ status: refused });
      expect(await library.fetchFile(id, as(NO_KEY))).toMatchObject({ id });
    }
  });

  it("does not need a signature for uploads, which are not made here", async () => {
    const library = bench.another({ urlLifetime: 300 });
    const plan = { keyId: NO_KEY, fileName: "a", contentType: null, lifecycle: null, isMultipart: false };
    const { fileId } = await library.beginUpload(plan);
    await library.receiveUpload(fileId, Readable.from([Buffer.from("x")]));
    expect(await library.fetchFile(fileId, NOBODY)).toMatchObject({ isPublic: true });
  });
});

describe("inputs of requests", () => {
  const uriOf = (bytes: Buffer, type = "image/png") => `data:${type};base64,${bytes.toString("base64")}`;

  it("are moved out of the body when they are long, and copied for the worker", async () => {
    const { id: keyId } = await bench.makeKey();
    const [photo, sound, scene] = [randomBytes(200_000), randomBytes(300_001), randomBytes(1_500_002)];
    const body = {
      image_url: uriOf(photo),
      audio_url: ` DATA:audio/mpeg;x=1;base64,${sound.toString("base64").replace(/(.{76})/g, "$1\r\n")}`,
      background: { type: "image", value: uriOf(scene).replaceAll("+", "-").replaceAll("/", "_") },
      other: uriOf(photo),
      prompt: "Hello",
    };
    body.background.value = body.background.value.replace(/^data:image_png/, "data:image/png");
    const stored = (await bench.library.extractInputs(body, keyId)) as typeof body;
    expect(stored.image_url).toMatch(/^parlante-input:[\w-]{21}$/);
    expect(stored).toMatchObject({ other: body.other, prompt: "Hello", background: { type: "image" } });

    const requestId = await bench.addRequest(keyId, stored);
    const directory = await mkdtemp(join(scratch, "job-"));
    const signal = new AbortController().signal;
    const copies = await bench.library.fetchInputs({ id: requestId, keyId, body: stored }, directory, signal);
    for (const [text, bytes] of [
      [stored.image_url, photo],
      [stored.audio_url, sound],
      [stored.background.value, scene],
    ] as const)
      expect((await readFile(copies[text]!)).equals(bytes)).toBe(true);

    const other = await bench.addRequest(keyId, stored);
    const taken = bench.library.fetchInputs({ id: other, keyId, body: stored }, directory, signal);
    await expect(taken).rejects.toMatchObject({ code: "file_download_error" });
    const { id: stranger } = await bench.makeKey();
    const strange = bench.library.fetchInputs(
      { id: requestId, keyId: stranger, body: stored },
      directory,
      signal,
    );
    await expect(strange).rejects.toMatchObject({
      code: "file_download_error",
      details: { field: ["image_url"] },
    });
    const id = stored.image_url.slice("parlante-input:".length);
    await expect(bench.library.fetchFile(id, as(keyId))).rejects.toMatchObject({ status: 404 });
  });

  it("stay in the body when they are short, links, or no valid base64", async () => {
    const long = "A".repeat(200_000);
    for (const url of [
      "https://example.com/face.png",
      uriOf(randomBytes(1000)),
      `data:image/png;base64,${long}!`,
      `data:image/png;base64,${long}A`,
      `data:image/png,${long}`,
      long,
      `data:${long}`,
    ]) {
      const body = { image_url: url, background: { value: url }, audio_url: null };
      expect(await bench.library.extractInputs(body, NO_KEY)).toEqual(body);
    }
    for (const body of [null, 1, "x", [], { background: null }, { image_url: 5, background: [] }])
      expect(await bench.library.extractInputs(body, NO_KEY)).toEqual(body);
  });

  it("live as long as the body of their request", async () => {
    await bench.library.sweep();
    const before = await bench.objects();
    const body = { image_url: uriOf(randomBytes(100_000)) };
    const kept = (await bench.library.extractInputs(body, NO_KEY)) as typeof body;
    const keptRequest = await bench.addRequest(NO_KEY, kept);
    await bench.library.extractInputs({ image_url: uriOf(randomBytes(100_000)) }, NO_KEY);
    const forgotten = (await bench.library.extractInputs(body, NO_KEY)) as typeof body;
    const forgottenRequest = await bench.addRequest(NO_KEY, forgotten);
    bench.pass(500);
    await bench.library.sweep();
    expect(await bench.objects()).toHaveLength(before.length + 3);
    // The one that no request names goes.
    bench.pass(500);
    await bench.another().sweep();
    expect(await bench.objects()).toHaveLength(before.length + 2);
    await bench.library.forgetInputs([forgottenRequest]);
    expect(await bench.objects()).toHaveLength(before.length + 1);
    // A worker that has fetched an input has tied it to its request.
    const young = (await bench.library.extractInputs(body, NO_KEY)) as typeof body;
    const youngRequest = await bench.addRequest(NO_KEY, young);
    const directory = await mkdtemp(join(scratch, "job-"));
    const signal = new AbortController().signal;
    await bench.library.fetchInputs({ id: youngRequest, keyId: NO_KEY, body: young }, directory, signal);
    await bench.database.query("update requests set input = null where id = any($1::uuid[])", [
      [keptRequest, youngRequest],
    ]);
    await bench.another().sweep();
    expect(await bench.objects()).toHaveLength(before.length);
  });

  it("may be our own files under any host, but only those that the key may fetch", async () => {
    const { id: keyId } = await bench.makeKey();
    const { file, url } = await aFinishedVideo(bench.library);
    const hidden = await aFinishedVideo(bench.library, { expiresAfter: null, access: "forbid", rules: [] });
    const gone = await aFinishedVideo(bench.library, { expiresAfter: 1, access: "allow", rules: [] });
    bench.pass(2);
    const signal = new AbortController().signal;
    const fetch = async (image_url: string, key = keyId) => {
      const directory = await mkdtemp(join(scratch, "job-"));
      return bench.library.fetchInputs({ id: "", keyId: key, body: { image_url } }, directory, signal);
    };
    for (const host of ["http://127.0.0.1:1/prefix", "https://v3b.fal.media", "https://elsewhere.example"]) {
      const named = url.replace(BASE, host);
      const copies = await fetch(named);
      const served = await buffer(await (await bench.library.fetchFile(file.id, NOBODY)).open());
      expect((await readFile(copies[named]!)).equals(served)).toBe(true);
      const scene = {
        image_url: "https://example.com/face.png",
        background: { type: "image", value: named },
      };
      const request = { id: "", keyId, body: scene };
      const behind = await bench.library.fetchInputs(request, await mkdtemp(join(scratch, "job-")), signal);
      expect(Object.keys(behind)).toEqual([named]);
      expect((await readFile(behind[named]!)).equals(served)).toBe(true);
    }
    const unknown = url.replace(/[\w-]{21}_/, "aaaaaaaaaaaaaaaaaaaaa_");
    expect(await fetch(unknown)).toEqual({});
    expect(await fetch("https://example.com/files/other.png")).toEqual({});
    expect(await fetch("parlante-file:aaaaaaaaaaaaaaaaaaaaa")).toEqual({});
    await expect(fetch(gone.url)).rejects.toMatchObject({ code: "file_download_error" });
    const bare = hidden.url.replace(/\?.*/, "");
    await expect(fetch(bare)).rejects.toMatchObject({
      code: "file_download_error",
      details: { input: bare },
    });
    expect(Object.keys(await fetch(bare, NO_KEY))).toEqual([bare]);
    expect(Object.keys(await fetch(hidden.url))).toEqual([hidden.url]);
  });

  it("are not left behind half when the work is cancelled", async () => {
    const { url } = await aFinishedVideo(bench.library);
    const directory = await mkdtemp(join(scratch, "job-"));
    const body = { image_url: url };
    const fetching = bench.library.fetchInputs(
      { id: "", keyId: NO_KEY, body },
      directory,
      AbortSignal.abort(),
    );
    await expect(fetching).rejects.toMatchObject({ code: "client_cancelled" });
    expect(await readdir(directory)).toEqual([]);
  });
});
