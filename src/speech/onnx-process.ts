import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { sourceLoaderFlags } from "../shared/source-loader.js";

/** The optional package that runs the models that are pulled. */
export const ONNX_RUNTIME_PACKAGE = "onnxruntime-node";
/** Characters of a process's last words that are kept. */
export const LAST_WORDS = 500;
/** Pools of the C library's allocator, where it is glibc's: by default there are many, each with freed memory in it. */
const ALLOCATOR_POOLS = 2;

/** A process in which ONNX Runtime may run. */
export type OnnxProcess = {
  readonly child: ChildProcess;
  /** The end of what it has written to its standard error. */
  readonly lastWords: () => string;
};

/**
 * Starts a process for ONNX Runtime: native code that is ended on a thread takes the whole program along.
 *
 * @param flags - of Node, besides those that it needs to run the entry
 */
export function forkOnnxProcess(entry: URL, flags: readonly string[] = []): OnnxProcess {
  const child = fork(fileURLToPath(entry), [], {
    execArgv: [...flags, ...sourceLoaderFlags(entry)],
    env: { MALLOC_ARENA_MAX: String(ALLOCATOR_POOLS), ...process.env },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let lastWords = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  return { child, lastWords: () => lastWords };
}
