import { AssetError, throwIfCancelled } from "../../shared/errors.js";
import { MAX_SPEECH_DURATION, MIN_RECORDING_DURATION } from "../limits.js";
import { measureMelody } from "../prosody/measure-melody.js";
import { resample } from "../signal/resample.js";
import { type Phoneme, SAMPLE_RATE, type Speech } from "../speech.js";
import { ANALYSIS_RATE, createFrames, FrameAnalyser } from "./acoustic-frames.js";
import { classifyFrames } from "./classify.js";
import { segmentSounds } from "./segment.js";

/** A decoded recording. */
export type Recording = {
  /** Mono at 48 kHz; anything outside `[-1, 1]` or not a number is put right. */
  readonly samples: Float32Array;
  /** What is said in it, where known. Not used yet. */
  readonly prompt?: string | null;
};

/** The work is done in pieces of this length, so that other work and a cancellation get their turn. */
const SLICE_SECONDS = 10;
/** Highest sample of a recording that had to be turned down. */
const FULL_SCALE = 0.98;

/**
 * Makes a recording drive the mouth. The sound itself stays as it is, unless it exceeds full scale.
 *
 * There are no words, and the phonemes are coarse: mouth shapes told from level, spectrum and formants by
 * rules (see `classifyFrames`). The mouth follows the envelope of the sound; it does not yet follow the text. A
 * trained acoustic model is to take the place of the rules.
 *
 * @throws AssetError `audio_duration_too_long` above 600 s, `audio_duration_too_short` below .1 s, both on
 *   `audio_url`.
 * @throws CancelledError when the signal fires.
 */
export async function speechFromRecording(
  recording: Recording,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Speech> {
  throwIfCancelled(options.signal);
  checkDuration(recording.samples.length / SAMPLE_RATE);
  const { samples, warnings } = cleanSamples(recording.samples);
  const phonemes = await findPhonemes(samples, options.signal);
  if (phonemes.every((phoneme) => phoneme.symbol === "pau")) {
    warnings.push("Nothing is heard in the recording, so the mouth stays at rest.");
  }
  return {
    samples,
    duration: samples.length / SAMPLE_RATE,
    sentences: [],
    words: [],
    phonemes,
    melody: await measureMelody(samples, options.signal),
    source: "recording",
    warnings,
  };
}

function checkDuration(seconds: number): void {
  const provided = Math.round(seconds * 1000) / 1000;
  if (seconds > MAX_SPEECH_DURATION) {
    throw new AssetError(
      "audio_duration_too_long",
      `The recording lasts ${provided} s; at most ${MAX_SPEECH_DURATION} s can be animated. Cut it into parts.`,
      { field: ["audio_url"], context: { max_duration: MAX_SPEECH_DURATION, provided_duration: provided } },
    );
  }
  if (seconds < MIN_RECORDING_DURATION) {
    throw new AssetError(
      "audio_duration_too_short",
      `The recording lasts ${provided} s; at least ${MIN_RECORDING_DURATION} s are needed.`,
      {
        field: ["audio_url"],
        context: { min_duration: MIN_RECORDING_DURATION, provided_duration: provided },
      },
    );
  }
}

/** A copy without what is not a number, turned down as a whole if it exceeds full scale. */
function cleanSamples(input: Float32Array): { samples: Float32Array; warnings: string[] } {
  const samples = input.slice();
  const warnings: string[] = [];
  let broken = 0;
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isFinite(samples[i])) {
      samples[i] = 0;
      broken++;
    }
    peak = Math.max(peak, Math.abs(samples[i]));
  }
  if (broken > 0) warnings.push(`${broken} samples of the recording were not numbers; they are silent.`);
  if (peak > 1) {
    const gain = FULL_SCALE / peak;
    for (let i = 0; i < samples.length; i++) samples[i] *= gain;
    warnings.push("The recording exceeded full scale and was turned down.");
  }
  return { samples, warnings };
}

async function findPhonemes(samples: Float32Array, signal: AbortSignal | undefined): Promise<Phoneme[]> {
  const frames = createFrames(Math.round((samples.length * ANALYSIS_RATE) / SAMPLE_RATE));
  const analyser = new FrameAnalyser();
  const framesPerSlice = SLICE_SECONDS * 100;
  // Samples on both sides of a slice that its first and last frames look into.
  const margin = SAMPLE_RATE / 10;
  for (let from = 0; from < frames.count; from += framesPerSlice) {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
    const to = Math.min(frames.count, from + framesPerSlice);
    const start = Math.max(0, (from * SAMPLE_RATE) / 100 - margin);
    const part = resample(
      samples.subarray(start, (to * SAMPLE_RATE) / 100 + margin),
      SAMPLE_RATE,
      ANALYSIS_RATE,
    );
    analyser.measure(part, (start * ANALYSIS_RATE) / SAMPLE_RATE, frames, from, to);
  }
  return segmentSounds(classifyFrames(frames), samples.length);
}
