import { basename } from "node:path";
import { EngineError } from "../../../shared/errors.js";
import { entryBeside } from "../../../shared/source-loader.js";
import { forkOnnxProcess, LAST_WORDS } from "../../onnx-process.js";
import { type Remote, RemoteCaller } from "../remote-calls.js";
import type {
  ModelInput,
  NeuralJob,
  NeuralModel,
  NeuralReply,
  NeuralRequest,
  NeuralSound,
} from "./neural-messages.js";

/** Runs one model in a process of its own, which starts with the first call. */
export type NeuralCaller = {
  /**
   * Opens the model and says what it asks for.
   *
   * @throws EngineError when there is no runtime or the model cannot be opened, with the cure; CancelledError,
   *   DeadlineError
   */
  describe(signal: AbortSignal | undefined): Promise<readonly ModelInput[]>;
  /** Speaks. Errors as above; a model that fails on this input is an EngineError too. */
  speak(
    job: Omit<Extract<NeuralJob, { kind: "speak" }>, "kind" | "model">,
    signal: AbortSignal | undefined,
  ): Promise<NeuralSound>;
  /** Ends the process. Calls after this are refused. */
  close(): Promise<void>;
};

/** Prepares a caller for one model. */
export function createNeuralCaller(
  /** Id of the model, for messages. */
  id: string,
  model: NeuralModel,
  timeLimitMs: number,
): NeuralCaller {
  const caller = new RemoteCaller<NeuralRequest, NeuralReply>({
    name: `The neural voice ${id}`,
    start: startProcess,
    timeLimitMs,
  });
  const call = async (job: NeuralJob, signal: AbortSignal | undefined) => {
    const reply = await caller.call({ job }, signal);
    if ("failure" in reply) throw failure(id, model, reply);
    return reply;
  };
  return {
    async describe(signal) {
      const reply = await call({ kind: "describe", model }, signal);
      return "inputs" in reply ? reply.inputs : [];
    },
    async speak(job, signal) {
      const reply = await call({ kind: "speak", model, ...job }, signal);
      if ("sound" in reply) return reply.sound;
      throw new EngineError("internal_server_error", `The neural voice ${id} gave no sound.`);
    },
    close: () => caller.close(),
  };
}

function startProcess(): Remote<NeuralRequest, NeuralReply> {
  const entry = entryBeside(import.meta.url, "neural-child");
  const { child, lastWords } = forkOnnxProcess(entry, ["--expose-gc"]);
  // It must not keep a finished program alive; a running call holds its own timer.
  child.unref();
  child.channel?.unref();
  (child.stderr as { unref?: () => void } | null)?.unref?.();
  return {
    send: (request) => {
      child.send(request, () => {});
    },
    end: () => {
      child.kill("SIGKILL");
    },
    onReply: (listener) => child.on("message", (message) => listener(message as NeuralReply)),
    onEnd(listener) {
      child.on("error", (error) => listener(error.message));
      // `close` comes after the last words have been read, `exit` may come before.
      child.on("close", (code, signal) =>
        listener(`its process ended (${signal ?? code}) ${lastWords()}`.trim()),
      );
    },
  };
}

function failure(
  id: string,
  { path, runtime }: NeuralModel,
  reply: Extract<NeuralReply, { failure: unknown }>,
): EngineError {
  const context = { model: id, stderr: reply.reason.slice(0, LAST_WORDS) };
  if (reply.failure === "runtime") {
    return new EngineError(
      "internal_server_error",
      `The neural voice ${id} needs the package ${runtime}, which is not installed here or does not run on this system. Install it with: npm install ${runtime}`,
      { context },
      false,
    );
  }
  if (reply.failure === "model") {
    return damagedModel(
      id,
      `${basename(path)} cannot be opened as a model: ${reply.reason.slice(0, 200)}`,
      context,
    );
  }
  return new EngineError("internal_server_error", `The neural voice ${id} failed on this text.`, {
    field: ["prompt"],
    context,
  });
}

/** A file of a model is not what it has to be: the operator pulls it again. */
export function damagedModel(
  id: string,
  what: string,
  context: Readonly<Record<string, unknown>> = { model: id },
): EngineError {
  const dot = /[.!?]$/.test(what) ? "" : ".";
  return new EngineError(
    "model_damaged",
    `${what}${dot} Install it anew with: parlante models remove ${id}, then parlante models pull ${id}`,
    { context },
    false,
  );
}
