import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CancelledError } from "../../shared/errors.js";
import { MODEL_CATALOGUE } from "./catalogue.js";
import { copyFromDirectory } from "./copy-file.js";
import { type DownloadPatience, downloadFile, PATIENCE } from "./download-file.js";
import type { InstalledModel, ModelEntry, ModelState, ModelStore, PullOptions } from "./model.js";
import { explainStorage, storageFailed, unknownModel } from "./model-errors.js";
import { MANIFEST_NAME, MODEL_ID, modelEntry } from "./model-schema.js";
import { lock, type PullLock, tryLock } from "./pull-lock.js";

/** Where models are and which there are. */
export type ModelStoreOptions = {
  /** Made when the first model is pulled. */
  readonly directory: string;
  /** (default: {@link MODEL_CATALOGUE}) */
  readonly catalogue?: readonly ModelEntry[];
  /** (default: {@link PATIENCE}) */
  readonly patience?: DownloadPatience;
};

/**
 * Models below a directory, each in a folder with its id, next to a manifest.
 *
 * A model comes into being by one rename, after all of its files were verified. Several programs may use the
 * directory at once.
 */
export function createModelStore(options: ModelStoreOptions): ModelStore {
  const { directory, catalogue = MODEL_CATALOGUE, patience = PATIENCE } = options;
  const path = (id: string): string => join(directory, id);

  const examine = async (id: string): Promise<ModelState | null> => {
    const entry = await readManifest(path(id), id, catalogue);
    return entry === null ? null : stateOf(entry, path(id));
  };

  const find = async (id: string): Promise<InstalledModel | null> => {
    const found = MODEL_ID.test(id) ? await examine(id) : null;
    return found?.state === "installed" ? { entry: found.entry, directory: path(id) } : null;
  };

  const states = async (): Promise<readonly ModelState[]> => {
    const names = (await readdir(directory).catch(() => [])).filter((name) => MODEL_ID.test(name));
    const present = (await Promise.all(names.map(examine))).filter((state) => state !== null);
    const known = new Set(present.map(({ entry }) => entry.id));
    const absent = catalogue.filter(({ id }) => !known.has(id));
    return [...present, ...absent.map((entry) => ({ entry, state: "absent" as const }))].sort((a, b) =>
      a.entry.id < b.entry.id ? -1 : 1,
    );
  };

  const pull = async (id: string, pulling: PullOptions = {}): Promise<InstalledModel> => {
    const entry = catalogue.find((candidate) => candidate.id === id);
    if (entry === undefined || !modelEntry.safeParse(entry).success) throw unknownModel(id);
    const already = await find(id);
    if (already !== null) return already;
    try {
      await mkdir(directory, { recursive: true });
      const held = await lock(lockPath(directory, id), pulling.signal);
      try {
        // Who waited for another pull has nothing left to do.
        return (await find(id)) ?? (await install(entry, { directory, patience, held, pulling }));
      } finally {
        await held.release();
      }
    } catch (error) {
      if (pulling.signal?.aborted)
        throw new CancelledError("The pull was stopped; the next one goes on from there.");
      throw explainStorage(error, directory);
    }
  };

  const remove = async (id: string): Promise<boolean> => {
    if (!MODEL_ID.test(id)) throw unknownModel(id);
    if ((await stat(directory).catch(() => null)) === null) return false;
    try {
      const held = await tryLock(lockPath(directory, id));
      if (held === null)
        throw storageFailed(`${id} is being pulled. Stop that first, or wait until it is finished.`);
      try {
        const wasPartial = await removeTree(join(directory, partialName(id)));
        return (await putAside(path(id), directory)) || wasPartial;
      } finally {
        await held.release();
      }
    } catch (error) {
      throw explainStorage(error, directory);
    }
  };

  const installed = async (): Promise<readonly InstalledModel[]> =>
    (await states())
      .filter(({ state }) => state === "installed")
      .map(({ entry }) => ({ entry, directory: path(entry.id) }));

  return { installed, find, states, pull, remove };
}

type Installation = {
  readonly directory: string;
  readonly patience: DownloadPatience;
  readonly held: PullLock;
  readonly pulling: PullOptions;
};

