import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CancelledError, DeadlineError, EngineError, throwIfCancelled } from "../../shared/errors.js";
import { entryBeside } from "../../shared/source-loader.js";
import type { InstalledModel } from "../models/model.js";
import { forkOnnxProcess, ONNX_RUNTIME_PACKAGE } from "../onnx-process.js";
import { decodeWords, type FrameLabels, type RecognisedWord } from "./ctc-decode.js";
import type { RecognitionReply, RecognitionTask } from "./recognition-messages.js";
import { readVocabulary, type Vocabulary } from "./vocabulary.js";
import { cutWindows, joinWindows, RECOGNITION_RATE } from "./windows.js";

/** How to recognise. */
export type RecognitionOptions = {
  readonly signal?: AbortSignal;
  /** Longest time, milliseconds. (default: 60 s and four times the length of the recording) */
  readonly timeLimitMs?: number;
  /** Told the share that is done, in [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
  /** Package that runs the model. (default: {@link ONNX_RUNTIME_PACKAGE}) */
  readonly runtime?: string;
};

/** Shorter ones hold no word, and are shorter than what the networks look at for one frame. */
const SHORTEST_SECONDS = 0.1;

/**
 * Words of a recording whose text is not known, with their times, by a CTC recogniser in a process of its own. The
 * words come as they are heard, without punctuation; where nothing is said there are none.
 *
 * Recordings of any length are taken piece by piece. The same samples and model give the same words.
 *
 * @param samples16k - mono, 16 kHz
 * @param model - of the kind `ctc`, with an .onnx file (`input_values [1, samples] -> logits [1, frames, labels]`, 50
 *   frames a second) and a vocab.json
 * @throws EngineError `model_damaged` when the model cannot be used, `model_runtime_missing` when ONNX Runtime is not
 *   installed, both with the cure
 * @throws DeadlineError when it takes too long
 * @throws CancelledError when the signal fires
 */
export async function recogniseWords(
  samples16k: Float32Array,
  model: InstalledModel,
  options: RecognitionOptions = {},
): Promise<readonly RecognisedWord[]> {
  throwIfCancelled(options.signal);
  const onnx = model.entry.files.find(({ name }) => name.endsWith(".onnx"));
  if (model.entry.kind !== "ctc" || onnx === undefined)
    throw unusable(model, "it is no recogniser of speech");
  const vocabulary = await vocabularyOf(model);
  throwIfCancelled(options.signal);
  if (samples16k.length < SHORTEST_SECONDS * RECOGNITION_RATE) return [];
  const windows = cutWindows(samples16k.length);
  const task: RecognitionTask = {
    modelPath: join(model.directory, onnx.name),
    runtime: options.runtime ?? ONNX_RUNTIME_PACKAGE,
    // What is no number would silence everything.
    samples: samples16k.map((sample) => (Number.isFinite(sample) ? sample : 0)),
    windows,
    labelCount: vocabulary.characters.length,
  };
  const parts = await runTask(task, model, options);
  const joined = joinWindows(windows, parts, vocabulary);
  return decodeWords(joined, vocabulary, joined.seams);
}

async function vocabularyOf(model: InstalledModel): Promise<Vocabulary> {
  try {
    return readVocabulary(await readFile(join(model.directory, "vocab.json"), "utf8"));
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw unusable(model, "its vocab.json cannot be read");
  }
}

function runTask(
  task: RecognitionTask,
  model: InstalledModel,
  { signal, timeLimitMs, onProgress }: RecognitionOptions,
): Promise<readonly FrameLabels[]> {
  const seconds = task.samples.length / RECOGNITION_RATE;
  const limitMs = timeLimitMs ?? 60_000 + seconds * 4000;
  const parts: FrameLabels[] = [];
  const { child, lastWords } = forkOnnxProcess(entryBeside(import.meta.url, "recognition-child"));
  return new Promise<readonly FrameLabels[]>((resolve, reject) => {
    const timer = setTimeout(() => stop(new DeadlineError(tooLong(limitMs))), limitMs);
    const onAbort = (): void => stop(new CancelledError());
    signal?.addEventListener("abort", onAbort, { once: true });
    const stop = (outcome: Error | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      child.kill("SIGKILL");
      if (outcome === null) resolve(parts);
      else reject(outcome);
    };
    child.on("message", (message) => {
      const reply = message as RecognitionReply;
      if ("failure" in reply) return stop(explain(reply, task, model));
      parts.push(reply.part);
      onProgress?.(parts.length / task.windows.length);
      if (parts.length === task.windows.length) stop(null);
    });
    child.on("error", (error) => stop(failed(model, error.message)));
    // `close` comes after the last words have been read, `exit` may come before.
    child.on("close", (code, killer) =>
      stop(failed(model, `its process ended (${killer ?? code}) ${lastWords()}`.trim())),
    );
    child.send(task, () => {});
  });
}

function explain(
  { failure, reason }: Extract<RecognitionReply, { failure: unknown }>,
  { runtime }: RecognitionTask,
  model: InstalledModel,
): EngineError {
  if (failure === "model") return unusable(model, reason);
  if (failure === "run") return failed(model, reason);
  return new EngineError(
    "model_runtime_missing",
    `Recognising words needs the package ${runtime}, which is not installed here or does not run on this system. Install it with: npm install ${runtime}`,
    { context: { stderr: reason } },
    false,
  );
}

function unusable({ entry: { id } }: InstalledModel, reason: string): EngineError {
  return new EngineError(
    "model_damaged",
    `The recogniser ${id} cannot be used: ${reason}. Install it anew with: parlante models remove ${id}, then parlante models pull ${id}`,
    { context: { model: id } },
    false,
  );
}

function failed({ entry: { id } }: InstalledModel, reason: string): EngineError {
  return new EngineError("internal_server_error", `The recogniser ${id} failed on this recording.`, {
    field: ["audio_url"],
    context: { model: id, stderr: reason.slice(0, 500) },
  });
}

function tooLong(limitMs: number): string {
  return `Recognising the words took longer than ${Math.round(limitMs / 1000)} s. Try a shorter recording, or give its text as the prompt.`;
}
