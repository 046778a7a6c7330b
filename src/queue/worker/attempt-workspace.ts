import { readFileSync, readlinkSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

const OWNER_FILE = "owner.json";
/** Name of a video that grows, in the directory of its attempt: it goes with it, whatever becomes of the worker. */
export const LIVE_FILE = "live-video";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Which process a worker is, as far as it can be told apart from all others. */
type Owner = {
  readonly host: string;
  /** Process ids mean something only within one start of one machine and one namespace. */
  readonly realm: string | null;
  readonly pid: number;
  readonly startedAt: string | null;
};

/** The directory of one worker, with one below it for each attempt. */
export type WorkerDirectory = {
  /** Makes the directory of an attempt. */
  open(requestId: string, attempt: number): Promise<string>;
  /** Removes the directory of an attempt, if it is there. */
  discard(requestId: string, attempt: number): Promise<void>;
  /** Removes everything. */
  close(): Promise<void>;
};

/** Makes the directory of a worker below `parent`. */
export async function openWorkerDirectory(parent: string, workerId: string): Promise<WorkerDirectory> {
  const directory = join(parent, workerId);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Whole or absent: a half-written note would make us look dead.
  const draft = join(directory, `${OWNER_FILE}.new`);
  await writeFile(draft, JSON.stringify(thisProcess()));
  await rename(draft, join(directory, OWNER_FILE));
  const attemptDirectory = (requestId: string, attempt: number) =>
    join(directory, attemptName(requestId, attempt));
  return {
    async open(requestId, attempt) {
      const path = attemptDirectory(requestId, attempt);
      await mkdir(path, { recursive: true, mode: 0o700 });
      return path;
    },
    discard: (requestId, attempt) =>
      rm(attemptDirectory(requestId, attempt), { recursive: true, force: true, maxRetries: 3 }),
    close: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Where a worker, which may be another process with the same `parent`, lets the video of an attempt grow. */
export function livePathOf(
  parent: string,
  { workerId, requestId, attempt }: { workerId: string; requestId: string; attempt: number },
): string {
  return join(parent, workerId, attemptName(requestId, attempt), LIVE_FILE);
}

function attemptName(requestId: string, attempt: number): string {
  return `${requestId}-${attempt}`;
}

/** Ids of workers whose directories lie below `parent` and whose processes have certainly ended. */
export async function findDeadWorkers(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  const dead: string[] = [];
  for (const name of names.filter((name) => UUID.test(name))) {
    const owner = await readOwner(join(parent, name));
    if (owner !== null && isCertainlyDead(owner)) dead.push(name);
  }
  return dead;
}

/** Removes what a worker left behind. */
export async function removeWorkerDirectory(parent: string, workerId: string): Promise<void> {
  if (!UUID.test(workerId)) return;
  await rm(join(parent, workerId), { recursive: true, force: true, maxRetries: 3 });
}

async function readOwner(directory: string): Promise<Owner | null> {
  try {
    const owner = JSON.parse(await readFile(join(directory, OWNER_FILE), "utf8")) as Owner;
    return Number.isInteger(owner.pid) ? owner : null;
  } catch {
    return null;
  }
}

function isCertainlyDead(owner: Owner): boolean {
  // Of another machine, an earlier start of this one, or another container nothing is known.
  if (owner.host !== hostname() || owner.realm !== realm()) return false;
  if (!isAlive(owner.pid)) return true;
  // The number may have been given to another process since.
  const startedAt = startOf(owner.pid);
  return owner.startedAt !== null && startedAt !== null && owner.startedAt !== startedAt;
}

function thisProcess(): Owner {
  return { host: hostname(), realm: realm(), pid: process.pid, startedAt: startOf(process.pid) };
}

function realm(): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** When a process began, in ticks since the start of the machine; null where that cannot be told. */
function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[19] ?? null;
  } catch {
    return null;
  }
}
