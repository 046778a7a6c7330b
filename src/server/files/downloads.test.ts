import { randomBytes } from "node:crypto";
import { truncate } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, openFileBench } from "../../../test/support/file-bench.js";
import type { FileLifecycle } from "../../files/index.js";

const LIFETIME = 300;
const BYTES = randomBytes(300_000);

let bench: FileBench;
let base: string;
let owner: { id: string; text: string };
beforeAll(async () => {
  bench = await openFileBench({ urlLifetime: LIFETIME });
  base = await bench.serve();
  owner = await bench.makeKey();
});
afterAll(() => bench.close());

type Wish = { name?: string; type?: string; bytes?: Buffer; lifecycle?: FileLifecycle };
/** An upload of the owner; its address. */
async function aFile({ name = "me.png", type = "image/png", bytes = BYTES, lifecycle }: Wish = {}) {
  const { fileId, path } = await bench.library.beginUpload({
    keyId: owner.id,
    fileName: name,
    contentType: type,
    lifecycle: lifecycle ?? null,
    isMultipart: false,
  });
  await bench.library.receiveUpload(fileId, Readable.from([bytes], { objectMode: false }));
  return { id: fileId, url: base + path };
}
const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe("a file", () => {
  it("is sent with what players, browsers and caches want to know", async () => {
    const { id, url } = await aFile({ type: "video/mp4", name: "Überfahrt 'neu'.mp4" });
    const response = await fetch(url, { headers: { origin: "https://example.com" } });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "video/mp4",
      "content-length": "300000",
      etag: `"${id}"`,
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=31536000, immutable",
      "content-disposition":
        "inline; filename=\"_berfahrt 'neu'.mp4\"; filename*=UTF-8''%C3%9Cberfahrt%20%27neu%27.mp4",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox",
    });
    expect(Math.abs(Date.parse(response.headers.get("last-modified")!) - Date.now())).toBeLessThan(60_000);
    expect((await bodyOf(response)).equals(BYTES)).toBe(true);
  });

  it("answers HEAD with the same headers and no body", async () => {
    const { url } = await aFile();
    const head = await fetch(url, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe("300000");
    expect(await head.text()).toBe("");
  });

  it("is sent in any part", async () => {
    const { url } = await aFile();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 299_999 }), fc.nat({ max: 400_000 }), async (start, length) => {
        const end = Math.min(300_000, start + length + 1);
        const response = await fetch(url, { headers: { range: `bytes=${start}-${start + length}` } });
        expect(response.status).toBe(206);
        expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/300000`);
        expect((await bodyOf(response)).equals(BYTES.subarray(start, end))).toBe(true);
      }),
      { numRuns: 15 },
    );
    const suffix = await fetch(url, { headers: { range: "bytes=-5" } });
    expect((await bodyOf(suffix)).equals(BYTES.subarray(-5))).toBe(true);
    const beyond = await fetch(url, { headers: { range: "bytes=300000-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */300000"]);
  });

  it("is sent whole when the caller knows another one, and not at all when it knows this one", async () => {
    const { id, url } = await aFile();
    const ask = (headers: Record<string, string>) => fetch(url, { headers });
    const range = "bytes=0-9";
    expect((await ask({ range, "if-range": `"${id}"` })).status).toBe(206);
    expect((await ask({ range, "if-range": '"other"' })).status).toBe(200);
    expect((await ask({ "if-none-match": `"x", W/"${id}"` })).status).toBe(304);
    expect((await ask({ "if-none-match": '"other"' })).status).toBe(200);
    expect((await ask({ "if-modified-since": new Date(Date.now() + 1000).toUTCString() })).status).toBe(304);
    expect((await ask({ "if-modified-since": "yesterday" })).status).toBe(200);
  });

  it("that could run scripts is only offered for saving", async () => {
    for (const type of ["text/html", "image/svg+xml", "application/pdf", "application/xhtml+xml", "x/y"]) {
      const { url } = await aFile({
        type,
        name: "page.html",
        bytes: Buffer.from("<script>alert(1)</script>"),
      });
      const { headers } = await fetch(url);
      expect(headers.get("content-disposition")).toBe('attachment; filename="page.html"');
      expect(headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("beside a video can be used by pages and players of any origin", async () => {
    for (const [name, type, disposition] of [
      ["output.webm", "video/webm", "inline"],
      ["output.mov", "video/quicktime", "inline"],
      ["output.srt", "application/x-subrip", "attachment"],
      ["output.vtt", "text/vtt", "inline"],
      ["poster.jpg", "image/jpeg", "inline"],
      ["preview.gif", "image/gif", "inline"],
      ["preview.webp", "image/webp", "inline"],
    ] as const) {
      const { url } = await aFile({ type, name });
      // As <video>, <track crossorigin> and <img crossorigin> ask, and as media elements go on.
      const asked = { origin: "https://example.com", "sec-fetch-mode": "cors", range: "bytes=10-" };
      const response = await fetch(url, { headers: asked });
      expect([name, response.status]).toEqual([name, 206]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": type,
        "content-range": "bytes 10-299999/300000",
        "content-disposition": `${disposition}; filename="${name}"`,
        "access-control-allow-origin": "*",
        "access-control-expose-headers": expect.stringContaining("content-range"),
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
      });
      expect((await bodyOf(response)).equals(BYTES.subarray(10))).toBe(true);
    }
  });

  it("may be empty", async () => {
    const { url } = await aFile({ bytes: Buffer.alloc(0) });
    const response = await fetch(url);
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([
      200,
      "0",
      "",
    ]);
    expect((await fetch(url, { headers: { range: "bytes=0-" } })).status).toBe(416);
  });

  it("is not found under other names, and nothing else is", async () => {
    const { id } = await aFile();
    expect((await fetch(`${base}/files/b/00000000/${id}_other.name`)).status).toBe(200);
    for (const path of [
      "/files/b/00000000/aaaaaaaaaaaaaaaaaaaaa_x.png",
      "/files/b/00000000/short_x.png",
      `/files/b/00000000/${id}x`,
      `/files/b/zzzzzzzz/${id}_x.png`,
      "/files/b/00000000/..%2f..%2fetc%2fpasswd",
      "/files/%2e%2e/%2e%2e/etc/passwd",
      "/files/b/00000000/%00",
      "/files",
    ]) {
      const response = await fetch(base + path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toHaveProperty("detail");
    }
  });

  it("of ten gigabytes is sent from any place without reading the rest", async () => {
    const { id, url } = await aFile();
    const size = 10 * 1024 ** 3;
    const [{ object_key: key }] = await bench.database.query<{ object_key: string }>(
      "update files set size_bytes = $2 where id = $1 returning object_key",
      [id, size],
    );
    await truncate(join(bench.directory, key!), size);
    const last = await fetch(url, { headers: { range: "bytes=-1000" } });
    expect(last.headers.get("content-range")).toBe(`bytes ${size - 1000}-${size - 1}/${size}`);
    expect((await bodyOf(last)).equals(Buffer.alloc(1000))).toBe(true);

    // A caller that leaves in the middle: memory stays small, and the file is closed.
    const before = process.memoryUsage().rss;
    const read = await readAndLeave(url, { range: "bytes=1000-" }, 50_000_000);
    expect(read).toBeGreaterThanOrEqual(50_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    const deadline = Date.now() + 3000;
    while ((await bench.openFiles(key!)) > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await bench.openFiles(key!)).toBe(0);
  });
});

function readAndLeave(url: string, headers: Record<string, string>, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = 0;
    const asking = request(url, { headers }, (answer) => {
      answer.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received < bytes) return;
        answer.destroy();
        resolve(received);
      });
      answer.on("error", () => {});
    });
    asking.on("error", reject).end();
  });
}

describe("who may fetch", () => {
  const hidden = (access: FileLifecycle["access"]): Wish => ({
    lifecycle: { expiresAfter: 1000, access, rules: [] },
  });

  it("is the owner, with the key", async () => {
    const other = await bench.makeKey();
    for (const [access, status] of [
      ["forbid", 403],
      ["hide", 404],
    ] as const) {
      const { url } = await aFile(hidden(access));
      const as = async (authorization: string) => (await fetch(url, { headers: { authorization } })).status;
      expect((await fetch(url)).status).toBe(status);
      expect(await as(`Key ${other.text}`)).toBe(status);
      expect(await as("Key wrong:key")).toBe(status);
      expect(await as(`Key ${owner.text}`)).toBe(200);
      const mine = await fetch(url, { headers: { authorization: `Key ${owner.text}` } });
      expect(mine.headers.get("cache-control")).toMatch(/^private, max-age=\d+$/);
      expect(mine.headers.get("vary")).toContain("authorization");
    }
  });

  it("is nobody any more when its time is over", async () => {
    const { url } = await aFile({ lifecycle: { expiresAfter: 60, access: "allow", rules: [] } });
    const alive = await fetch(url);
    const age = Number(/max-age=(\d+)/.exec(alive.headers.get("cache-control")!)![1]);
    expect(age).toBeLessThanOrEqual(60);
    bench.pass(61);
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(url, { headers: { authorization: `Key ${owner.text}` } })).status).toBe(404);
  });

  it("is whoever has the signed URL, unchanged and in time", async () => {
    const requestId = await bench.addRequest(owner.id);
    const made = await bench.library.storeOutputs({ id: requestId, keyId: owner.id, lifecycle: null }, [
      { path: await bench.scratchFile(BYTES), fileName: "output.mp4", contentType: "video/mp4" },
    ]);
    await bench.database.transaction((transaction) => bench.library.recordOutputs(transaction, made));
    const url = await bench.library.withUrls(`parlante-file:${made[0]!.id}`, base);
    const good = await fetch(url);
    expect(good.status).toBe(200);
    expect(good.headers.get("cache-control")).toMatch(/^private/);
    await good.arrayBuffer();
    expect((await fetch(url.replace(/\?.*/, ""))).status).toBe(403);

    const query = url.indexOf("?");
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.constantFrom(..."0aZ_-9"), async (place, character) => {
        const at = query + 1 + (place % (url.length - query - 1));
        if (url[at] === character) return;
        const changed = url.slice(0, at) + character + url.slice(at + 1);
        expect([changed, (await fetch(changed)).status]).toEqual([changed, 403]);
      }),
      { numRuns: 40 },
    );
    expect((await fetch(`${url}&signature=x`)).status).toBe(200);
    expect((await fetch(url.replace("?", "?signature=x&"))).status).toBe(403);
    bench.pass(LIFETIME + 1);
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { headers: { authorization: `Key ${owner.text}` } })).status).toBe(200);
  });
});
