import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { releaseJobsOf } from "../queue/index.js";
import { entryBeside, sourceLoaderFlags } from "../shared/source-loader.js";
import type { Parts } from "./parts.js";
import type { FromWorker, ToWorker } from "./worker-messages.js";
import type { WorkerNode } from "./worker-node.js";

/** Waiting before a worker that keeps dying is started again. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived for so long was well. */
const HEALTHY_MS = 30_000;
/** After its own time for draining, a worker that does not end is ended. */
const EXTRA_GRACE_MS = 5_000;

/** A worker process that is kept running. */
export type SupervisedWorker = WorkerNode & {
  /** Resolves when the first one takes requests. */
  readonly ready: Promise<void>;
};

/**
 * Keeps a worker process running beside this one, so that answers never wait for a render.
 *
 * When it dies, what it held goes back to the queue at once, and another one is started.
 */
export function superviseWorker(parts: Parts): SupervisedWorker {
  const { logger, settings } = parts;
  const ending = new AbortController();
  let child: ChildProcess | null = null;
  let becomeReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });

  async function keepRunning(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!ending.signal.aborted) {
      const workerId = randomUUID();
      const start = performance.now();
      child = startWorker(parts, workerId, becomeReady);
      const reason = await ended(child);
      if (ending.signal.aborted) return;
      logger.warn({ worker: workerId, reason }, "the worker died; another one is started");
      await releaseFrom(parts, workerId);
      const wasHealthy = performance.now() - start > HEALTHY_MS;
      pauseMs = wasHealthy ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      await delay(pauseMs, undefined, { signal: ending.signal }).catch(() => {});
    }
  }

  const running = keepRunning();
  async function end(graceMs: number): Promise<void> {
    ending.abort();
    if (child?.connected) child.send({ type: "drain" } satisfies ToWorker);
    const timer = setTimeout(() => child?.kill("SIGKILL"), graceMs);
    await running;
    clearTimeout(timer);
  }
  return {
    ready,
    drain: () => end(settings.drainSeconds * 1000 + EXTRA_GRACE_MS),
    close: () => end(EXTRA_GRACE_MS),
  };
}

/** Gives back what a dead worker held. */
async function releaseFrom(parts: Parts, workerId: string): Promise<void> {
  try {
    const released = await releaseJobsOf(parts, workerId);
    if (released > 0)
      parts.logger.info({ worker: workerId, released }, "requests of a dead worker are tried again");
  } catch (error) {
    parts.logger.error({ err: error }, "what a dead worker held comes back after its heartbeat");
  }
}

function startWorker(parts: Parts, workerId: string, onReady: () => void): ChildProcess {
  const entry = entryBeside(import.meta.url, "worker-child");
  const child = fork(fileURLToPath(entry), [], {
    execArgv: sourceLoaderFlags(entry),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.on("message", (message: FromWorker) => {
    if (message.type === "ready") onReady();
  });
  child.send({ type: "start", settings: parts.settings, workerId } satisfies ToWorker, () => {
    // A process that could not take it has ended, which is noticed.
  });
  return child;
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}
