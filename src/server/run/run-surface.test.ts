import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type FalServer, startFalServer } from "../../../test/support/fal-server.js";
import type { Script } from "../../../test/support/scripted-runner.js";
import { MODEL_ID } from "../fal/model.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let server: FalServer;
let endpoint: string;

beforeAll(async () => {
  server = await startFalServer({ renders: 12 });
  endpoint = `${server.url}/run/${MODEL_ID}`;
});
afterAll(() => server.close());

let seed = 0;
/** Each body is one of its own, as twins are recognised by it. */
function bodyFor(script: Script = {}): string {
  seed += 1;
  return JSON.stringify({ image_url: "https://example.com/face.png", prompt: JSON.stringify(script), seed });
}

async function run(body: string, headers: Record<string, string> = {}, url = endpoint) {
  const response = await fetch(url, { method: "POST", body, headers });
  const answer = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, body: answer };
}

/** Sends a request and goes away after so many milliseconds. */
function runAndLeave(body: string, afterMs: number): Promise<void> {
  return new Promise((resolve) => {
    const call = httpRequest(endpoint, { method: "POST" });
    call.on("error", () => {});
    call.end(body);
    setTimeout(() => {
      call.destroy();
      resolve();
    }, afterMs);
  });
}

async function requestsLike(body: string) {
  return server.database.query<{ id: string; state: string; error_type: string | null; is_sync: boolean }>(
    "select id, state, error_type, is_sync from requests where input ->> 'seed' = $1 order by created_at",
    [String(JSON.parse(body).seed)],
  );
}

/** Whether the queue ends the request unless its caller comes back soon: while one waits it gives 20 s, renewed often. */
async function isGivenUp(body: string): Promise<boolean> {
  const [request] = await requestsLike(body);
  const [row] = await server.database.query<{ is_given_up: boolean }>(
    "select held_until < now() + interval '11 s' as is_given_up from requests where id = $1",
    [request!.id],
  );
  return row!.is_given_up;
}

async function readEvents(response: Response) {
  let text = "";
  let broke = false;
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
  } catch {
    broke = true;
  }
  return { broke, events: [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, json]) => JSON.parse(json!)) };
}

