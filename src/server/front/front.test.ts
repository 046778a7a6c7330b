import { createFalClient } from "@fal-ai/client";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterEach, describe, expect, it } from "vitest";
import { ask } from "../../../test/support/raw-http.js";
import { type RunningFront, startFront, type TinyFrontOptions } from "../../../test/support/start-front.js";
import {
  AccessError,
  AssetError,
  CancelledError,
  CapacityError,
  DeadlineError,
  EngineError,
  InputError,
  NotFoundError,
  ParlanteError,
  StartTimeoutError,
} from "../../shared/errors.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";

const MODEL = "fal-ai/heygen/avatar4/image-to-video";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const running: RunningFront[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((front) => front.close(0)));
});

async function start(options: TinyFrontOptions = {}): Promise<RunningFront & { url: string }> {
  const front = await startFront(options);
  running.push(front);
  return { ...front, url: front.address.url };
}

const surface = (): SurfaceApp => new Hono<SurfaceEnvironment>();

describe("every answer", () => {
  it("has a request id of its own, also on errors, preflights and HEAD", async () => {
    const { url } = await start({ surfaces: { site: surface().get("/ok", (c) => c.text("ok")) } });
    const answers = await Promise.all([
      ask(`${url}/ok`),
      ask(`${url}/ok`, { method: "HEAD" }),
      ask(`${url}/ok`, { method: "POST" }),
      ask(`${url}/nothing`),
      ask(`${url}/ok`, { method: "OPTIONS" }),
      ask(`${url}/ok`, { headers: { host: "evil.example" } }),
      ask(`${url}/${"x".repeat(9000)}`),
      ask(`${url}/ok`, { headers: { "x-large": "x".repeat(20_000) } }),
      ask(`${url}/ok`, { headers: { expect: "miracles" } }),
    ]);
    const ids = answers.map(({ headers }) => headers["x-fal-request-id"]);
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(ids.length);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 405, 404, 204, 403, 414, 431, 200]);
    expect(answers[1]!.text).toBe("");
  });

  it("keeps the request id that a surface gave it, and can be found by it in the log", async () => {
    const run = surface().post("/*", (c) => c.json({}, 200, { "x-fal-request-id": "mine" }));
    const { url, log } = await start({ surfaces: { run } });
    expect((await ask(`${url}/run/x`, { method: "POST" })).headers["x-fal-request-id"]).toBe("mine");
    await expect.poll(() => log).toMatchObject([{ toldRequestId: "mine" }]);
  });

  it("leaves one line in the log, without query, keys and bodies", async () => {
    const run = surface().post("/*", async (c) => {
      await c.var.request.authenticate("run");
      return c.json({});
    });
    const { url, log } = await start({ key: "id:secret", surfaces: { run } });
    const headers = { authorization: "Key id:secret" };
    await ask(`${url}/run/x?fal_jwt_token=hidden`, { method: "POST", headers, body: '{"prompt":"private"}' });
    await expect.poll(() => log.length).toBe(1);
    expect(log[0]).toMatchObject({ level: 30, method: "POST", surface: "run", path: "/x", status: 200 });
    expect(log[0]).toMatchObject({
      requestId: expect.stringMatching(UUID),
      ms: expect.any(Number),
      keyId: expect.any(String),
    });
    expect(JSON.stringify(log)).not.toMatch(/hidden|secret|private/);
  });
});

describe("unknown paths and methods", () => {
  it("are told apart, with what would be allowed", async () => {
    const rest = surface()
      .use(async (_, next) => next())
      .get("/a/:id", (c) => c.text("a"))
      .put("/a/:id", (c) => c.text("a"));
    const { url } = await start({ surfaces: { rest } });
    const unknown = await ask(`${url}/rest/nowhere`);
    expect(unknown).toMatchObject({
      status: 404,
      reason: "Not Found",
      json: { detail: "Path /nowhere not found" },
    });
    const wrong = await ask(`${url}/rest/a/1`, { method: "DELETE" });
    expect(wrong).toMatchObject({ status: 405, headers: { allow: "GET, PUT, HEAD, OPTIONS" } });
    expect(wrong.headers["x-fal-billable-units"]).toBe("0");
  });
});

