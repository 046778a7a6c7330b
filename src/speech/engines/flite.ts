import { Worker } from "node:worker_threads";
import { CancelledError, DeadlineError, EngineError, throwIfCancelled } from "../../shared/errors.js";
import type { FliteReply, FliteRequest } from "./flite-worker.js";
import type { EngineSentence, EngineUtterance, EngineVoice, SpeechEngine } from "./speech-engine.js";

/** A sentence takes about a tenth of a second; beyond this something is stuck. */
const DEFAULT_TIME_LIMIT_MS = 30_000;

type Pending = {
  readonly id: number;
  readonly resolve: (utterance: EngineUtterance) => void;
  readonly reject: (error: Error) => void;
};

/**
 * CMU Flite 2.2 (speakers slt, rms, awb, kal16) as a WebAssembly module on a thread of its own.
 *
 * The thread starts with the first sentence, and can be ended in the middle of one.
 */
export function createFliteEngine(options: { readonly timeLimitMs?: number } = {}): SpeechEngine {
  const timeLimitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
  let worker: Worker | undefined;
  let pending: Pending | undefined;
  let closed = false;
  let nextId = 0;

  const fail = (error: Error): void => {
    const waiting = pending;
    pending = undefined;
    const old = worker;
    worker = undefined;
    void old?.terminate();
    waiting?.reject(error);
  };

  const start = (): Worker => {
    const started = startWorker();
    started.on("message", (reply: FliteReply) => {
      if (pending?.id !== reply.id) return;
      const waiting = pending;
      pending = undefined;
      if ("utterance" in reply) waiting.resolve(reply.utterance);
      else waiting.reject(engineError(reply.failure));
    });
    started.on("error", (error) => {
      if (worker === started) fail(engineError(error.message));
    });
    started.on("exit", () => {
      if (worker === started) fail(engineError("its thread ended"));
    });
    // The thread must not keep a finished program alive; a running call holds its own timer.
    started.unref();
    return started;
  };

  const speak = async (
    sentence: EngineSentence,
    voice: EngineVoice,
    signal?: AbortSignal,
  ): Promise<EngineUtterance> => {
    throwIfCancelled(signal);
    if (closed || pending !== undefined) throw new EngineError("internal_server_error", "Flite is not free.");
    worker ??= start();
    const target = worker;
    const onAbort = (): void => fail(new CancelledError());
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<EngineUtterance>((resolve, reject) => {
        const id = nextId++;
        pending = { id, resolve, reject };
        timer = setTimeout(() => fail(deadlineError(timeLimitMs)), timeLimitMs);
        signal?.addEventListener("abort", onAbort, { once: true });
        const request: FliteRequest = { id, sentence, voice };
        target.postMessage(request);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  };

  const close = async (): Promise<void> => {
    closed = true;
    const old = worker;
    worker = undefined;
    pending?.reject(new CancelledError("The speech engine was closed."));
    pending = undefined;
    await old?.terminate();
  };

  return { name: "flite", speak, close };
}

function startWorker(): Worker {
  const options = { execArgv: [], stdout: true, stderr: true };
  if (!import.meta.url.endsWith(".ts"))
    return new Worker(new URL("./flite-worker.js", import.meta.url), options);
  // A thread does not inherit the loader that reads TypeScript sources, so it brings its own along.
  const loader = import.meta.resolve("tsx/esm/api");
  const file = new URL("./flite-worker.ts", import.meta.url).href;
  const bootstrap = `import(${JSON.stringify(loader)}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(file)});
  });`;
  return new Worker(bootstrap, { ...options, eval: true });
}

function engineError(reason: string): EngineError {
  return new EngineError("internal_server_error", "The speech engine Flite failed on this text.", {
    field: ["prompt"],
    context: { stderr: reason.slice(0, 500) },
  });
}

function deadlineError(timeLimitMs: number): DeadlineError {
  return new DeadlineError(
    `Speaking one sentence took longer than ${timeLimitMs / 1000} s. Try a shorter prompt.`,
    { field: ["prompt"] },
  );
}
