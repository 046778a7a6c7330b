import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../bin/parlante.mjs", import.meta.url));

/** How one run of the program ended. */
export type CliResult = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** A run of the program that is still under way. */
export type CliRun = {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves when standard error has shown the text; rejects when the program ends before. */
  readonly says: (text: string) => Promise<void>;
};

/** A folder for one test file: working directory of the program, with a temporary directory of its own inside. */
export type Bench = {
  readonly directory: string;
  path(name: string): string;
  /** Names of the program's own temporary files (tsx keeps its cache there as well). */
  leftovers(): string[];
  start(args: readonly string[], options?: SpawnOptions): CliRun;
  run(args: readonly string[], options?: SpawnOptions): Promise<CliResult>;
  remove(): void;
};

/** Makes a folder in which the program can be run as a user runs it. */
export function createBench(): Bench {
  const directory = mkdtempSync(join(tmpdir(), "parlante-scenario-"));
  const tempDirectory = join(directory, "tmp");
  mkdirSync(tempDirectory);
  const start = (args: readonly string[], options: SpawnOptions = {}): CliRun =>
    follow(
      spawn(process.execPath, [launcher, ...args], {
        cwd: directory,
        env: { ...process.env, TMPDIR: tempDirectory },
        stdio: ["ignore", "pipe", "pipe"],
        ...options,
      }),
    );
  return {
    directory,
    path: (name) => join(directory, name),
    leftovers: () => readdirSync(tempDirectory).filter((name) => !name.startsWith("tsx-")),
    start,
    run: (args, options) => start(args, options).ended,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function follow(child: ChildProcess): CliRun {
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without saying "${text}":\n${stderr}`)));
    });
  return { child, ended, says };
}

/** Processes below a process, at any depth (Linux only). */
export function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  if (children === "") return [];
  return children
    .split(" ")
    .map(Number)
    .flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Whether a process exists and is more than an entry that waits to be collected (Linux only). */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
