import { cos, sin } from "../../shared/portable-math.js";

/** Radix-2 FFT of one size (Cooley and Tukey 1965), in place. */
export class Fft {
  /** Complex values per transform, a power of two. */
  readonly size: number;
  /** Where the value of each index has to stand before {@link butterflies}: its bits reversed. */
  readonly reversed: Uint32Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) => cos((2 * Math.PI * i) / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) => sin((2 * Math.PI * i) / size));
    this.reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) {
      this.reversed[i] = (this.reversed[i >> 1] >> 1) | ((i & 1) !== 0 ? size >> 1 : 0);
    }
  }

  /** Transforms values in natural order. The inverse is the same with `im` and `re` exchanged, times `1 / size`. */
  transform(re: Float64Array, im: Float64Array): void {
    for (let i = 0; i < this.size; i++) {
      const j = this.reversed[i];
      if (j <= i) continue;
      const [a, b] = [re[i], im[i]];
      re[i] = re[j];
      im[i] = im[j];
      re[j] = a;
      im[j] = b;
    }
    this.butterflies(re, im);
  }

  /** Transforms values that were stored in bit-reversed order; the result is in natural order. */
  butterflies(re: Float64Array, im: Float64Array): void {
    for (let half = 1; half < this.size; half *= 2) {
      const stride = this.size / (2 * half);
      for (let block = 0; block < this.size; block += 2 * half) {
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
  }
}
