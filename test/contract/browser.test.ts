import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForBrowser } from "../support/bundle-for-browser.js";
import { findBrowser } from "../support/find-browser.js";
import { type RunningServer, startServer } from "../support/run-server.js";
import { call, type Json, MODEL, PORTRAIT_FILE } from "../support/server-calls.js";
import { line } from "./checklist.js";

const browser = findBrowser();
if (browser === null) console.warn("Skipped: there is no Chromium or Chrome for the page in a browser.");

/** A name that is not of this machine; the browser is told that it leads here. */
const FOREIGN = "pages.example";

/** What the page of an app does: the published client, with the proxy as its documents say, then a player. */
const page = (server: string, foreign: string) => `<!doctype html>
<meta charset="utf-8">
<title>A page of another origin</title>
<pre id="told"></pre>
<!-- The browser waits for this picture before it calls the page loaded; it comes when the script is done. -->
<img src="/picture-at-the-end" alt="">
<iframe src="${foreign}"></iframe>
<script src="/client.js"></script>
<script type="module">
const { fal } = published;
const told = {};
try {
  told.foreign = await new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data), { once: true }));
  fal.config({ proxyUrl: "${server}/api/fal/proxy" });
  const photo = await (await fetch("/photo.png")).blob();
  const input = { image_url: photo, prompt: "Hi.", resolution: "360p" };
  told.ran = await fal.run("${MODEL}", { input });
  told.uploaded = await fal.storage.upload(new File([photo], "me.png", { type: "image/png" }));
  told.isSame = (await (await fetch(told.uploaded)).blob()).size === photo.size;
  told.states = [];
  told.subscribed = await fal.subscribe("${MODEL}", {
    input: { ...input, image_url: told.uploaded },
    mode: "streaming",
    logs: true,
    onQueueUpdate: ({ status }) => told.states.push(status),
  });
  told.refused = await fal.run("${MODEL}", { input: {} }).catch(({ name, status, requestId, fieldErrors }) => (
    { name, status, requestId, fieldErrors }
  ));
  const video = document.createElement("video");
  video.crossOrigin = "anonymous";
  video.muted = true;
  video.src = told.subscribed.data.video.url;
  document.body.append(video);
  await new Promise((resolve, reject) => {
    video.onerror = () => reject(new Error(video.error.message));
    video.requestVideoFrameCallback(resolve);
    video.play().catch(reject);
  });
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  told.video = {
    width: video.videoWidth,
    height: video.videoHeight,
    duration: video.duration,
    colours: new Set(new Uint32Array(data.buffer)).size,
  };
} catch (error) {
  told.failed = String(error.stack ?? error);
}
document.getElementById("told").textContent = JSON.stringify(told);
await fetch("/done", { method: "POST" });
</script>`;

/** A page of somebody else who tries to use the server of whoever looks at it. */
const foreignPage = (server: string) => `<!doctype html>
<script type="module">
const submit = (url, options) => fetch(url, { method: "POST", body: "{}", ...options }).then(
  ({ type, status }) => type + " " + status,
  ({ name }) => name,
);
parent.postMessage({
  plain: await submit("${server}/queue/${MODEL}"),
  unread: await submit("${server}/queue/${MODEL}", { mode: "no-cors" }),
  asked: await submit("${server}/api/fal/proxy", { headers: { "x-fal-target-url": "https://queue.fal.run/${MODEL}" } }),
  rebound: await submit("http://${FOREIGN}:${new URL(server).port}/queue/${MODEL}", { mode: "no-cors" }),
}, "*");
</script>`;

