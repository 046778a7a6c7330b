import type { ServerSettings } from "./settings.js";

/** From the server to the worker process that it has started. */
export type ToWorker =
  | { readonly type: "start"; readonly settings: ServerSettings; readonly workerId: string }
  | { readonly type: "drain" };

/** From the worker process. */
export type FromWorker = { readonly type: "ready" } | { readonly type: "drained" };
