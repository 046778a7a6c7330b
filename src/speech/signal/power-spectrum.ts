import { cos } from "../../shared/portable-math.js";
import { Fft } from "./fft.js";

/** Power spectra of one fixed length: Hann window, then an FFT. */
export class PowerSpectrum {
  /** Samples per frame, a power of two. */
  readonly size: number;
  readonly #window: Float64Array;
  readonly #fft: Fft;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#window = Float64Array.from(
      { length: size },
      (_, i) => 0.5 - 0.5 * cos((2 * Math.PI * (i + 0.5)) / size),
    );
    this.#fft = new Fft(size);
    this.#re = new Float64Array(size);
    this.#im = new Float64Array(size);
  }

  /** Power of the bins `0 … size / 2` for the samples from `start`; outside the signal there is silence. */
  at(samples: Float32Array, start: number, out: Float64Array): void {
    const { size } = this;
    const re = this.#re;
    const im = this.#im.fill(0);
    const { reversed } = this.#fft;
    for (let i = 0; i < size; i++) {
      const at = start + i;
      re[reversed[i]] = at >= 0 && at < samples.length ? samples[at] * this.#window[i] : 0;
    }
    this.#fft.butterflies(re, im);
    const scale = 1 / (size * size);
    for (let k = 0; k <= size / 2; k++) out[k] = (re[k] * re[k] + im[k] * im[k]) * scale;
  }
}
