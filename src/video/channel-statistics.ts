import { cos, sin } from "../shared/portable-math.js";

/**
 * How the channels of a recording relate, piece by piece: for every half second and every band, the sums of products
 * of each pair of channels, `(channel, channel)` row-major; the diagonal is each channel's energy.
 */
export type ChannelStatistics = {
  readonly channels: number;
  readonly pieces: readonly BandProducts[];
};

/** The products of one piece in one band. */
export type BandProducts = { readonly band: number; readonly products: Float64Array };

const PIECE_SECONDS = 0.5;
/** Enough for what tells voices apart; more would only take longer. Hertz. */
const RATE = 8_000;
/** Where hum ends and where vowels end, hertz. A hum must not outvote the voice above it. */
const CROSSOVERS = [250, 1_000] as const;

/** Gathers {@link ChannelStatistics} from a recording that comes block by block. */
export class ChannelMeter {
  readonly #step: number;
  readonly #pieceLength: number;
  readonly #splitters: readonly BandSplitter[];
  readonly #pieces: BandProducts[] = [];
  /** Of the piece under way, per channel: its bands, one after the other. */
  readonly #bands: readonly (readonly Float32Array[])[];
  readonly #sums: Float64Array;
  #summed = 0;
  #filled = 0;

  /** @param sampleRate - hertz */
  constructor(
    readonly channels: number,
    sampleRate: number,
  ) {
    this.#step = Math.max(1, Math.floor(sampleRate / RATE));
    const rate = sampleRate / this.#step;
    this.#pieceLength = Math.max(1, Math.round(PIECE_SECONDS * rate));
    this.#splitters = Array.from({ length: channels }, () => new BandSplitter(rate));
    this.#bands = this.#splitters.map(() =>
      Array.from({ length: CROSSOVERS.length + 1 }, () => new Float32Array(this.#pieceLength)),
    );
    this.#sums = new Float64Array(channels);
  }

  /** Adds planar samples, one array per channel. */
  add(planes: readonly Float32Array[]): void {
    const length = planes[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      for (let channel = 0; channel < this.channels; channel++) this.#sums[channel]! += planes[channel]![i]!;
      if (++this.#summed === this.#step) this.#push();
    }
  }

  /** What has been gathered so far, the last piece included. */
  finish(): ChannelStatistics {
    this.#closePiece();
    return { channels: this.channels, pieces: this.#pieces };
  }

  /** Takes the mean of a few samples for one at the lower rate. What it folds down, it folds down alike in all channels. */
  #push(): void {
    for (let channel = 0; channel < this.channels; channel++) {
      this.#splitters[channel]!.split(this.#sums[channel]! / this.#step, this.#bands[channel]!, this.#filled);
      this.#sums[channel] = 0;
    }
    this.#summed = 0;
    if (++this.#filled === this.#pieceLength) this.#closePiece();
  }

  #closePiece(): void {
    if (this.#filled === 0) return;
    for (let band = 0; band <= CROSSOVERS.length; band++) {
      const planes = this.#bands.map((bands) => bands[band]!);
      this.#pieces.push({ band, products: productsOf(planes, this.#filled) });
    }
    this.#filled = 0;
  }
}

function productsOf(planes: readonly Float32Array[], length: number): Float64Array {
  const channels = planes.length;
  const products = new Float64Array(channels * channels);
  for (let a = 0; a < channels; a++) {
    for (let b = 0; b <= a; b++) {
      const first = planes[a]!;
      const second = planes[b]!;
      let sum = 0;
      for (let i = 0; i < length; i++) sum += first[i]! * second[i]!;
      products[a * channels + b] = sum;
      products[b * channels + a] = sum;
    }
  }
  return products;
}

/** Splits one channel into bands: everything below the first crossover, between the two, and above. */
class BandSplitter {
  readonly #filters: readonly Crossover[];

  constructor(rate: number) {
    this.#filters = CROSSOVERS.map((hertz) => new Crossover(Math.min(hertz, rate / 4) / rate));
  }

  /** Writes the bands of a sample to position `at` of each of `bands`. */
  split(sample: number, bands: readonly Float32Array[], at: number): void {
    let rest = sample;
    for (let band = 0; band < this.#filters.length; band++) {
      const filter = this.#filters[band]!;
      bands[band]![at] = filter.split(rest);
      rest = filter.high;
    }
    bands[this.#filters.length]![at] = rest;
  }
}

/** A low-pass and a high-pass of second order in one (a state-variable filter with Butterworth damping). */
class Crossover {
  /** What the last call of {@link split} left above the crossover. */
  high = 0;
  readonly #g: number;
  readonly #scale: number;
  #first = 0;
  #second = 0;

  /** @param frequency - as a share of the sample rate */
  constructor(frequency: number) {
    this.#g = sin(Math.PI * frequency) / cos(Math.PI * frequency);
    this.#scale = 1 / (1 + this.#g * (this.#g + Math.SQRT2));
  }

  /** What is below the crossover. */
  split(sample: number): number {
    const band = this.#scale * (this.#first + this.#g * (sample - this.#second));
    const low = this.#second + this.#g * band;
    this.#first = 2 * band - this.#first;
    this.#second = 2 * low - this.#second;
    this.high = sample - Math.SQRT2 * band - low;
    return low;
  }
}
