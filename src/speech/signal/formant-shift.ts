import { cos, exp } from "../../shared/portable-math.js";
import { SAMPLE_RATE } from "../speech.js";
import { Fft } from "./fft.js";
import { SpectralEnvelope } from "./spectral-envelope.js";

/** How far a vocal tract may be made shorter or longer. */
export const FORMANT_RATIO_RANGE = [0.75, 1.35] as const;

/** 40 ms: three periods of a low voice, so that its harmonics stand apart. A new frame each quarter of it. */
const FRAME = 0.04 * SAMPLE_RATE;
const HOP = FRAME / 4;
const FFT = 2048;
const BIN_HERTZ = SAMPLE_RATE / FFT;
/** The first four formants lie below the knee and move by the ratio; from there on the shift fades until the top. */
const KNEE_HERTZ = 5_500;
const TOP_HERTZ = 8_000;
const BINS = Math.floor(TOP_HERTZ / BIN_HERTZ);
/** No frequency is raised or lowered by more, as natural log of amplitude: 24 dB. */
const MAX_GAIN = (24 / 20) * Math.LN10;
/** Frames below this mean power (about -100 dB) are passed on as they are. */
const SILENT_POWER = 1e-10;
/** Hann window squared, four times overlapped, adds up to this. */
const OVERLAP_SUM = 1.5;

const WINDOW = Float64Array.from({ length: FRAME }, (_, i) => 0.5 - 0.5 * cos((2 * Math.PI * i) / FRAME));

/**
 * Makes a voice sound as if its vocal tract were shorter (ratio > 1) or longer (< 1): the spectral envelope is
 * stretched by the ratio, while pitch, phases and every moment in time stay where they are.
 *
 * Each frame is multiplied, in the frequency domain, by what the stretched envelope has more than the measured
 * one; frames overlap four times and their power stays as it was. So there are no joins to hear, nothing is
 * resampled that could alias, and a wrong guess of the pitch costs accuracy, not a click.
 *
 * @param samples Mono, 48 kHz.
 * @param ratio Factor of all formant frequencies, within {@link FORMANT_RATIO_RANGE}; 1 gives the input itself.
 * @returns as many samples as came in
 * @throws RangeError for another ratio.
 */
export function shiftFormants(samples: Float32Array, ratio: number): Float32Array {
  const [least, most] = FORMANT_RATIO_RANGE;
  if (!(ratio >= least && ratio <= most))
    throw new RangeError(`The formant ratio is ${ratio}; it can be ${least} to ${most}.`);
  if (ratio === 1) return samples;
  return new FormantShifter(ratio).run(samples);
}

class FormantShifter {
  readonly #fft = new Fft(FFT);
  readonly #re = new Float64Array(FFT);
  readonly #im = new Float64Array(FFT);
  readonly #envelope = new SpectralEnvelope(BINS, BIN_HERTZ, WINDOW, SAMPLE_RATE);
  /** Of the two frames that are worked on together. */
  readonly #power = [new Float64Array(BINS), new Float64Array(BINS)] as const;
  readonly #height = [new Float64Array(BINS), new Float64Array(BINS)] as const;
  readonly #gain = [new Float64Array(BINS), new Float64Array(BINS)] as const;
  /** Bin of the measured envelope that is heard at each bin of the result. */
  readonly #origin: Float64Array;

  constructor(ratio: number) {
    this.#origin = Float64Array.from({ length: BINS }, (_, k) => originOf(k * BIN_HERTZ, ratio) / BIN_HERTZ);
  }

  run(samples: Float32Array): Float32Array {
    const sum = new Float64Array(samples.length + 2 * FRAME);
    // The first frame ends after one hop, so that also the outermost samples lie in four frames.
    for (let start = HOP - FRAME; start < samples.length; start += 2 * HOP) this.#pair(samples, start, sum);
    return Float32Array.from({ length: samples.length }, (_, i) => sum[i + FRAME] / OVERLAP_SUM);
  }

