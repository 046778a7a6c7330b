import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodePictures, readTracks } from "../support/read-video.js";
import { type RunningServer, startServer } from "../support/run-server.js";
import {
  call,
  type Json,
  longInput,
  MODEL,
  portraitDataUri,
  shortInput,
  until,
} from "../support/server-calls.js";
import { tone, wavFile } from "../support/wav.js";
import { line } from "./checklist.js";

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let server: RunningServer;
let queue: string;
let run: string;
let image: string;
beforeAll(async () => {
  server = await startServer({ environment: { PARLANTE_RENDERS: "1" } });
  queue = `${server.url}/queue`;
  run = `${server.url}/run/${MODEL}`;
  image = portraitDataUri();
});
afterAll(() => server.stop());

async function submit(body: unknown, headers: Record<string, string> = {}): Promise<Json> {
  const answer = await call(`${queue}/${MODEL}`, { body, headers });
  expect(answer.status).toBe(200);
  return answer.body;
}

const statusOf = (id: string, query = "") => call(`${queue}/fal-ai/heygen/requests/${id}/status${query}`);
const resultOf = (id: string) => call(`${queue}/fal-ai/heygen/requests/${id}`);
const cancel = (id: string) => call(`${queue}/fal-ai/heygen/requests/${id}/cancel`, { method: "PUT" });

async function completed(id: string): Promise<Json> {
  return until(`request ${id}`, async () => {
    const { body } = await statusOf(id, "?logs=1");
    return body.status === "COMPLETED" ? body : null;
  });
}

let whatIsFinished: Promise<string> | null = null;

/** The id of a request with a video, made once for all tests that only look at one. */
function finished(): Promise<string> {
  whatIsFinished ??= submit(shortInput(image)).then(async ({ request_id: id }) => {
    await completed(id);
    return id;
  });
  return whatIsFinished;
}

async function key(name: string): Promise<string> {
  return JSON.parse((await server.parlante(["keys", "create", "--name", name, "--json"])).stdout).key;
}

/** Requests that would take minutes: a test that fails must not leave one to the next. */
const lasting: string[] = [];
afterEach(async () => {
  for (const id of lasting.splice(0)) await cancel(id);
});

/** Keeps the only worker busy until the returned function is called. */
async function keepBusy(): Promise<() => Promise<unknown>> {
  const { request_id: id } = await submit(longInput(image));
  lasting.push(id);
  await until("a running request", async () => (await statusOf(id)).body.status === "IN_PROGRESS");
  return () => cancel(id);
}

