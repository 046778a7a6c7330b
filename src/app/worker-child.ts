/** Entry of the worker process of `parlante serve`: it makes videos, so that the process that answers need not. */
import { destination } from "pino";
import { createLogger } from "../shared/logger.js";
import { openParts, type Parts } from "./parts.js";
import type { ServerSettings } from "./settings.js";
import type { FromWorker, ToWorker } from "./worker-messages.js";
import { startWorkerNode, type WorkerNode } from "./worker-node.js";

/** How long giving back the work may take when the server has died. */
const FAREWELL_MS = 5_000;

let parts: Parts | null = null;
let node: WorkerNode | null = null;

process.on("message", (message: ToWorker) => {
  if (message.type === "start") void start(message.settings, message.workerId);
  else void end(true);
});
// Ctrl-C in a terminal reaches every process of the group; the server decides what it means.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("SIGTERM", () => void end(true));
process.on("disconnect", () => {
  setTimeout(() => process.exit(1), FAREWELL_MS).unref();
  void end(false);
});

async function start(settings: ServerSettings, workerId: string): Promise<void> {
  const logger = createLogger(settings.logLevel, destination({ dest: 2, sync: true }));
  try {
    parts = await openParts(settings, "worker", logger.child({ worker: workerId }));
    node = await startWorkerNode(parts, workerId);
    reply({ type: "ready" });
  } catch (error) {
    logger.error({ err: error }, "the worker could not start");
    process.exit(1);
  }
}

async function end(letsFinish: boolean): Promise<void> {
  try {
    if (letsFinish) await node?.drain();
    await node?.close();
    await parts?.close();
  } finally {
    reply({ type: "drained" });
    process.exit(0);
  }
}

function reply(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
