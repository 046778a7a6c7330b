import { highPass } from "../../signal/high-pass.js";
import { resample } from "../../signal/resample.js";
import { SAMPLE_RATE } from "../../speech.js";
import type { NeuralJob, NeuralReply, NeuralSound } from "./neural-messages.js";
import { messageOf, NeuralError, type OnnxSessions, type Result } from "./onnx-sessions.js";

/** What the models' makers call the sound, where it is not the first output. */
const SOUND_NAMES = ["output", "audio", "waveform"];
/** Longer than this no sentence is, seconds. */
const MAX_SOUND_SECONDS = 300;
/** Some voices come with an offset; none goes this low. */
const LOW_CUT_HERTZ = 40;

/** Does one job. Never throws: a failure is an answer too. */
export async function doNeuralJob(sessions: OnnxSessions, id: number, job: NeuralJob): Promise<NeuralReply> {
  try {
    const model = await sessions.open(job.model);
    if (job.kind === "describe") return { id, inputs: model.inputs };
    const results = await model.run(job.feeds);
    return { id, sound: readSound(results, job) };
  } catch (error) {
    const failure = error instanceof NeuralError ? error.failure : "run";
    return { id, failure, reason: messageOf(error) };
  }
}

function readSound(
  results: readonly { readonly name: string; readonly result: Result }[],
  { symbols, sampleRate }: Extract<NeuralJob, { kind: "speak" }>,
): NeuralSound {
  const sound = results.find(({ name }) => SOUND_NAMES.includes(name)) ?? results[0];
  if (!(sound?.result.data instanceof Float32Array)) throw new Error("its sound is no list of 32-bit floats");
  const own = sound.result.data;
  if (own.length === 0 || own.length > MAX_SOUND_SECONDS * sampleRate) {
    throw new Error(
      `its sound has ${own.length} samples; 1 to ${MAX_SOUND_SECONDS * sampleRate} make a sentence`,
    );
  }
  const samples = highPass(resample(withinRange(own), sampleRate, SAMPLE_RATE), SAMPLE_RATE, LOW_CUT_HERTZ);
  const others = results.filter((entry) => entry !== sound);
  return { samples, ownLength: own.length, frames: readFrames(others, symbols) };
}

/** The sound itself where it keeps to `[-1, 1]`, a softer one where it does not. */
function withinRange(samples: Float32Array): Float32Array {
  let peak = 0;
  for (const sample of samples) {
    if (!Number.isFinite(sample)) throw new Error("its sound is not made of numbers");
    peak = Math.max(peak, Math.abs(sample));
  }
  return peak <= 1 ? samples : samples.map((sample) => sample / peak);
}

/** The durations among the other outputs: as many as there are symbols. */
function readFrames(results: readonly { readonly result: Result }[], symbols: number): Float64Array | null {
  for (const { result } of results) {
    if (result.data.length !== symbols) continue;
    const frames = Float64Array.from({ length: symbols }, (_, i) => Number(result.data[i]));
    if (frames.every((count) => Number.isFinite(count) && count >= 0)) return frames;
  }
  return null;
}
