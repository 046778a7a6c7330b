/**
 * The process in which recognisers run. ONNX Runtime is native code: ended in the middle of a run on a thread, it takes
 * the whole program along (measured). A process can be ended at any time.
 */
import { createRequire } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import { exp } from "../../shared/portable-math.js";
import type { FrameLabels } from "./ctc-decode.js";
import type { RecognitionReply, RecognitionTask } from "./recognition-messages.js";
import { FRAME_SAMPLES, type Window } from "./windows.js";

/** The parts of ONNX Runtime that are used; the package is optional, so its own types may be missing. */
type Runtime = {
  readonly InferenceSession: { create(path: string, options: object): Promise<Session> };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Result;
};
type Session = {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Result>>): Promise<Readonly<Record<string, Result>>>;
};
type Result = { readonly dims: readonly number[]; readonly data: ArrayLike<number> };

/** A fixed number: how a sum is split over threads can change its last bits. */
const THREADS = 2;
const ERRORS_ONLY = 3;
const INPUT = "input_values";
/** Added to the variance, as in training. */
const EPSILON = 1e-7;
/** Networks without padding lose a frame or two at the edges. */
const FRAME_TOLERANCE = 3;

const tell = (reply: RecognitionReply): void => {
  if (process.connected) process.send?.(reply);
};

process.on("message", (task: RecognitionTask) => void main(task));
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal reaches every process of the group; the program decides what it means.
process.on("SIGINT", () => {});
// The program may have died while this one was loading.
if (!process.connected) process.exit();

async function main(task: RecognitionTask): Promise<void> {
  let runtime: Runtime;
  try {
    runtime = createRequire(import.meta.url)(task.runtime) as Runtime;
  } catch (error) {
    return tell({ failure: "runtime", reason: reasonOf(error) });
  }
  let session: Session;
  try {
    session = await runtime.InferenceSession.create(task.modelPath, {
      intraOpNumThreads: THREADS,
      interOpNumThreads: 1,
      logSeverityLevel: ERRORS_ONLY,
    });
    if (session.inputNames.length !== 1 || session.inputNames[0] !== INPUT)
      throw new Error(`it asks for ${session.inputNames.join(", ")} instead of ${INPUT}`);
  } catch (error) {
    return tell({ failure: "model", reason: reasonOf(error) });
  }
  try {
    for (const window of task.windows) {
      tell({ part: await recognise(runtime, session, task, window) });
      // Runs are one long step each: in between, replies leave and a lost program is noticed.
      await nextTurn();
    }
  } catch (error) {
    tell({ failure: "run", reason: reasonOf(error) });
  }
}

async function recognise(
  { Tensor }: Runtime,
  session: Session,
  { samples, labelCount }: RecognitionTask,
  { start, end }: Window,
): Promise<FrameLabels> {
  const input = normalise(samples.subarray(start, end));
  const results = await session.run({ [INPUT]: new Tensor("float32", input, [1, input.length]) });
  const { dims, data } = results.logits ?? results[session.outputNames[0]!]!;
  const [batch, frames = 0, labels = 0] = dims;
  const expected = input.length / FRAME_SAMPLES;
  if (
    dims.length !== 3 ||
    batch !== 1 ||
    labels < labelCount ||
    Math.abs(frames - expected) > FRAME_TOLERANCE
  )
    throw new Error(
      `it gives [${dims.join(", ")}] for ${input.length} samples instead of [1, ${Math.round(expected)}, ${labelCount}]`,
    );
  return likeliest(data, frames, labels);
}

/** Mean 0 and variance 1, as in training. */
function normalise(samples: Float32Array): Float32Array {
  let sum = 0;
  for (const sample of samples) sum += sample;
  const mean = sum / samples.length;
  let squares = 0;
  for (const sample of samples) squares += (sample - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / samples.length + EPSILON);
  return samples.map((sample) => (sample - mean) * scale);
}

function likeliest(logits: ArrayLike<number>, frames: number, count: number): FrameLabels {
  const labels = new Int32Array(frames);
  const confidences = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * count;
    let best = 0;
    for (let label = 1; label < count; label++) if (logits[row + label]! > logits[row + best]!) best = label;
    let total = 0;
    for (let label = 0; label < count; label++) total += exp(logits[row + label]! - logits[row + best]!);
    labels[frame] = best;
    confidences[frame] = 1 / total;
  }
  return { labels, confidences };
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
