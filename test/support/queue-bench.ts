import { randomUUID } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import {
  createTalkQueue,
  createWorker,
  type SettledFile,
  type Submission,
  type TalkQueue,
  type TalkRunner,
  type Worker,
  type WorkerFiles,
  type WorkerOptions,
} from "../../src/queue/index.js";
import { CancelledError } from "../../src/shared/errors.js";
import { createWebhookOutbox } from "../../src/webhooks/index.js";
import { startTestDatabase, type TestDatabase } from "./test-database.js";

/** The key of a server without keys. */
export const NO_KEY = "00000000-0000-0000-0000-000000000000";

/** What a test lets an attempt do. */
export type Play = (
  job: Parameters<TalkRunner["run"]>[0],
  options: Parameters<TalkRunner["run"]>[1],
) => Promise<void>;

/** Queue and workers on a real PostgreSQL, with renders that only write a small file. */
export type QueueBench = TestDatabase & {
  readonly queue: TalkQueue;
  /** A further API process. */
  addQueue(): Promise<TalkQueue>;
  addWorker(play: Play, options?: Partial<WorkerOptions>): Promise<Worker>;
  addKey(limits?: { maxConcurrency?: number }): Promise<string>;
  /** Files that were stored and neither recorded nor discarded. */
  readonly strayFiles: ReadonlySet<string>;
  readonly workspaceDir: string;
  readonly files: WorkerFiles;
  /** What ends requests. */
  readonly parts: Pick<WorkerOptions, "board" | "webhooks" | "keepPayloadsDays" | "logger">;
};

export const silentLog = pino({ level: "silent" });

/** A request with all defaults. */
export function submissionOf(changes: Partial<Submission> = {}): Submission {
  return {
    keyId: NO_KEY,
    authMethod: "none",
    endpoint: "fal-ai/heygen/avatar4/image-to-video",
    body: { image_url: "https://example.com/face.png" },
    isSync: false,
    priority: "normal",
    startTimeout: null,
    webhookUrl: null,
    maxQueueLength: null,
    storesPayloads: true,
    mayRetry: true,
    fileLifecycle: null,
    fileBase: "http://127.0.0.1:8080",
    tags: null,
    runnerHint: null,
    liveFormat: null,
    ...changes,
  };
}

/** An attempt that takes so many milliseconds. */
export const taking =
  (ms: number): Play =>
  async (_job, { signal }) =>
    delay(ms, undefined, { signal }).catch(() => {
      throw new CancelledError();
    });

/** Asks until the answer is yes. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms.`);
    await delay(5);
  }
}

/** Waits until a request is `COMPLETED`. */
export async function completed(queue: TalkQueue, id: string, keyId = NO_KEY): Promise<void> {
  await until(async () => (await queue.snapshot(id, keyId))?.state === "COMPLETED");
}

export async function openQueueBench(): Promise<QueueBench> {
  const test = await startTestDatabase();
  const { database, board } = test;
  const webhooks = createWebhookOutbox({ board });
  const workspaceDir = await mkdtemp(join(tmpdir(), "parlante-work-"));
  const strayFiles = new Set<string>();
  const files = rowsOnlyFiles(strayFiles);
  const closing: (() => Promise<void>)[] = [];

  async function addQueue(): Promise<TalkQueue> {
    const queue = await createTalkQueue({
      database,
      board,
      webhooks,
      keepPayloadsDays: 30,
      logger: silentLog,
    });
    let closed: Promise<void> | null = null;
    const close = () => {
      closed ??= queue.close();
      return closed;
    };
    closing.push(close);
    return { ...queue, close };
  }

  const queue = await addQueue();
  return {
    ...test,
    queue,
    addQueue,
    strayFiles,
    files,
    workspaceDir,
    parts: { board, webhooks, keepPayloadsDays: 30, logger: silentLog },
    async addWorker(play, options = {}) {
      const worker = createWorker({
        database,
        board,
        webhooks,
        runner: playingRunner(play),
        files,
        workerId: randomUUID(),
        renders: 1,
        retries: 10,
        drainSeconds: 1,
        pricePerSecond: 0.1,
        keepPayloadsDays: 30,
        workspaceDir,
        logger: silentLog,
        ...options,
      });
      closing.push(() => worker.close());
      await worker.start();
      return worker;
    },
    async addKey({ maxConcurrency } = {}) {
      const id = randomUUID();
      await database.query(
        "insert into keys (id, name, scopes, max_concurrency) values ($1, 'test', '{run}', $2)",
        [id, maxConcurrency ?? null],
      );
      return id;
    },
    async close() {
      for (const close of closing.toReversed()) await close();
      await test.close();
      await rm(workspaceDir, { recursive: true, force: true });
    },
  };
}

function playingRunner(play: Play): TalkRunner {
  return {
    async run(job, options) {
      await play(job, options);
      const path = join(job.workspace, "video.mp4");
      await writeFile(path, "a small video");
      return {
        path,
        fileName: "output.mp4",
        contentType: "video/mp4",
        sizeBytes: (await stat(path)).size,
        extras: [],
        duration: 2.5,
        frameCount: 63,
        warnings: [],
        timings: { total: 0.1 },
      };
    },
    close: async () => {},
  };
}

/** Keeps only rows of files, in the transactions in which the real ones are written. */
function rowsOnlyFiles(strayFiles: Set<string>): WorkerFiles {
  const owners = new Map<string, { keyId: string; requestId: string }>();
  return {
    fetchInputs: async () => ({}),
    async storeOutputs({ id: requestId, keyId }, made): Promise<SettledFile[]> {
      return made.map(({ fileName, contentType, sizeBytes }) => {
        const id = randomUUID().replaceAll("-", "").slice(0, 21);
        owners.set(id, { keyId, requestId });
        strayFiles.add(id);
        return { id, fileName, contentType, sizeBytes };
      });
    },
    async recordOutputs(transaction, made) {
      for (const { id, fileName, contentType, sizeBytes } of made) {
        const { keyId, requestId } = owners.get(id)!;
        await transaction.query(
          `insert into files (id, kind, key_id, request_id, object_key, file_name, content_type, size_bytes, state)
           values ($1, 'output', $2, $3, $1, $4, $5, $6, 'ready')`,
          [id, keyId, requestId, fileName, contentType, sizeBytes],
        );
      }
    },
    discardOutputs: async (made) => {
      for (const { id } of made) strayFiles.delete(id);
    },
    withUrls: async (value, base) =>
      JSON.parse(JSON.stringify(value).replaceAll("parlante-file:", `${base}/files/`)),
  };
}
