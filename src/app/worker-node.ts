import { join } from "node:path";
import { createTalkPool, createWorker } from "../queue/index.js";
import { entryBeside } from "../shared/source-loader.js";
import type { Parts } from "./parts.js";
import { workspacesOf } from "./settings.js";

/** The part of a server that makes videos. */
export type WorkerNode = {
  /** Fetches no more, lets what runs finish for a while, and gives the rest back to the queue. */
  drain(): Promise<void>;
  close(): Promise<void>;
};

const BYTES_PER_MB = 1e6;

/** Starts a worker and its warm processes. Resolves when it takes requests. */
export async function startWorkerNode(parts: Parts, workerId: string): Promise<WorkerNode> {
  const { settings, logger } = parts;
  const pool = createTalkPool({
    entry: entryBeside(import.meta.url, "talk-child"),
    size: settings.renders,
    memoryLimitBytes: settings.memoryLimitMb * BYTES_PER_MB,
    timeLimit: settings.timeLimit,
    allowPrivateHosts: settings.allowsPrivateInputs,
    rigCacheDir: join(settings.dataDir, "rigs"),
    modelsDir: join(settings.dataDir, "models"),
    environment: process.env,
    log: logger,
  });
  const worker = createWorker({
    database: parts.database,
    board: parts.board,
    runner: pool,
    files: parts.files,
    webhooks: parts.webhooks,
    workerId,
    renders: settings.renders,
    retries: settings.retries,
    drainSeconds: settings.drainSeconds,
    pricePerSecond: settings.pricePerSecond,
    keepPayloadsDays: parts.keepPayloadsDays,
    workspaceDir: workspacesOf(settings),
    logger,
  });
  try {
    await worker.start();
  } catch (error) {
    await pool.close();
    throw error;
  }
  return {
    drain: () => worker.drain(),
    async close() {
      await worker.close();
      await pool.close();
    },
  };
}
