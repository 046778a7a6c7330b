import { randomBytes, randomUUID } from "node:crypto";
import { once, setMaxListeners } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { pino } from "pino";
import { createCallerDirectory, createKeyStore, type KeyOptions } from "../../src/keys/index.js";
import {
  createLiveVideos,
  createTalkQueue,
  createWorker,
  type TalkQueue,
  type Worker,
  type WorkerFiles,
} from "../../src/queue/index.js";
import { createBodySpace } from "../../src/server/fal/body-space.js";
import { createFront } from "../../src/server/front/front.js";
import { createQueueSurface } from "../../src/server/queue/queue-surface.js";
import { createRunSurface } from "../../src/server/run/run-surface.js";
import {
  SURFACES,
  type Surface,
  type SurfaceApp,
  type SurfaceEnvironment,
} from "../../src/server/surface.js";
import { createScriptedRunner } from "./scripted-runner.js";
import { startTestDatabase, type TestDatabase } from "./test-database.js";

/** The fal routes on a real port, with a real queue and worker; only the making of videos is played. */
export type FalServer = {
  /** E.g. `http://127.0.0.1:43121`. */
  readonly url: string;
  readonly database: TestDatabase["database"];
  readonly queue: TalkQueue;
  /** Ids of requests that were stopped while they ran. */
  readonly stopped: readonly string[];
  /** Bodies as they came to be searched for files. */
  readonly extracted: readonly unknown[];
  makeKey(options?: Partial<KeyOptions>): Promise<string>;
  /** Starts the worker; requests wait before. */
  startWorker(): Promise<Worker>;
  close(): Promise<void>;
};

/** Starts one; without keys until one is made. */
export async function startFalServer(
  options: { renders?: number; cacheSeconds?: number; livePatienceMs?: number } = {},
): Promise<FalServer> {
  const { database, board, close: closeDatabase } = await startTestDatabase();
  const logger = pino({ level: process.env.PARLANTE_TEST_LOG ?? "silent" });
  const webhooks = { enqueue: async () => {} };
  const queue = await createTalkQueue({ database, board, webhooks, keepPayloadsDays: 30, logger });
  const callers = createCallerDirectory({
    database,
    secret: randomBytes(32),
    allowsKeyless: true,
    // A key that a test makes counts at once.
    cacheSeconds: options.cacheSeconds ?? 0,
  });
  const keys = createKeyStore(database);
  const workspaceDir = await mkdtemp(join(tmpdir(), "parlante-fal-"));
  const runner = createScriptedRunner();
  const files = playedFiles();
  const worker = createWorker({
    database,
    board,
    runner,
    files,
    webhooks,
    workerId: randomUUID(),
    renders: options.renders ?? 2,
    retries: 2,
    drainSeconds: 0,
    pricePerSecond: 0.1,
    keepPayloadsDays: 30,
    workspaceDir,
    logger,
  });

  const extracted: unknown[] = [];
  const parts = {
    queue,
    callers,
    liveVideos: createLiveVideos(workspaceDir),
    livePatienceMs: options.livePatienceMs ?? 10_000,
    inputs: {
      async extract(body: unknown) {
        extracted.push(body);
        return JSON.parse(
          JSON.stringify(body).replaceAll(/data:[^"]{1000,}/g, () => `parlante-input:${randomUUID()}`),
        );
      },
    },
    bodySpace: createBodySpace(),
    files,
  };
  const front = createFront({
    surfaces: {
      ...nothingElse(),
      run: createRunSurface(parts),
      queue: createQueueSurface({ ...parts, allowsHttpWebhooks: false }),
    },
    callers,
    settings: { publicUrl: null, trustsProxy: false, corsOrigins: null, host: "127.0.0.1" },
    logger,
  });
  const draining = new AbortController();
  setMaxListeners(0, draining.signal);
  const server = createAdaptorServer({
    fetch: (request, environment) =>
      front.fetch(request, { ...(environment as HttpBindings), draining: draining.signal }),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    database,
    queue,
    stopped: runner.stopped,
    extracted,
    makeKey: async (key) => (await keys.create({ name: "test", ...key })).text,
    async startWorker() {
      await worker.start();
      return worker;
    },
    async close() {
      draining.abort();
      if ("closeAllConnections" in server) server.closeAllConnections();
      server.close();
      await worker.close();
      await queue.close();
      await closeDatabase();
      await rm(workspaceDir, { recursive: true, force: true });
    },
  };
}

function playedFiles(): WorkerFiles {
  return {
    fetchInputs: async () => ({}),
    storeOutputs: async (_request, made) =>
      made.map(({ fileName, contentType, sizeBytes }) => ({
        id: randomBytes(16).toString("base64url").slice(0, 21),
        fileName,
        contentType,
        sizeBytes,
      })),
    recordOutputs: async () => {},
    discardOutputs: async () => {},
    withUrls: async (value, base) =>
      JSON.parse(JSON.stringify(value).replaceAll("parlante-file:", `${base}/files/`)),
  };
}

function nothingElse(): Record<Surface, SurfaceApp> {
  return Object.fromEntries(
    SURFACES.map((surface) => [surface, new Hono<SurfaceEnvironment>()]),
  ) as unknown as Record<Surface, SurfaceApp>;
}
