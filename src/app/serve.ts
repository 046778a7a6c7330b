/**
 * The second way into this folder, for the commands that have to do with the server: it loads neither the engine
 * nor, until they are called, HTTP and databases.
 */
import type { InspectedDatabase } from "./inspect.js";
import type { OpenModels } from "./models.js";
import type { OpenRecords } from "./records.js";
import { type Environment, readServerSettings, type ServerSettings } from "./settings.js";
import type { OpenVoices } from "./voices.js";

export type { InstalledModel, ModelEntry, ModelState, ModelStore } from "../speech/index.js";
export type { InspectedDatabase } from "./inspect.js";
export type { OpenModels } from "./models.js";
export type { OpenRecords } from "./records.js";
export {
  describeSettings,
  type Environment,
  type Role,
  readServerSettings,
  type ServerSettings,
} from "./settings.js";
export type { ListedVoice, OpenVoices, VoicePreview } from "./voices.js";

/**
 * Runs the server until the signal fires and everything under way has ended.
 *
 * @param announce - told the address when the server is ready
 * @throws {@link ParlanteError} when it cannot start: the port is taken, keys are missing, the database is away
 */
export async function runServer(
  settings: ServerSettings,
  options: { readonly signal: AbortSignal; readonly announce: (text: string) => void },
): Promise<void> {
  const { runServer: run } = await import("./run-server.js");
  await run(settings, options);
}

/** Opens the database that an environment names; starts ours when it names none and none runs. */
export async function openRecords(environment: Environment): Promise<OpenRecords> {
  const { openRecordsOf } = await import("./records.js");
  return openRecordsOf(readServerSettings(environment), "parlante");
}

/** Opens the database of a server for `parlante doctor`, and changes nothing in it. */
export async function inspectDatabase(settings: ServerSettings): Promise<InspectedDatabase> {
  const { inspectDatabase: inspect } = await import("./inspect.js");
  return inspect(settings);
}

/** Whether files can be kept where the settings say, for `parlante doctor`. */
export async function inspectStore(settings: ServerSettings): Promise<{ ok: boolean; fact: string }> {
  const { inspectStore: inspect } = await import("./inspect.js");
  return inspect(settings);
}

/** The neural voices and recognisers of the data directory that an environment names. */
export async function openModels(environment: Environment): Promise<OpenModels> {
  const { openModelsOf } = await import("./models.js");
  return openModelsOf(environment);
}

/** The voices, and which engine speaks each with the models of the data directory that an environment names. */
export async function openVoices(environment: Environment): Promise<OpenVoices> {
  const { openVoicesOf } = await import("./voices.js");
  return openVoicesOf(environment);
}
