import { cos, log } from "../../shared/portable-math.js";
import { PowerSpectrum } from "../signal/power-spectrum.js";

/** Rate of the analysis, hertz: all that tells speech sounds apart lies below 8 kHz. */
export const ANALYSIS_RATE = 16_000;
/** A new frame each 10 ms. */
export const FRAME_SECONDS = 0.01;

const FRAME_STEP = ANALYSIS_RATE * FRAME_SECONDS;
const FRAME_SIZE = 512;
const BIN_HERTZ = ANALYSIS_RATE / FRAME_SIZE;
/** Linear prediction looks at 0 … 5 kHz, where the first formants of all speakers lie. */
const FORMANT_BINS = Math.round(5_000 / BIN_HERTZ);
const FORMANT_ORDER = 11;
const FORMANT_POINTS = 100;
const SILENCE_DB = -120;

/** What is heard in each frame; one value per frame. */
export type AcousticFrames = {
  readonly count: number;
  /** Level, decibels of full scale. */
  readonly level: Float32Array;
  /** Centre of gravity of the spectrum above 50 Hz, hertz. */
  readonly centroid: Float32Array;
  /** Share of the power below 500 Hz, and above 3.5 kHz. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** First two resonances of the vocal tract, hertz. */
  readonly formant1: Float32Array;
  readonly formant2: Float32Array;
};

/** An empty set of frames for `length` samples at {@link ANALYSIS_RATE}. */
export function createFrames(length: number): AcousticFrames {
  const count = Math.max(1, Math.ceil(length / FRAME_STEP));
  const values = (): Float32Array => new Float32Array(count);
  return {
    count,
    level: values(),
    centroid: values(),
    low: values(),
    high: values(),
    formant1: values(),
    formant2: values(),
  };
}

/** Measures frames, piece by piece. */
export class FrameAnalyser {
  readonly #spectrum = new PowerSpectrum(FRAME_SIZE);
  readonly #power = new Float64Array(FRAME_SIZE / 2 + 1);
  readonly #cosines = Float64Array.from({ length: (FORMANT_ORDER + 1) * (FORMANT_BINS + 1) }, (_, i) =>
    cos((Math.PI * Math.floor(i / (FORMANT_BINS + 1)) * (i % (FORMANT_BINS + 1))) / FORMANT_BINS),
  );
  readonly #points = Float64Array.from({ length: (FORMANT_ORDER + 1) * FORMANT_POINTS * 2 }, (_, i) => {
    const [order, point] = [Math.floor(i / (FORMANT_POINTS * 2)), i % (FORMANT_POINTS * 2)];
    const angle = (Math.PI * order * (point >> 1)) / FORMANT_POINTS;
    return (point & 1) === 0 ? cos(angle) : cos(angle - Math.PI / 2);
  });

  /**
   * Fills the frames `from … to - 1`. A frame's window is centred on the middle of its 10 ms.
   *
   * @param samples A part of the sound at {@link ANALYSIS_RATE} that holds these frames and their surroundings.
   * @param offset Position of the part's first sample in the whole sound.
   */
  measure(samples: Float32Array, offset: number, frames: AcousticFrames, from: number, to: number): void {
    for (let frame = from; frame < to; frame++) {
      const start = Math.round((frame + 0.5) * FRAME_STEP - FRAME_SIZE / 2) - offset;
      this.#spectrum.at(samples, start, this.#power);
      this.#bands(frames, frame);
      this.#formants(frames, frame);
    }
  }

  #bands(frames: AcousticFrames, frame: number): void {
    let total = 1e-30;
    let moment = 0;
    let low = 0;
    let high = 0;
    for (let k = 2; k < this.#power.length; k++) {
      const power = this.#power[k];
      const hertz = k * BIN_HERTZ;
      total += power;
      moment += power * hertz;
      if (hertz < 500) low += power;
      else if (hertz > 3_500) high += power;
    }
    // A full-scale sine through a Hann window has a power sum of 3 / 32 in its bins.
    frames.level[frame] = Math.max(SILENCE_DB, (10 / Math.LN10) * log((total * 32) / 3));
    frames.centroid[frame] = moment / total;
    frames.low[frame] = low / total;
    frames.high[frame] = high / total;
  }

  /** Peaks of a selective linear prediction spectrum (Makhoul 1975). */
  #formants(frames: AcousticFrames, frame: number): void {
    const predictor = this.#predictor();
    let [f1, f2] = [500, 1_500];
    let found = 0;
    let [before, here] = [0, 0];
    for (let point = 2; point < FORMANT_POINTS && found < 2; point++) {
      const value = this.#response(predictor, point);
      const hertz = ((point - 1) * 5_000) / FORMANT_POINTS;
      if (here > before && here >= value && hertz >= 200) {
        if (found === 0 && hertz < 1_200) [f1, found] = [hertz, 1];
        else if (found === 1 && hertz > f1 + 200) [f2, found] = [hertz, 2];
      }
      [before, here] = [here, value];
    }
    frames.formant1[frame] = f1;
    frames.formant2[frame] = f2;
  }

  /** Prediction coefficients by Levinson and Durbin from the autocorrelation of the pre-emphasised band. */
  #predictor(): Float64Array {
    const r = new Float64Array(FORMANT_ORDER + 1);
    for (let k = 1; k <= FORMANT_BINS; k++) {
      const emphasised = this.#power[k] * k * k;
      for (let lag = 0; lag <= FORMANT_ORDER; lag++)
        r[lag] += emphasised * this.#cosines[lag * (FORMANT_BINS + 1) + k];
    }
    const a = new Float64Array(FORMANT_ORDER + 1);
    a[0] = 1;
    let error = r[0] * 1.0001 + 1e-30;
    for (let i = 1; i <= FORMANT_ORDER; i++) {
      let sum = r[i];
      for (let j = 1; j < i; j++) sum += a[j] * r[i - j];
      const reflection = -sum / error;
      const old = a.slice();
      for (let j = 1; j < i; j++) a[j] = old[j] + reflection * old[i - j];
      a[i] = reflection;
      error *= Math.max(1e-9, 1 - reflection * reflection);
    }
    return a;
  }

  #response(predictor: Float64Array, point: number): number {
    let re = 0;
    let im = 0;
    for (let order = 0; order <= FORMANT_ORDER; order++) {
      const at = (order * FORMANT_POINTS + point) * 2;
      re += predictor[order] * this.#points[at];
      im += predictor[order] * this.#points[at + 1];
    }
    return 1 / (re * re + im * im + 1e-12);
  }
}
