import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hasPython, pythonWithFalClient } from "../support/python-client.js";
import { type Json, longInput, PORTRAIT_FILE, portraitBlob } from "../support/server-calls.js";
import { bareEnvironment, startTrustedServer, type TrustedServer } from "../support/trusted-server.js";
import { line } from "./checklist.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const OUTPUT = {
  video: {
    url: expect.stringMatching(/^https:\/\/v3\.fal\.media\/files\/.+output\.mp4$/),
    content_type: "video/mp4",
    file_name: "output.mp4",
    file_size: expect.any(Number),
  },
};

// Mostly renders; a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const isMissing = !hasPython();
if (isMissing)
  console.warn("Skipped: there is no Python (>= 3.9, with venv) for the published Python client.");

describe.skipIf(isMissing)("the published Python client", () => {
  let python: string;
  let server: TrustedServer;
  let photo: string;
  let dataDir: string;
  beforeAll(async () => {
    python = await pythonWithFalClient();
    dataDir = mkdtempSync(join(tmpdir(), "parlante-python-"));
    server = await startTrustedServer({ dataDir, environment: { PARLANTE_RENDERS: "1" } });
    photo = await uploaded(portraitBlob());
  }, 300_000);
  afterAll(async () => {
    await server?.stop();
    if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true });
  });

  /** Runs one of the programs beside this file; what it prints last is JSON. */
  async function program(
    name: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = server.proxyEnvironment,
    onOutput: () => void = () => {},
  ): Promise<{ lines: string[]; result: Json }> {
    const file = fileURLToPath(new URL(`python/${name}.py`, import.meta.url));
    const running = promisify(execFile)(python, [file, ...args], {
      env: { ...bareEnvironment(), PYTHONDONTWRITEBYTECODE: "1", ...environment },
      timeout: 200_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    running.child.stdout?.on("data", onOutput);
    const { stdout } = await running;
    const lines = stdout.trimEnd().split("\n");
    return { lines: lines.slice(0, -1), result: JSON.parse(lines.at(-1)!) };
  }

  /** Puts a picture where the programs find it. */
  async function uploaded(picture: Blob): Promise<string> {
    const { upload_url: target, file_url: url }: Json = await fetch(
      `${server.url}/rest/storage/upload/initiate?storage_type=fal-cdn-v3`,
      { method: "POST", body: JSON.stringify({ content_type: picture.type, file_name: "picture.png" }) },
    ).then((answer) => answer.json());
    expect((await fetch(target, { method: "PUT", body: picture })).ok).toBe(true);
    return url;
  }

  it(line(7, "Python: the published sample, through HTTPS_PROXY"), async () => {
    const { lines, result } = await program("published_sample", [photo]);
    expect(result).toEqual(OUTPUT);
    // The sample prints all messages again with every poll; without a prompt this one is the first.
    expect(lines[0]).toMatch(/^Neither `prompt` nor `audio_url` is given/);
    expect(new Set(lines).size).toBeGreaterThan(1);
  });

  /** Its outcome is looked at by more than one test. */
  let called: ReturnType<typeof program> | null = null;
  function queueCalls(): ReturnType<typeof program> {
    called ??= program("queue_calls", [photo]);
    return called;
  }

  it(line(3, "Python: run, submit, iter_events, status, get, result"), async () => {
    const { result } = await queueCalls();
    const own = `https://queue.fal.run/fal-ai/heygen/requests/${result.request_id}`;
    expect(result.request_id).toMatch(UUID);
    expect(result.urls).toEqual([own, `${own}/status`, `${own}/cancel`]);
    for (const output of [result.ran, result.output]) expect(output).toEqual(OUTPUT);
    expect(result.again).toEqual(result.output);
    expect(result.video).toEqual({ bytes: result.output.video.file_size, type: "video/mp4" });

    const states: string[] = result.events.map(({ state }: Json) => state);
    expect(states.every((state) => ["Queued", "InProgress", "Completed"].includes(state))).toBe(true);
    const last = result.events.at(-1);
    expect(last).toMatchObject({ state: "Completed", error: null, error_type: null });
    expect(last.metrics.inference_time).toBeGreaterThan(0);
    expect(last.logs.length).toBeGreaterThan(0);
    for (const log of last.logs)
      expect(log).toEqual({
        message: expect.any(String),
        level: expect.stringMatching(/^(?:STDERR|STDOUT|ERROR|INFO|WARN|DEBUG)$/),
        source: "USER",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
    expect(result.told.logs).toEqual(last.logs);
    expect(result.plain.metrics).toEqual(last.metrics);
  });

  it(line(6, "Python: a client that asks for no logs needs the key all the same"), async () => {
    const { result } = await queueCalls();
    expect(result.plain.logs ?? []).toEqual([]);
    expect(result.subscribed).toEqual(OUTPUT);
    expect(result.without_logs[0]).toMatch(UUID);
    expect(result.without_logs.at(-1)).toBe("Completed");
  });

  let sent: ReturnType<typeof program> | null = null;
  function uploads(): ReturnType<typeof program> {
    sent ??= program("uploads", [PORTRAIT_FILE]);
    return sent;
  }

  it(line(25), async () => {
    const { result } = await uploads();
    for (const [name, url] of Object.entries(result.urls))
      expect(url, name).toMatch(/^https:\/\/v3\.fal\.media\/files\//);
    for (const [name, answer] of Object.entries(result.read))
      expect(answer, name).toEqual({ status: 200, type: "image/png", same: true });
    expect(result.outputs.file).toEqual(OUTPUT);
  });

  it(line(26, "Python: encode_file"), async () => {
    const { result } = await uploads();
    expect(result.outputs.encoded).toEqual(OUTPUT);
  });

  it(line(24, "Python, 101 MiB"), async () => {
    const { result } = await program("large_upload", ["101"]);
    expect(result).toMatchObject({ bytes: result.expected_bytes, same: true });
    expect(result.url).toMatch(/^https:\/\/v3\.fal\.media\/files\//);
    expect(result.bytes).toBeGreaterThan(101 * 1024 * 1024);
  });

  describe("when a request fails, is cancelled, or takes too long", () => {
    let told: Json;
    beforeAll(async () => {
      const { prompt } = longInput("");
      const { result } = await program("refusals", [
        photo,
        await uploaded(await grayPicture()),
        String(prompt),
      ]);
      told = result;
    });

    it(line(11, "Python"), () => {
      for (const error of [told.faceless, told.faceless_run]) {
        expect(error).toMatchObject({ raised: "FalClientHTTPError", status_code: 422 });
        expect(error.message).toMatchObject([
          { loc: ["body", "image_url"], type: "face_detection_error", msg: expect.any(String) },
        ]);
        expect(error.headers["x-fal-request-id"]).toMatch(UUID);
      }
      expect(told.faceless_status).toMatchObject({ error_type: "face_detection_error" });
      expect(told.faceless_status.error).toBeTruthy();
    });

    it(line(12, "Python"), () => {
      expect(told.first_cancel).toEqual({ raised: null, value: null });
      expect(told.cancelled).toMatchObject({ error_type: "client_cancelled" });
      expect(told.second_cancel).toMatchObject({ status_code: 400, body: { status: "ALREADY_COMPLETED" } });
      expect(told.cancelled_result).toMatchObject({ status_code: 499, error_type: "client_cancelled" });
      expect(told.unknown_cancel).toMatchObject({ status_code: 404, body: { status: "NOT_FOUND" } });
    });

    it(line(13, "Python"), () => {
      expect(told.given_up).toMatchObject({ raised: "FalClientTimeoutError" });
      expect(told.given_up.request_id).toMatch(UUID);
      expect(told.given_up_status).toMatchObject({ error_type: "client_cancelled" });
      // The only renderer, which was to be busy for minutes, is free for the next.
      expect(told.seconds_until_next_start).toBeLessThan(20);
    });

    it(line(14, "Python"), () => {
      expect(told.late).toMatchObject({ status_code: 504, error_type: "request_timeout" });
      expect(told.late.headers["x-fal-request-timeout-type"]).toBe("user");
      // Had it tried again, it would have waited for two seconds once more.
      expect(told.late.seconds).toBeLessThan(3.8);
      expect(told.late_in_queue).toMatchObject({ status_code: 504, error_type: "request_timeout" });
    });
  });

  it(line(5, "Python: FAL_RUN_HOST and FAL_QUEUE_RUN_HOST with a path, over TLS"), async () => {
    const { FAL_KEY, SSL_CERT_FILE } = server.proxyEnvironment;
    const host = `localhost:${server.port}`;
    const { result } = await program("queue_calls", [photo], {
      FAL_KEY: FAL_KEY!,
      SSL_CERT_FILE: SSL_CERT_FILE!,
      FAL_RUN_HOST: `${host}/run`,
      FAL_QUEUE_RUN_HOST: `${host}/queue`,
    });
    const own = `https://${host}/queue/fal-ai/heygen/requests/${result.request_id}`;
    expect(result.urls).toEqual([own, `${own}/status`, `${own}/cancel`]);
    expect(result.output.video.url).toMatch(new RegExp(`^https://${host}/files/`));
    expect(result.video.bytes).toBe(result.output.video.file_size);
  });

  it(line(25, "Python with asyncio"), async () => {
    const { result } = await program("asynchronous", [PORTRAIT_FILE]);
    expect(result.url).toMatch(/^https:\/\/v3\.fal\.media\/files\//);
    expect(result.messages.join("\n")).toMatch(/Speech: .* s\./);
    expect([result.subscribed, result.ran]).toEqual([OUTPUT, OUTPUT]);
  });

  it("the published sample gets its video although the server is killed in the middle and comes back", async () => {
    let prints = () => {};
    const isRunning = new Promise<void>((resolve) => {
      prints = resolve;
    });
    const sample = program(
      "published_sample",
      [photo],
      { ...server.proxyEnvironment, PYTHONUNBUFFERED: "1" },
      () => prints(),
    );
    await Promise.race([isRunning, sample]);
    const { port } = server;
    await server.kill();
    server = await startTrustedServer({ dataDir, args: ["--port", String(port)] });
    const { result } = await sample;
    expect(result).toEqual(OUTPUT);
    const video = await fetch(server.url + new URL(result.video.url).pathname);
    expect((await video.arrayBuffer()).byteLength).toBe(result.video.file_size);
  });
});

/** A picture of nobody. */
async function grayPicture(): Promise<Blob> {
  const background = { r: 128, g: 128, b: 128 };
  const png = await sharp({ create: { width: 640, height: 640, channels: 3, background } })
    .png()
    .toBuffer();
  return new Blob([new Uint8Array(png)], { type: "image/png" });
}
