import { log } from "../../shared/portable-math.js";
import { Fft } from "./fft.js";

/** Values of a spectrum that take part in the search for the pitch: up to 3 kHz, where voices are periodic. */
const PITCH_BAND_HERTZ = 3_000;
const PITCH_FFT = 512;
const LOWEST_PITCH = 65;
const HIGHEST_PITCH = 420;
/** A shorter period is taken when it explains the sound nearly as well: a pitch too low would find gaps. */
const SHORTER_IS_BETTER = 0.85;
/** Normalised autocorrelation from which on a frame counts as voiced. */
const VOICED = 0.35;
/** Sounds without pitch: power is averaged over this band, hertz, and looked at in these steps. */
const NOISE_BAND = 400;
const NOISE_STEP = 150;
/** The envelope never lies lower than this share of its highest power. */
const FLOOR = 1e-7;
const SILENCE = 1e-18;

/**
 * The spectral envelope of speech: what the vocal tract does, without the comb of the voice's harmonics.
 *
 * In voiced frames it runs through the harmonics' peaks, one per interval of the pitch (SEEVOC: D. B. Paul,
 * "The spectral envelope estimation vocoder", 1981), with a cubic between them; in others it follows the
 * power, smoothed. Frames come in twos because one transform serves both.
 */
export class SpectralEnvelope {
  readonly #bins: number;
  readonly #binHertz: number;
  readonly #fft = new Fft(PITCH_FFT);
  readonly #re = new Float64Array(PITCH_FFT);
  readonly #im = new Float64Array(PITCH_FFT);
  /** Reciprocal of the analysis window's own autocorrelation, by lag. */
  readonly #unwindow: Float64Array;
  /** Positions (bins) and heights (natural log of amplitude) that the envelope runs through. */
  readonly #at: Float64Array;
  readonly #height: Float64Array;
  readonly #sums: Float64Array;

