import { PowerSpectrum } from "../../src/speech/signal/power-spectrum.js";

/** Rate of everything that is measured here, hertz. */
const RATE = 48_000;
const FRAME = 2_048;
const BIN = RATE / FRAME;
const TOP = 5_000;
const ORDER = 11;
const GRID = 5;

/** A vowel with known resonances: pulses at the pitch through a cascade of second-order resonators. */
export function vowel(
  formants: readonly (readonly [frequency: number, bandwidth: number])[],
  pitch: (seconds: number) => number,
  seconds: number,
): Float32Array {
  const samples = new Float64Array(Math.round(seconds * RATE));
  let phase = 0;
  for (let i = 0; i < samples.length; i++) {
    phase += pitch(i / RATE) / RATE;
    if (phase < 1) continue;
    phase -= 1;
    // The pulse lies between two samples, else the pitch would jump by whole samples.
    const late = phase / (pitch(i / RATE) / RATE);
    samples[i] += 1 - late;
    if (i > 0) samples[i - 1]! += late;
  }
  let [glottis1, glottis2] = [0, 0];
  let sound = samples.map((x) => {
    glottis1 = x + 0.98 * glottis1;
    glottis2 = glottis1 + 0.9 * glottis2;
    return glottis2;
  });
  for (const [frequency, bandwidth] of formants) {
    const radius = Math.exp((-Math.PI * bandwidth) / RATE);
    const a1 = -2 * radius * Math.cos((2 * Math.PI * frequency) / RATE);
    const a2 = radius * radius;
    let [y1, y2] = [0, 0];
    sound = sound.map((x) => {
      const y = (1 + a1 + a2) * x - a1 * y1 - a2 * y2;
      [y1, y2] = [y, y1];
      return y;
    });
  }
  // Lips radiate the change of flow.
  const radiated = sound.map((x, i) => x - (sound[i - 1] ?? 0));
  const peak = radiated.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return Float32Array.from(radiated, (x) => (0.5 * x) / peak);
}

/** Pitch at a moment, hertz, by normalised autocorrelation over 50 ms; 0 where the sound is not periodic. */
export function pitchAt(samples: Float32Array, seconds: number, lowest = 65, highest = 400): number {
  const size = Math.round(0.025 * RATE);
  const start = Math.round(seconds * RATE) - size;
  if (start < 0 || start + 3 * size >= samples.length) return 0;
  const [first, last] = [Math.floor(RATE / highest), Math.ceil(RATE / lowest)];
  const correlation = new Float64Array(last + 2);
  for (let lag = first - 1; lag <= last + 1; lag++) {
    let [xy, xx, yy] = [0, 1e-12, 1e-12];
    for (let i = start; i < start + 1.5 * size; i++) {
      const [x, y] = [samples[i]!, samples[i + lag]!];
      xy += x * y;
      xx += x * x;
      yy += y * y;
    }
    correlation[lag] = xy / Math.sqrt(xx * yy);
  }
  const isPeak = (lag: number): boolean =>
    correlation[lag]! > correlation[lag - 1]! && correlation[lag]! >= correlation[lag + 1]!;
  let best = 0;
  for (let lag = first; lag <= last; lag++) if (isPeak(lag)) best = Math.max(best, correlation[lag]!);
  if (best < 0.6) return 0;
  for (let lag = first; lag <= last; lag++) {
    if (!isPeak(lag) || correlation[lag]! < 0.9 * best) continue;
    const [a, b, c] = [correlation[lag - 1]!, correlation[lag]!, correlation[lag + 1]!];
    return RATE / (lag + (0.5 * (a - c)) / (a - 2 * b + c));
  }
  return 0;
}

const spectrum = new PowerSpectrum(FRAME);

/**
 * First formants at a moment, hertz, lowest first: peaks of a linear prediction spectrum of 0 … 5 kHz (Makhoul
 * 1975), 43 ms around.
 */
