import { accessSync, constants, statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { throwIfCancelled } from "../shared/errors.js";
import { UsageError } from "./usage.js";

/**
 * The absolute path of a file that is to be written; checked before the work, not after it.
 *
 * @throws {@link UsageError} when it is a folder, lies in none, or may not be written
 */
export function writablePath(path: string, flag: string): string {
  const absolute = resolve(path);
  if (path === "" || isFolder(absolute)) throw new UsageError(`${flag} needs the name of a file.`);
  const folder = dirname(absolute);
  if (!isFolder(folder)) throw new UsageError(`${flag}: there is no folder ${folder}.`);
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`${flag}: nothing may be written in the folder ${folder}.`, { cause });
  }
  return absolute;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Writes a file that appears whole or not at all. */
export async function writeWhole(
  path: string,
  data: string | Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const partial = `${path}.${process.pid}.part`;
  try {
    await writeFile(partial, data);
    throwIfCancelled(signal);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
