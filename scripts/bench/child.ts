import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type MemoryPeaks, MemoryWatch } from "./memory-watch.js";

/** What a child process of the benchmark reports. */
type Message<Result> =
  | { readonly type: "ready" }
  /** The part whose memory counts is over. */
  | { readonly type: "measured" }
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "failed"; readonly reason: string };

/** The job of a child process, with the instant at which the process was started (milliseconds since 1970). */
type Order<Task> = { readonly task: Task; readonly startedAt: number };

/** Runs a task in a process of its own, and watches its memory until it says that enough was measured. */
export function runChild<Task, Result>(
  entry: URL,
  task: Task,
  signal: AbortSignal,
): Promise<{ result: Result; memory: MemoryPeaks | null }> {
  return new Promise((resolve, reject) => {
    const startedAt = wallClock();
    const child = fork(fileURLToPath(entry), [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      signal,
    });
    const watch = child.pid === undefined ? null : new MemoryWatch(child.pid);
    let memory: MemoryPeaks | null = null;
    let outcome: { result: Result } | { error: Error } | null = null;
    child.on("message", (message: Message<Result>) => {
      if (message.type === "ready") child.send({ task, startedAt } satisfies Order<Task>);
      if (message.type === "measured") {
        memory = watch?.peaks() ?? null;
        watch?.stop();
      }
      if (message.type === "failed") outcome = { error: new Error(message.reason) };
      if (message.type === "result") outcome = { result: message.result };
    });
    child.once("error", (error) => {
      outcome = { error };
      if (child.pid === undefined) reject(error);
    });
    // Only then is the machine free for the next measurement.
    child.once("exit", (code, by) => {
      watch?.stop();
      if (outcome !== null && "result" in outcome) resolve({ result: outcome.result, memory });
      else reject(outcome?.error ?? new Error(`A measuring process ended early (${by ?? `code ${code}`}).`));
    });
  });
}

/** In the child: does the one task, then ends. `startedAt` and {@link wallClock} are on the same clock. */
export function serveTask<Task, Result>(
  work: (task: Task, startedAt: number, measured: () => void) => Promise<Result>,
): void {
  const send = (message: Message<Result>, then?: () => void): void => {
    process.send?.(message, undefined, undefined, () => then?.());
  };
  process.once("message", ({ task, startedAt }: Order<Task>) => {
    work(task, startedAt, () => send({ type: "measured" }))
      .then((result) => send({ type: "result", result }, () => process.exit(0)))
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        send({ type: "failed", reason }, () => process.exit(1));
      });
  });
  process.once("disconnect", () => process.exit(1));
  send({ type: "ready" });
}

/** Milliseconds since 1970, finer than `Date.now()`, the same in all processes of a machine. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