describe("addresses in answers", () => {
  const base = async (options: TinyFrontOptions, headers: Record<string, string> = {}, path = "/queue/x") => {
    const { url } = await start(options);
    return { url, base: (await ask(url + path, { headers })).json.base };
  };
  const under = (site: string) => ({ queue: `${site}/queue`, rest: `${site}/rest`, files: site, site });

  it("are those that the caller used", async () => {
    const { url, base: own } = await base({});
    expect(own).toEqual(under(url));
    expect((await base({}, { host: "localhost:9" })).base).toEqual(under("http://localhost:9"));
    expect((await base({}, { host: "[::1]:9" })).base).toEqual(under("http://[::1]:9"));
  });

  it("are the operator's when there is one", async () => {
    const settings = { publicUrl: "https://talk.example/parlante" };
    expect((await base({ settings })).base).toEqual(under("https://talk.example/parlante"));
  });

  it("follow a reverse proxy on this machine", async () => {
    const headers = {
      "x-forwarded-proto": "https",
      "x-forwarded-host": "talk.example",
      "x-forwarded-prefix": "/parlante/",
    };
    expect((await base({ key: "k" }, headers)).base).toEqual(under("https://talk.example/parlante"));
    const port = { "x-forwarded-host": "talk.example", "x-forwarded-port": "8443, 80" };
    expect((await base({ key: "k" }, port)).base).toEqual(under("http://talk.example:8443"));
  });

  it("do not follow nonsense", async () => {
    const headers = {
      host: "talk.example",
      "x-forwarded-proto": "javascript",
      "x-forwarded-host": "a/b?c",
      "x-forwarded-prefix": '/"><script>',
    };
    expect((await base({ key: "k" }, headers)).base).toEqual(under("http://talk.example"));
  });

  it("are fal's for those who use fal's names", async () => {
    const settings = { publicUrl: "https://talk.example" };
    const { base: fal } = await base(
      { settings },
      { host: "queue.fal.run:8443", "x-forwarded-proto": "https" },
    );
    expect(fal).toEqual({
      queue: "https://queue.fal.run:8443",
      rest: "https://rest.fal.ai:8443",
      files: "https://v3.fal.media:8443",
      site: "https://fal.ai:8443",
    });
    const { base: backup } = await base({}, { host: "falrun.com" }, "/x");
    expect(backup.queue).toBe("http://queue.falrun.com");
  });
});

