import { execFile } from "node:child_process";
import { readFile, realpath, rm } from "node:fs/promises";
import { basename, join } from "node:path";

/** What a running PostgreSQL writes about itself into its data directory. */
export type PostmasterFile = { readonly pid: number; readonly socketDirectory: string };

/** @returns null when no PostgreSQL runs on this directory, nor was one killed */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | null> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => null);
  if (text === null) return null;
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 1 ? { pid, socketDirectory: lines[4] ?? "" } : null;
}

/** Whether a process is alive and is the PostgreSQL of this data directory, not another one with its old number. */
export async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  if (process.platform !== "linux") return (await commandOf(pid)) === "postgres";
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  // a zombie has ended, though nobody has asked for its exit status
  if (!/^Name:\tpostgres$/m.test(status) || /^State:\t[ZX]/m.test(status)) return false;
  const directory = await realpath(`/proc/${pid}/cwd`).catch(() => null);
  return directory === null || directory === (await realpath(cluster));
}

function commandOf(pid: number): Promise<string> {
  return new Promise((resolve) => {
    execFile("ps", ["-p", String(pid), "-o", "comm="], (error, output) =>
      resolve(error ? "" : basename(output.trim())),
    );
  });
}

/**
 * Removes what a killed PostgreSQL has left, where its number now belongs to a process of another kind, which
 * PostgreSQL would take for the old one. The start lock must be held.
 */
export async function removeStalePostmasterFile(cluster: string): Promise<void> {
  const file = await readPostmasterFile(cluster);
  if (file !== null && !(await isPostmaster(file.pid, cluster)))
    await rm(join(cluster, "postmaster.pid"), { force: true });
}
