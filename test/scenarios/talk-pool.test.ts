import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTalkPool, type TalkPool, type TalkPoolOptions } from "../../src/queue/talk-pool/talk-pool.js";
import type { TalkEvent, TalkOutcome } from "../../src/queue/talk-runner.js";
import { AssetError, CancelledError, EngineError, InputError } from "../../src/shared/errors.js";
import { readTracks } from "../support/read-video.js";
import { descendantsOf, isAlive } from "../support/run-cli.js";

const ENTRY = new URL("../../src/app/talk-child.ts", import.meta.url);
const ODD_ENTRY = new URL("../support/odd-talk-child.ts", import.meta.url);
const DYING_WORKER = fileURLToPath(new URL("../support/dying-worker.ts", import.meta.url));
const PORTRAIT = fileURLToPath(new URL("../../samples/portrait.png", import.meta.url));
const PHOTO = "http://our.example/files/portrait.png";
const LONG = "One two three four five six seven. ".repeat(8);

let root: string;
let pool: TalkPool;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parlante-test-"));
  pool = aPool();
  await pool.ready();
});
afterAll(async () => {
  await pool.close();
  await rm(root, { recursive: true, force: true });
});

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(root, "attempt-"));
});

function aPool(options: Partial<TalkPoolOptions> = {}): TalkPool {
  const environment = { ...process.env, TMPDIR: join(root, "tmp") };
  return createTalkPool({
    entry: ENTRY,
    size: 1,
    memoryLimitBytes: 2 ** 31,
    timeLimit: 100,
    environment,
    niceness: 0,
    ...options,
  });
}

type Begun = {
  readonly outcome: Promise<TalkOutcome>;
  readonly cancel: AbortController;
  readonly events: TalkEvent[];
  /** Resolves at the first event of which this is true. */
  readonly once: (test: (event: TalkEvent) => boolean) => Promise<void>;
};

function begin(
  body: unknown,
  { by = pool, directory = workspace, files = { [PHOTO]: PORTRAIT } as Record<string, string> } = {},
): Begun {
  const cancel = new AbortController();
  const events: TalkEvent[] = [];
  const listeners = new Set<(event: TalkEvent) => void>();
  const outcome = by.run(
    { requestId: "a", attempt: 1, body, files, workspace: directory, livePath: join(directory, "live.mp4") },
    {
      signal: cancel.signal,
      onEvent: (event) => {
        events.push(event);
        for (const listener of listeners) listener(event);
      },
    },
  );
  outcome.catch(() => {});
  const once = (test: (event: TalkEvent) => boolean): Promise<void> =>
    new Promise((resolve) => {
      listeners.add((event) => {
        if (test(event)) resolve();
      });
    });
  return { outcome, cancel, events, once };
}

async function failureOf(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    () => "no failure",
    (error: unknown) => error,
  );
}

const isRendering = (event: TalkEvent): boolean => event.type === "log" && /^Rendering: /.test(event.message);

describe("a video made by the pool", () => {
  it("tells what happens, in order, and is the same file every time", async () => {
    const body = { image_url: PHOTO, prompt: "Hello!", resolution: "360p" };
    const talk = begin(body);
    const outcome = await talk.outcome;
    expect(outcome).toMatchObject({ fileName: "output.mp4", contentType: "video/mp4" });
    expect(outcome.path).toBe(join(workspace, "output.mp4"));
    expect(readdirSync(workspace)).toEqual(["output.mp4"]);
    const bytes = readFileSync(outcome.path);
    expect(bytes.length).toBe(outcome.sizeBytes);
    expect((await readTracks(outcome.path))[0]!.packets).toBe(outcome.frameCount);
    expect(outcome.duration).toBeCloseTo(outcome.frameCount / 25, 2);

    const lines = talk.events.flatMap((event) => (event.type === "log" ? [event.message] : []));
    expect(lines.filter((line) => /^The photo is 1024 x 1024 pixels\.$/.test(line)).length).toBe(1);
    expect(lines.filter((line) => /^Speech: \d\.\d s\.$/.test(line)).length).toBe(1);
    expect(lines.at(-2)).toBe("Rendering: 100 %");
    expect(lines.at(-1)).toMatch(/^Done: \d\.\d s of video in .* s, a real-time factor of \d+\.\d\d\.$/);
    const overall = talk.events.flatMap((event) => (event.type === "progress" ? [event.overall] : []));
    expect(overall).toEqual([...overall].sort((a, b) => a - b));
    expect(overall[0]).toBe(0);
    expect(overall.at(-1)).toBe(1);

    const again = join(root, "again");
    await mkdir(again);
    const second = await begin(body, { directory: again }).outcome;
    const hash = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
    expect(hash(readFileSync(second.path))).toBe(hash(bytes));
  });

  it("warns about a living portrait", async () => {
    const talk = begin({ image_url: PHOTO, resolution: "360p" });
    await talk.once((event) => event.type === "log" && event.level === "WARN");
    expect(talk.events.find((event) => event.type === "log")).toMatchObject({
      level: "WARN",
      message: expect.stringContaining("living portrait"),
    });
    talk.cancel.abort();
    await failureOf(talk.outcome);
  });

  it.each([
    ["a body that is no object", "hello", InputError, "model_attributes_type"],
    ["a body without a photo", {}, InputError, "missing"],
  ] as const)("refuses %s", async (_name, body, errorClass, code) => {
    const error = await failureOf(begin(body).outcome);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ code, status: 422, retryable: false });
  });

  it("refuses a photo that is none, and names it as the request does", async () => {
    const path = join(workspace, "copy-of-input");
    await writeFile(path, "no photo at all");
    const source = "parlante-input:abc";
    const error = await failureOf(begin({ image_url: source }, { files: { [source]: path } }).outcome);
    expect(error).toBeInstanceOf(AssetError);
    expect(error).toMatchObject({ code: "unsupported_image_format", details: { field: ["image_url"] } });
    expect(JSON.stringify((error as AssetError).details)).not.toContain(path);
  });

  it.each([PORTRAIT, `file://${PORTRAIT}`, "toString"])("does not read %s from disk", async (source) => {
    const error = await failureOf(begin({ image_url: source, prompt: "Hello!" }).outcome);
    expect(error).toMatchObject({ code: "file_download_error", status: 422, retryable: false });
  });
});

