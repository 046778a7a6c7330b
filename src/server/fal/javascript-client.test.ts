import { ApiError, createFalClient, type FalClient, ValidationError } from "@fal-ai/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FalServer, startFalServer } from "../../../test/support/fal-server.js";
import type { Script } from "../../../test/support/scripted-runner.js";
import { MODEL_ID } from "./model.js";

let server: FalServer;

beforeAll(async () => {
  server = await startFalServer({ renders: 8 });
  await server.startWorker();
});
afterAll(() => server.close());

/** Both ways in which the published client can be pointed at another server. */
const ways: Record<string, (credentials?: string) => FalClient> = {
  "a middleware": (credentials) =>
    createFalClient({
      ...(credentials === undefined ? {} : { credentials }),
      requestMiddleware: async (request) => ({
        ...request,
        url: request.url
          .replace("https://queue.fal.run", `${server.url}/queue`)
          .replace("https://fal.run", `${server.url}/run`),
      }),
    }),
  "its proxy mode": (credentials) =>
    createFalClient({
      ...(credentials === undefined ? {} : { credentials }),
      proxyUrl: { url: `${server.url}/api/fal/proxy`, when: "always" },
    }),
};

function input(script: Script = {}) {
  return { image_url: "https://example.com/face.png", prompt: JSON.stringify(script) };
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it succeeded");
}

describe.each(Object.entries(ways))("the published client through %s", (_name, connect) => {
  it("runs", async () => {
    const { data, requestId } = await connect().run(MODEL_ID, { input: input() });
    expect(data.video.url).toMatch(/^http.*\/files\//);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(["polling", "streaming"] as const)("subscribes by %s and sees states and logs", async (mode) => {
    const states: string[] = [];
    const logs: string[] = [];
    const { data, requestId } = await connect().subscribe(MODEL_ID, {
      input: input({ steps: 3, stepMs: 200 }),
      logs: true,
      ...(mode === "polling" ? { mode, pollInterval: 50 } : { mode }),
      onQueueUpdate(update) {
        states.push(update.status);
        if (update.status !== "IN_QUEUE")
          logs.splice(0, logs.length, ...update.logs.map(({ message }) => message));
      },
    });
    expect(data).toMatchObject({ video: { content_type: "video/mp4", file_size: 7 } });
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(states).toContain("IN_PROGRESS");
    expect(states.at(-1)).toBe("COMPLETED");
    expect(logs).toEqual(["step 1", "step 2", "step 3"]);
  });

  it("submits, asks, cancels", async () => {
    const { queue } = connect();
    const { request_id: requestId, status } = await queue.submit(MODEL_ID, {
      input: input({ steps: 100, stepMs: 100 }),
      priority: "low",
      hint: "here",
    });
    expect(status).toBe("IN_QUEUE");
    await expect.poll(async () => (await queue.status(MODEL_ID, { requestId })).status).toBe("IN_PROGRESS");
    await queue.cancel(MODEL_ID, { requestId });
    const cancelled = await queue.status(MODEL_ID, { requestId, logs: true });
    expect(cancelled).toMatchObject({ status: "COMPLETED", error_type: "client_cancelled" });
    const again = await failure(queue.cancel(MODEL_ID, { requestId }));
    expect(again).toMatchObject({ status: 400, body: { status: "ALREADY_COMPLETED" } });
    const unknown = await failure(queue.cancel(MODEL_ID, { requestId: crypto.randomUUID() }));
    expect(unknown).toMatchObject({ status: 404, body: { status: "NOT_FOUND" } });
    const result = await failure(queue.result(MODEL_ID, { requestId }));
    expect(result).toBeInstanceOf(ApiError);
    expect(result).toMatchObject({ status: 499, requestId, body: { error_type: "client_cancelled" } });
  });

  it("gives a request up after its timeout, and the work stops", async () => {
    let id = "";
    const error = await failure(
      connect().subscribe(MODEL_ID, {
        input: input({ steps: 100, stepMs: 100 }),
        timeout: 600,
        onEnqueue: (requestId) => {
          id = requestId;
        },
      }),
    );
    expect(String(error)).toContain("timed out");
    await expect.poll(() => server.stopped, { timeout: 5000 }).toContain(id);
  });

  it("turns failures into its typed errors", async () => {
    const faceless = { input: input({ fail: "face" }) };
    for (const work of [
      () => connect().run(MODEL_ID, faceless),
      () => connect().subscribe(MODEL_ID, { ...faceless, pollInterval: 50 }),
      () => connect().subscribe(MODEL_ID, { ...faceless, mode: "streaming" }),
    ]) {
      const error = await failure(work());
      expect(error).toBeInstanceOf(ValidationError);
      const [detail] = (error as ValidationError).getFieldErrors("image_url");
      expect(detail).toMatchObject({
        loc: ["body", "image_url"],
        type: "face_detection_error",
        msg: "Could not detect face in the image",
      });
      expect((error as ValidationError).requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it("streams progress and ends with the output", async () => {
    const stream = await connect().stream(MODEL_ID, { input: input({ steps: 3, stepMs: 100 }) });
    const events: unknown[] = [];
    for await (const event of stream) events.push(event);
    expect(events.length).toBeGreaterThan(1);
    expect(await stream.done()).toMatchObject({ video: { file_name: "output.mp4" } });
    const failed = await connect().stream(MODEL_ID, { input: input({ fail: "face" }) });
    expect(await failure(failed.done())).toBeInstanceOf(ValidationError);
  });
});

describe("with keys", () => {
  it("a start timeout is the caller's own and is not tried again", async () => {
    const client = ways["a middleware"]!(await server.makeKey({ maxConcurrency: 1 }));
    const { request_id } = await client.queue.submit(MODEL_ID, { input: input({ steps: 50, stepMs: 100 }) });
    await expect
      .poll(async () => (await client.queue.status(MODEL_ID, { requestId: request_id })).status)
      .toBe("IN_PROGRESS");
    const error = await failure(
      client.subscribe(MODEL_ID, { input: input(), startTimeout: 1.2, pollInterval: 50 }),
    );
    expect(error).toMatchObject({
      status: 504,
      isUserTimeout: true,
      body: { error_type: "request_timeout" },
    });
    await client.queue.cancel(MODEL_ID, { requestId: request_id });
  });

  it("a second run at once is refused, tried again and succeeds", async () => {
    const client = ways["its proxy mode"]!(await server.makeKey({ maxConcurrency: 1 }));
    const results = await Promise.all([
      client.run(MODEL_ID, { input: input({ steps: 3, stepMs: 100 }) }),
      client.run(MODEL_ID, { input: input({ steps: 2, stepMs: 100 }) }),
    ]);
    expect(new Set(results.map(({ requestId }) => requestId)).size).toBe(2);
  });

  it("a wrong key is refused", async () => {
    const error = await failure(ways["a middleware"]!("wrong:key").run(MODEL_ID, { input: input() }));
    expect(error).toMatchObject({ status: 401, body: { detail: "invalid key credentials" } });
  });
});