  /**
   * @param bins - how many bins, from 0 hertz, an envelope has
   * @param binHertz - distance of two bins
   * @param window - the window with which frames are cut out, at `sampleRate`
   * @param sampleRate - hertz
   */
  constructor(bins: number, binHertz: number, window: Float64Array, sampleRate: number) {
    this.#bins = bins;
    this.#binHertz = binHertz;
    this.#at = new Float64Array(bins + 4);
    this.#height = new Float64Array(bins + 4);
    this.#sums = new Float64Array(bins + 1);
    const samplesPerLag = sampleRate / (PITCH_FFT * binHertz);
    const energy = autocorrelation(window, 0);
    this.#unwindow = Float64Array.from(
      { length: PITCH_FFT / 2 },
      (_, lag) => energy / Math.max(energy * 0.02, autocorrelation(window, Math.round(lag * samplesPerLag))),
    );
  }

  /**
   * Measures two frames.
   *
   * @param powers - power of the bins of each frame; at least `bins` values each
   * @param out - natural log of the envelope's amplitude at each bin
   */
  measure(powers: readonly [Float64Array, Float64Array], out: readonly [Float64Array, Float64Array]): void {
    const re = this.#re.fill(0);
    const im = this.#im.fill(0);
    const top = Math.min(Math.round(PITCH_BAND_HERTZ / this.#binHertz), PITCH_FFT / 2 - 1, this.#bins - 1);
    for (let k = 1; k <= top; k++) {
      re[k] = re[PITCH_FFT - k] = powers[0][k];
      im[k] = im[PITCH_FFT - k] = powers[1][k];
    }
    // Both spectra are even, so their autocorrelations come out side by side.
    this.#fft.transform(re, im);
    this.#envelope(powers[0], this.#pitch(re), out[0]);
    this.#envelope(powers[1], this.#pitch(im), out[1]);
  }

  /** Pitch in bins, or 0 for none. */
  #pitch(correlation: Float64Array): number {
    const lagsPerSecond = PITCH_FFT * this.#binHertz;
    const first = Math.max(2, Math.floor(lagsPerSecond / HIGHEST_PITCH));
    const last = Math.min(PITCH_FFT / 2 - 2, Math.ceil(lagsPerSecond / LOWEST_PITCH));
    const value = (lag: number): number => correlation[lag] * this.#unwindow[lag];
    let best = 0;
    for (let lag = first; lag <= last; lag++) if (isPeak(value, lag)) best = Math.max(best, value(lag));
    if (best < VOICED * correlation[0]) return 0;
    for (let lag = first; lag <= last; lag++) {
      if (!isPeak(value, lag) || value(lag) < SHORTER_IS_BETTER * best) continue;
      return PITCH_FFT / (lag + vertex(value(lag - 1), value(lag), value(lag + 1)));
    }
    return 0;
  }

  #envelope(power: Float64Array, pitch: number, out: Float64Array): void {
    let highest = SILENCE;
    for (let k = 0; k < this.#bins; k++) highest = Math.max(highest, power[k]);
    const floor = highest * FLOOR;
    const count = pitch > 0 ? this.#harmonics(power, pitch, floor) : this.#bands(power, floor);
    this.#interpolate(count, out);
  }

  /** The highest peak in each interval of the pitch. */
  #harmonics(power: Float64Array, pitch: number, floor: number): number {
    let count = 0;
    let previous = 0;
    for (;;) {
      const from = Math.max(1, Math.round(previous + 0.5 * pitch));
      const to = Math.min(this.#bins - 2, Math.round(previous + 1.5 * pitch));
      if (to - from < 0.5 * pitch) break;
      let peak = from;
      for (let k = from + 1; k <= to; k++) if (power[k] > power[peak]) peak = k;
      const [a, b, c] = [power[peak - 1], power[peak], power[peak + 1]].map((p) => 0.5 * log(p + floor)) as [
        number,
        number,
        number,
      ];
      const offset = b > a && b > c ? vertex(a, b, c) : 0;
      this.#at[count] = peak + offset;
      this.#height[count] = b - 0.25 * (a - c) * offset;
      previous = peak + offset;
      count++;
    }
    return count;
  }

  /** Smoothed power in equal steps. */
  #bands(power: Float64Array, floor: number): number {
    const sums = this.#sums;
    for (let k = 0; k < this.#bins; k++) sums[k + 1] = sums[k] + power[k];
    const half = Math.max(1, Math.round(NOISE_BAND / this.#binHertz / 2));
    const step = Math.max(1, Math.round(NOISE_STEP / this.#binHertz));
    let count = 0;
    for (let k = step >> 1; k < this.#bins; k += step) {
      const from = Math.max(0, k - half);
      const to = Math.min(this.#bins, k + half + 1);
      this.#at[count] = k;
      this.#height[count] = 0.5 * log((sums[to] - sums[from]) / (to - from) + floor);
      count++;
    }
    return count;
  }

  /** A smooth curve through the points (cubic Hermite, slopes of the neighbours), level beyond the outermost. */
  #interpolate(count: number, out: Float64Array): void {
    const [at, height] = [this.#at, this.#height];
    const slope = (i: number): number =>
      i <= 0 || i >= count - 1 ? 0 : (height[i + 1] - height[i - 1]) / (at[i + 1] - at[i - 1]);
    let right = 0;
    for (let k = 0; k < this.#bins; k++) {
      while (right < count && at[right] < k) right++;
      if (count === 0) out[k] = 0;
      else if (right === 0) out[k] = height[0];
      else if (right === count) out[k] = height[count - 1];
      else {
        const width = at[right] - at[right - 1];
        const t = (k - at[right - 1]) / width;
        const [t2, t3] = [t * t, t * t * t];
        out[k] =
          height[right - 1] * (2 * t3 - 3 * t2 + 1) +
          height[right] * (3 * t2 - 2 * t3) +
          width * (slope(right - 1) * (t3 - 2 * t2 + t) + slope(right) * (t3 - t2));
      }
    }
  }
}

function isPeak(value: (lag: number) => number, lag: number): boolean {
  const here = value(lag);
  return here > 0 && here > value(lag - 1) && here >= value(lag + 1);
}

/** Where the parabola through three equally spaced values has its vertex, in steps from the middle one. */
function vertex(a: number, b: number, c: number): number {
  const curvature = a - 2 * b + c;
  return curvature < 0 ? Math.max(-0.5, Math.min(0.5, (0.5 * (a - c)) / curvature)) : 0;
}

function autocorrelation(window: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < window.length; i++) sum += window[i] * window[i - lag];
  return sum;
}