describe("web pages", () => {
  const preflight = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-fal-target-url",
  };

  it("of any origin may call a server with keys", async () => {
    const { url } = await start({ key: "k" });
    const headers = { ...preflight, origin: "https://app.example" };
    const asked = await ask(`${url}/api/fal/proxy`, { method: "OPTIONS", headers });
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "authorization,content-type,x-fal-target-url",
      "access-control-allow-methods": expect.stringContaining("PUT"),
    });
    const called = await ask(`${url}/queue/x`, { headers: { origin: "https://app.example" } });
    expect(called.headers["access-control-expose-headers"]).toContain("x-fal-request-id");
    expect(called.headers["access-control-allow-origin"]).toBe("*");
  });

  it("may be limited to some", async () => {
    const { url } = await start({ key: "k", settings: { corsOrigins: ["https://app.example"] } });
    const good = await ask(`${url}/queue/x`, { headers: { origin: "https://app.example" } });
    expect(good.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      vary: "origin",
    });
    const bad = await ask(`${url}/queue/x`, { headers: { origin: "https://evil.example" } });
    expect(bad.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("may show files, whatever their origin", async () => {
    const { url } = await start({ settings: { corsOrigins: [] } });
    for (const method of ["GET", "HEAD"]) {
      const shown = await ask(`${url}/files/b/x.mp4`, {
        method,
        headers: { origin: "https://evil.example" },
      });
      expect(shown).toMatchObject({ status: 200, headers: { "access-control-allow-origin": "*" } });
    }
  });

  it("of elsewhere get nothing from a server without keys, also not by posting without asking", async () => {
    let calls = 0;
    const run = surface().post("/*", (c) => {
      calls++;
      return c.json({});
    });
    const { url } = await start({ surfaces: { run } });
    for (const origin of [
      "https://evil.example",
      "null",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
    ]) {
      const headers = { origin, "content-type": "text/plain" };
      const posted = await ask(`${url}/${MODEL}`, { method: "POST", headers, body: "{}" });
      expect(posted.status, origin).toBe(403);
      expect(posted.json.detail).toContain("parlante keys create");
      expect(posted.headers["access-control-allow-origin"]).toBeUndefined();
      const asked = await ask(`${url}/${MODEL}`, { method: "OPTIONS", headers: { ...preflight, origin } });
      expect(asked.headers["access-control-allow-origin"]).toBeUndefined();
      expect((await ask(`${url}/files/upload`, { method: "POST", headers })).status).toBe(403);
    }
    expect(calls).toBe(0);
  });

  it("of this machine may call a server without keys", async () => {
    const { url } = await start();
    for (const origin of [
      "http://localhost:3000",
      "http://127.0.0.1:5173",
      "http://[::1]",
      "https://app.localhost",
    ]) {
      const called = await ask(`${url}/${MODEL}`, { method: "POST", headers: { origin }, body: "{}" });
      expect(called, origin).toMatchObject({
        status: 200,
        headers: { "access-control-allow-origin": origin },
      });
    }
  });

  it("of an origin that the operator has named may, too; * means nothing without keys", async () => {
    const { url } = await start({ settings: { corsOrigins: ["https://app.example", "*"] } });
    const call = (origin: string) =>
      ask(`${url}/${MODEL}`, { method: "POST", headers: { origin }, body: "{}" });
    expect((await call("https://app.example")).status).toBe(200);
    expect((await call("https://evil.example")).status).toBe(403);
  });
});

describe("a server without keys", () => {
  it("answers only under names of this machine and of fal, so that no name can be rebound to it", async () => {
    const { url } = await start();
    for (const host of [
      "127.0.0.1",
      "127.1.2.3:80",
      "localhost:8080",
      "app.localhost",
      "[::1]:1",
      "fal.run",
      "queue.fal.run",
    ])
      expect((await ask(`${url}/queue/x`, { headers: { host } })).status, host).toBe(200);
    for (const host of [
      "evil.example",
      "evil.example:8080",
      "192.168.1.2",
      "localhost.evil.example",
      "fal.run.evil.example",
      "0.0.0.0",
    ])
      expect((await ask(`${url}/queue/x`, { headers: { host } })).status, host).toBe(403);
  });

  it("refuses what a proxy brings from elsewhere", async () => {
    const { url } = await start();
    const call = (headers: Record<string, string>) => ask(`${url}/queue/x`, { headers });
    expect((await call({ "x-forwarded-host": "talk.example" })).status).toBe(403);
    expect((await call({ "x-forwarded-for": "203.0.113.9, 127.0.0.1" })).status).toBe(403);
    expect((await call({ "x-forwarded-for": "127.0.0.1", "x-forwarded-host": "localhost" })).status).toBe(
      200,
    );
    expect((await call({ host: "evil.example", "x-forwarded-host": "localhost" })).status).toBe(403);
  });
});

describe("keys", () => {
  const rest = () => surface().get("/*", async (c) => c.json(await c.var.request.authenticate("files")));

  it("are asked for in the words of the hosted service", async () => {
    const { url } = await start({ key: "k", surfaces: { rest: rest(), run: rest() } });
    expect(await ask(`${url}/rest/x`)).toMatchObject({
      status: 401,
      json: { detail: "Authorization header is required" },
    });
    expect((await ask(`${url}/run/x`)).json.detail).toBe(
      "Authentication is required to access this application.",
    );
    const wrong = await ask(`${url}/rest/x`, { headers: { authorization: "Key wrong" } });
    expect(wrong).toMatchObject({ status: 401, json: { detail: "invalid key credentials" } });
    expect(wrong.headers["www-authenticate"]).toMatch(/^Key/);
    expect((await ask(`${url}/rest/x`, { headers: { authorization: "Key k" } })).json.authMethod).toBe("key");
  });
});

