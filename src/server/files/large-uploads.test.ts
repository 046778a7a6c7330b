import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, openFileBench } from "../../../test/support/file-bench.js";
import { sendBytes } from "../../../test/support/send-bytes.js";

const MEGABYTE = 1024 * 1024;

let bench: FileBench;
let base: string;
let authorization: string;
beforeAll(async () => {
  bench = await openFileBench();
  base = await bench.serve();
  authorization = `Key ${(await bench.makeKey()).text}`;
});
afterAll(() => bench.close());

/** @returns how much memory was taken at most since the call */
function watchMemory(): () => number {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 10);
  return () => {
    clearInterval(timer);
    return most - before;
  };
}

/** The parts of a file are numbered from 1; each megabyte of part n is filled with n, n + 1, … */
async function byteAt(url: string, position: number): Promise<number> {
  const answer = await fetch(url, { headers: { range: `bytes=${position}-${position}` } });
  return new Uint8Array(await answer.arrayBuffer())[0]!;
}
const lengthOf = async (url: string) => (await fetch(url, { method: "HEAD" })).headers.get("content-length");

describe("a large upload", () => {
  it("of 91 MiB in parts, as the JavaScript client sends it, goes without filling the memory", async () => {
    const body = { file_name: "long.mp4", content_type: "video/mp4" };
    const begun = await fetch(`${base}/rest/storage/upload/initiate-multipart?storage_type=fal-cdn-v3`, {
      method: "POST",
      headers: { authorization },
      body: JSON.stringify(body),
    });
    const { upload_url, file_url } = (await begun.json()) as Record<string, string>;
    const { origin, pathname, search } = new URL(upload_url!);
    const peak = watchMemory();
    const parts: unknown[] = [];
    for (let n = 1, left = 91 * MEGABYTE; left > 0; n++, left -= 10 * MEGABYTE) {
      const part = await sendBytes(`${origin}${pathname}/${n}${search}`, Math.min(left, 10 * MEGABYTE), n);
      expect(part.status).toBe(200);
      const told = JSON.parse(part.body);
      expect(told).toEqual({ partNumber: n, etag: expect.stringMatching(/^[0-9a-f]{32}$/) });
      parts.push(told);
    }
    const completed = await fetch(`${origin}${pathname}/complete${search}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ parts }),
    });
    expect(completed.status).toBe(200);
    expect(peak()).toBeLessThan(120 * MEGABYTE);
    expect(await lengthOf(file_url!)).toBe(String(91 * MEGABYTE));
    for (const [position, value] of [
      [0, 1],
      [10 * MEGABYTE - 1, 10],
      [10 * MEGABYTE, 2],
      [90 * MEGABYTE, 10],
    ] as const)
      expect(await byteAt(file_url!, position)).toBe(value);
  });

  it("of 101 MiB in parts that arrive together and in any order, as the Python client sends it, goes as well", async () => {
    const granted = await fetch(`${base}/rest/storage/auth/token?storage_type=fal-cdn-v3`, {
      method: "POST",
      headers: { authorization },
      body: "{}",
    });
    const { token, token_type, base_url } = (await granted.json()) as Record<string, string>;
    const bearer = { authorization: `${token_type} ${token}` };
    const begun = await fetch(`${base_url}/files/upload/multipart`, {
      method: "POST",
      headers: { ...bearer, "content-type": "video/mp4", "x-fal-file-name": "long.mp4" },
    });
    const { access_url, uploadId } = (await begun.json()) as Record<string, string>;
    const peak = watchMemory();
    const order = [11, 3, 7, 1, 9, 2, 10, 5, 8, 6, 4];
    const parts = await Promise.all(
      order.map(async (n) => {
        const size = n === 11 ? MEGABYTE : 10 * MEGABYTE;
        const url = `${access_url}/multipart/${uploadId}/${n}`;
        const part = await sendBytes(url, size, n, { ...bearer, "content-type": "video/mp4" });
        expect(part.headers.etag).toMatch(/^"[0-9a-f]{32}"$/);
        return { partNumber: n, etag: part.headers.etag };
      }),
    );
    const complete = () =>
      fetch(`${access_url}/multipart/${uploadId}/complete`, {
        method: "POST",
        headers: bearer,
        body: JSON.stringify({ parts }),
      });
    const completed = await Promise.all([complete(), complete(), complete()]);
    expect(completed.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect((await complete()).status).toBe(200);
    expect(peak()).toBeLessThan(200 * MEGABYTE);
    expect(await lengthOf(access_url!)).toBe(String(101 * MEGABYTE));
    for (let n = 1; n <= 11; n++) expect(await byteAt(access_url!, (n - 1) * 10 * MEGABYTE)).toBe(n);
  });
});