describe("the queue as curl sees it", () => {
  it(line(3), async () => {
    const body = await submit(shortInput(image));
    const own = `${queue}/fal-ai/heygen/requests/${body.request_id}`;
    expect(body).toEqual({
      status: "IN_QUEUE",
      request_id: expect.stringMatching(UUID),
      gateway_request_id: body.request_id,
      response_url: own,
      status_url: `${own}/status`,
      cancel_url: `${own}/cancel`,
      queue_position: expect.any(Number),
      logs: null,
      metrics: {},
    });
    await cancel(body.request_id);
  });

  it(line(4, "all forms of the address"), async () => {
    const { request_id: id } = await submit({});
    await completed(id);
    for (const owner of ["fal-ai/heygen", MODEL])
      for (const [end, status] of [
        ["/status", 200],
        ["", 422],
        ["/response", 422],
      ] as const)
        expect([owner, end, (await call(`${queue}/${owner}/requests/${id}${end}`)).status]).toEqual([
          owner,
          end,
          status,
        ]);
    for (const method of ["PUT", "POST"])
      expect((await call(`${queue}/${MODEL}/requests/${id}/cancel`, { method })).status).toBe(400);
  });

  it(line(6), async () => {
    const release = await keepBusy();
    const { request_id: id } = await submit(shortInput(image));
    const waiting = (await statusOf(id)).body;
    await release();
    expect(waiting).toMatchObject({ status: "IN_QUEUE", request_id: id, queue_position: 0 });
    const running = await until("a running request", async () => {
      const { body } = await statusOf(id);
      return body.status === "IN_QUEUE" ? null : body;
    });
    expect(running).toHaveProperty("logs");
    const done = await completed(id);
    expect(done).toHaveProperty("logs");
    expect(done.status).toBe("COMPLETED");
  });

  it(line(7), async () => {
    const id = await finished();
    for (const wanted of ["1", "true"]) {
      const { logs } = (await statusOf(id, `?logs=${wanted}`)).body;
      expect(logs.length).toBeGreaterThan(1);
      for (const log of logs)
        expect(log).toEqual({
          message: expect.any(String),
          level: expect.stringMatching(/^(INFO|WARN)$/),
          source: "USER",
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        });
    }
    for (const unwanted of ["0", "false"])
      expect((await statusOf(id, `?logs=${unwanted}`)).body.logs ?? []).toEqual([]);
  });

  it(line(8), async () => {
    const id = await finished();
    expect((await completed(id)).metrics.inference_time).toBeGreaterThan(0.1);
  });

  it(line(10), async () => {
    const { request_id: early } = await submit(longInput(image));
    const tooEarly = await resultOf(early);
    await cancel(early);
    expect([tooEarly.status, tooEarly.body.detail]).toEqual([400, "Request is still in progress"]);
    expect((await resultOf(early)).status).toBe(499);
    const unknown = await resultOf(UNKNOWN);
    expect([unknown.status, unknown.body.detail]).toEqual([404, "Request not found"]);
    expect((await statusOf(UNKNOWN)).body).toMatchObject({ status: "NOT_FOUND" });
    const { request_id: bad } = await submit({ image_url: "nonsense" });
    await completed(bad);
    expect(await resultOf(bad)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ["body", "image_url"] }] },
    });
  });

  it(line(18), async () => {
    const { request_id: id } = await submit({});
    await completed(id);
    // What elsewhere would be a conflict.
    for (const again of [
      await cancel(id),
      await cancel(id),
      await call(`${queue}/${MODEL}`, { body: "{" }),
    ]) {
      expect(again.status).not.toBe(409);
      expect(again.headers.get("x-fal-request-id")).toMatch(UUID);
      expect(again.headers.get("content-type")).toContain("application/json");
      expect(JSON.stringify(again.body)).not.toMatch(/\n\s+at |node_modules/);
    }
  });

  it(line(19, "the length of the queue"), async () => {
    const release = await keepBusy();
    const { request_id: waiting } = await submit(shortInput(image));
    const full = await call(`${queue}/${MODEL}?fal_max_queue_length=0`, { body: shortInput(image) });
    expect(full.status).toBe(429);
    expect(full.headers.get("x-fal-needs-retry")).toBe("1");
    await cancel(waiting);
    await release();
  });

  it(line(20, "headers"), async () => {
    const { request_id: id } = await submit(
      {},
      {
        "x-fal-queue-priority": "urgent",
        "x-fal-runner-hint": "warm",
        "x-fal-no-retry": "yes",
        "x-fal-retry-config": '{"timeout":{"retries":1}}',
        "x-app-fal-disable-fallback": "true",
        "x-fal-tags": "team=blue,job=7",
        "x-fal-request-start-timeout": "30.0",
        "x-fal-object-lifecycle-preference": '{"expiration_duration_seconds":3600}',
        "x-fal-never-heard-of": "1",
      },
    );
    expect((await completed(id)).error_type).toBe("missing");
  });

  it(line(40), async () => {
    const id = await finished();
    const result = await resultOf(id);
    expect(result.headers.get("x-fal-request-id")).toBe(id);
    expect(Number(result.headers.get("x-fal-billable-units"))).toBeGreaterThan(0.5);
  });
});

