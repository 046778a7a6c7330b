import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { InstalledModel } from "../../models/model.js";
import { damagedModel } from "./neural-caller.js";

/**
 * Path of the only file of a model whose name ends in `ending`.
 *
 * @throws EngineError `model_damaged` where there is none
 */
export function modelFile({ entry, directory }: InstalledModel, ending: string): string {
  const names = entry.files.map(({ name }) => name).filter((name) => name.endsWith(ending));
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw damagedModel(entry.id, `The model ${entry.id} has ${names.length} files *${ending} instead of one`);
  }
  return join(directory, name);
}

/**
 * Reads a small file of a model.
 *
 * @throws EngineError `model_damaged` where it is missing or larger than `maxBytes`
 */
export async function readModelFile(id: string, path: string, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size <= maxBytes) return await readFile(path);
  } catch (error) {
    const reason = (error as { code?: unknown } | null)?.code ?? String(error);
    throw damagedModel(id, `The model ${id} cannot be read: ${path} (${String(reason)})`);
  }
  throw damagedModel(id, `The model ${id} cannot be used: ${path} is larger than ${maxBytes} bytes`);
}
