import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { createFalClient, type FalClient } from "@fal-ai/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, openFileBench } from "../../../test/support/file-bench.js";
import { sendBytes } from "../../../test/support/send-bytes.js";

const MEGABYTE = 1024 * 1024;

let bench: FileBench;
let base: string;
let key: { id: string; text: string };
let fal: FalClient;
beforeAll(async () => {
  bench = await openFileBench({ maxUploadBytes: 110 * MEGABYTE });
  base = await bench.serve();
  key = await bench.makeKey();
  fal = createFalClient({
    credentials: key.text,
    requestMiddleware: async (outgoing) => ({
      ...outgoing,
      url: outgoing.url.replace("https://rest.fal.ai", `${base}/rest`),
    }),
  });
});
afterAll(() => bench.close());

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const withKey = () => ({ authorization: `Key ${key.text}` });
const fetched = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());
const post = (path: string, body: unknown = {}, headers: Record<string, string> = withKey()) =>
  fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) });
async function initiate(headers: Record<string, string> = {}) {
  const body = { file_name: "me.png", content_type: "image/png" };
  const answer = await post("/rest/storage/upload/initiate?storage_type=fal-cdn-v3", body, {
    ...withKey(),
    ...headers,
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { upload_url: string; file_url: string };
}
async function pythonToken(): Promise<{ authorization: string; baseUrl: string; expiresAt: string }> {
  const answer = await post("/rest/storage/auth/token?storage_type=fal-cdn-v3");
  const token = (await answer.json()) as Record<string, string>;
  return {
    authorization: `${token.token_type} ${token.token}`,
    baseUrl: token.base_url!,
    expiresAt: token.expires_at!,
  };
}

describe("the JavaScript client", () => {
  it("uploads a file whose address can be fetched at once", async () => {
    const bytes = randomBytes(200_000);
    const url = await fal.storage.upload(new File([bytes], "Mein Bild.png", { type: "image/png" }));
    expect(url).toMatch(new RegExp(`^${base}/files/b/[0-9a-f]{8}/[\\w-]{21}_Mein_Bild.png$`));
    const answer = await fetch(url);
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect(sha(Buffer.from(await answer.arrayBuffer()))).toBe(sha(bytes));
  });

  it("says how long a file lives and for whom", async () => {
    const file = new File([randomBytes(10)], "a.bin");
    const url = await fal.storage.upload(file, {
      lifecycle: { expiresIn: "immediate", initialAcl: { default: "forbid", rules: [] } },
    });
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { headers: withKey() })).status).toBe(200);
    bench.pass(61);
    expect((await fetch(url, { headers: withKey() })).status).toBe(404);
  });
});

