import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FalServer, startFalServer } from "../../../test/support/fal-server.js";
import type { Script } from "../../../test/support/scripted-runner.js";
import { CHANNELS } from "../../database/index.js";
import { MODEL_ID } from "../fal/model.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let server: FalServer;
let base: string;

beforeAll(async () => {
  server = await startFalServer({ livePatienceMs: 1_500 });
  base = `${server.url}/queue`;
});
afterAll(() => server.close());

function bodyFor(script: Script = {}): string {
  return JSON.stringify({ image_url: "https://example.com/face.png", prompt: JSON.stringify(script) });
}

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(path.startsWith("http") ? path : `${base}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

async function submit(script: Script = {}, init: RequestInit = {}, query = "") {
  const { body } = await call(`/${MODEL_ID}${query}`, { method: "POST", body: bodyFor(script), ...init });
  return body as { request_id: string; status_url: string; response_url: string; cancel_url: string };
}

async function untilState(url: string, state: string) {
  for (;;) {
    const { body } = await call(url);
    if (body.status === state) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Reads a stream of events to its end. */
async function readEvents(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const text = await response.text();
  const events = [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, json]) => JSON.parse(json!));
  return { response, text, events };
}

describe("before anybody works", () => {
  it("a submission is answered with 200, ids, addresses and a position", async () => {
    const { status, headers, body } = await call(`/${MODEL_ID}`, {
      method: "POST",
      body: bodyFor(),
      headers: { "content-type": "application/json" },
    });
    const id = body.request_id;
    expect(id).toMatch(UUID);
    expect(status).toBe(200);
    expect(headers.get("x-fal-request-id")).toBe(id);
    expect(body).toEqual({
      status: "IN_QUEUE",
      request_id: id,
      gateway_request_id: id,
      response_url: `${base}/fal-ai/heygen/requests/${id}`,
      status_url: `${base}/fal-ai/heygen/requests/${id}/status`,
      cancel_url: `${base}/fal-ai/heygen/requests/${id}/cancel`,
      queue_position: 0,
      logs: null,
      metrics: {},
    });
    const second = await submit();
    const state = await call(second.status_url);
    expect(state.status).toBe(200);
    expect(state.body).toEqual({
      status: "IN_QUEUE",
      request_id: second.request_id,
      queue_position: 1,
      logs: null,
      response_url: second.response_url,
      status_url: second.status_url,
      cancel_url: second.cancel_url,
    });
    for (const url of [body.cancel_url, second.cancel_url]) await call(url, { method: "PUT" });
  });

  it("a body needs no content type, and any JSON is taken", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await submit({}, { headers: form })).request_id).toMatch(UUID);
    const untyped = await call(`/${MODEL_ID}`, { method: "POST", body: Buffer.from("[1, null]") });
    expect(untyped.status).toBe(200);
    await server.database.query("delete from requests");
  });

  it.each([
    ["", 422, "missing", ["body"]],
    ["{", 422, "json_invalid", ["body", 1]],
    ["[".repeat(1000), 413, "request_too_large", ["body"]],
  ])("the body %.10j is refused", async (text, status, type, loc) => {
    const answer = await call(`/${MODEL_ID}`, { method: "POST", body: text });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("x-fal-billable-units")).toBe("0");
    expect(answer.headers.get("x-fal-request-id")).toMatch(UUID);
    expect(answer.body.detail[0]).toMatchObject({
      type,
      loc,
      msg: expect.any(String),
      url: expect.any(String),
    });
  });

  it("headers and query arrive in the queue", async () => {
    const { request_id } = await submit(
      {},
      {
        headers: {
          "x-fal-request-start-timeout": "30",
          "x-fal-request-timeout": "5",
          "x-fal-queue-priority": "low",
          "x-fal-runner-hint": "here",
          "x-fal-object-lifecycle-preference": '{"expiration_duration_seconds":60}',
          "x-fal-store-io": "0",
          "x-fal-no-retry": "1",
          "x-fal-tags": "a=b",
          "x-app-fal-disable-fallback": "true",
        },
      },
      `?fal_webhook=${encodeURIComponent("https://example.com/done?a=b&c")}&fal_max_queue_length=5`,
    );
    const [row] = await server.database.query(
      `select extract(epoch from start_deadline - created_at)::int as seconds, priority, runner_hint, file_lifecycle,
         stores_payloads, may_retry, tags, webhook_url, is_sync, endpoint from requests where id = $1`,
      [request_id],
    );
    expect(row).toEqual({
      seconds: 30,
      priority: -1,
      runner_hint: "here",
      file_lifecycle: { expiresAfter: 60, access: "allow", rules: [] },
      stores_payloads: false,
      may_retry: false,
      tags: { a: "b" },
      webhook_url: "https://example.com/done?a=b&c",
      is_sync: false,
      endpoint: MODEL_ID,
    });
    await server.database.query("delete from requests");
  });

  it("wrong headers and parameters are named", async () => {
    const cases: [string, Record<string, string>, RegExp][] = [
      ["", { "x-fal-request-timeout": "soon" }, /X-Fal-Request-Timeout must be a number/],
      ["", { "x-fal-object-lifecycle-preference": "never" }, /X-Fal-Object-Lifecycle-Preference is not JSON/],
      ["?fal_webhook=http://example.com", {}, /fal_webhook cannot be used/],
      ["?fal_max_queue_length=-3", {}, /fal_max_queue_length must be a whole number/],
    ];
    for (const [query, headers, message] of cases) {
      const answer = await call(`/${MODEL_ID}${query}`, { method: "POST", body: bodyFor(), headers });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        detail: expect.stringMatching(message),
        error_type: "bad_request",
      });
    }
  });

  it("too long a queue gives 429", async () => {
    await submit();
    await submit();
    const refused = await call(`/${MODEL_ID}?fal_max_queue_length=1`, { method: "POST", body: bodyFor() });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("x-fal-needs-retry")).toBe("1");
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(
      (await call(`/${MODEL_ID}?fal_max_queue_length=2`, { method: "POST", body: bodyFor() })).status,
    ).toBe(200);
    await server.database.query("delete from requests");
  });

  it("a waiting request is cancelled once", async () => {
    const { request_id: id, cancel_url, status_url, response_url } = await submit();
    // As the JavaScript client does it: a JSON body of no bytes.
    const headers = { "content-type": "application/json" };
    const first = await call(cancel_url, { method: "PUT", headers });
    expect([first.status, first.body]).toEqual([202, { status: "CANCELLATION_REQUESTED" }]);
    const again = await call(cancel_url, { method: "POST", headers });
    expect([again.status, again.body]).toEqual([400, { status: "ALREADY_COMPLETED" }]);
    expect((await call(status_url)).body).toEqual({
      status: "COMPLETED",
      request_id: id,
      logs: null,
      metrics: { inference_time: null },
      error: expect.any(String),
      error_type: "client_cancelled",
      response_url,
      status_url,
      cancel_url,
    });
    const result = await call(response_url);
    expect(result.status).toBe(499);
    expect(result.body).toEqual({ detail: expect.any(String), error_type: "client_cancelled" });
    expect(result.headers.get("x-fal-error-type")).toBe("client_cancelled");
    expect(result.headers.get("x-fal-request-id")).toBe(id);
  });

  it("a request that did not begin in time is answered as the caller's own limit", async () => {
    const { status_url, response_url } = await submit({}, { headers: { "x-fal-request-timeout": "0.2" } });
    const ended = await untilState(status_url, "COMPLETED");
    expect(ended).toMatchObject({ error: "Request timed out", error_type: "request_timeout" });
    const result = await call(response_url);
    expect(result.status).toBe(504);
    expect(result.body).toEqual({ detail: "Request timed out", error_type: "request_timeout" });
    expect(Object.fromEntries(result.headers)).toMatchObject({
      "x-fal-request-timeout-type": "user",
      "x-fal-error-type": "request_timeout",
      "x-fal-retryable": "false",
      "x-fal-needs-retry": "0",
      "x-fal-billable-units": "0",
    });
  });

  it("a result asked for too early is refused with 400", async () => {
    const { response_url, cancel_url } = await submit();
    for (const url of [response_url, `${response_url}/response`]) {
      const early = await call(url);
      expect([early.status, early.body]).toEqual([400, { detail: "Request is still in progress" }]);
    }
    await call(cancel_url, { method: "PUT" });
  });

  it("unknown requests, endpoints and methods are told apart", async () => {
    const { request_id } = await submit();
    for (const id of [randomUUID(), "1", "%00", "..%2f.."]) {
      const url = `/fal-ai/heygen/requests/${id}`;
      expect(await call(`${url}/status`)).toMatchObject({ status: 404, body: { status: "NOT_FOUND" } });
      expect(await call(`${url}/status/stream`)).toMatchObject({
        status: 404,
        body: { status: "NOT_FOUND" },
      });
      expect(await call(`${url}/cancel`, { method: "PUT" })).toMatchObject({
        status: 404,
        body: { status: "NOT_FOUND" },
      });
      expect(await call(url)).toMatchObject({ status: 404, body: { detail: "Request not found" } });
    }
    for (const endpoint of ["fal-ai/flux", "fal-ai/heygen/avatar3/digital-twin"]) {
      expect((await call(`/${endpoint}/requests/${request_id}/status`)).status).toBe(404);
    }
    const unknown = await call("/fal-ai/flux/dev", { method: "POST", body: "{}" });
    expect(unknown.body.detail).toBe('Application "flux" not found');
    const path = await call(`/${MODEL_ID}/turbo`, { method: "POST", body: "{}" });
    expect(path).toMatchObject({ status: 404, body: { detail: "Path /turbo not found" } });
    const read = await call(`/${MODEL_ID}`);
    expect([read.status, read.headers.get("allow")]).toEqual([405, "POST"]);
    const written = await call(`/fal-ai/heygen/requests/${request_id}/status`, { method: "POST" });
    expect([written.status, written.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    await server.database.query("delete from requests");
  });

  it("a stream shows the place in the queue moving up", async () => {
    const first = await submit();
    const second = await submit();
    const streamed = readEvents(`${second.status_url}/stream`);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await call(first.cancel_url, { method: "PUT" });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await call(second.cancel_url, { method: "PUT" });
    const { events } = await streamed;
    expect(events.map(({ status, queue_position }) => [status, queue_position])).toEqual([
      ["IN_QUEUE", 1],
      ["IN_QUEUE", 0],
      ["COMPLETED", undefined],
    ]);
  });
});

describe("while a worker works", () => {
  beforeAll(async () => {
    await server.startWorker();
  });

  it("a request goes through its three states to a result", async () => {
    const { request_id: id, status_url, response_url, cancel_url } = await submit({ steps: 3, stepMs: 150 });
    const urls = { response_url, status_url, cancel_url };
    const running = await untilState(`${status_url}?logs=1`, "IN_PROGRESS");
    expect(running).toEqual({ status: "IN_PROGRESS", request_id: id, logs: expect.any(Array), ...urls });
    const done = await untilState(`${status_url}?logs=true`, "COMPLETED");
    expect(done).toEqual({
      status: "COMPLETED",
      request_id: id,
      logs: [1, 2, 3].map((step) => ({
        message: `step ${step}`,
        level: "INFO",
        source: "USER",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      })),
      metrics: { inference_time: expect.any(Number) },
      ...urls,
    });
    expect((await call(`${status_url}?logs=0`)).body.logs).toBeNull();
    expect((await call(`${status_url}?logs=false`)).body.logs).toBeNull();
    const full = `${base}/${MODEL_ID}/requests/${id}`;
    for (const url of [response_url, `${response_url}/response`, full, `${full}/response`]) {
      const result = await call(url);
      expect(result.status).toBe(200);
      expect(result.body).toEqual({
        video: {
          url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/files\/[\w-]{21}$/),
          content_type: "video/mp4",
          file_name: "output.mp4",
          file_size: 7,
        },
      });
      expect(result.headers.get("x-fal-request-id")).toBe(id);
      expect(result.headers.get("x-fal-billable-units")).toBe("2.48000000");
      expect(result.headers.get("x-fal-served-from")).toMatch(UUID);
      expect(result.headers.get("content-type")).toBe("application/json");
    }
  });

  it("a failed request is COMPLETED with its error, and its result is the failure", async () => {
    const { status_url, response_url, request_id } = await submit({ fail: "face" });
    const status = await untilState(status_url, "COMPLETED");
    expect(status).toMatchObject({
      error: "Could not detect face in the image",
      error_type: "face_detection_error",
      logs: null,
    });
    const result = await call(response_url);
    expect(result.status).toBe(422);
    expect(result.body).toEqual({
      detail: [
        {
          loc: ["body", "image_url"],
          msg: "Could not detect face in the image",
          type: "face_detection_error",
          url: "https://docs.fal.ai/errors#face_detection_error",
          ctx: {},
          input: "https://example.com/face.png",
        },
      ],
    });
    expect(Object.fromEntries(result.headers)).toMatchObject({
      "x-fal-request-id": request_id,
      "x-fal-billable-units": "0",
      "x-fal-retryable": "false",
      "x-fal-needs-retry": "0",
    });
    expect(result.headers.has("x-fal-error-type")).toBe(false);
  });

  it("a mistake of ours shows neither its stack nor its words", async () => {
    const { status_url, response_url } = await submit({ fail: "bug" });
    await untilState(status_url, "COMPLETED");
    const result = await call(response_url);
    expect(result.status).toBe(500);
    expect(result.headers.get("x-fal-retryable")).toBe("true");
    expect(JSON.stringify(result.body)).not.toMatch(/undefined is not|at .*\.ts/);
  });

  it("a running request is stopped by its cancellation", async () => {
    const { request_id, status_url, cancel_url } = await submit({ steps: 100, stepMs: 100 });
    await untilState(status_url, "IN_PROGRESS");
    expect((await call(cancel_url, { method: "PUT" })).status).toBe(202);
    expect((await call(status_url)).body).toMatchObject({
      status: "COMPLETED",
      error_type: "client_cancelled",
    });
    await expect.poll(() => server.stopped).toContain(request_id);
  });

  it("a stream sends each log line once and ends behind COMPLETED", async () => {
    const { request_id, status_url } = await submit({ steps: 5, stepMs: 60 });
    const { response, text, events } = await readEvents(`${status_url}/stream?logs=1`, {
      headers: { accept: "application/json, text/event-stream" },
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-fal-request-id": request_id,
    });
    expect(text.endsWith("\n\n")).toBe(true);
    const lines = events.flatMap(({ logs }) => logs.map(({ message }: { message: string }) => message));
    expect(lines).toEqual(["step 1", "step 2", "step 3", "step 4", "step 5"]);
    expect(events.filter(({ status }) => status === "COMPLETED")).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({
      status: "COMPLETED",
      metrics: { inference_time: expect.any(Number) },
    });
    for (const event of events)
      expect(Object.keys(event)).toEqual(expect.arrayContaining(["logs", "status_url"]));
    const late = await readEvents(`${status_url}/stream`);
    expect(late.events).toHaveLength(1);
    expect(late.events[0]).toMatchObject({ status: "COMPLETED", logs: null });
  });

  it("a hundred streams of one request all see its end", async () => {
    const { status_url } = await submit({ steps: 4, stepMs: 50 });
    const streams = await Promise.all(
      Array.from({ length: 100 }, () => readEvents(`${status_url}/stream?logs=1`)),
    );
    for (const { events } of streams) {
      expect(events.at(-1).status).toBe("COMPLETED");
      expect(events.flatMap(({ logs }) => logs)).toHaveLength(4);
    }
  });

  it("a stream whose reader goes is let go", async () => {
    const { status_url, cancel_url } = await submit({ steps: 100, stepMs: 100 });
    const reader = new AbortController();
    const response = await fetch(`${status_url}/stream?logs=1`, { signal: reader.signal });
    await response.body!.getReader().read();
    reader.abort();
    await call(cancel_url, { method: "PUT" });
  });

  it("HEAD is answered like GET, without a body", async () => {
    const { status_url } = await submit();
    const response = await fetch(status_url, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});

describe("a request whose video can be played while it is made", () => {
  const submitLive = (script: Script) => {
    const body = { ...JSON.parse(bodyFor(script)), progressive: "true" };
    return submit({}, { body: JSON.stringify(body) }) as ReturnType<typeof submit> &
      Promise<{ live_url: string }>;
  };
  const steps = (attempt: number, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, place) => `attempt ${attempt}, step ${from + place}\n`).join(
      "",
    );

  /** All that comes until the end, or until it breaks. */
  async function play(url: string) {
    const response = await fetch(url, { redirect: "manual" });
    const pieces: { text: string; at: number }[] = [];
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body ?? [])
        pieces.push({ text: decoder.decode(bytes as Uint8Array), at: performance.now() });
    } catch {
      return { response, pieces, text: pieces.map(({ text }) => text).join(""), isWhole: false };
    }
    return { response, pieces, text: pieces.map(({ text }) => text).join(""), isWhole: true };
  }

  it("says where, until it is finished", async () => {
    const { live_url, response_url, status_url } = await submitLive({ steps: 3, stepMs: 100 });
    expect(live_url).toBe(`${response_url}/live.mp4`);
    expect(await untilState(status_url, "IN_PROGRESS")).toMatchObject({ live_url });
    const { events } = await readEvents(`${status_url}/stream`);
    expect(events[0]).toMatchObject({ live_url });
    expect(events.at(-1)).not.toHaveProperty("live_url");
    const film = JSON.stringify({ ...JSON.parse(bodyFor()), progressive: true, output_format: "webm" });
    expect(await submit({}, { body: film })).toMatchObject({
      live_url: expect.stringMatching(/\/live\.webm$/),
    });
    const { live_url: none, request_id } = (await submit()) as { live_url?: string; request_id: string };
    expect(none).toBeUndefined();
    const refused = await call(`/fal-ai/heygen/requests/${request_id}/live.mp4`);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain("did not ask for `progressive: true`");
  });

  it("is sent as it grows, to everybody from the beginning, and where it lies at the end", async () => {
    const { live_url, response_url } = await submitLive({ idleMs: 200, steps: 5, stepMs: 150 });
    const first = play(live_url);
    const late = sleep(500).then(() => play(live_url));
    const many = Promise.all(Array.from({ length: 30 }, () => play(`${response_url}/live.mp4?x=1`)));
    const { response, pieces, text, isWhole } = await first;
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "video/mp4",
      "transfer-encoding": "chunked",
      "cache-control": expect.stringContaining("no-store"),
    });
    expect([text, isWhole]).toEqual([steps(1, 1, 5), true]);
    expect(pieces.length).toBeGreaterThanOrEqual(4);
    expect(pieces.at(-1)!.at - pieces[0]!.at).toBeGreaterThan(400);
    for (const other of [await late, ...(await many)]) expect(other.text).toBe(text);

    for (const method of ["GET", "HEAD"]) {
      const ended = await fetch(live_url, { method, redirect: "manual" });
      const { video } = (await call(response_url)).body;
      expect([ended.status, ended.headers.get("location")]).toEqual([302, video.url]);
      expect(ended.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("breaks off with its attempt, and begins anew with the next", async () => {
    const { live_url } = await submitLive({ fail: "once", steps: 2, stepMs: 150 });
    const first = await play(live_url);
    expect([first.text, first.isWhole]).toEqual([steps(1, 1, 2), false]);
    const second = await play(live_url);
    expect([second.text, second.isWhole]).toEqual([steps(2, 1, 2), true]);
  });

  it("is not sent when it is cancelled, fails, or takes too long to begin", async () => {
    const cancelled = await submitLive({ steps: 20, stepMs: 100 });
    const cut = play(cancelled.live_url);
    await sleep(250);
    await call(cancelled.cancel_url, { method: "PUT" });
    expect((await cut).isWhole).toBe(false);
    expect(await call(cancelled.live_url)).toMatchObject({
      status: 499,
      body: { error_type: "client_cancelled" },
    });
    const failed = await submitLive({ idleMs: 100, steps: 0, fail: "face" });
    const answer = await call(failed.live_url);
    expect([answer.status, answer.body.detail[0].type]).toEqual([422, "face_detection_error"]);
    const slow = await submitLive({ idleMs: 5_000 });
    const early = await call(slow.live_url);
    expect([early.status, early.body.error_type, early.headers.get("retry-after")]).toEqual([
      503,
      "live_not_ready",
      "1",
    ]);
    await call(slow.cancel_url, { method: "PUT" });
    expect((await call(`/fal-ai/heygen/requests/${randomUUID()}/live.mp4`)).status).toBe(404);
  });

  it("leads to the finished file from a machine that does not see it grow", async () => {
    const { live_url, status_url, request_id } = await submitLive({ idleMs: 500, steps: 4, stepMs: 100 });
    await untilState(status_url, "IN_PROGRESS");
    // As if the worker's directory were elsewhere.
    await server.database.query(
      "with moved as (update requests set worker_id = $2 where id = $1) select pg_notify($3, $1::text)",
      [request_id, randomUUID(), CHANNELS.changed],
    );
    await sleep(100);
    const { response } = await play(live_url);
    expect([response.status, response.headers.get("location")]).toEqual([
      302,
      expect.stringMatching(/\/files\//),
    ]);
  });
});

it("what stands beside a video is in the output under its own name", async () => {
  const { response_url, status_url } = await submit({ extras: ["srt", "vtt", "poster", "gif", "webp"] });
  await untilState(status_url, "COMPLETED");
  const { body } = await call(response_url);
  const shown = Object.entries(body as Record<string, { file_name: string; content_type: string }>);
  expect(shown[0]![0]).toBe("video");
  expect(
    Object.fromEntries(shown.map(([key, { file_name, content_type }]) => [key, [file_name, content_type]])),
  ).toEqual({
    video: ["output.mp4", "video/mp4"],
    caption_file: ["output.srt", "application/x-subrip"],
    caption_file_vtt: ["output.vtt", "text/vtt"],
    poster: ["poster.jpg", "image/jpeg"],
    preview_gif: ["preview.gif", "image/gif"],
    preview_webp: ["preview.webp", "image/webp"],
  });
});
