import { sin } from "../../shared/portable-math.js";

/** Input samples on each side of an output sample that take part in it. */
const HALF_WIDTH = 40;
/** Kaiser window: about 100 dB of stop band. */
const KAISER_BETA = 10;
/** Slope of the filter as a share of the lower Nyquist frequency, for that width; a narrower filter has a longer one. */
const SLOPE = 0.06;

/** A polyphase interpolator: one row of weights per position between two input samples. */
type Kernel = {
  readonly up: number;
  readonly down: number;
  readonly rows: readonly Float64Array[];
  readonly half: number;
};

const kernels = new Map<string, Kernel>();

/**
 * Band-limited conversion of the sample rate (windowed sinc, Kaiser window; J. O. Smith, "Digital Audio
 * Resampling"). Linear phase: nothing moves in time. Equal rates give the input itself. `round(length * to / from)` samples come out.
 *
 * @param from Sample rate of the input, hertz, a positive integer.
 * @param to Sample rate of the output, hertz, a positive integer.
 * @param halfWidth Samples on each side that take part: fewer are quicker and lose more of the highest frequencies.
 */
export function resample(
  samples: Float32Array,
  from: number,
  to: number,
  halfWidth = HALF_WIDTH,
): Float32Array {
  if (from === to) return samples;
  const { up, down, rows, half } = kernelFor(from, to, halfWidth);
  const out = new Float32Array(Math.round((samples.length * up) / down));
  for (let n = 0; n < out.length; n++) {
    const position = n * down;
    const row = rows[position % up] as Float64Array;
    const first = Math.floor(position / up) - half + 1;
    const begin = Math.max(0, -first);
    const end = Math.min(row.length, samples.length - first);
    let sum = 0;
    for (let k = begin; k < end; k++) sum += row[k] * samples[first + k];
    out[n] = sum;
  }
  return out;
}

function kernelFor(from: number, to: number, halfWidth: number): Kernel {
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const key = `${up}/${down}/${halfWidth}`;
  const known = kernels.get(key);
  if (known !== undefined) return known;
  // When the rate falls, the filter must be as much wider as its cut-off is lower.
  const scale = Math.min(1, up / down);
  const passBand = 1 - (SLOPE * HALF_WIDTH) / halfWidth;
  const half = Math.ceil(halfWidth / scale);
  const rows = Array.from({ length: up }, (_, phase) => kernelRow(phase / up, half, scale * passBand));
  const kernel = { up, down, rows, half };
  kernels.set(key, kernel);
  return kernel;
}

function kernelRow(fraction: number, half: number, cutoff: number): Float64Array {
  const row = new Float64Array(2 * half);
  let total = 0;
  for (let k = 0; k < row.length; k++) {
    const x = fraction + half - 1 - k;
    const angle = Math.PI * x * cutoff;
    const sinc = x === 0 ? 1 : sin(angle) / angle;
    const inside = 1 - (x / half) * (x / half);
    row[k] = inside < 0 ? 0 : sinc * besselI0(KAISER_BETA * Math.sqrt(inside));
    total += row[k];
  }
  // Each row passes a constant unchanged, so no phase adds a tone of its own.
  for (let k = 0; k < row.length; k++) row[k] /= total;
  return row;
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 1e-16; n++) {
    term *= quarter / (n * n);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
