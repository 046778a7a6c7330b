import { throwIfCancelled } from "../../shared/errors.js";
import { decimate } from "../signal/decimate.js";
import { resample } from "../signal/resample.js";
import { type Melody, SAMPLE_RATE } from "../speech.js";
import {
  COARSE_RATE,
  FINE_RATE,
  MAX_CANDIDATES,
  type PitchCandidates,
  PitchSearch,
  type PitchSignals,
} from "./pitch-candidates.js";
import { findPitchPath } from "./pitch-path.js";
import { earWeighting, LowCut, levelAround, loudLevel, SILENCE_DB } from "./voice-level.js";

/** Seconds between two values of a melody. */
export const MELODY_STEP = 0.01;

/** The work is done in pieces of this length, so that other work and a cancellation get their turn. */
const SLICE_FRAMES = 200;
/** Samples on both sides of a piece that take part in its conversion to another rate. */
const MARGIN = 480;
const FRAME = SAMPLE_RATE * MELODY_STEP;
/** Half the window of the level, samples at 8 kHz: 16 ms. */
const LEVEL_HALF = 128;
/** Rumble below any voice is taken out before periods are looked for, hertz. */
const RUMBLE_CUT = 55;

/**
 * Measures pitch, voicing and level of any sound, speech or not.
 *
 * @param samples Mono at {@link SAMPLE_RATE}; what is not a number counts as silence.
 * @throws CancelledError when the signal fires.
 */
export async function measureMelody(samples: Float32Array, signal?: AbortSignal): Promise<Melody> {
  throwIfCancelled(signal);
  const work = melodySteps(samples);
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
  }
}

/** The same at once, for short sounds. */
export function measureShortMelody(samples: Float32Array): Melody {
  const work = melodySteps(samples);
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

/** The melody of silence, for `length` samples. */
export function silentMelody(length: number): Melody {
  const count = frameCount(length);
  return {
    step: MELODY_STEP,
    f0Hz: new Float32Array(count),
    voicing: new Float32Array(count),
    levelDb: new Float32Array(count).fill(SILENCE_DB),
  };
}

function frameCount(length: number): number {
  return Math.max(1, Math.ceil(length / FRAME));
}

function* melodySteps(samples: Float32Array): Generator<undefined, Melody> {
  const count = frameCount(samples.length);
  const fine = new Float32Array(Math.ceil((samples.length * FINE_RATE) / SAMPLE_RATE));
  const coarse = new Float32Array(Math.ceil(fine.length / 2));
  const levelDb = new Float32Array(count);
  const candidates: PitchCandidates = {
    hertz: new Float32Array(count * MAX_CANDIDATES),
    likeness: new Float32Array(count * MAX_CANDIDATES),
  };
  yield* convert(samples, SAMPLE_RATE, fine, FINE_RATE);
  yield* inPieces(fine, new LowCut(FINE_RATE, [RUMBLE_CUT]));
  yield* convert(fine, FINE_RATE, coarse, COARSE_RATE);
  const signals: PitchSignals = { coarse, fine };
  const search = new PitchSearch();
  for (let from = 0; from < count; from += SLICE_FRAMES) {
    const to = Math.min(count, from + SLICE_FRAMES);
    for (let frame = from; frame < to; frame++)
      search.search(signals, (frame + 0.5) * MELODY_STEP, frame, candidates);
    yield;
  }
  // In place: nothing else needs the plain sound any more.
  yield* inPieces(fine, earWeighting(FINE_RATE));
  for (let frame = 0; frame < count; frame++) {
    levelDb[frame] = levelAround(fine, Math.round((frame + 0.5) * MELODY_STEP * FINE_RATE), LEVEL_HALF);
    if (frame % SLICE_FRAMES === 0) yield;
  }
  const path = yield* findPitchPath(candidates, levelDb, loudLevel(levelDb));
  return { step: MELODY_STEP, ...path, levelDb };
}

/** Changes the sample rate piece by piece; the pieces join without a trace. */
function* convert(
  input: Float32Array,
  from: number,
  output: Float32Array,
  to: number,
): Generator<undefined, void> {
  const ratio = from / to;
  const piece = SLICE_FRAMES * MELODY_STEP * from;
  for (let start = 0; start < input.length; start += piece) {
    const begin = Math.max(0, start - MARGIN);
    const end = Math.min(input.length, start + piece);
    const part = lowerRate(cleaned(input.subarray(begin, end + MARGIN)), from, to);
    const skip = (start - begin) / ratio;
    const target = output.subarray(start / ratio, Math.ceil(end / ratio));
    target.set(part.subarray(skip, skip + target.length));
    yield;
  }
}

/** The resampler alone would take half the time of all this: from 48 kHz a short filter goes a part of the way. */
function lowerRate(samples: Float32Array, from: number, to: number): Float32Array {
  const factor = from / (2 * to);
  return factor < 2 ? resample(samples, from, to) : resample(decimate(samples, factor), from / factor, to);
}

function cleaned(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (!(value > -16 && value < 16)) return samples.map((x) => (x > -16 && x < 16 ? x : 0));
  }
  return samples;
}

function* inPieces(samples: Float32Array, filter: LowCut): Generator<undefined, void> {
  const piece = SLICE_FRAMES * MELODY_STEP * FINE_RATE;
  for (let start = 0; start < samples.length; start += piece) {
    filter.apply(samples.subarray(start, start + piece));
    yield;
  }
}