  /** Works on the frames at `start` and one hop later: one as real, one as imaginary part of one transform. */
  #pair(samples: Float32Array, start: number, sum: Float64Array): void {
    const [re, im] = [this.#re, this.#im];
    const energy = this.#load(samples, start, re) + this.#load(samples, start + HOP, im);
    if (energy > SILENT_POWER * FRAME) {
      this.#fft.transform(re, im);
      this.#separate(re, im);
      this.#envelope.measure(this.#power, this.#height);
      for (const frame of [0, 1] as const) this.#plan(frame);
      this.#apply(re, im);
      this.#fft.transform(im, re);
    } else {
      for (let i = 0; i < FRAME; i++) [re[i], im[i]] = [re[i] * FFT, im[i] * FFT];
    }
    const [first, second] = [start + FRAME, start + HOP + FRAME];
    for (let i = 0; i < FRAME; i++) {
      const weight = WINDOW[i] / FFT;
      sum[first + i] += weight * re[i];
      if (second + i < sum.length) sum[second + i] += weight * im[i];
    }
  }

  #load(samples: Float32Array, start: number, out: Float64Array): number {
    out.fill(0, FRAME);
    let energy = 0;
    for (let i = 0; i < FRAME; i++) {
      const at = start + i;
      const value = at >= 0 && at < samples.length ? samples[at] * WINDOW[i] : 0;
      out[i] = value;
      energy += value * value;
    }
    return energy;
  }

  /** Powers of the two frames out of their common transform. */
  #separate(re: Float64Array, im: Float64Array): void {
    const [a, b] = this.#power;
    for (let k = 0; k < BINS; k++) {
      const m = (FFT - k) % FFT;
      a[k] = ((re[k] + re[m]) ** 2 + (im[k] - im[m]) ** 2) / 4;
      b[k] = ((im[k] + im[m]) ** 2 + (re[m] - re[k]) ** 2) / 4;
    }
  }

  /** The gain of each bin: the envelope from its origin, less the one that is there; the power stays the same. */
  #plan(frame: 0 | 1): void {
    const [power, height, gain] = [this.#power[frame], this.#height[frame], this.#gain[frame]];
    let [before, after] = [1e-30, 1e-30];
    for (let k = 0; k < BINS; k++) {
      const origin = this.#origin[k];
      const whole = Math.min(BINS - 2, Math.floor(origin));
      const wanted = height[whole] + (origin - whole) * (height[whole + 1] - height[whole]);
      gain[k] = exp(Math.max(-MAX_GAIN, Math.min(MAX_GAIN, wanted - height[k])));
      before += power[k];
      after += power[k] * gain[k] * gain[k];
    }
    const level = Math.sqrt(before / after);
    for (let k = 0; k < BINS; k++) gain[k] *= level;
  }

  /** Multiplies both frames with their gains, inside their common transform. */
  #apply(re: Float64Array, im: Float64Array): void {
    const [a, b] = this.#gain;
    for (let k = 0; k < BINS; k++) {
      const m = (FFT - k) % FFT;
      const [ar, ai] = [(re[k] + re[m]) / 2, (im[k] - im[m]) / 2];
      const [br, bi] = [(im[k] + im[m]) / 2, (re[m] - re[k]) / 2];
      re[k] = a[k] * ar - b[k] * bi;
      im[k] = a[k] * ai + b[k] * br;
      re[m] = a[k] * ar + b[k] * bi;
      im[m] = b[k] * br - a[k] * ai;
    }
  }
}

/** Frequency of the measured envelope that is to be heard at `hertz`. */
function originOf(hertz: number, ratio: number): number {
  const knee = KNEE_HERTZ * Math.min(1, ratio);
  if (hertz <= knee) return hertz / ratio;
  const start = knee / ratio;
  return start + ((hertz - knee) * (TOP_HERTZ - start)) / (TOP_HERTZ - knee);
}
