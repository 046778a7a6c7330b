import { throwIfCancelled } from "../../shared/errors.js";
import { log } from "../../shared/portable-math.js";
import { resample } from "../signal/resample.js";
import { loadAcousticModel } from "./acoustic-model.js";
import {
  ACOUSTIC_RATE,
  FRAME_SECONDS,
  FRAME_STEP,
  frameCount,
  MEL_BANDS,
  melFrames,
  normaliseBands,
} from "./mel-features.js";
import { type AcousticNetwork, REACH, runNetwork } from "./network.js";
import { SOUND_CLASSES } from "./sound-classes.js";
import { type SoundScores, soundScores } from "./sound-scores.js";

/** The work is done in pieces of so many frames, so that other work and a cancellation get their turn. */
const SLICE_FRAMES = 500;
/** Samples of the given rate on both sides of a piece that its first and last frames look into, seconds. */
const MARGIN_SECONDS = 0.1;
/** What is lost of the highest frequencies lies above what the model listens to. */
const RESAMPLER_WIDTH = 16;
/** A frame is inaudible so far below full scale, or so far below the loud frames of its recording, decibels. */
const ABSOLUTE_FLOOR_DB = -72;
const RELATIVE_FLOOR_DB = -55;

/** How to listen. */
export type HearingOptions = {
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** The network to listen with. @defaultValue the one that comes along */
  readonly network?: AcousticNetwork;
};

/**
 * How well each sound fits each 10 ms of a recording.
 *
 * @param samples - mono, `[-1, 1]`
 * @param rate - of the samples, hertz
 * @throws CancelledError when the signal fires.
 */
export async function hearSounds(
  samples: Float32Array,
  rate: number,
  { signal, network: given }: HearingOptions = {},
): Promise<SoundScores> {
  const network = given ?? (await loadAcousticModel());
  const frames = frameCount(Math.round((samples.length * ACOUSTIC_RATE) / rate));
  const bands = await hearBands(samples, rate, frames, signal);
  const levels = bandLevels(bands, frames);
  normaliseBands(bands);
  const outputs = new Float32Array(frames * SOUND_CLASSES.length);
  for (let from = 0; from < frames; from += SLICE_FRAMES) {
    await pause(signal);
    const to = Math.min(frames, from + SLICE_FRAMES);
    const [first, last] = [Math.max(0, from - REACH), Math.min(frames, to + REACH)];
    const part = runNetwork(network, bands.subarray(first * MEL_BANDS, last * MEL_BANDS));
    const classes = SOUND_CLASSES.length;
    outputs.set(part.subarray((from - first) * classes, (to - first) * classes), from * classes);
  }
  const loud = levels.slice().sort()[Math.floor(0.95 * (frames - 1))]!;
  const floor = Math.max(ABSOLUTE_FLOOR_DB, loud + RELATIVE_FLOOR_DB);
  return soundScores(network, outputs, (frame) => levels[frame]! > floor);
}

async function hearBands(
  samples: Float32Array,
  rate: number,
  frames: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const bands = new Float32Array(frames * MEL_BANDS);
  // A piece starts at a whole sample of both rates, so that nothing moves from piece to piece.
  for (let from = 0; from < frames; from += SLICE_FRAMES) {
    await pause(signal);
    const to = Math.min(frames, from + SLICE_FRAMES);
    const start = Math.max(0, from * FRAME_SECONDS - MARGIN_SECONDS);
    const part = samples.subarray(
      Math.round(start * rate),
      Math.round((to * FRAME_SECONDS + MARGIN_SECONDS) * rate),
    );
    const heard = rate === ACOUSTIC_RATE ? part : resample(part, rate, ACOUSTIC_RATE, RESAMPLER_WIDTH);
    const skipped = Math.round((start * ACOUSTIC_RATE) / FRAME_STEP);
    bands.set(melFrames(heard, from - skipped, to - skipped), from * MEL_BANDS);
  }
  return bands;
}

/** Level of each frame, decibels of full scale. */
function bandLevels(bands: Float32Array, frames: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, frame) => {
    let top = Number.NEGATIVE_INFINITY;
    for (let band = 0; band < MEL_BANDS; band++) top = Math.max(top, bands[frame * MEL_BANDS + band]!);
    return (10 / log(10)) * top;
  });
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  throwIfCancelled(signal);
}
