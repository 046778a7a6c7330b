import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import type { Feed, ModelInput, NeuralFailure, NeuralModel } from "./neural-messages.js";
import { patchModel } from "./patch-model.js";

/** A result of a network. */
export type Result = {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
};

/** An opened model. */
export type OpenModel = {
  readonly inputs: readonly ModelInput[];
  /** Runs it once. Results are in the model's own order. */
  run(feeds: readonly Feed[]): Promise<readonly { readonly name: string; readonly result: Result }[]>;
};

/** The parts of ONNX Runtime that are used; the package is optional, so its own types may be missing. */
type Runtime = {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: Feed["data"], dims: readonly number[]) => Result;
};
type Session = {
  readonly inputMetadata: readonly { readonly name: string; readonly type?: string }[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Result>>): Promise<Readonly<Record<string, Result>>>;
  release(): Promise<void>;
};

/** A failure with the kind that the program tells apart. */
export class NeuralError extends Error {
  constructor(
    readonly failure: NeuralFailure,
    message: string,
  ) {
    super(message);
  }
}

/** The largest model file, bytes: it is held in memory, and no voice is larger. */
const MAX_MODEL_BYTES = 1 << 30;
/**
 * Threads for one run. A fixed small number: more help little with a sentence at a time, and how a sum is split over
 * threads can change its last bits.
 */
const THREADS = Math.min(2, availableParallelism());
const ERRORS_ONLY = 3;

/** Opens models; keeps the last one open, because an engine speaks many sentences with it. */
export class OnnxSessions {
  #last: { readonly key: string; readonly model: Promise<OpenModel>; close(): Promise<void> } | undefined;

  /** @throws NeuralError when there is no runtime or the file is no model that it can open */
  async open(model: NeuralModel): Promise<OpenModel> {
    const key = JSON.stringify(model);
    if (this.#last?.key !== key) {
      await this.#last?.close();
      const opening = openModel(model);
      this.#last = {
        key,
        model: opening.then(({ runtime, session }) => wrap(runtime, session)),
        close: () =>
          opening.then(
            ({ session }) => session.release(),
            () => {},
          ),
      };
    }
    try {
      const open = await this.#last.model;
      globalThis.gc?.();
      return open;
    } catch (error) {
      // The file may be mended; the next call tries again.
      this.#last = undefined;
      throw error;
    }
  }
}

async function openModel({ path, durationOp, runtime: name }: NeuralModel) {
  const runtime = loadRuntime(name);
  try {
    const bytes = await readPatched(path, durationOp);
    // Models are large, and what is not needed any more lies beside what is until it is collected.
    globalThis.gc?.();
    const session = await runtime.InferenceSession.create(bytes, {
      intraOpNumThreads: THREADS,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: ERRORS_ONLY,
    });
    return { runtime, session };
  } catch (error) {
    throw error instanceof NeuralError ? error : new NeuralError("model", messageOf(error));
  }
}

/** Apart, so that the file's own bytes are held no longer than the patch takes. */
async function readPatched(path: string, durationOp: string): Promise<Uint8Array> {
  return patchModel(await readModel(path), durationOp).bytes;
}

function loadRuntime(name: string): Runtime {
  try {
    return createRequire(import.meta.url)(name) as Runtime;
  } catch (error) {
    throw new NeuralError("runtime", messageOf(error));
  }
}

async function readModel(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > MAX_MODEL_BYTES) throw new Error(`it has ${size} bytes; at most ${MAX_MODEL_BYTES} are read`);
    if (size === 0) throw new Error("it is empty");
    return await readFile(path);
  } catch (error) {
    throw new NeuralError("model", messageOf(error));
  }
}

function wrap(runtime: Runtime, session: Session): OpenModel {
  return {
    inputs: session.inputMetadata.map(({ name, type }) => ({ name, type: type ?? "" })),
    async run(feeds) {
      const tensors = feeds.map(({ name, type, data, dims }) => [name, new runtime.Tensor(type, data, dims)]);
      try {
        const results = await session.run(Object.fromEntries(tensors) as Record<string, Result>);
        return session.outputNames.map((name) => ({ name, result: results[name] as Result }));
      } catch (error) {
        throw new NeuralError("run", messageOf(error));
      }
    },
  };
}

/** What went wrong, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