describe("the Python client", () => {
  it("gets a token with an offset in its time", async () => {
    const { expiresAt, baseUrl } = await pythonToken();
    expect(expiresAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    expect(Date.parse(expiresAt) - bench.now().getTime()).toBeGreaterThan(3_500_000);
    expect(baseUrl).toBe(base);
  });

  it("uploads a file with the token, under a name beyond ASCII", async () => {
    const { authorization } = await pythonToken();
    const bytes = randomBytes(50_000);
    const answer = await fetch(`${base}/files/upload`, {
      method: "POST",
      headers: {
        authorization,
        "content-type": "audio/mpeg",
        "x-fal-file-name": Buffer.from("Größe.mp3").toString("latin1"),
        "x-fal-object-lifecycle": '{"expiration_duration_seconds": 100}',
      },
      body: bytes,
    });
    expect(answer.status).toBe(200);
    const { access_url } = (await answer.json()) as { access_url: string };
    const file = await fetch(access_url);
    expect(file.headers.get("content-type")).toBe("audio/mpeg");
    expect(file.headers.get("content-disposition")).toContain("Gr%C3%B6%C3%9Fe.mp3");
    expect(sha(Buffer.from(await file.arrayBuffer()))).toBe(sha(bytes));
    bench.pass(101);
    expect((await fetch(access_url)).status).toBe(404);
  });

  it("falls back to the older way, with the key on the way", async () => {
    const begun = await post("/rest/storage/upload/initiate?storage_type=gcs", { file_name: "a.wav" });
    const { upload_url, file_url } = (await begun.json()) as Record<string, string>;
    const put = await fetch(upload_url!, { method: "PUT", headers: withKey(), body: "sound" });
    expect(put.status).toBe(200);
    expect((await fetched(file_url!)).toString()).toBe("sound");
  });
});

describe("uploads of others", () => {
  it("need a key to be begun", async () => {
    for (const path of ["/rest/storage/upload/initiate", "/rest/storage/upload/initiate-multipart"])
      expect((await post(path, {}, {})).status).toBe(401);
    expect((await post("/rest/storage/auth/token", {}, {})).status).toBe(401);
    for (const authorization of ["Key no:key", "Bearer x.1.y", `Bearer ${key.id}.9999999999.AAAA`]) {
      const headers = { authorization };
      expect((await fetch(`${base}/files/upload`, { method: "POST", headers, body: "x" })).status).toBe(401);
      expect((await fetch(`${base}/files/upload/multipart`, { method: "POST", headers })).status).toBe(401);
    }
    expect(await bench.halfWritten()).toEqual([]);
  });

  it("cannot be touched with a changed or foreign permission", async () => {
    const [mine, other] = [await initiate(), await initiate()];
    const put = async (url: string) => (await fetch(url, { method: "PUT", body: "x" })).status;
    expect(await put(mine.upload_url.replace(/\?.*/, ""))).toBe(403);
    expect(await put(mine.upload_url.replace(/token=/, "token=1"))).toBe(403);
    expect(await put(mine.upload_url.replace(/\?.*/, "") + new URL(other.upload_url).search)).toBe(403);
    expect(await put(`${mine.upload_url.slice(0, -1)}${mine.upload_url.endsWith("A") ? "B" : "A"}`)).toBe(
      403,
    );
    expect(await put(mine.upload_url)).toBe(200);
    expect(await put(mine.upload_url)).toBe(400);
    bench.pass(86_401);
    expect(await put(other.upload_url)).toBe(403);
  });

  it("in parts are only for the key that began them", async () => {
    const { authorization, baseUrl } = await pythonToken();
    const begun = await fetch(`${baseUrl}/files/upload/multipart`, {
      method: "POST",
      headers: { authorization },
    });
    const { access_url, uploadId } = (await begun.json()) as Record<string, string>;
    const part = async (url: string, headers: Record<string, string>) =>
      (await fetch(url, { method: "PUT", headers, body: "x" })).status;
    const stranger = { authorization: `Key ${(await bench.makeKey()).text}` };
    expect(await part(`${access_url}/multipart/${uploadId}/1`, {})).toBe(401);
    expect(await part(`${access_url}/multipart/${uploadId}/1`, stranger)).toBe(404);
    expect(await part(`${access_url}/multipart/${"a".repeat(21)}/1`, { authorization })).toBe(404);
    expect(await part(`${access_url}/multipart/${uploadId}/0`, { authorization })).toBe(400);
    expect(await part(`${access_url}/multipart/${uploadId}/1`, withKey())).toBe(200);
    const complete = await fetch(`${access_url}/multipart/${uploadId}/complete`, {
      method: "POST",
      headers: { authorization },
      body: '{"parts":[{"partNumber":1,"etag":"wrong"}]}',
    });
    expect(complete.status).toBe(400);
    expect(await complete.text()).toContain("Part 1 is not the one that was received");
  });
});

describe("hostile uploads", () => {
  it("that are too large are refused before and while they come", async () => {
    const size = 111 * MEGABYTE;
    const { upload_url, file_url } = await initiate();
    const announced = await sendBytes(upload_url, size, 0).catch((error: NodeJS.ErrnoException) => ({
      status: error.code,
    }));
    expect([413, "EPIPE", "ECONNRESET"]).toContain(announced.status);
    const { authorization } = await pythonToken();
    const begun = await fetch(`${base}/files/upload/multipart`, {
      method: "POST",
      headers: { authorization },
    });
    const { access_url, uploadId } = (await begun.json()) as Record<string, string>;
    await bench.database.query(
      `insert into multipart_parts (upload_id, number, object_key, etag, size_bytes) values ($1, 1, 'none', 'x', $2)`,
      [uploadId, 110 * MEGABYTE - 5],
    );
    const answer = await fetch(`${access_url}/multipart/${uploadId}/2`, {
      method: "PUT",
      headers: { authorization },
      body: "123456",
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      detail: [{ type: "file_too_large", ctx: { max_size: 110 * MEGABYTE } }],
    });
    expect((await fetch(file_url)).status).toBe(404);
    expect(await bench.halfWritten()).toEqual([]);
  });

  it("that break off leave nothing", async () => {
    const { upload_url, file_url } = await initiate();
    await new Promise<void>((resolve) => {
      const sending = request(upload_url, { method: "PUT", headers: { "content-length": 1_000_000 } });
      sending.on("error", () => resolve());
      sending.write(randomBytes(300_000), () => setTimeout(() => sending.destroy(), 50));
    });
    const deadline = Date.now() + 3000;
    while ((await bench.halfWritten()).length > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await bench.halfWritten()).toEqual([]);
    expect((await fetch(file_url)).status).toBe(404);
    expect((await fetch(upload_url, { method: "PUT", body: "whole" })).status).toBe(200);
    expect((await fetched(file_url)).toString()).toBe("whole");
  });

  it("with spoilt names, types and wishes do no harm", async () => {
    const named = async (body: unknown) => {
      const answer = await post("/rest/storage/upload/initiate", body);
      expect(answer.status).toBe(200);
      const { upload_url, file_url } = (await answer.json()) as Record<string, string>;
      await fetch(upload_url!, { method: "PUT", body: "x", headers: { "content-type": "text/html" } });
      return fetch(file_url!);
    };
    for (const name of [
      "../../../../etc/passwd",
      "a\r\nset-cookie: x=1",
      "\u0000",
      "<script>",
      "\ud800",
      "x".repeat(5000),
    ]) {
      const { status, headers } = await named({ file_name: name, content_type: "text/plain\r\nx-evil: 1" });
      expect(status).toBe(200);
      expect(headers.get("content-type")).toBe("application/octet-stream");
      expect(headers.get("content-disposition")).toMatch(/^attachment; filename="[^"]{1,120}"/);
      expect(headers.has("set-cookie") || headers.has("x-evil")).toBe(false);
    }
    for (const body of [{}, { file_name: 5, content_type: [] }, { file_name: null }]) await named(body);
    for (const text of ["[]", "1", "{", "null"]) {
      const answer = await fetch(`${base}/rest/storage/upload/initiate`, {
        method: "POST",
        headers: withKey(),
        body: text,
      });
      expect(answer.status).toBe(400);
    }
    const spoilt = await post(
      "/rest/storage/upload/initiate",
      {},
      { ...withKey(), "x-fal-object-lifecycle": "{" },
    );
    expect(spoilt.status).toBe(400);
    expect(await spoilt.text()).toContain("X-Fal-Object-Lifecycle");
  });

  it("with spoilt lists of parts are refused", async () => {
    const answer = await post("/rest/storage/upload/initiate-multipart", {});
    const { upload_url } = (await answer.json()) as { upload_url: string };
    const { origin, pathname, search } = new URL(upload_url);
    for (const body of [
      "",
      "{}",
      '{"parts":[]}',
      '{"parts":[{}]}',
      '{"parts":[{"partNumber":"1","etag":"x"}]}',
      "[",
    ]) {
      const refused = await fetch(`${origin}${pathname}/complete${search}`, { method: "POST", body });
      expect(refused.status).toBe(400);
    }
  });
});
