import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EngineAnswer, EngineTask } from "./engine-child.js";

/** The engine without a server, warm, in a process of its own. */
export type BareEngine = {
  /** @returns milliseconds of one call */
  talk(body: unknown): Promise<number>;
  close(): Promise<void>;
};

export async function startBareEngine(): Promise<BareEngine> {
  const entry = fileURLToPath(new URL("./engine-child.ts", import.meta.url));
  // A session of its own, as the processes of the worker have.
  const child = fork(entry, [], { detached: true, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const answer = () =>
    new Promise<EngineAnswer>((resolve, reject) => {
      child.once("message", (message) => resolve(message as EngineAnswer));
      void ended.then(() => reject(new Error("The process of the bare engine ended early.")));
    });
  await answer();
  return {
    async talk(body) {
      const answered = answer();
      child.send({ body } satisfies EngineTask);
      return (await answered).ms;
    },
    async close() {
      child.disconnect();
      await ended;
    },
  };
}
