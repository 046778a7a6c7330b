import { gaussianSmooth } from "../../src/performance/curve-shaping.js";

/** Small tools for regularly sampled tracks; one value per frame. */

/** Mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Standard deviation of a population; 0 of nothing. */
export function deviation(values: ArrayLike<number>): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

/** Value below which the given share of all lies; NaN of nothing. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const i = Math.floor(at);
  return sorted[i]! + ((sorted[i + 1] ?? sorted[i]!) - sorted[i]!) * (at - i);
}

/** Middle value; NaN of nothing. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Pearson's correlation; 0 where one of both does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/**
 * Band-pass by the difference of two Gaussian low-passes whose gain is one half at the band's ends
 * (`sigma = sqrt(2 ln 2) / (2 pi f)` seconds).
 */
export function bandPass(values: ArrayLike<number>, low: number, high: number, rate: number): Float64Array {
  const sigma = (frequency: number): number => (Math.sqrt(2 * Math.LN2) / (2 * Math.PI * frequency)) * rate;
  const slow = gaussianSmooth(values, sigma(low));
  return gaussianSmooth(values, sigma(high)).map((value, i) => value - slow[i]!);
}

/** Power by frequency of a track without its mean (periodogram with a Hann window): `[hertz, power]`. */
export function spectrum(values: ArrayLike<number>, rate: number): [number, number][] {
  const count = values.length;
  const centre = mean(values);
  const windowed = Array.from({ length: count }, (_, i) => {
    return (values[i]! - centre) * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / count));
  });
  const result: [number, number][] = [];
  for (let k = 1; k <= count / 2; k++) {
    let [re, im] = [0, 0];
    for (let i = 0; i < count; i++) {
      const angle = (2 * Math.PI * k * i) / count;
      re += windowed[i]! * Math.cos(angle);
      im -= windowed[i]! * Math.sin(angle);
    }
    result.push([(k * rate) / count, re * re + im * im]);
  }
  return result;
}

/** To `[0, 1]` by smallest and largest value; all 0 where nothing varies. */
export function normalise(values: ArrayLike<number>): Float64Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return Float64Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0));
}