describe("without a worker", () => {
  it("a run that cannot begin in time is answered as the caller's own limit", async () => {
    const answer = await run(bodyFor(), { "x-fal-request-timeout": "0.3" });
    expect(answer.status).toBe(504);
    expect(answer.body).toEqual({ detail: "Request timed out", error_type: "request_timeout" });
    expect(answer.headers.get("x-fal-request-timeout-type")).toBe("user");
    expect(answer.headers.get("x-fal-request-id")).toMatch(UUID);
  });

  it("unknown endpoints and methods are told apart", async () => {
    const at = (path: string) => run("{}", {}, `${server.url}/run/${path}`);
    expect(await at("fal-ai/flux/dev")).toMatchObject({
      status: 404,
      body: { detail: 'Application "flux" not found' },
    });
    const realtime = await at(`${MODEL_ID}/realtime`);
    expect(realtime).toMatchObject({ status: 404, body: { detail: "Path /realtime not found" } });
    expect(realtime.headers.get("x-fal-billable-units")).toBe("0");
    const read = await fetch(endpoint);
    expect([read.status, read.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("a body that is no JSON is refused at once", async () => {
    const answer = await run("image_url=https://example.com/face.png");
    expect([answer.status, answer.body.detail[0].type]).toEqual([422, "json_invalid"]);
    const large = await fetch(endpoint, {
      method: "POST",
      body: new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
        },
      }),
      duplex: "half",
    } as RequestInit).then(
      ({ status }) => status,
      // The connection may break before the answer is read: nobody reads 140 MB to be polite.
      () => 413,
    );
    expect(large).toBe(413);
  });
});

describe.concurrent("with a worker", () => {
  beforeAll(async () => {
    await server.startWorker();
  });

  it.each([["application/json"], ["application/x-www-form-urlencoded"], ["text/plain"]])(
    "the output is answered as it is, for a body called %s",
    async (type) => {
      const body = bodyFor();
      const answer = await run(body, { "content-type": type });
      const [request] = await requestsLike(body);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        video: {
          url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/files\/[\w-]{21}$/),
          content_type: "video/mp4",
          file_name: "output.mp4",
          file_size: 7,
        },
      });
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-type": "application/json",
        "x-fal-request-id": request!.id,
        "x-fal-billable-units": "2.48000000",
        "x-fal-served-from": expect.stringMatching(UUID),
      });
      expect(request!.is_sync).toBe(true);
    },
  );

  it("failures are answered as the result would be", async () => {
    const face = await run(bodyFor({ fail: "face" }));
    expect(face.status).toBe(422);
    expect(face.body.detail[0]).toMatchObject({ loc: ["body", "image_url"], type: "face_detection_error" });
    expect(face.headers.get("x-fal-billable-units")).toBe("0");
    const missing = await run("{}");
    expect(missing.body.detail[0]).toMatchObject({ loc: ["body", "image_url"], type: "missing" });
    const engine = await run(bodyFor({ fail: "engine" }));
    expect(engine.status).toBe(500);
    expect(engine.headers.get("x-fal-retryable")).toBe("true");
    expect(engine.headers.get("x-fal-error-type")).toBe(engine.body.error_type);
  });

  it("nothing of a run with X-Fal-Store-IO: 0 is kept but its numbers", async () => {
    const body = bodyFor();
    const { status, headers } = await run(body, { "x-fal-store-io": "0" });
    expect(status).toBe(200);
    const [row] = await server.database.query(
      "select input, payloads_expire_at <= now() as is_over from requests where id = $1",
      [headers.get("x-fal-request-id")],
    );
    expect(row).toEqual({ input: null, is_over: true });
  });

  it("long data URIs are handed over to be kept as files", async () => {
    const photo = `data:image/png;base64,${"A".repeat(3_000_000)}`;
    const answer = await run(JSON.stringify({ image_url: photo }));
    expect(answer.status).toBe(200);
    expect(server.extracted).toContainEqual({ image_url: photo });
    const [row] = await server.database.query<{ input: { image_url: string } }>(
      "select input from requests where id = $1",
      [answer.headers.get("x-fal-request-id")],
    );
    expect(row!.input.image_url).toMatch(/^parlante-input:/);
    const script = JSON.stringify({ fail: "face" } satisfies Script);
    const faceless = await run(JSON.stringify({ image_url: photo, prompt: script }));
    expect(faceless.body.detail[0].input).toBe("data:…");
    const long = await run(JSON.stringify({ image_url: "https://e.com", prompt: "a".repeat(3_000_000) }));
    expect([long.status, long.body.detail[0].type]).toEqual([413, "request_too_large"]);
  });

  it("a run whose caller leaves is given up", async () => {
    const body = bodyFor({ steps: 300, stepMs: 100 });
    await runAndLeave(body, 400);
    await vi.waitFor(async () => expect(await isGivenUp(body)).toBe(true), { timeout: 5_000 });
  });

  it("a caller that comes back with the same bytes gets the run it left", async () => {
    const photo = `data:image/png;base64,${"B".repeat(2_000)}`;
    const body = JSON.stringify({ ...JSON.parse(bodyFor({ steps: 40, stepMs: 100 })), image_url: photo });
    await runAndLeave(body, 300);
    await vi.waitFor(async () => expect(await isGivenUp(body)).toBe(true), { timeout: 3_000 });
    const answer = await run(body);
    expect(answer.status).toBe(200);
    const requests = await requestsLike(body);
    expect(requests).toHaveLength(1);
    expect(answer.headers.get("x-fal-request-id")).toBe(requests[0]!.id);
  });

  it("two callers that wait with the same bytes have a run each", async () => {
    const body = bodyFor({ steps: 3, stepMs: 50 });
    const answers = await Promise.all([run(body), run(body)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await requestsLike(body)).toHaveLength(2);
  });

  it("a stream sends progress and, last, the output", async () => {
    const response = await fetch(`${endpoint}/stream`, {
      method: "POST",
      body: bodyFor({ steps: 8, stepMs: 500 }),
      headers: { accept: "text/event-stream" },
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-fal-request-id")).toMatch(UUID);
    const { events, broke } = await readEvents(response);
    expect(broke).toBe(false);
    expect(events[0]).toMatchObject({ status: "IN_PROGRESS", progress: expect.any(Number) });
    const lines = events.flatMap(({ logs }) => logs ?? []).map(({ message }) => message);
    expect(lines).toEqual(Array.from({ length: 8 }, (_, i) => `step ${i + 1}`));
    const progress = events.slice(0, -1).map((event) => event.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(events.at(-1)).toEqual({ video: expect.objectContaining({ content_type: "video/mp4" }) });
  });

  it("a stream that fails soon has a status of its own", async () => {
    const response = await fetch(`${endpoint}/stream`, { method: "POST", body: bodyFor({ fail: "face" }) });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ detail: [{ type: "face_detection_error" }] });
  });

  it("a stream that fails late says why and breaks", async () => {
    const response = await fetch(`${endpoint}/stream`, {
      method: "POST",
      body: bodyFor({ steps: 8, stepMs: 500, fail: "face" }),
    });
    expect(response.status).toBe(200);
    const { events, broke } = await readEvents(response);
    expect(broke).toBe(true);
    expect(events.at(-1)).toMatchObject({
      detail: [{ type: "face_detection_error" }],
      error_type: "face_detection_error",
    });
  });

  it("a stream whose reader goes gives its request up", async () => {
    const body = bodyFor({ steps: 300, stepMs: 100 });
    const reader = new AbortController();
    const response = await fetch(`${endpoint}/stream`, { method: "POST", body, signal: reader.signal });
    await response.body!.getReader().read();
    expect(await isGivenUp(body)).toBe(false);
    reader.abort();
    await vi.waitFor(async () => expect(await isGivenUp(body)).toBe(true), { timeout: 5_000 });
  });
});

