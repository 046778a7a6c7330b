import { rmSync } from "node:fs";
import { Worker } from "node:worker_threads";

/** Sees to it that this process does not outlive the one that started it. */
export type ParentGuard = {
  /** Says which directory is removed when the parent dies; null: none. */
  watchOver(workspace: string | null): void;
};

/** Milliseconds between two looks at the parent, for when this process is too busy to hear of its end. */
const INTERVAL_MS = 200;
const RETRIES = 5;

/**
 * A thread that is never busy: it ends the process, and all of its group, when the parent has changed. As text, because
 * a thread has no loader for TypeScript, and starting one would take longer than all the rest of it.
 */
const WATCH = `
const { rmSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");
let workspace = null;
parentPort.on("message", (path) => { workspace = path; });
setInterval(() => {
  if (process.ppid === workerData.parentPid) return;
  try {
    if (workspace !== null) rmSync(workspace, { recursive: true, force: true, maxRetries: ${RETRIES} });
  } finally {
    try { process.kill(-process.pid, "SIGKILL"); } catch { process.kill(process.pid, "SIGKILL"); }
  }
}, ${INTERVAL_MS});
`;

/**
 * Ends this process, and all that it started, when the parent dies: at once when the channel to it breaks, and within
 * a moment when this process is in the middle of a long computation.
 */
export function endWithParent(parentPid: number): ParentGuard {
  let workspace: string | null = null;
  const thread = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: { parentPid },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  thread.unref();
  process.on("disconnect", () => {
    try {
      if (workspace !== null) rmSync(workspace, { recursive: true, force: true, maxRetries: RETRIES });
    } finally {
      endGroup();
    }
  });
  // Ctrl-C and the like are for the parent, who decides what they mean.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  return {
    watchOver(path) {
      workspace = path;
      thread.postMessage(path);
    },
  };
}

/** All of the group, of which this process is the head: also what hangs in native code. */
function endGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // Started by hand, without a group of its own.
    process.kill(process.pid, "SIGKILL");
  }
}
