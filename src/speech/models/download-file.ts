import { type FileHandle, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { ParlanteError } from "../../shared/errors.js";
import {
  connectionReason,
  type FilePart,
  fetchPart,
  givenUp,
  isLoopback,
  PassingFailure,
} from "./fetch-part.js";
import { digestFile, type FileDigest, startDigest } from "./file-digest.js";
import type { ModelFile } from "./model.js";
import { wrongFile } from "./model-errors.js";

/** How patient downloads are. */
export type DownloadPatience = {
  /** Attempts in a row that bring less than {@link PROGRESS_BYTES}. */
  readonly attempts: number;
  /** Wait after the first failure, milliseconds; doubles each time. */
  readonly firstWaitMs: number;
  /** Longest silence of a server, milliseconds. */
  readonly stallMs: number;
};

/** Used when a pull says nothing else. */
export const PATIENCE: DownloadPatience = { attempts: 6, firstWaitMs: 500, stallMs: 30_000 };

/** An attempt that brought this much has not failed in vain: the count starts again. */
const PROGRESS_BYTES = 1 << 20;
const MAX_WAIT_MS = 15_000;

type Target = {
  readonly file: ModelFile;
  readonly path: string;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (bytes: number) => void;
};

/**
 * Fetches one file to `path`, going on where an earlier attempt or program stopped, and verifies it as it comes.
 *
 * Beside the file lies its validator (`.etag`) while it is incomplete.
 *
 * @param onBytes - told the bytes that are there, also when they become fewer
 * @returns the file's SHA-256
 * @throws EngineError `model_download_error` or `model_damaged`; a damaged file is removed
 */
export async function downloadFile(
  file: ModelFile,
  path: string,
  options: {
    readonly patience: DownloadPatience;
    readonly signal: AbortSignal | undefined;
    readonly onBytes: (bytes: number) => void;
  },
): Promise<string> {
  const { patience, signal, onBytes } = options;
  const dispatcher = openDispatcher(file.url, patience.stallMs);
  try {
    const target = { file, path, dispatcher, signal, onBytes };
    try {
      return await fetchAll(target, patience);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      // Parts of two versions may have met. One fresh start tells whether the server's file itself is wrong.
      await discard(path);
      return await fetchAll(target, patience);
    }
  } catch (error) {
    if (isDamaged(error)) await discard(path);
    throw error;
  } finally {
    await dispatcher.destroy();
  }
}

const isDamaged = (error: unknown): boolean =>
  error instanceof ParlanteError && error.code === "model_damaged";

/** The machine itself is never reached through a proxy; everything else as the environment says. */
function openDispatcher(url: string, stallMs: number): Dispatcher {
  const options = { connect: { timeout: stallMs }, headersTimeout: stallMs, bodyTimeout: stallMs };
  return isLoopback(new URL(url)) ? new Agent(options) : new EnvHttpProxyAgent(options);
}

async function fetchAll(target: Target, patience: DownloadPatience): Promise<string> {
  let failures = 0;
  let counted = await sizeOf(target.path);
  for (;;) {
    try {
      return await attempt(target);
    } catch (error) {
      target.signal?.throwIfAborted();
      const reason = error instanceof ParlanteError ? null : connectionReason(error);
      if (reason === null) throw error;
      const size = await sizeOf(target.path);
      failures = size >= counted + PROGRESS_BYTES ? 1 : failures + 1;
      counted = size;
      if (failures >= patience.attempts) throw givenUp(target.file.url, reason, error);
      const asked = error instanceof PassingFailure ? error.waitMs : 0;
      const wait = Math.max(asked, Math.min(MAX_WAIT_MS, patience.firstWaitMs * 2 ** (failures - 1)));
      await delay(wait, undefined, target.signal === undefined ? {} : { signal: target.signal });
    }
  }
}

/** One connection: asks for what is missing, and adds it to the file. */
async function attempt(target: Target): Promise<string> {
  const { file, path, signal } = target;
  let have = await sizeOf(path);
  const validator = await readFile(etagPath(path), "utf8").catch(() => null);
  if (have > file.sizeBytes) {
    await discard(path);
    have = 0;
  }
  const digest = startDigest(file);
  if (have === file.sizeBytes) {
    await digestFile(digest, path, signal);
    target.onBytes(have);
    return finish(digest, path);
  }
  const part = await fetchPart(file.url, have, validator, file.sizeBytes, target);
  try {
    await receive(part, digest, target);
  } catch (error) {
    part.body.on("error", () => {}).destroy();
    throw error;
  }
  return finish(digest, path);
}

async function receive(part: FilePart, digest: FileDigest, target: Target): Promise<void> {
  const { file, path, signal, onBytes } = target;
  if (part.start > 0) await digestFile(digest, path, signal);
  // The validator is written before the bytes that it vouches for, and never belongs to older ones.
  const handle = await open(path, part.start > 0 ? "r+" : "w", 0o644);
  try {
    if (part.start === 0) await keepValidator(path, part.validator);
    onBytes(part.start);
    for await (const chunk of part.body as AsyncIterable<Buffer>) {
      if (digest.length + chunk.length > file.sizeBytes)
        throw wrongFile(
          file.name,
          `has more than the ${file.sizeBytes} bytes that it should have`,
          MOVED_CURE,
        );
      await writeAll(handle, chunk, digest.length);
      digest.update(chunk);
      onBytes(digest.length);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  // A server that ends early without saying so looks like one that has finished.
  if (digest.length < file.sizeBytes) throw new PassingFailure("the connection broke");
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function finish(digest: FileDigest, path: string): Promise<string> {
  const sha256 = digest.verify(MOVED_CURE);
  await rm(etagPath(path), { force: true });
  return sha256;
}

async function keepValidator(path: string, validator: string | null): Promise<void> {
  if (validator === null) await rm(etagPath(path), { force: true });
  else await writeFile(etagPath(path), validator);
}

async function discard(path: string): Promise<void> {
  await Promise.all([rm(path, { force: true }), rm(etagPath(path), { force: true })]);
}

const etagPath = (path: string): string => `${path}.etag`;

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : 0;
}

const MOVED_CURE =
  "Pull again; if it stays so, its maker changed the file: update Parlante, or give the right files with --from.";
