import { cos, sin } from "../../shared/portable-math.js";

/** Power spectra of one fixed length: Hann window, then a radix-2 FFT (Cooley and Tukey 1965). */
export class PowerSpectrum {
  /** Samples per frame, a power of two. */
  readonly size: number;
  readonly #window: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint32Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#window = Float64Array.from(
      { length: size },
      (_, i) => 0.5 - 0.5 * cos((2 * Math.PI * (i + 0.5)) / size),
    );
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) => cos((2 * Math.PI * i) / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) => sin((2 * Math.PI * i) / size));
    this.#reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) {
      this.#reversed[i] = (this.#reversed[i >> 1] >> 1) | ((i & 1) !== 0 ? size >> 1 : 0);
    }
    this.#re = new Float64Array(size);
    this.#im = new Float64Array(size);
  }

  /** Power of the bins `0 … size / 2` for the samples from `start`; outside the signal there is silence. */
  at(samples: Float32Array, start: number, out: Float64Array): void {
    const { size } = this;
    const re = this.#re;
    const im = this.#im.fill(0);
    for (let i = 0; i < size; i++) {
      const at = start + i;
      re[this.#reversed[i]] = at >= 0 && at < samples.length ? samples[at] * this.#window[i] : 0;
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let block = 0; block < size; block += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = block + k;
          const b = a + half;
          const c = this.#cos[k * stride];
          const s = this.#sin[k * stride];
          const tr = re[b] * c + im[b] * s;
          const ti = im[b] * c - re[b] * s;
          re[b] = re[a] - tr;
          im[b] = im[a] - ti;
          re[a] += tr;
          im[a] += ti;
        }
      }
    }
    const scale = 1 / (size * size);
    for (let k = 0; k <= size / 2; k++) out[k] = (re[k] * re[k] + im[k] * im[k]) * scale;
  }
}