describe("a sync run as curl sees it", () => {
  it(line(2), async () => {
    for (const type of ["application/x-www-form-urlencoded", "text/plain", null]) {
      const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
        const outgoing = httpRequest(run, {
          method: "POST",
          ...(type ? { headers: { "content-type": type } } : {}),
        });
        outgoing.on("response", (response) => {
          let text = "";
          response.on("data", (chunk) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        });
        outgoing.on("error", reject);
        outgoing.end('{"image_url": "nonsense"}');
      });
      expect([answer.status, JSON.parse(answer.text).detail[0].loc]).toEqual([422, ["body", "image_url"]]);
    }
  });

  it(line(15), async () => {
    const { status, headers, body } = await call(run, { body: { image_url: 5, resolution: "9000p" } });
    expect(status).toBe(422);
    expect(headers.get("x-fal-retryable")).toBe("false");
    expect(headers.get("x-fal-needs-retry")).toBe("0");
    expect(headers.get("x-fal-billable-units")).toBe("0");
    expect(body.detail).toHaveLength(2);
    for (const problem of body.detail)
      expect(problem).toMatchObject({
        loc: ["body", expect.any(String)],
        msg: expect.any(String),
        type: expect.any(String),
        url: expect.stringContaining(problem.type),
      });
  });

  it(line(16), async () => {
    const { default: sharp } = await import("sharp");
    const plain = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: "#88a" } })
        .png()
        .toBuffer();
    const picture = async (width: number, height: number) =>
      `data:image/png;base64,${(await plain(width, height)).toString("base64")}`;
    const long = wavFile([tone(601, 440, 0.5, 8000)], { sampleRate: 8000 });
    const background = (type: string, value: string) => ({ image_url: image, background: { type, value } });
    const cases: [Json, string][] = [
      [{ image_url: await picture(640, 640) }, "face_detection_error"],
      [{ image_url: await picture(20, 20) }, "image_too_small"],
      [{ image_url: "http://127.0.0.1:9/face.png" }, "file_download_error"],
      [{ image_url: "data:image/png;base64,aGVsbG8=" }, "unsupported_image_format"],
      [{ image_url: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==" }, "image_load_error"],
      [{ image_url: image, audio_url: "data:audio/wav;base64,aGVsbG8=" }, "unsupported_audio_format"],
      [
        { image_url: image, audio_url: `data:audio/wav;base64,${Buffer.from(long).toString("base64")}` },
        "audio_duration_too_long",
      ],
      [{ image_url: image, prompt: "a".repeat(5001) }, "sequence_too_long"],
      [{ image_url: image, prompt: "Hi.", voice: "Nobody At All" }, "one_of"],
      [{ image_url: image, resolution: "8k" }, "literal_error"],
      [background("color", "green"), "string_pattern_mismatch"],
      [background("image", "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IA=="), "unsupported_image_format"],
      [background("video", await picture(640, 360)), "unsupported_video_format"],
      [{}, "missing"],
    ];
    for (const [body, type] of cases) {
      const answer = await call(run, { body });
      expect([answer.status, answer.body.detail?.[0]?.type]).toEqual([422, type]);
      if (body.background) expect(answer.body.detail[0].loc).toEqual(["body", "background", "value"]);
    }
  });

  it(line(32), async () => {
    const { body } = await resultOf(await finished());
    expect(Object.keys(body)).toEqual(["video"]);
    expect(Object.keys(body.video).sort()).toEqual(["content_type", "file_name", "file_size", "url"]);
  });

  it(line(27), async () => {
    const { video } = (await resultOf(await finished())).body;
    const whole = await fetch(video.url);
    expect(whole.status).toBe(200);
    expect(whole.headers.get("content-type")).toBe("video/mp4");
    expect(Number(whole.headers.get("content-length"))).toBe(video.file_size);
    expect(whole.headers.get("access-control-allow-origin")).toBe("*");
    const bytes = Buffer.from(await whole.arrayBuffer());
    const part = await fetch(video.url, { headers: { range: "bytes=100-199" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([
      206,
      `bytes 100-199/${video.file_size}`,
    ]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
    expect((await fetch(video.url, { headers: { range: `bytes=${video.file_size}-` } })).status).toBe(416);
  });

  it(line(33), async () => {
    const body = { ...shortInput(image), aspect_ratio: "auto", talking_style: "expressive" };
    expect((await call(run, { body })).status).toBe(200);
  });

  it(`${line(34)}; ${line(26, "recording and photo")}`, async () => {
    const audio_url = `data:audio/wav;base64,${Buffer.from(wavFile([tone(1.2)])).toString("base64")}`;
    const seconds = async (input: Json) => {
      const answer = await call(run, { body: { image_url: image, resolution: "360p", ...input } });
      expect(answer.status).toBe(200);
      return Number(answer.headers.get("x-fal-billable-units"));
    };
    // Without words there is nothing to show, and no reason to fail.
    expect(await seconds({ audio_url, caption: true })).toBeCloseTo(1.2, 0);
    expect(await seconds({ audio_url, prompt: "These words are not spoken, the recording is." })).toBeCloseTo(
      1.2,
      0,
    );
    expect(await seconds({})).toBe(5);
  });

  it(line(21), async () => {
    const kept = await call(run, {
      body: shortInput(image),
      headers: {
        "x-fal-store-io": "0",
        "x-fal-object-lifecycle-preference": '{"expiration_duration_seconds":2}',
      },
    });
    expect(kept.status).toBe(200);
    expect((await fetch(kept.body.video.url)).status).toBe(200);
    const id = kept.headers.get("x-fal-request-id")!;
    await until("the file to expire", async () => (await fetch(kept.body.video.url)).status === 404, 10_000);
    await until(
      "the payloads to be forgotten",
      async () => {
        const history = await call(
          `${server.url}/v1/models/requests/by-endpoint?endpoint_id=${MODEL}&request_id=${id}&expand=payloads`,
        );
        const item = history.body.items[0];
        return item && (item.json_input ?? null) === null && (item.json_output ?? null) === null;
      },
      10_000,
    );
  });
});

describe("what only this server gives", () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "parlante-live-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it("files beside the video, each what it says that it is", async () => {
    const extra_outputs = ["srt", "vtt", "poster", "gif", "webp"];
    const background = { type: "image", value: image };
    const input = { ...shortInput(image), background, caption: true, extra_outputs };
    const { status, body } = await call(run, { body: input });
    expect(status).toBe(200);
    const found = Object.entries(body as Record<string, Json>).map(async ([name, file]) => {
      const response = await fetch(file.url);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect([name, response.status, bytes.length]).toEqual([name, 200, file.file_size]);
      expect(response.headers.get("content-type")).toBe(file.content_type);
      return [name, file.content_type, bytes.subarray(0, 12).toString("latin1")];
    });
    const sorted = (await Promise.all(found)).sort(([one], [other]) => (one! < other! ? -1 : 1));
    expect(sorted).toEqual([
      ["caption_file", "application/x-subrip", expect.stringMatching(/^1\r?\n00:00/)],
      ["caption_file_vtt", "text/vtt", expect.stringMatching(/^WEBVTT/)],
      ["poster", "image/jpeg", expect.stringMatching(/^\xff\xd8\xff/)],
      ["preview_gif", "image/gif", expect.stringMatching(/^GIF89a/)],
      ["preview_webp", "image/webp", expect.stringMatching(/^RIFF.{4}WEBP/s)],
      ["video", "video/mp4", expect.stringMatching(/^.{4}ftyp/s)],
    ]);
  });

  it("the video while it is made", async () => {
    const prompt = "Whoever looks on sees the beginning of this sentence before its end has been drawn.";
    const { live_url, response_url, status_url } = await submit({
      ...shortInput(image),
      prompt,
      progressive: true,
    });
    // On a busy machine it may take more than one asking until it begins.
    const response = await until("the beginning of the video", async () => {
      const answer = await fetch(live_url);
      return answer.status === 503 ? null : answer;
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "video/mp4"]);
    const pieces: Buffer[] = [];
    const path = join(scratch, "live.mp4");
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      pieces.push(Buffer.from(piece));
      if (pieces.length > 1) continue;
      expect((await call(status_url)).body).toMatchObject({ status: "IN_PROGRESS", live_url });
      writeFileSync(path, piece);
      let pictures = 0;
      await decodePictures(path, () => void pictures++);
      expect(pictures, "in the first bytes").toBeGreaterThan(0);
    }
    writeFileSync(path, Buffer.concat(pieces));
    const { video } = (await call(response_url)).body;
    const finished = join(scratch, "finished.mp4");
    const ended = await fetch(live_url);
    expect(ended.url).toBe(video.url);
    writeFileSync(finished, Buffer.from(await ended.arrayBuffer()));
    const factsOf = async (file: string) =>
      (await readTracks(file)).map(({ kind, codec, packets }) => [kind, codec, packets]);
    expect(await factsOf(path)).toEqual(await factsOf(finished));
  });
});