describe("errors", () => {
  const failing = async (error: unknown) => {
    const run = surface().post("/*", () => {
      throw error;
    });
    const front = await start({ surfaces: { run } });
    return { answer: await ask(`${front.url}/run/x`, { method: "POST", body: "{}" }), log: front.log };
  };

  it("in the input are a list of what is wrong", async () => {
    const { answer } = await failing(
      new InputError("missing", "Field required", { field: ["image_url"], input: {}, context: {} }),
    );
    expect(answer).toMatchObject({
      status: 422,
      reason: "Unprocessable Entity",
      headers: { "x-fal-retryable": "false", "x-fal-needs-retry": "0", "x-fal-billable-units": "0" },
    });
    expect(answer.headers["content-type"]).toContain("application/json");
    expect(answer.json.detail).toEqual([
      {
        loc: ["body", "image_url"],
        msg: "Field required",
        type: "missing",
        url: expect.stringContaining("missing"),
        ctx: {},
        input: {},
      },
    ]);
    expect(answer.headers["x-fal-error-type"]).toBeUndefined();
  });

  it.each([
    [new AssetError("file_download_error", "No such file."), 422, "list", null],
    [new EngineError("internal_server_error", "It broke."), 500, "list", null],
    [new DeadlineError("It took too long."), 504, "list", null],
    [new CapacityError("concurrent_requests_limit", "Too many."), 429, "text", "concurrent_requests_limit"],
    [
      new CapacityError("runner_scheduling_failure", "None free.", 503),
      503,
      "text",
      "runner_scheduling_failure",
    ],
    [new CancelledError(), 499, "text", "client_cancelled"],
    [new StartTimeoutError(), 504, "text", "request_timeout"],
    [new NotFoundError("Request not found"), 404, "text", null],
    [new AccessError("User is locked.", 403), 403, "text", null],
    [new ParlanteError("conflict", "Twice.", 409, true), 400, "text", null],
  ])("%s has its shape", async (error, status, shape, errorType) => {
    const { answer } = await failing(error);
    expect(answer.status).toBe(status);
    expect(
      Array.isArray(answer.json.detail) ? "list" : typeof answer.json.detail === "string" && "text",
    ).toBe(shape);
    expect(answer.json.error_type ?? null).toBe(errorType);
    expect(answer.headers["x-fal-error-type"] ?? null).toBe(errorType);
    expect(answer.headers["x-fal-retryable"]).toBe(String(error.retryable));
    expect(answer.headers["x-fal-billable-units"]).toBe("0");
    expect(answer.json.message).toBe(error.message);
  });

  it("of a time to start are marked as the user's, so that clients do not try again", async () => {
    const { answer } = await failing(new StartTimeoutError());
    expect(answer.headers["x-fal-request-timeout-type"]).toBe("user");
  });

  it("say when to come back", async () => {
    const { answer } = await failing(
      new CapacityError("queue_full", "Full.", 429, { context: { retry_after: 2.1 } }),
    );
    expect(answer.headers["retry-after"]).toBe("3");
  });

  it("that nobody has a word for get one", async () => {
    expect((await failing(new CancelledError())).answer.reason).toBe("Client Closed Request");
  });

  it.each([new TypeError("secret detail"), "a thrown string", null])(
    "by mistake (%s) tell nothing outside and all in the log",
    async (error) => {
      const { answer, log } = await failing(error);
      expect(answer).toMatchObject({ status: 500, json: { error_type: "internal_error" } });
      expect(answer.text).not.toMatch(/secret|thrown|at /);
      const lines = log.filter(({ level }) => level === 50);
      expect(lines).toHaveLength(1);
      expect(lines[0]!.requestId).toBe(answer.headers["x-fal-request-id"]);
    },
  );

  it("arrive in the JavaScript client as what they are", async () => {
    const run = surface().post("/*", () => {
      throw new InputError("face_detection_error", "Could not detect face in the image", {
        field: ["image_url"],
      });
    });
    const { url } = await start({ surfaces: { run } });
    const client = createFalClient({ proxyUrl: { url: `${url}/api/fal/proxy`, when: "always" } });
    const error = await client.run(MODEL, { input: { image_url: "x" } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "ValidationError",
      status: 422,
      message: "Could not detect face in the image",
    });
    expect((error as { requestId: string }).requestId).toMatch(UUID);
  });
});

