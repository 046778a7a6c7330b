import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import {
  hasOnnxRuntime,
  installToy,
  toyPhonemizer,
  toyPiper,
  toyPiperConfig,
} from "../../../../test/support/neural-models.js";
import { sourceLoaderFlags } from "../../../shared/source-loader.js";
import { createPiperEngine } from "./piper.js";

const directory = mkdtempSync(join(tmpdir(), "parlante-neural-child-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Processes that a process has started and that run networks. */
function networksOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  return children.filter((child) => child > 0 && commandOf(child).includes("neural-child"));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Processor time of a process so far, in ticks. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function until<T>(find: () => T | undefined): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const found = find();
    if (found !== undefined) return found;
    await wait(50);
  }
  throw new Error("it did not happen within 30 s");
}

/** A network in the middle of its run: it has been busy for a second. */
function busyNetwork(pid: number): Promise<number> {
  return until(() => networksOf(pid).find((child) => ticksOf(child) > 250));
}

const canLook = process.platform === "linux" && hasOnnxRuntime();

describe.skipIf(!canLook)("the process of networks", () => {
  it("ends in the middle of a run when the program is killed", async () => {
    const entry = new URL("../../../../test/support/dying-speaker-child.ts", import.meta.url);
    const program: ChildProcess = fork(fileURLToPath(entry), [directory], {
      execArgv: sourceLoaderFlags(entry),
    });
    const network = await busyNetwork(program.pid as number);
    program.kill("SIGKILL");
    await until(() => (commandOf(network) === "" ? true : undefined));
  });

  it("can crash without taking the program along, and starts again", async () => {
    const files = {
      "toy.onnx": toyPiper({ rounds: 1_000_000 }),
      "toy.onnx.json": JSON.stringify(toyPiperConfig()),
    };
    const model = installToy(directory, "piper", files);
    const engine = createPiperEngine({ model, phonemizer: toyPhonemizer() });
    const sentence = { text: "Hello.", pronunciations: new Map(), language: "en" };
    try {
      const call = engine.speak(sentence, { speaker: "0" }).catch((error: unknown) => error);
      const network = await busyNetwork(process.pid);
      process.kill(network, "SIGSEGV");
      expect(await call).toMatchObject({
        status: 500,
        details: { context: { stderr: expect.stringContaining("SIGSEGV") as unknown } },
      });
      const controller = new AbortController();
      const again = engine
        .speak(sentence, { speaker: "0" }, controller.signal)
        .catch((error: unknown) => error);
      expect(await busyNetwork(process.pid)).not.toBe(network);
      controller.abort();
      expect(await again).toMatchObject({ code: "client_cancelled" });
    } finally {
      await engine.close();
    }
  });
});
