import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const REFRESH_MS = 1_000;
const POLL_MS = 100;
/** A holder touches its file every second; one that was not touched for so long is dead. */
const STALE_AFTER_MS = 15_000;

/** The right to change one model, until it is given back. */
export type PullLock = {
  /** Whether it is still ours. A program that was asleep for long may have lost it. */
  holds(): Promise<boolean>;
  release(): Promise<void>;
};

/** Takes the lock if nobody has it. */
export async function tryLock(path: string): Promise<PullLock | null> {
  const token = randomUUID();
  try {
    await writeFile(path, token, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
    throw error;
  }
  const holds = async (): Promise<boolean> => (await readFile(path, "utf8").catch(() => "")) === token;
  const refresh = setInterval(() => {
    const now = new Date();
    void holds().then((ours) => (ours ? utimes(path, now, now).catch(() => {}) : undefined));
  }, REFRESH_MS);
  refresh.unref();
  return {
    holds,
    release: async () => {
      clearInterval(refresh);
      if (await holds()) await rm(path, { force: true });
    },
  };
}

/**
 * Waits until the lock is free, and takes it. One whose holder died is taken over.
 *
 * @param staleAfterMs - how long a holder may seem dead
 * @throws the signal's reason when it fires first
 */
export async function lock(
  path: string,
  signal: AbortSignal | undefined,
  staleAfterMs = STALE_AFTER_MS,
): Promise<PullLock> {
  // Ages are measured by our own clock only: that of the file system may be another one.
  let seen = "";
  let since = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const taken = await tryLock(path);
    if (taken !== null) return taken;
    const state = await stateOf(path);
    if (state !== seen) {
      seen = state;
      since = performance.now();
    } else if (performance.now() - since > staleAfterMs) {
      await breakLock(path, state);
      seen = "";
    }
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/** Who holds it, and when that one showed a sign of life. */
async function stateOf(path: string): Promise<string> {
  try {
    const [token, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return `${token} ${mtimeMs}`;
  } catch {
    return "";
  }
}

/** Puts a dead lock out of the way by a rename, which only one of several that wait can do. */
async function breakLock(path: string, state: string): Promise<void> {
  if ((await stateOf(path)) !== state) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  await rm(aside, { force: true });
}
