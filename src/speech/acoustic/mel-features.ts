import { exp, log } from "../../shared/portable-math.js";
import { PowerSpectrum } from "../signal/power-spectrum.js";

/** Rate of the analysis, hertz. */
export const ACOUSTIC_RATE = 16_000;
/** A frame each 10 ms; its window of 32 ms is centred on it. */
export const FRAME_SECONDS = 0.01;
export const FRAME_STEP = ACOUSTIC_RATE * FRAME_SECONDS;
export const SPECTRUM_SIZE = 512;
export const SPECTRUM_BINS = SPECTRUM_SIZE / 2 + 1;
/** Bands between these frequencies, hertz, evenly apart in mels (O'Shaughnessy 1987). */
export const MEL_BANDS = 30;
const [LOWEST, HIGHEST] = [60, 7_600];
/** Power of a sound that nobody hears, so that digital silence has a logarithm; full-scale noise has 1. */
const FLOOR = 1e-9;

/** Weights of one band: those of the bins from `first` on. */
export type MelFilter = { readonly first: number; readonly weights: Float32Array };

/**
 * Triangular filters of the bands.
 *
 * @param warp - scale of all frequencies: 1.1 hears a voice as if its vocal tract were a tenth longer
 */
export function melFilters(warp = 1): readonly MelFilter[] {
  const toMel = (hertz: number): number => 1127 * log(1 + hertz / 700);
  const toHertz = (mel: number): number => 700 * (exp(mel / 1127) - 1);
  const [low, high] = [toMel(LOWEST), toMel(HIGHEST)];
  const edges = Array.from({ length: MEL_BANDS + 2 }, (_, i) =>
    Math.min(
      SPECTRUM_BINS - 1,
      (warp * toHertz(low + ((high - low) * i) / (MEL_BANDS + 1)) * SPECTRUM_SIZE) / ACOUSTIC_RATE,
    ),
  );
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [left, middle, right] = edges.slice(band, band + 3) as [number, number, number];
    const first = Math.floor(left) + 1;
    const length = Math.max(1, Math.ceil(right) - first);
    const weights = Float32Array.from({ length }, (_, i) => {
      const bin = first + i;
      const slope = bin < middle ? (bin - left) / (middle - left) : (right - bin) / (right - middle);
      return Math.max(0, slope);
    });
    return { first: Math.min(first, SPECTRUM_BINS - 1), weights };
  });
}

/** Logarithms of the bands of one spectrum. */
export function melBands(
  power: Float32Array | Float64Array,
  offset: number,
  filters: readonly MelFilter[],
  out: Float32Array,
  at: number,
): void {
  filters.forEach(({ first, weights }, band) => {
    let sum = FLOOR;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * (power[offset + first + i] ?? 0);
    out[at + band] = log(sum);
  });
}

/** Frames that a sound of so many samples at {@link ACOUSTIC_RATE} has. */
export function frameCount(length: number): number {
  return Math.max(1, Math.ceil(length / FRAME_STEP));
}

/** Power spectra of frames; see {@link PowerSpectrum}. */
export class FrameSpectra {
  readonly #spectrum = new PowerSpectrum(SPECTRUM_SIZE);
  readonly power = new Float64Array(SPECTRUM_BINS);

  /** The spectrum of one frame, in `power`, scaled so that white noise of power 1 has 1 in each bin. */
  measure(samples: Float32Array, frame: number): void {
    const start = Math.round((frame + 0.5) * FRAME_STEP - SPECTRUM_SIZE / 2);
    this.#spectrum.at(samples, start, this.power);
    // The window keeps 3/8 of the power; the spectrum is that of a mean, divided by its length.
    for (let k = 0; k < SPECTRUM_BINS; k++) this.power[k] = this.power[k]! * SPECTRUM_SIZE * (8 / 3);
  }
}

/** Rows of {@link MEL_BANDS} logarithms for the frames `from … to - 1` of a sound at {@link ACOUSTIC_RATE}. */
export function melFrames(samples: Float32Array, from: number, to: number): Float32Array {
  const out = new Float32Array((to - from) * MEL_BANDS);
  const spectra = new FrameSpectra();
  const filters = melFilters();
  for (let frame = from; frame < to; frame++) {
    spectra.measure(samples, frame);
    melBands(spectra.power, 0, filters, out, (frame - from) * MEL_BANDS);
  }
  return out;
}

/** How far below the loud frames of a sound a frame still counts as sounding, natural logarithm of power. */
const SOUNDING_RANGE = 6;
/** Spread of the bands over speech, which makes the inputs of the network about 1. */
const SPREAD = 2.5;

/**
 * Takes out what a microphone, a room and a level do to a whole recording: the mean of each band over its sounding
 * frames. In place.
 */
export function normaliseBands(bands: Float32Array): void {
  const count = bands.length / MEL_BANDS;
  const loudness = Float32Array.from({ length: count }, (_, frame) => {
    let sum = 0;
    for (let band = 0; band < MEL_BANDS; band++) sum += bands[frame * MEL_BANDS + band]!;
    return sum / MEL_BANDS;
  });
  const loud = loudness.slice().sort()[Math.floor(0.95 * (count - 1))]!;
  const mean = new Float64Array(MEL_BANDS);
  let sounding = 0;
  for (let frame = 0; frame < count; frame++) {
    if (loudness[frame]! < loud - SOUNDING_RANGE) continue;
    sounding++;
    for (let band = 0; band < MEL_BANDS; band++) mean[band]! += bands[frame * MEL_BANDS + band]!;
  }
  for (let i = 0; i < bands.length; i++) bands[i] = (bands[i]! - mean[i % MEL_BANDS]! / sounding) / SPREAD;
}