describe("the client proxy protocol", () => {
  it("carries the JavaScript client's run, queue and storage", async () => {
    const run = surface().post("/*", async (c) =>
      c.json({ echo: JSON.parse(String(await c.var.request.readBody(1000))), path: c.req.path }),
    );
    const queue = surface()
      .post("/*", (c) => c.json({ request_id: "r1", status: "IN_QUEUE" }))
      .get("/fal-ai/heygen/requests/r1/status", (c) =>
        c.json({ status: "COMPLETED", logs: c.req.query("logs") }),
      )
      .get("/fal-ai/heygen/requests/r1", (c) => c.json({ video: { url: c.var.request.base.files } }))
      .put("/fal-ai/heygen/requests/r1/cancel", (c) => c.json({ status: "CANCELLATION_REQUESTED" }, 202));
    let uploaded = "";
    const rest = surface().post("/storage/upload/initiate", (c) => {
      const site = c.var.request.base.files;
      return c.json({ upload_url: `${site}/files/put`, file_url: `${site}/files/got` });
    });
    const files = surface().put("/files/put", async (c) => {
      uploaded = String(await c.var.request.readBody(1000));
      return c.body(null, 200);
    });
    const { url } = await start({ surfaces: { run, queue, rest, files } });
    const client = createFalClient({
      credentials: "a:b",
      proxyUrl: { url: `${url}/api/fal/proxy`, when: "always" },
    });

    const result = await client.run(MODEL, { input: { image_url: "data:x" } });
    expect(result.data).toEqual({ echo: { image_url: "data:x" }, path: `/${MODEL}` });
    expect(result.requestId).toMatch(UUID);
    expect((await client.queue.submit(MODEL, { input: { image_url: "x" } })).request_id).toBe("r1");
    expect(await client.queue.status(MODEL, { requestId: "r1", logs: true })).toMatchObject({
      status: "COMPLETED",
      logs: "1",
    });
    expect((await client.queue.result(MODEL, { requestId: "r1" })).data).toEqual({ video: { url } });
    await client.queue.cancel(MODEL, { requestId: "r1" });
    expect(await client.storage.upload(new Blob(["photo"], { type: "image/png" }))).toBe(`${url}/files/got`);
    expect(uploaded).toBe("photo");
  });

  it("carries streams of events", async () => {
    const queue = surface().get("/fal-ai/heygen/requests/r1/status/stream", (c) =>
      streamSSE(c, async (stream) => {
        for (const status of ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]) {
          await stream.writeSSE({ data: JSON.stringify({ status, logs: [] }) });
          await stream.sleep(20);
        }
      }),
    );
    const { url } = await start({ surfaces: { queue } });
    const client = createFalClient({ proxyUrl: { url: `${url}/api/fal/proxy`, when: "always" } });
    const stream = await client.queue.streamStatus(MODEL, { requestId: "r1" });
    const seen: string[] = [];
    for await (const event of stream) seen.push(event.status);
    expect(seen).toEqual(["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
  });

  it("leads nowhere else", async () => {
    const { url } = await start();
    for (const target of ["http://169.254.169.254/", "https://example.com/", `${url}/queue/x`, ""]) {
      const headers = target === "" ? {} : { "x-fal-target-url": target };
      const refused = await ask(`${url}/api/fal/proxy`, { method: "POST", headers, body: "{}" });
      expect(refused, target).toMatchObject({ status: 400, json: { detail: "Invalid request" } });
    }
  });
});