async function install(entry: ModelEntry, installation: Installation): Promise<InstalledModel> {
  const { directory, held, pulling } = installation;
  const partial = join(directory, partialName(entry.id));
  await mkdir(partial, { recursive: true });
  await demandSpace(entry, partial, directory);
  await fetchFiles(entry, partial, installation);
  await clean(entry, partial);
  await writeFile(join(partial, MANIFEST_NAME), `${JSON.stringify(entry, null, 2)}\n`);
  pulling.signal?.throwIfAborted();
  if (!(await held.holds()))
    throw storageFailed(`Another program took over the pull of ${entry.id}. Pull again when it is finished.`);
  const target = join(directory, entry.id);
  // What lies there is damaged, or it would have been found.
  await putAside(target, directory);
  await rename(partial, target);
  return { entry, directory: target };
}

async function fetchFiles(entry: ModelEntry, partial: string, installation: Installation): Promise<void> {
  const { from, onProgress, onUnverified, signal } = installation.pulling;
  const totalBytes = sizeOf(entry);
  let before = 0;
  for (const file of entry.files) {
    const done = before;
    const onBytes = (bytes: number): void =>
      onProgress?.({ file: file.name, doneBytes: done + bytes, totalBytes });
    const target = join(partial, file.name);
    const sha256 =
      from === undefined
        ? await downloadFile(file, target, { patience: installation.patience, signal, onBytes })
        : await copyFromDirectory(file, target, { from, modelId: entry.id, signal, onBytes });
    if (file.sha256 === undefined && file.md5 === undefined) onUnverified?.(file.name, sha256);
    before += file.sizeBytes;
  }
}

/** Bytes of all files of a model. */
export function sizeOf({ files }: ModelEntry): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Says before the download, not at its end, that the disk is too small. */
async function demandSpace(entry: ModelEntry, partial: string, directory: string): Promise<void> {
  const there = await Promise.all(
    entry.files.map(async ({ name }) => (await stat(join(partial, name)).catch(() => null))?.size ?? 0),
  );
  const missing = sizeOf(entry) - there.reduce((sum, size) => sum + size, 0);
  const { bavail, bsize } = await statfs(directory);
  if (missing <= bavail * bsize) return;
  const inMb = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw storageFailed(
    `${entry.id} needs ${inMb(missing)} more, and only ${inMb(bavail * bsize)} are free at ${directory}. Free some space, or set PARLANTE_DATA to a larger disk.`,
  );
}

/** Removes what does not belong to the model, so that a folder holds its files and nothing else. */
async function clean(entry: ModelEntry, partial: string): Promise<void> {
  const wanted = new Set(entry.files.map(({ name }) => name));
  const others = (await readdir(partial)).filter((name) => !wanted.has(name));
  await Promise.all(others.map((name) => rm(join(partial, name), { recursive: true, force: true })));
}

/** The entry under which a folder was installed; null when it is no model of ours. */
async function readManifest(
  folder: string,
  id: string,
  catalogue: readonly ModelEntry[],
): Promise<ModelEntry | null> {
  try {
    const entry = modelEntry.parse(JSON.parse(await readFile(join(folder, MANIFEST_NAME), "utf8")));
    if (entry.id === id) return entry;
  } catch {
    // Then the catalogue says what should be here.
  }
  const isFolder = (await stat(folder).catch(() => null))?.isDirectory() === true;
  return isFolder ? (catalogue.find((candidate) => candidate.id === id) ?? null) : null;
}

/** Names and sizes only: hashes were verified when the files came, and would take seconds each time. */
async function stateOf(entry: ModelEntry, folder: string): Promise<ModelState> {
  const sound = await stat(join(folder, MANIFEST_NAME)).catch(() => null);
  if (sound === null) return { entry, state: "damaged", reason: `${MANIFEST_NAME} is missing` };
  for (const { name, sizeBytes } of entry.files) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found === null || !found.isFile()) return { entry, state: "damaged", reason: `${name} is missing` };
    if (found.size !== sizeBytes)
      return { entry, state: "damaged", reason: `${name} has ${found.size} bytes instead of ${sizeBytes}` };
  }
  return { entry, state: "installed" };
}

/** Removes a folder in such a way that it is whole or gone for everybody who looks. */
async function putAside(folder: string, directory: string): Promise<boolean> {
  const aside = join(directory, `.removed-${randomUUID()}`);
  try {
    await rename(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
  return true;
}

async function removeTree(folder: string): Promise<boolean> {
  const existed = (await stat(folder).catch(() => null)) !== null;
  await rm(folder, { recursive: true, force: true });
  return existed;
}

const partialName = (id: string): string => `.partial-${id}`;
const lockPath = (directory: string, id: string): string => join(directory, `.lock-${id}`);