describe("with keys", () => {
  it(line(17), async () => {
    const [mine, other] = [await key("mine"), await key("other")];
    const bad = await until("keys to be asked for", async () => {
      const answer = await call(run, { body: {}, headers: { authorization: "Key wrong:wrong" } });
      return answer.status === 401 ? answer : null;
    });
    expect(bad.body.detail).toBe("invalid key credentials");
    expect((await call(run, { body: {} })).body.detail).toBe(
      "Authentication is required to access this application.",
    );
    const { body } = await call(`${queue}/${MODEL}`, { body: {}, headers: { authorization: `Key ${mine}` } });
    const seenBy = (authorization: string) =>
      call(`${queue}/fal-ai/heygen/requests/${body.request_id}/status`, { headers: { authorization } });
    expect((await seenBy(`Key ${mine}`)).status).toBeLessThan(300);
    expect(await seenBy(`Key ${other}`)).toMatchObject({ status: 404, body: { status: "NOT_FOUND" } });
  });

  it(line(5, "behind a reverse proxy of this machine"), async () => {
    const { body } = await call(`${queue}/${MODEL}`, {
      body: {},
      headers: {
        authorization: `Key ${await key("proxied")}`,
        "x-forwarded-proto": "https",
        "x-forwarded-host": "talk.example.com:8443",
      },
    });
    expect(body.status_url).toBe(
      `https://talk.example.com:8443/queue/fal-ai/heygen/requests/${body.request_id}/status`,
    );
  });
});
