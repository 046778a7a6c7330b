import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { releaseJobsOf } from "../queue/index.js";
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

/**
 * Keeps a worker process running beside this one, so that answers never wait for a render.
 *
 * When it dies, what it held goes back to the queue at once, and another one is started.
 * Resolves when the first one takes requests.
 */
export async function superviseWorker(parts: Parts): Promise<WorkerNode> {
  const { logger, settings } = parts;
  let isEnding = false;
  let child: ChildProcess | null = null;
  let pauseMs = FIRST_PAUSE_MS;

  async function keepRunning(onReady: () => void): Promise<void> {
    while (!isEnding) {
      const workerId = randomUUID();
      const start = performance.now();
      child = startWorker(parts, workerId, onReady);
      const reason = await ended(child);
      if (isEnding) return;
      logger.warn({ worker: workerId, reason }, "the worker died; another one is started");
      const released = await releaseJobsOf(parts, workerId).catch((error: unknown) => {
        logger.error({ err: error }, "what a dead worker held comes back after its heartbeat");
        return 0;
      });
      logger.info({ worker: workerId, released }, "requests of the dead worker are tried again");
      pauseMs =
        performance.now() - start > HEALTHY_MS ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      await delay(pauseMs);
    }
  }

  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    running = keepRunning(resolve);
    running.catch(reject);
  });

  async function end(graceMs: number): Promise<void> {
    isEnding = true;
    if (child?.connected) child.send({ type: "drain" } satisfies ToWorker);
    const timer = setTimeout(() => child?.kill("SIGKILL"), graceMs);
    await running;
    clearTimeout(timer);
  }
  return {
    drain: () => end(settings.drainSeconds * 1000 + EXTRA_GRACE_MS),
    close: () => end(EXTRA_GRACE_MS),
  };
}

function startWorker(parts: Parts, workerId: string, onReady: () => void): ChildProcess {
  const entry = new URL(
    import.meta.url.endsWith(".ts") ? "./worker-child.ts" : "./worker-child.js",
    import.meta.url,
  );
  // By its full address: a bare name would be looked up in the caller's working directory.
  const loader = createRequire(import.meta.url).resolve("tsx");
  const execArgv = entry.pathname.endsWith(".ts") ? ["--import", pathToFileURL(loader).href] : [];
  const child = fork(fileURLToPath(entry), [], { execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
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