describe.skipIf(browser === null)("a page in a browser", () => {
  let server: RunningServer;
  let pages: Server;
  let origin: string;
  let told: Json;
  beforeAll(async () => {
    server = await startServer();
    pages = await servePages((foreignOrigin) => ({
      "/": ["text/html", page(server.url, `${foreignOrigin}/foreign`)],
      "/foreign": ["text/html", foreignPage(server.url)],
      "/client.js": [
        "text/javascript",
        bundleForBrowser(fileURLToPath(import.meta.url), "@fal-ai/client", "published"),
      ],
      "/photo.png": ["image/png", readFileSync(PORTRAIT_FILE)],
    }));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    told = await readPage(`${origin}/`);
  }, 240_000);
  afterAll(async () => {
    pages?.closeAllConnections();
    pages?.close();
    await server?.stop();
  });

  it(line(28, "browser, cross-origin: run with a Blob, upload, streaming subscribe"), () => {
    expect(told.failed).toBeUndefined();
    for (const { data, requestId } of [told.ran, told.subscribed]) {
      expect(data.video.url).toMatch(new RegExp(`^${server.url}/files/.+output\\.mp4$`));
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(told.uploaded).toMatch(new RegExp(`^${server.url}/files/.+me\\.png$`));
    expect(told.isSame).toBe(true);
    expect(told.states.at(-1)).toBe("COMPLETED");
  });

  it(line(15, "browser: headers that a page may read"), () => {
    expect(told.refused).toMatchObject({ name: "ValidationError", status: 422 });
    expect(told.refused.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(told.refused.fieldErrors[0]).toMatchObject({ loc: ["body", "image_url"], type: "missing" });
  });

  it(line(27, "browser: plays, and its pictures may be read"), () => {
    expect(told.video).toMatchObject({ width: 640, height: 360 });
    expect(told.video.duration).toBeGreaterThan(0.3);
    expect(told.video.colours).toBeGreaterThan(500);
  });

  it("a page of somebody else gets nothing done on a server without keys", async () => {
    expect(told.foreign).toEqual({
      plain: "TypeError",
      // Opaque: the page does not learn what the answer was.
      unread: expect.stringMatching(/^(?:opaque 0|TypeError)$/),
      asked: "TypeError",
      rebound: expect.stringMatching(/^(?:opaque 0|TypeError)$/),
    });
    // Three came through to us and were refused; for the fourth the browser asked before, and did not send it.
    expect(server.output().match(/"method":"POST".*"status":403/g)).toHaveLength(3);
    const { body } = await call(
      `${server.url}/v1/models/requests/by-endpoint?endpoint_id=${MODEL}&limit=100`,
    );
    // The page's own three; those of the other page would have failed before them.
    expect(body.items.map(({ status_code }: Json) => status_code).sort()).toEqual([200, 200, 422]);
  });
});

type Page = readonly [contentType: string, body: string | Uint8Array];

/** Serves pages; `/picture-at-the-end` is answered as soon as somebody has posted to `/done`. */
async function servePages(
  makePages: (foreignOrigin: string) => Readonly<Record<string, Page>>,
): Promise<Server> {
  let known: Readonly<Record<string, Page>> = {};
  const waiting: ServerResponse[] = [];
  const pages = createServer((request, answer) => {
    if (request.url === "/picture-at-the-end") return void waiting.push(answer);
    if (request.url === "/done") for (const held of waiting.splice(0)) held.writeHead(404).end();
    const [type, body] = known[request.url ?? ""] ?? ["text/plain", ""];
    answer.writeHead(200, { "content-type": type }).end(body);
  });
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  known = makePages(`http://${FOREIGN}:${(pages.address() as AddressInfo).port}`);
  return pages;
}

/** Opens a page in the browser and resolves with what it has written about itself once it is loaded. */
async function readPage(url: string): Promise<Json> {
  const profile = mkdtempSync(join(tmpdir(), "parlante-browser-"));
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--mute-audio",
    `--user-data-dir=${profile}`,
    `--host-resolver-rules=MAP ${FOREIGN} 127.0.0.1`,
    "--timeout=200000",
    "--dump-dom",
  ];
  try {
    const { stdout, stderr } = await promisify(execFile)(browser!, [...flags, url], {
      timeout: 220_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    const text = /<pre id="told">([^<]+)<\/pre>/.exec(stdout)?.[1];
    if (text === undefined) throw new Error(`The page wrote nothing:\n${stdout}\n${stderr}`);
    return JSON.parse(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"));
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