export function formantsAt(samples: Float32Array, seconds: number, lowest = 250): number[] {
  const power = new Float64Array(FRAME / 2 + 1);
  spectrum.at(samples, Math.round(seconds * RATE - FRAME / 2), power);
  const bins = Math.round(TOP / BIN);
  const r = new Float64Array(ORDER + 1);
  for (let k = 1; k <= bins; k++)
    for (let lag = 0; lag <= ORDER; lag++)
      r[lag]! += power[k]! * k * k * Math.cos((Math.PI * lag * k) / bins) * (k === bins ? 0.5 : 1);
  const a = levinson(r);
  const peaks: number[] = [];
  let [before, here] = [0, 0];
  for (let hertz = lowest; hertz < TOP; hertz += GRID) {
    let [re, im] = [0, 0];
    for (let order = 0; order <= ORDER; order++) {
      const angle = (Math.PI * order * hertz) / TOP;
      re += a[order]! * Math.cos(angle);
      im += a[order]! * Math.sin(angle);
    }
    const value = 1 / (re * re + im * im);
    if (here > before && here >= value) peaks.push(hertz - GRID);
    [before, here] = [here, value];
  }
  return peaks;
}

function levinson(r: Float64Array): Float64Array {
  const a = new Float64Array(r.length);
  a[0] = 1;
  let error = r[0]! * 1.000_01 + 1e-30;
  for (let i = 1; i < r.length; i++) {
    let sum = r[i]!;
    for (let j = 1; j < i; j++) sum += a[j]! * r[i - j]!;
    const reflection = -sum / error;
    const old = a.slice();
    for (let j = 1; j < i; j++) a[j] = old[j]! + reflection * old[i - j]!;
    a[i] = reflection;
    error *= 1 - reflection * reflection;
  }
  return a;
}

/** Middle of some numbers; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0
    ? Number.NaN
    : (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Largest change from one sample to the next. */
export function steepest(samples: Float32Array): number {
  let most = 0;
  for (let i = 1; i < samples.length; i++) most = Math.max(most, Math.abs(samples[i]! - samples[i - 1]!));
  return most;
}

const LOW = 350;
const HIGH = 4_800;
const STEPS = 400;

/** Log spectrum around a moment without harmonics, on a logarithmic axis from {@link LOW} to {@link HIGH}. */
function smoothSpectrum(samples: Float32Array, seconds: number, smoothing: number): Float64Array {
  const power = new Float64Array(FRAME / 2 + 1);
  spectrum.at(samples, Math.round(seconds * RATE - FRAME / 2), power);
  const half = smoothing / BIN;
  return Float64Array.from({ length: STEPS }, (_, i) => {
    const centre = (LOW * (HIGH / LOW) ** (i / (STEPS - 1))) / BIN;
    let sum = 1e-20;
    for (let k = Math.ceil(centre - half); k <= centre + half; k++)
      sum += (power[k] ?? 0) * k * k * (1 - Math.abs(k - centre) / half);
    return Math.log(sum);
  });
}

/**
 * How much shorter the vocal tract of `other` is than that of `voice`: the shift of the logarithmic frequency axis
 * at which the spectra of the same moments agree best. It is steadier than single formants when pitches are high.
 *
 * @param moments - pairs of seconds at which both say the same vowel
 * @param smoothing - hertz, at least the higher of both pitches
 */
export function tractRatio(
  voice: Float32Array,
  other: Float32Array,
  moments: readonly (readonly [number, number])[],
  smoothing = 260,
): number {
  const stepsPerLog = (STEPS - 1) / Math.log(HIGH / LOW);
  const most = Math.round(Math.log(1.25) * stepsPerLog);
  const score = new Float64Array(2 * most + 1);
  for (const [first, second] of moments) {
    const a = smoothSpectrum(voice, first, smoothing);
    const b = smoothSpectrum(other, second, smoothing);
    for (let shift = -most; shift <= most; shift++) score[shift + most]! += agreement(a, b, shift, most);
  }
  let best = 1;
  for (let i = 1; i < score.length - 1; i++) if (score[i]! > score[best]!) best = i;
  const [l, c, r] = [score[best - 1]!, score[best]!, score[best + 1]!];
  return Math.exp((best - most + (0.5 * (l - r)) / (l - 2 * c + r)) / stepsPerLog);
}

/** Correlation of `a` with `b` moved down by `shift`, over the part that all shifts have in common. */
function agreement(a: Float64Array, b: Float64Array, shift: number, margin: number): number {
  let [count, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (let i = margin; i < a.length - margin; i++) {
    const [x, y] = [a[i]!, b[i + shift]!];
    count++;
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  return (sab - (sa * sb) / count) / Math.sqrt((saa - (sa * sa) / count) * (sbb - (sb * sb) / count));
}
