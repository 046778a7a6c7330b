import { randomUUID } from "node:crypto";
import { destination } from "pino";
import { createLogger } from "../shared/logger.js";
import { startApiNode } from "./api-node.js";
import { openParts } from "./parts.js";
import type { ServerSettings } from "./settings.js";
import { startWorkerNode } from "./worker-node.js";
import { superviseWorker } from "./worker-supervisor.js";

/** What can be stopped in two steps. */
type Node = { drain(): Promise<void>; close(): Promise<void> };

const STANDARD_ERROR = 2;
/** After what a worker may take, for answers that wait for it. */
const EXTRA_GRACE_MS = 2_000;

/** As `runServer` of `serve.ts`, which loads this. */
export async function runServer(
  settings: ServerSettings,
  { signal, announce }: { readonly signal: AbortSignal; readonly announce: (text: string) => void },
): Promise<void> {
  const logger = createLogger(settings.logLevel, destination({ dest: STANDARD_ERROR, sync: true }));
  const parts = await openParts(settings, settings.role, logger);
  const nodes: Node[] = [];
  const graceMs = settings.drainSeconds * 1000 + EXTRA_GRACE_MS;
  try {
    let url: string | null = null;
    if (settings.role !== "worker") {
      const api = await startApiNode(parts);
      nodes.push({ drain: () => api.drain(graceMs), close: () => api.close() });
      url = api.url;
    }
    if (settings.role === "worker") nodes.push(await startWorkerNode(parts, randomUUID()));
    if (settings.role === "all") {
      const worker = superviseWorker(parts);
      nodes.push(worker);
      await Promise.race([worker.ready, fired(signal)]);
    }
    announce(url === null ? "Parlante's worker is ready." : `Parlante is ready: ${url}`);
    logger.info({ role: settings.role, url, version: parts.version }, "ready");
    await fired(signal);
    logger.info("stopping");
    await Promise.all(nodes.map((node) => node.drain()));
  } finally {
    for (const part of [...nodes.reverse(), parts])
      await part.close().catch((error: unknown) => {
        logger.error({ err: error }, "something could not be closed");
      });
    logger.info("stopped");
  }
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