describe("with keys", () => {
  it("a run beyond the key's limit is refused, others have their own", async () => {
    const key = await server.makeKey({ maxConcurrency: 1 });
    const other = await server.makeKey();
    const first = run(bodyFor({ steps: 5, stepMs: 100 }), { authorization: `Key ${key}` });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const second = await run(bodyFor(), { authorization: `Key ${key}` });
    expect(second.status).toBe(429);
    expect(second.body).toMatchObject({
      detail: expect.any(String),
      error_type: "concurrent_requests_limit",
    });
    expect(Object.fromEntries(second.headers)).toMatchObject({
      "x-fal-needs-retry": "1",
      "x-fal-retryable": "true",
      "retry-after": "1",
      "x-fal-error-type": "concurrent_requests_limit",
    });
    expect((await run(bodyFor(), { authorization: `Key ${other}` })).status).toBe(200);
    const { status, headers } = await first;
    expect(status).toBe(200);

    const url = `${server.url}/queue/fal-ai/heygen/requests/${headers.get("x-fal-request-id")}`;
    const ask = async (path: string, text: string, method = "GET") =>
      (await fetch(`${url}${path}`, { method, headers: { authorization: `Key ${text}` } })).status;
    expect(await ask("/status", key)).toBe(200);
    for (const [path, method] of [["/status"], ["/status/stream"], [""], ["/cancel", "PUT"]] as const) {
      expect(await ask(path, other, method)).toBe(404);
    }
    expect(await ask("/status", "wrong:key")).toBe(401);
    expect((await run(bodyFor())).body.detail).toBe("Authentication is required to access this application.");
  });

  it("the rate limit counts runs and submissions", async () => {
    const key = await server.makeKey({ requestsPerMinute: 1 });
    const headers = { authorization: `Key ${key}` };
    const answers = [
      await run(bodyFor(), headers),
      await run(bodyFor(), headers),
      await run(bodyFor(), headers),
    ];
    // The minute may turn in between.
    expect(answers.map(({ status }) => status).filter((status) => status === 429).length).toBeGreaterThan(0);
  });
});