describe("links to this machine", () => {
  let server: Server;
  let visits = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      visits++;
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());
  const body = () => ({ image_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.png` });

  it("are not followed", async () => {
    const error = await failureOf(begin(body()).outcome);
    expect(error).toMatchObject({ code: "file_download_error" });
    expect((error as Error).message).toContain("private address");
    expect(visits).toBe(0);
  });

  it("are followed where the operator allows it", async () => {
    const open = aPool({ allowPrivateHosts: true });
    const error = await failureOf(begin(body(), { by: open }).outcome);
    await open.close();
    expect((error as Error).message).toContain("answers 404");
    expect(visits).toBe(1);
  });
});

describe.skipIf(process.platform !== "linux")("a video that is stopped", () => {
  const body = { image_url: PHOTO, prompt: LONG, resolution: "540p" };
  /** The processes of a shared pool that work on the present talk. */
  const processes = (): number[] => descendantsOf(process.pid);

  it.each([
    ["at the start", () => true],
    [
      "while the photo is analysed",
      (event: TalkEvent) => event.type === "progress" && event.stage === "portrait" && event.overall > 0.1,
    ],
    ["while it is spoken", (event: TalkEvent) => event.type === "progress" && event.stage === "speech"],
    ["while it is rendered", isRendering],
    // Time is measured: a busy machine gets another chance.
  ] as const)("is over within 200 ms: %s", { retry: 2 }, async (_name, moment) => {
    const talk = begin(body);
    await talk.once(moment);
    const asked = performance.now();
    talk.cancel.abort();
    expect(await failureOf(talk.outcome)).toBeInstanceOf(CancelledError);
    expect(performance.now() - asked).toBeLessThan(200);
    // What a process left that did not stop by itself is removed by the worker; nothing may come back.
    await rm(workspace, { recursive: true });
    const events = talk.events.length;
    await delay(300);
    expect(existsSync(workspace)).toBe(false);
    expect(talk.events.length).toBe(events);
  });

  it.each([
    ["process", 0],
    ["media process", 1],
  ] as const)("because its %s was killed can be made again", async (_name, depth) => {
    const talk = begin(body);
    await talk.once(isRendering);
    const [child, media] = processes();
    process.kill([child!, media!][depth]!, "SIGKILL");
    const error = await failureOf(talk.outcome);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "runner_disconnected", retryable: true });
    expect(isAlive(media!)).toBe(false);
    const next = await begin({ image_url: PHOTO, prompt: "Hi!", resolution: "360p" }).outcome;
    expect(next.sizeBytes).toBeGreaterThan(0);
  });
});

describe.skipIf(process.platform !== "linux")("when the worker is killed", () => {
  let worker: ChildProcess;
  /** Starts a worker, and resolves when its talk says the text. */
  async function start(entry: URL, body: unknown, text: string): Promise<void> {
    const args = [entry.href, workspace, JSON.stringify(body), JSON.stringify({ [PHOTO]: PORTRAIT })];
    worker = spawn(process.execPath, ["--import", "tsx", DYING_WORKER, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    await new Promise<void>((resolve, reject) => {
      worker.once("exit", () => reject(new Error(`The worker ended, having said: ${said}`)));
      worker.stdout!.setEncoding("utf8").on("data", (part: string) => {
        said += part;
        if (said.includes(text)) resolve();
      });
    });
  }

  it.each([
    ["renders", ENTRY, { image_url: PHOTO, prompt: LONG, resolution: "360p" }, "Rendering: 10 %", 2],
    ["computes and hears nothing", ODD_ENTRY, { do: "loop" }, "begun", 1],
    ["computes while another one writes", ODD_ENTRY, { do: "write", below: true }, "below", 2],
  ] as const)("nothing is left of a talk that %s", async (_name, entry, body, text, count) => {
    await start(entry, body, text);
    await delay(100);
    const left = descendantsOf(worker.pid!);
    expect(left.length).toBe(count);
    worker.removeAllListeners("exit");
    worker.kill("SIGKILL");
    for (let tries = 0; tries < 40 && left.some(isAlive); tries++) await delay(50);
    expect(left.filter(isAlive)).toEqual([]);
    expect(existsSync(workspace)).toBe(false);
  });
});
