import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

/** Only Linux tells about processes through files. */
const READS_PROC = process.platform === "linux";
/** How often the size of processes may be looked at; elsewhere that takes a process of its own. */
export const MEMORY_INTERVAL_MS = READS_PROC ? 100 : 1000;
const POLL_MS = 5;
/** A killed process runs no more of its code, but may hang in the system for a while, e.g. on a slow disk. */
const KILL_PATIENCE_MS = 2000;

/**
 * Resident memory of a process that leads a group, and of all that it started, bytes.
 *
 * Pages that several of them share count for each of them unless `exact`, which takes the system longer to find out.
 */
export async function memoryOf(leader: number, options: { exact?: boolean } = {}): Promise<number> {
  if (!READS_PROC) return memoryFromList(leader);
  const sizes = processesBelow(leader).map((id) => (options.exact ? proportionalSize(id) : residentSize(id)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Ends a whole group of processes at once; resolves when none of them runs any more. Never throws. */
export async function killGroup(leader: number): Promise<void> {
  const end = performance.now() + KILL_PATIENCE_MS;
  // Sent again and again: a process may have been about to start another one.
  while (signalGroup(leader) && hasRunningMember(leader) && performance.now() < end) await delay(POLL_MS);
}

/** @returns whether there is such a group */
function signalGroup(leader: number): boolean {
  try {
    process.kill(-leader, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

/** A process that has ended belongs to its group until somebody asks how; it does not run any more. */
function hasRunningMember(leader: number): boolean {
  if (!READS_PROC) return true;
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.some((id) => {
    const [state, , group] = statusFields(id);
    return Number(group) === leader && state !== "Z" && state !== "X";
  });
}

/** State, parent and group of a process; nothing when there is no such process. */
function statusFields(id: string): string[] {
  const text = readQuietly(`/proc/${id}/stat`);
  // The name in front may hold anything, also brackets and spaces.
  return text.slice(text.lastIndexOf(")") + 2).split(" ", 3);
}

/** A process and all below it. */
function processesBelow(leader: number): number[] {
  const children = readQuietly(`/proc/${leader}/task/${leader}/children`).split(" ").filter(Boolean);
  return [leader, ...children.flatMap((id) => processesBelow(Number(id)))];
}

function residentSize(id: number): number {
  return kilobytes(readQuietly(`/proc/${id}/status`), /^VmRSS:\s+(\d+) kB/m);
}

/** Shared pages are divided among those who share them. Kernels without that figure give the resident size. */
function proportionalSize(id: number): number {
  return kilobytes(readQuietly(`/proc/${id}/smaps_rollup`), /^Pss:\s+(\d+) kB/m) || residentSize(id);
}

function kilobytes(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0) * 1024;
}

async function memoryFromList(leader: number): Promise<number> {
  const list = await promisify(execFile)("ps", ["-A", "-o", "pgid=,rss="]).catch(() => ({ stdout: "" }));
  const lines = list.stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return lines.reduce((sum, [group, size = 0]) => sum + (group === leader ? size * 1024 : 0), 0);
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
