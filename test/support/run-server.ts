import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { descendantsOf, isAlive } from "./run-cli.js";

const launcher = fileURLToPath(new URL("../../bin/parlante.mjs", import.meta.url));
/** How long a server may take to be ready, on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** A real server, started as a user starts it, on a free port of this machine. */
export type RunningServer = {
  /** E.g. `http://127.0.0.1:43121`. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly child: ChildProcess;
  /** All that it has written so far, standard output and standard error. */
  output(): string;
  /** Ends it with SIGTERM and resolves with its exit code; kills what is left after so many milliseconds. */
  stop(graceMs?: number): Promise<number | null>;
  /** kill -9 of the main process only; resolves when it has ended, whatever becomes of its children. */
  kill(): Promise<void>;
  /** Another command of the program, with the same data. */
  parlante(args: readonly string[]): Promise<{ stdout: string; stderr: string }>;
  /** The processes below it at this moment (Linux only). */
  processes(): { pid: number; command: string }[];
};

export type ServerOptions = {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Kept by the caller; a new one is made, and removed at the end, without it. */
  readonly dataDir?: string;
};

/** Starts a server and waits until it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "parlante-server-"));
  const child = spawn(process.execPath, [launcher, "serve", "--port", "0", ...(options.args ?? [])], {
    env: {
      ...process.env,
      PARLANTE_DATA: dataDir,
      PARLANTE_ALLOW_PRIVATE_INPUTS: "true",
      PARLANTE_ALLOW_PRIVATE_WEBHOOKS: "true",
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const url = await readyUrl(() => output, ended).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  const stop = async (graceMs = 30_000): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
    const code = await ended;
    clearTimeout(timer);
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    return code;
  };
  return {
    url,
    port: Number(new URL(url).port),
    dataDir,
    child,
    output: () => output,
    stop,
    async kill() {
      // "close" would wait for its children, too, which have the same standard error.
      const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
      child.kill("SIGKILL");
      await exited;
    },
    parlante: (args) =>
      promisify(execFile)(process.execPath, [launcher, ...args], {
        env: { ...process.env, PARLANTE_DATA: dataDir, ...options.environment },
      }),
    processes: () =>
      descendantsOf(child.pid!)
        .filter(isAlive)
        .map((pid) => ({ pid, command: commandOf(pid) })),
  };
}

/** The line "ready: http://…" of a server that has started. */
async function readyUrl(output: () => string, ended: Promise<unknown>): Promise<string> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const url = /ready: (http:\/\/\S+)/.exec(output())?.[1];
    if (url) return url;
    if (isOver) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The server did not become ready:\n${output()}`);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
