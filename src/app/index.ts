export { type App, type AppOptions, createApp } from "./engine.js";
export { type OpenRecords, openRecords } from "./records.js";
export {
  describeSettings,
  type Environment,
  ROLES,
  type Role,
  readServerSettings,
  type ServerSettings,
} from "./settings.js";

import type { ServerSettings } from "./settings.js";

/**
 * Runs the server until the signal fires and everything under way has ended.
 *
 * Loaded when it is called: the engine alone should not wait for HTTP and databases.
 *
 * @throws {@link ParlanteError} when it cannot start: the port is taken, keys are missing, the database is away
 */
export async function runServer(settings: ServerSettings, signal: AbortSignal): Promise<void> {
  const { runServer: run } = await import("./run-server.js");
  await run(settings, signal);
}
