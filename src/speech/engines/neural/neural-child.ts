/**
 * The process in which networks speak. ONNX Runtime is native code: ended in the middle of a run on a thread, it takes
 * the whole program along, and a model can make it crash. A process can be ended at any time.
 */
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
