import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FAL_NAMES, type FalName } from "../../src/shared/fal-names.js";
import { ask } from "../support/raw-http.js";
import { call, type Json, MODEL, portraitBlob, shortInput, until } from "../support/server-calls.js";
import { bareEnvironment, startTrustedServer, type TrustedServer } from "../support/trusted-server.js";
import { line } from "./checklist.js";

// Mostly renders; a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const run = promisify(execFile);

let server: TrustedServer;
let photo: string;
beforeAll(async () => {
  server = await startTrustedServer();
  photo = await uploadedPhoto();
});
afterAll(() => server?.stop());

async function uploadedPhoto(): Promise<string> {
  const { body } = await call(`${server.url}/rest/storage/upload/initiate?storage_type=fal-cdn-v3`, {
    body: { content_type: "image/png", file_name: "face.png" },
  });
  expect((await fetch(body.upload_url, { method: "PUT", body: portraitBlob() })).ok).toBe(true);
  return body.file_url;
}

type Answer = { readonly status: number; readonly headers: Json; readonly body: Json };

/** Asks over TLS under a name that leads here, trusting our authority only. */
function askAs(
  name: string,
  path: string,
  { method = "GET", body, headers = {} }: { method?: string; body?: unknown; headers?: Json } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      {
        host: name,
        port: server.port,
        path,
        method,
        ca: readFileSync(server.caFile),
        agent: false,
        // A caller with a hosts file uses port 443, which it then does not name.
        headers: { host: name, ...headers },
        lookup: (_host, options, done: Json) =>
          options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4),
      },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode!, headers: incoming.headers, body: parsed(text) }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Asks for a tunnel and resolves with the status of the answer. */
