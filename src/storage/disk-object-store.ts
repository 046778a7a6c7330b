import { randomUUID } from "node:crypto";
import { constants, createWriteStream } from "node:fs";
import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { asCancelled, ByteLimit, keepErrors } from "./byte-limit.js";
import { asStorageError } from "./disk-errors.js";
import { joinByCopying } from "./join-objects.js";
import { checkedObjectKey } from "./object-key.js";
import type { ByteRange, ObjectFacts, ObjectStore } from "./object-store.js";

/** Where files grow until they are whole; no key can begin with a dot. */
const INCOMING = ".incoming";
/** Read at once: larger pieces make long downloads cheaper. */
const READ_BYTES = 256 * 1024;
/** Nobody writes to a file that has not grown for so long: callers that stall are sent away earlier. */
const ABANDONED_MS = 15 * 60_000;

/**
 * Keeps objects as files below a directory. A file gets its name when its bytes are safely on the disk, so that
 * neither a crash nor a power cut leaves half of one.
 *
 * @param options.directory - made when needed; of this store alone
 */
export function createDiskObjectStore(options: { readonly directory: string }): ObjectStore {
  const root = resolve(options.directory);
  const incoming = join(root, INCOMING);
  const pathOf = (key: string) => join(root, checkedObjectKey(key));
  const startWriting = async () => {
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    return join(incoming, randomUUID());
  };

  const store: ObjectStore = {
    kind: "disk",
    put: (key, content, { maxBytes, signal }) => {
      const target = pathOf(key);
      keepErrors(content);
      return wholeOrNothing(startWriting, async (path) => {
        if (signal) addAbortSignal(signal, content);
        await writeStream(path, content, new ByteLimit(maxBytes)).catch((error: unknown) => {
          throw asCancelled(error, signal);
        });
        return settle(path, target, root);
      }).finally(() => content.destroy());
    },
    putFile: async (key, source) => {
      const target = pathOf(key);
      return (
        (await moveHere(source, target, root)) ??
        wholeOrNothing(startWriting, async (path) => {
          await copyFile(source, path, constants.COPYFILE_EXCL);
          await syncFile(path);
          const facts = await settle(path, target, root);
          await rm(source, { force: true });
          return facts;
        })
      );
    },
    head: async (key) => {
      const found = await unlessMissing(stat(pathOf(key)));
      return found?.isFile() ? { sizeBytes: found.size } : null;
    },
    open: (key, range) => openForReading(pathOf(key), range),
    copyToFile: async (key, path, signal) => {
      const content = await openForReading(pathOf(key));
      if (content === null) return false;
      await copyOut(content, path, signal);
      return true;
    },
    delete: (key) => rm(pathOf(key), { force: true }),
    join: (parts, key, joinOptions) => joinByCopying(store, parts, key, joinOptions),
    sweepLeftovers: (now) => removeOlder(incoming, new Date(now.getTime() - ABANDONED_MS)),
    check: async () => {
      try {
        const path = await startWriting();
        await writeFile(path, "x", { flush: true });
        await rm(path);
        return { ok: true };
      } catch (error) {
        return { ok: false, reason: `${root}: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
    close: async () => {},
  };
  return store;
}

/** Runs a write that ends with a rename; what it had written is removed when it fails. */
async function wholeOrNothing(
  startWriting: () => Promise<string>,
  write: (path: string) => Promise<ObjectFacts>,
): Promise<ObjectFacts> {
  let path: string | undefined;
  try {
    path = await startWriting();
    return await write(path);
  } catch (error) {
    if (path !== undefined)
      await rm(path, { force: true }).catch(() => {
        // The first error says more; the leftover is swept later.
      });
    throw asStorageError(error);
  }
}

async function writeStream(path: string, content: Readable, limit: ByteLimit): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      limit.add(chunk.length);
      await file.appendFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives a file whose bytes are on the disk its name, and makes the name last. */
async function settle(path: string, target: string, root: string): Promise<ObjectFacts> {
  const { size } = await stat(path);
  const directory = dirname(target);
  const firstMade = await mkdir(directory, { recursive: true, mode: 0o700 });
  await rename(path, target);
  // A new directory is an entry of the one above it: those must last too.
  const last = firstMade === undefined ? directory : dirname(firstMade);
  for (let made = directory; ; made = dirname(made)) {
    await syncDirectory(made);
    if (made === last || made === root || made === dirname(made)) break;
  }
  return { sizeBytes: size };
}

/** @returns null when the file lies on another disk */
async function moveHere(source: string, target: string, root: string): Promise<ObjectFacts | null> {
  try {
    await syncFile(source);
    return await settle(source, target, root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EXDEV") return null;
    throw asStorageError(error);
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Not every system can; the file is whole without it. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

async function openForReading(path: string, range?: ByteRange): Promise<Readable | null> {
  if (range !== undefined && range.end <= range.start) return Readable.from([]);
  const file: FileHandle | null = await unlessMissing(open(path, "r"));
  if (file === null) return null;
  return file.createReadStream({
    highWaterMark: READ_BYTES,
    ...(range === undefined ? {} : { start: range.start, end: range.end - 1 }),
  });
}

async function copyOut(content: Readable, path: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pipeline(content, createWriteStream(path, { flags: "wx" }), signal ? { signal } : {});
  } catch (error) {
    await rm(path, { force: true });
    throw asStorageError(asCancelled(error, signal));
  }
}

async function removeOlder(directory: string, untouchedSince: Date): Promise<number> {
  let removed = 0;
  for (const name of (await unlessMissing(readdir(directory))) ?? []) {
    const path = join(directory, name);
    const found = await unlessMissing(stat(path));
    if (found === null || found.mtime >= untouchedSince) continue;
    await rm(path, { recursive: true, force: true });
    removed++;
  }
  return removed;
}

async function unlessMissing<Result>(work: Promise<Result>): Promise<Result | null> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw asStorageError(error);
  }
}
