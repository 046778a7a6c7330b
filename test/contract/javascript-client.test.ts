import { createFalClient, type FalClient } from "@fal-ai/client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, startServer } from "../support/run-server.js";
import {
  call,
  type Json,
  longInput,
  MODEL,
  portraitBlob,
  portraitDataUri,
  shortInput,
  until,
} from "../support/server-calls.js";
import { line } from "./checklist.js";

let server: RunningServer;
let fal: FalClient;
let image: string;
beforeAll(async () => {
  server = await startServer({ environment: { PARLANTE_RENDERS: "1" } });
  fal = clientOf(server, "any:key");
  image = await fal.storage.upload(portraitBlob());
});
afterAll(() => server.stop());

/** The published client as its users point it here. */
function clientOf({ url }: RunningServer, credentials: string): FalClient {
  return createFalClient({ credentials, proxyUrl: { url: `${url}/api/fal/proxy`, when: "always" } });
}

/** The client's types know the hosted model; these are our inputs as it would write them. */
const typed = (input: Record<string, unknown>): Json => input;

async function failureOf(promise: Promise<unknown>): Promise<Json> {
  return promise.then(
    (value) => {
      throw new Error(`was fulfilled: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Requests that would take minutes: a test that fails must not leave one to the next. */
const lasting: string[] = [];
afterEach(async () => {
  for (const requestId of lasting.splice(0)) await fal.queue.cancel(MODEL, { requestId }).catch(() => {});
});

/** Keeps the only worker busy until the returned function is called. */
async function keepBusy(): Promise<() => Promise<void>> {
  const { request_id: requestId } = await fal.queue.submit(MODEL, { input: typed(longInput(image)) });
  lasting.push(requestId);
  await until("a running request", async () => {
    const { status } = await fal.queue.status(MODEL, { requestId });
    return status === "IN_PROGRESS";
  });
  return () => fal.queue.cancel(MODEL, { requestId });
}

describe("the published JavaScript client", () => {
  it(line(1, "fal.run"), async () => {
    const { data, requestId } = await fal.run(MODEL, { input: typed(shortInput(image)) });
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(data).toEqual({
      video: {
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/files\/.+output\.mp4$/),
        content_type: "video/mp4",
        file_name: "output.mp4",
        file_size: expect.any(Number),
      },
    });
    const video = await fetch(data.video.url);
    expect((await video.arrayBuffer()).byteLength).toBe(data.video.file_size);
  });

  it(line(4, "fal.subscribe by polling"), async () => {
    const states: string[] = [];
    const { data, requestId } = await fal.subscribe(MODEL, {
      input: typed(shortInput(image)),
      logs: true,
      pollInterval: 100,
      onQueueUpdate: (update) => states.push(update.status),
    });
    expect(data.video.content_type).toBe("video/mp4");
    expect(new Set(states)).toContain("COMPLETED");
    const status: Json = await fal.queue.status(MODEL, { requestId, logs: true });
    expect(status.logs.map((log: Json) => log.message).join("\n")).toMatch(/Speech: .* s\./);
    expect((await fal.queue.result(MODEL, { requestId })).data).toEqual(data);
  });

  it(line(9, "fal.subscribe by streaming"), async () => {
    const updates: Json[] = [];
    const { data } = await fal.subscribe(MODEL, {
      input: typed(shortInput(image)),
      mode: "streaming",
      logs: true,
      onQueueUpdate: (update) => updates.push(structuredClone(update)),
    });
    expect(data.video.url).toContain("output.mp4");
    const sequence = updates.map(({ status }) => status);
    expect(sequence.at(-1)).toBe("COMPLETED");
    const logs: string[] = updates.at(-1).logs.map((log: Json) => log.message);
    expect(new Set(logs).size, "no line comes twice").toBe(logs.length);
    expect(logs.some((message) => message.startsWith("Done"))).toBe(true);
  });

  it(line(23), async () => {
    const { data } = await fal.subscribe(MODEL, {
      input: typed({
        ...shortInput(""),
        image_url: portraitBlob(),
        background: { type: "image", value: portraitBlob() },
      }),
    });
    expect(data.video.file_size).toBeGreaterThan(10_000);
  });

  it(line(11, "JavaScript"), async () => {
    const blank = await fal.storage.upload(await grayPicture());
    const error = await failureOf(fal.subscribe(MODEL, { input: typed({ image_url: blank }) }));
    expect(error).toMatchObject({ name: "ValidationError", status: 422 });
    expect(error.getFieldErrors("image_url")).toMatchObject([{ type: "face_detection_error" }]);
    const status: Json = await fal.queue.status(MODEL, { requestId: error.requestId });
    expect(status).toMatchObject({ status: "COMPLETED", error_type: "face_detection_error" });
    expect(status.error).toBeTruthy();
  });

  it(line(12, "JavaScript"), async () => {
    const { request_id: requestId } = await fal.queue.submit(MODEL, { input: typed(longInput(image)) });
    expect(await fal.queue.cancel(MODEL, { requestId })).toBeUndefined();
    const again = await failureOf(fal.queue.cancel(MODEL, { requestId }));
    expect(again).toMatchObject({ name: "ApiError", status: 400, body: { status: "ALREADY_COMPLETED" } });
    const unknown = await failureOf(
      fal.queue.cancel(MODEL, { requestId: "00000000-0000-4000-8000-000000000000" }),
    );
    expect(unknown).toMatchObject({ name: "ApiError", status: 404, body: { status: "NOT_FOUND" } });
  });

  it(line(13, "JavaScript"), async () => {
    const ids: string[] = [];
    const error = await failureOf(
      fal.subscribe(MODEL, {
        input: typed(longInput(image)),
        timeout: 1500,
        onEnqueue: (id) => ids.push(id),
      }),
    );
    expect(String(error.message)).toMatch(/timed out/i);
    const requestId = ids[0]!;
    const status: Json = await until("the cancelled request", async () => {
      const found: Json = await fal.queue.status(MODEL, { requestId });
      return found.status === "COMPLETED" ? found : null;
    });
    expect(status.error_type).toBe("client_cancelled");
  });

  it(line(14), async () => {
    const release = await keepBusy();
    try {
      const start = Date.now();
      const error = await failureOf(
        fal.run(MODEL, { input: typed(shortInput(image)), startTimeout: 2 } as Json),
      );
      expect(error).toMatchObject({ status: 504, isUserTimeout: true });
      expect(Date.now() - start).toBeLessThan(10_000);
    } finally {
      await release();
    }
  });

  it(line(15, "JavaScript"), async () => {
    const error = await failureOf(fal.run(MODEL, { input: typed({ talking_style: "loud" }) }));
    expect(error).toMatchObject({ name: "ValidationError", status: 422 });
    expect(error.fieldErrors.map((problem: Json) => [problem.loc.at(-1), problem.type])).toEqual([
      ["image_url", "missing"],
      ["talking_style", "literal_error"],
    ]);
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it(line(20, "JavaScript"), async () => {
    const release = await keepBusy();
    const submit = async (priority: "low" | "normal") =>
      (await fal.queue.submit(MODEL, { input: typed(shortInput(image)), priority })).request_id;
    const ids = [await submit("low"), await submit("normal")];
    try {
      // Positions are computed ten times a second.
      await until(
        "the low one to be behind",
        async () => {
          const [low, normal]: Json[] = await Promise.all(
            ids.map((requestId) => fal.queue.status(MODEL, { requestId })),
          );
          return normal.queue_position === 0 && low.queue_position === 1;
        },
        5_000,
      );
    } finally {
      for (const requestId of ids) await fal.queue.cancel(MODEL, { requestId });
      await release();
    }
  });

  it(line(39), async () => {
    const stream = await fal.stream(MODEL, { input: typed(shortInput(image)) } as Json);
    const events: Json[] = [];
    for await (const event of stream) events.push(event);
    const last: Json = await stream.done();
    expect(last.video.file_name).toBe("output.mp4");
    expect(events.length).toBeGreaterThan(1);
    const token = await call(`${server.url}/rest/tokens/`, {
      body: { allowed_apps: ["heygen"], token_expiration: 60 },
    });
    expect([token.status, typeof token.body]).toEqual([200, "string"]);
  });

  it(line(24, "JavaScript, 91 MiB"), async () => {
    const part = new Uint8Array(1024 * 1024).map((_, at) => (at * 7 + (at >> 9)) & 255);
    const url = await fal.storage.upload(
      new File(Array(91).fill(part), "long.bin", { type: "application/octet-stream" }),
    );
    const answer = await fetch(url);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(bytes.length).toBe(91 * part.length);
    for (const at of [0, 45, 90])
      expect(Buffer.compare(bytes.subarray(at * part.length, (at + 1) * part.length), part)).toBe(0);
  });
});

describe("with keys and limits", () => {
  it(line(19, "JavaScript"), async () => {
    const { stdout } = await server.parlante([
      "keys",
      "create",
      "--name",
      "narrow",
      "--max-concurrency",
      "1",
      "--json",
    ]);
    const narrow = clientOf(server, JSON.parse(stdout).key);
    const blank = await narrow.storage.upload(await grayPicture());
    let refusals = 0;
    const run = (source: string): Promise<Json> =>
      createFalClient({
        credentials: JSON.parse(stdout).key,
        proxyUrl: { url: `${server.url}/api/fal/proxy`, when: "always" },
        fetch: async (url: Json, init?: Json) => {
          const answer = await fetch(url, init);
          if (answer.status === 429) refusals++;
          return answer;
        },
      }).run(MODEL, { input: typed({ image_url: source }) });
    // Both are refused for their picture in the end, the second only after it was refused for being one too many.
    const errors = await Promise.all([failureOf(run(blank)), failureOf(run(blank))]);
    expect(refusals).toBeGreaterThan(0);
    expect(errors.map(({ status }) => status)).toEqual([422, 422]);
    expect(errors[0].requestId).not.toBe(errors[1].requestId);
    const header = { authorization: `Key ${JSON.parse(stdout).key}` };
    const queued = `${server.url}/queue/${MODEL}?fal_max_queue_length=0`;
    const release = await submitLong(header.authorization);
    const full = await call(queued, { body: shortInput(blank), headers: header });
    expect([full.status, full.body.error_type]).toEqual([429, "queue_full"]);
    await release();
  });
});

/** Two requests of a key that may have one at a time, so that one waits; gone when the returned function is called. */
async function submitLong(authorization: string): Promise<() => Promise<void>> {
  const ids: string[] = [];
  for (let count = 0; count < 2; count++) {
    const { body } = await call(`${server.url}/queue/${MODEL}`, {
      body: longInput(portraitDataUri()),
      headers: { authorization },
    });
    ids.push(body.request_id);
  }
  return async () => {
    for (const id of ids)
      await call(`${server.url}/queue/fal-ai/heygen/requests/${id}/cancel`, {
        method: "PUT",
        headers: { authorization },
      });
  };
}

/** A picture of nobody. */
async function grayPicture(): Promise<Blob> {
  const { default: sharp } = await import("sharp");
  const background = { r: 128, g: 128, b: 128 };
  const png = await sharp({ create: { width: 640, height: 640, channels: 3, background } })
    .png()
    .toBuffer();
  return new Blob([new Uint8Array(png)], { type: "image/png" });
}

it(line(26, "JavaScript client, photo"), async () => {
  // A key exists by now, so it is needed.
  const refused = await failureOf(fal.run(MODEL, { input: typed(shortInput(portraitDataUri())) }));
  expect(refused).toMatchObject({ status: 401, body: { detail: "invalid key credentials" } });
});
