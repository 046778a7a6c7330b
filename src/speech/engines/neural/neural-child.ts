/**
 * The process in which networks speak. ONNX Runtime is native code: ended in the middle of a run on a thread, it takes
 * the whole program along, and a model can make it crash. A process can be ended at any time.
 */
import { Worker } from "node:worker_threads";
import { doNeuralJob } from "./neural-jobs.js";
import type { NeuralRequest } from "./neural-messages.js";
import { OnnxSessions } from "./onnx-sessions.js";

const sessions = new OnnxSessions();

process.on("message", async ({ id, job }: NeuralRequest) => {
  const reply = await doNeuralJob(sessions, id, job);
  if (process.connected) process.send?.(reply);
});
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches every process of the group; the program decides what it means.
process.on("SIGINT", () => {});
// The program may have died while this one was loading.
if (!process.connected) process.exit();

/** Milliseconds between two looks at the program, for when this process is in the middle of a run. */
const WATCH_INTERVAL = 500;
// As text, because a thread has no loader for TypeScript, and starting one would take longer than all the rest of it.
const watch = `
  const { workerData } = require("node:worker_threads");
  setInterval(() => {
    if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL");
  }, ${WATCH_INTERVAL});
`;
new Worker(watch, { eval: true, execArgv: [], workerData: process.ppid }).unref();
