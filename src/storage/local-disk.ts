import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, copyFile, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../shared/errors.js";
import type { MadeFile } from "../video/index.js";
import type { Storage } from "./storage.js";

/** Keeps videos as files of this machine. */
export function createLocalDiskStorage(): Storage {
  return { prepare, store };
}

async function prepare(target: string): Promise<void> {
  const path = resolve(target);
  const directory = dirname(path);
  const found = await stat(directory).catch(() => null);
  if (!found)
    throw targetError(`The directory ${directory} does not exist. Create it, or choose another place.`);
  if (!found.isDirectory()) throw targetError(`${directory} is not a directory. Choose another place.`);
  if ((await stat(path).catch(() => null))?.isDirectory()) {
    throw targetError(
      `${path} is a directory. Give the name of a file, for example ${join(path, "video.mp4")}.`,
    );
  }
  await access(directory, constants.W_OK).catch((cause: unknown) => {
    throw targetError(`The directory ${directory} cannot be written to. Choose another place.`, cause);
  });
}

async function store<File extends MadeFile>(
  file: File,
  target: string,
): Promise<{ file: File; url: string }> {
  const path = resolve(target);
  try {
    await moveWhole(file.path, path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw targetError(`The file could not be written to ${path}: ${reason}.`, cause);
  }
  return { file: { ...file, path, fileName: basename(path) }, url: pathToFileURL(path).href };
}

/** Moves a file so that `target` is the old file or the whole new one at every instant, also to another disk. */
async function moveWhole(source: string, target: string): Promise<void> {
  try {
    await rename(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyAcross(source, target);
  }
  await syncDirectory(dirname(target));
}

async function copyAcross(source: string, target: string): Promise<void> {
  const beside = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.part`);
  try {
    await copyFile(source, beside, constants.COPYFILE_EXCL);
    const file = await open(beside, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {
      // The first error says more than a temporary file that could not be removed.
    });
    throw error;
  }
  await rm(source, { force: true });
}

/** Makes the new name itself survive a power cut; not every system can, and the file is whole without it. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function targetError(message: string, cause?: unknown): InputError {
  return new InputError("invalid_output_path", message, { field: ["out"], cause });
}
