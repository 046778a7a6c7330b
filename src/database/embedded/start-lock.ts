import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** A holder shows every second that it lives; one that has not for so long is dead, on whatever machine it was. */
const STALE_AFTER_MS = 15_000;
const REFRESH_INTERVAL_MS = 1_000;
const POLL_INTERVAL_MS = 25;

/** Locks that this process holds. A restarted container has the numbers of the one that was killed. */
const held = new Set<string>();

/**
 * Does `work` while no other process does it under the same lock file.
 *
 * @throws the signal's reason when it fires before the lock could be had
 */
export async function underStartLock<Result>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const id = randomUUID();
  const holder = JSON.stringify({ pid: process.pid, host: hostname(), id });
  held.add(id);
  try {
    return await whileHeld(path, holder, signal, work);
  } finally {
    held.delete(id);
  }
}

async function whileHeld<Result>(
  path: string,
  holder: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  while (!(await take(path, holder))) await delay(POLL_INTERVAL_MS, undefined, { signal });
  const refresh = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, REFRESH_INTERVAL_MS);
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    clearInterval(refresh);
    if ((await readFile(path, "utf8").catch(() => "")) === holder) await rm(path, { force: true });
  }
}

async function take(path: string, holder: string): Promise<boolean> {
  try {
    await writeFile(path, holder, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null || !(await isStale(path, text))) return false;
  // moved aside, not removed: of several who find it stale only one can
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return false;
  }
  const moved = await readFile(aside, "utf8").catch(() => text);
  if (moved === text) await rm(aside, { force: true });
  // somebody took it between our look and our move: it is theirs
  else await rename(aside, path);
  return false;
}

async function isStale(path: string, text: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > STALE_AFTER_MS) return true;
  const holder = parseHolder(text);
  if (holder === null || holder.host !== hostname()) return false;
  return holder.pid === process.pid ? !held.has(holder.id) : !isRunning(holder.pid);
}

function parseHolder(text: string): { pid: number; host: string; id: string } | null {
  try {
    const { pid, host, id } = JSON.parse(text);
    return Number.isInteger(pid) && pid > 0 ? { pid, host, id } : null;
  } catch {
    // its holder died while it was written, or is writing it
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