function askForTunnel(target: string): Promise<{ status: number; body: Json }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ port: server.port, host: "127.0.0.1", method: "CONNECT", path: target });
    outgoing.on("connect", (answer, socket, head) => {
      let text = head.toString();
      if (answer.statusCode === 200) {
        socket.destroy();
        return resolve({ status: 200, body: null });
      }
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      socket.on("close", () => resolve({ status: answer.statusCode!, body: parsed(text) }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** What is asked of each name, and how one sees that the right part has answered. */
const QUESTIONS: Readonly<Record<FalName, () => Promise<void>>> = {
  "fal.run": () => refusesBadInput("fal.run"),
  "falrun.com": () => refusesBadInput("falrun.com"),
  "queue.fal.run": () => queues("queue.fal.run"),
  "queue.falrun.com": () => queues("queue.falrun.com"),
  "rest.fal.ai": () => initiates("rest.fal.ai"),
  "rest.alpha.fal.ai": () => initiates("rest.alpha.fal.ai"),
  "v3.fal.media": () => stores("v3.fal.media"),
  "v3b.fal.media": () => stores("v3b.fal.media"),
  "api.fal.ai": async () => {
    const { status, body } = await askAs("api.fal.ai", `/v1/models/pricing?endpoint_id=${MODEL}`);
    expect(status).toBe(200);
    expect(body.prices).toEqual([{ endpoint_id: MODEL, unit_price: 0.1, unit: "seconds", currency: "USD" }]);
  },
  "fal.ai": async () => {
    const { status, body } = await askAs("fal.ai", `/api/openapi/queue/openapi.json?endpoint_id=${MODEL}`);
    expect(status).toBe(200);
    expect(body.info["x-fal-metadata"].endpointId).toBe(MODEL);
    expect((await askAs("fal.ai", `/models/${MODEL}/llms.txt`)).body).toMatch(/^# Heygen\n/);
  },
};

async function refusesBadInput(name: FalName): Promise<void> {
  const { status, headers, body } = await askAs(name, `/${MODEL}`, { method: "POST", body: {} });
  expect(status).toBe(422);
  expect(body.detail[0]).toMatchObject({ loc: ["body", "image_url"], type: "missing" });
  expect(headers["x-fal-request-id"]).toMatch(UUID);
}

async function queues(name: FalName): Promise<void> {
  const { status, body } = await askAs(name, `/${MODEL}`, { method: "POST", body: {} });
  expect(status).toBe(200);
  const own = `https://${name}/fal-ai/heygen/requests/${body.request_id}`;
  expect([body.response_url, body.status_url, body.cancel_url]).toEqual([
    own,
    `${own}/status`,
    `${own}/cancel`,
  ]);
  const ended = await until("the request without a photo", async () => {
    const answer = await askAs(name, new URL(body.status_url).pathname);
    return answer.body.status === "COMPLETED" ? answer.body : null;
  });
  expect(ended.status_url).toBe(body.status_url);
  expect((await askAs(name, new URL(body.response_url).pathname)).status).toBe(422);
}

async function initiates(name: FalName): Promise<void> {
  const initiated = await askAs(name, "/storage/upload/initiate?storage_type=fal-cdn-v3", {
    method: "POST",
    body: { content_type: "text/plain", file_name: "note.txt" },
  });
  expect(initiated.status).toBe(200);
  const { upload_url: target, file_url: file } = initiated.body;
  for (const url of [target, file]) expect(url).toMatch(/^https:\/\/v3\.fal\.media\/files\//);
  const { pathname, search } = new URL(target);
  expect((await askAs("v3.fal.media", pathname + search, { method: "PUT", body: "stored" })).status).toBe(
    200,
  );
  expect((await askAs("v3b.fal.media", new URL(file).pathname)).body).toBe("stored");
  const keys = await askAs(name, "/.well-known/jwks.json");
  expect(keys.body.keys[0]).toMatchObject({ kty: "OKP", crv: "Ed25519" });
}

async function stores(name: FalName): Promise<void> {
  const token = await askAs("rest.fal.ai", "/storage/auth/token?storage_type=fal-cdn-v3", {
    method: "POST",
    body: {},
  });
  expect(token.body.expires_at).toMatch(/\+00:00$/);
  const stored = await askAs(name, "/files/upload", {
    method: "POST",
    body: "kept",
    headers: {
      authorization: `${token.body.token_type} ${token.body.token}`,
      "content-type": "text/plain",
      "x-fal-file-name": "kept.txt",
    },
  });
  expect(stored.status).toBe(200);
  const answer = await askAs(name, new URL(stored.body.access_url).pathname);
  expect([answer.status, answer.body]).toEqual([200, "kept"]);
}

describe("under the names of the hosted service", () => {
  it.each(FAL_NAMES)(line(29, "%s"), async (name) => QUESTIONS[name]());

  it(line(29, "one port for HTTP, TLS and tunnels"), async () => {
    const path = "/healthz";
    const plain = await ask(`${server.url}${path}`);
    const encrypted = await askAs("localhost", path);
    expect([plain.status, encrypted.status]).toEqual([200, 200]);
    expect((await askForTunnel("queue.fal.run:443")).status).toBe(200);
    // The Python client with only FAL_RUN_HOST=localhost:8443 asks this name.
    const submitted = await askAs("queue.localhost", `/${MODEL}`, {
      method: "POST",
      body: {},
      headers: { host: `queue.localhost:${server.port}` },
    });
    expect(submitted.body.status_url).toContain(`https://queue.localhost:${server.port}/`);
  });

  it(line(29, "no tunnel to anything else"), async () => {
    const others = [
      "example.com:443",
      "fal.run:80",
      "fal.run.example.com:443",
      "127.0.0.1:443",
      `127.0.0.1:${server.port}`,
      "[::1]:443",
      "fal.run@example.com:443",
      "fal.run",
    ];
    for (const target of others) {
      const { status, body } = await askForTunnel(target);
      expect([target, status]).toEqual([target, target === "fal.run" ? expect.any(Number) : 403]);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body.detail, target).toBeTruthy();
    }
  });
});

describe("programs that are written for the hosted service", () => {
  const hasCurl = isThere("curl");
  if (!hasCurl) console.warn("Skipped: there is no curl for the published line.");

  it.skipIf(!hasCurl)(line(29, "the published curl line"), async () => {
    const published = `curl --request POST --url https://fal.run/fal-ai/heygen/avatar4/image-to-video \\
  --header "Authorization: Key $FAL_KEY" --header "Content-Type: application/json" --data '{"image_url":"…"}'`;
    const shell = (command: string) =>
      run("sh", ["-c", command], { env: { ...bareEnvironment(), ...server.proxyEnvironment } });
    const { stdout } = await shell(published.replace("…", photo));
    const { video } = JSON.parse(stdout);
    expect(video).toEqual({
      url: expect.stringMatching(/^https:\/\/v3\.fal\.media\/files\/.+output\.mp4$/),
      content_type: "video/mp4",
      file_name: "output.mp4",
      file_size: expect.any(Number),
    });
    // Line 27: players ask for pieces.
    const piece = await shell(`curl --silent --include --range 0-99 ${video.url}`);
    expect(piece.stdout).toMatch(/^HTTP\/1\.1 206 /m);
    expect(piece.stdout.toLowerCase()).toContain(`content-range: bytes 0-99/${video.file_size}`);
    expect(piece.stdout.toLowerCase()).toContain("access-control-allow-origin: *");
  });

  it(line(29, "the published JavaScript sample and an upload, with a hosts file"), async () => {
    const sample = fileURLToPath(new URL("../support/published-sample.ts", import.meta.url));
    const leader = new URL("../support/led-here.ts", import.meta.url);
    const { stdout } = await run(
      process.execPath,
      ["--import", "tsx", "--import", leader.href, sample, photo],
      {
        env: {
          ...bareEnvironment(),
          FAL_KEY: "any:key",
          NODE_EXTRA_CA_CERTS: server.caFile,
          PORT_OF_FAL_NAMES: String(server.port),
        },
      },
    );
    const lines = stdout.trimEnd().split("\n");
    const told = JSON.parse(lines.pop()!);
    expect(told.photo).toMatch(/^https:\/\/v3\.fal\.media\/files\//);
    expect(told.data.video.url).toMatch(/^https:\/\/v3\.fal\.media\/files\/.+output\.mp4$/);
    expect(told.bytes).toBe(told.data.video.file_size);
    expect(told.requestId).toMatch(UUID);
    expect(lines.length, "messages of the render").toBeGreaterThan(1);
  });
});

describe("the proxy endpoint", () => {
  const through = (target: string, options: Parameters<typeof ask>[1] = {}) =>
    ask(`${server.url}/api/fal/proxy`, {
      ...options,
      headers: { "x-fal-target-url": target, ...options.headers },
    });
  const json = { "content-type": "application/json" };

  it(line(28, "POST, GET and PUT"), async () => {
    const submitted = await through(`https://queue.fal.run/${MODEL}?fal_max_queue_length=50`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ ...shortInput(photo), prompt: "Long enough to be cancelled. ".repeat(40) }),
    });
    expect(submitted.status).toBe(200);
    const id = submitted.json.request_id;
    // Who came through the proxy goes on through it: the URLs are ours, not those of the target.
    expect(submitted.json.status_url).toBe(`${server.url}/queue/fal-ai/heygen/requests/${id}/status`);
    const own = `https://queue.fal.run/fal-ai/heygen/requests/${id}`;
    const status = await through(`${own}/status?logs=1`);
    expect(["IN_QUEUE", "IN_PROGRESS"]).toContain(status.json.status);
    const cancelled = await through(`${own}/cancel`, { method: "PUT", headers: json });
    expect([cancelled.status, cancelled.json]).toEqual([202, { status: "CANCELLATION_REQUESTED" }]);
    const head = await through(`${own}/status`, { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
    const missing = await through("https://rest.fal.ai/storage/nowhere", { method: "DELETE" });
    expect(missing.status).toBe(404);
    const posted = await through(`https://fal.run/${MODEL}`, { method: "POST", headers: json, body: "{}" });
    expect([posted.status, posted.json.detail[0].type]).toEqual([422, "missing"]);
  });

  it(line(28, "a stream of events"), async () => {
    const submitted = await through(`https://queue.fal.run/${MODEL}`, {
      method: "POST",
      headers: json,
      body: JSON.stringify(shortInput(photo)),
    });
    const id = submitted.json.request_id;
    const stream = await fetch(`${server.url}/api/fal/proxy`, {
      headers: {
        "x-fal-target-url": `https://queue.fal.run/fal-ai/heygen/requests/${id}/status/stream?logs=1`,
        accept: "application/json, text/event-stream",
      },
    });
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    let pieces = 0;
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of stream.body!) {
      pieces++;
      text += decoder.decode(piece, { stream: true });
    }
    const events: Json[] = [...text.matchAll(/^data: (.+)$/gm)].map(([, event]) => JSON.parse(event!));
    expect(events.at(-1).status).toBe("COMPLETED");
    expect(pieces, "it came bit by bit, not at the end").toBeGreaterThan(2);
  });

  it(line(28, "a preflight"), async () => {
    const answer = await ask(`${server.url}/api/fal/proxy`, {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:3000",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-fal-target-url,x-fal-queue-priority",
      },
    });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers["access-control-allow-origin"]).toBe("http://localhost:3000");
    expect(answer.headers["access-control-allow-methods"]).toMatch(/GET.*POST.*PUT/);
    for (const name of ["authorization", "content-type", "x-fal-target-url", "x-fal-queue-priority"])
      expect(answer.headers["access-control-allow-headers"]).toContain(name);
  });

  it(line(28, "no other targets"), async () => {
    for (const target of [
      "https://example.com/",
      "http://fal.run/x",
      "https://fal.run@example.com/",
      "https://fal.run:8443/x",
      "//fal.run/x",
      "file:///etc/passwd",
      "",
    ]) {
      const { status, json: body } = await through(target);
      expect([target, status, body.detail]).toEqual([target, 400, "Invalid request"]);
    }
  });
});

function isThere(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
