import { readFile } from "node:fs/promises";
import { EngineError } from "../../shared/errors.js";
import { decodeModel } from "./model-file.js";
import type { AcousticNetwork } from "./network.js";

let loading: Promise<AcousticNetwork> | undefined;

/**
 * The acoustic model that comes along, trained by `npm run train:acoustic`. Loaded once.
 *
 * @throws EngineError when its file is missing or damaged
 */
export function loadAcousticModel(): Promise<AcousticNetwork> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<AcousticNetwork> {
  try {
    return decodeModel(await readFile(new URL("../../../models/acoustic.bin", import.meta.url)));
  } catch (cause) {
    const message = "The acoustic model could not be loaded. Install the package again.";
    throw new EngineError("internal_server_error", message, { cause }, false);
  }
}
