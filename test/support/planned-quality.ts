import type { Performance } from "../../src/performance/index.js";
import type { Speech } from "../../src/speech/index.js";

const FPS = 25;
const DEGREE = Math.PI / 180;
/** Steps per second of the lag search. */
const FINE = 200;

/** Root mean square of 50 ms of sound around a time. */
export function envelopeAt(speech: Speech, time: number, window = 0.05): number {
  const from = Math.max(0, Math.floor((time - window / 2) * 48_000));
  const to = Math.min(speech.samples.length, Math.floor((time + window / 2) * 48_000));
  let sum = 0;
  for (let i = from; i < to; i++) sum += speech.samples[i]! ** 2;
  return to > from ? Math.sqrt(sum / (to - from)) : 0;
}

/** Lip gap against the envelope, both band-passed to 2-7 Hz: best lag (> 0: the sound comes after the mouth) and r there. */
export function audioVisualLag(
  performance: Performance,
  speech: Speech,
): { lag: number; correlation: number } {
  const length = Math.floor(((performance.frameCount - 1) / FPS) * FINE);
  const gap: number[] = [];
  const envelope: number[] = [];
  for (let i = 0; i < length; i++) {
    gap.push(interpolate(performance.curves.lipGap, (i / FINE) * FPS));
    envelope.push(envelopeAt(speech, i / FINE));
  }
  const a = bandPass(gap, FINE, 2, 7);
  const b = bandPass(envelope, FINE, 2, 7);
  let best = { lag: 0, correlation: -2 };
  for (let shift = -FINE / 4; shift <= FINE / 4; shift++) {
    const r = correlate(a, b, shift);
    if (r > best.correlation) best = { lag: shift / FINE, correlation: r };
  }
  return best;
}

/** Times from the middle of each seal of the lips to the deepest dip of the sound within 120 ms (p b m). */
export function sealOffsets(performance: Performance, speech: Speech): number[] {
  const offsets: number[] = [];
  for (const { symbol, start, end } of speech.phonemes) {
    if (!"pbm".includes(symbol)) continue;
    const middle = (start + end) / 2;
    let sum = 0;
    let count = 0;
    for (let f = 0; f < performance.frameCount; f++) {
      const t = f / FPS;
      if (t < start - 0.06 || t > end || performance.curves.lipGap[f] !== 0) continue;
      sum += t;
      count++;
    }
    let dip = middle;
    let depth = Number.POSITIVE_INFINITY;
    for (let t = middle - 0.12; t <= middle + 0.12; t += 0.005) {
      const level = envelopeAt(speech, t, 0.02);
      if (level < depth) {
        depth = level;
        dip = t;
      }
    }
    if (count > 0) offsets.push(sum / count - dip);
  }
  return offsets;
}

/** THEval's lip-sync measure: mean absolute difference of gap and envelope, each scaled to [0, 1], while speaking. */
export function lipSyncDifference(performance: Performance, speech: Speech): number {
  const frames: number[] = [];
  for (const { symbol, start, end } of speech.phonemes) {
    if (symbol === "pau") continue;
    for (let f = Math.ceil(start * FPS); f < end * FPS && f < performance.frameCount; f++) frames.push(f);
  }
  const scale = (values: number[]): number[] => {
    const low = Math.min(...values);
    const high = Math.max(...values);
    return values.map((v) => (v - low) / Math.max(1e-9, high - low));
  };
  const gap = scale(frames.map((f) => performance.curves.lipGap[f]!));
  const envelope = scale(frames.map((f) => envelopeAt(speech, f / FPS)));
  return gap.reduce((sum, value, i) => sum + Math.abs(value - envelope[i]!), 0) / Math.max(1, gap.length);
}

/** Blinks of a performance: onset frame, frames until closed, frames from the last closed one until open. */
export function findBlinks(performance: Performance): { onset: number; closing: number; opening: number }[] {
  const lid = performance.curves.lidLeft;
  const blinks: { onset: number; closing: number; opening: number }[] = [];
  for (let f = 1; f < lid.length; f++) {
    if (lid[f]! < 0.99 || lid[f - 1]! >= 0.99) continue;
    let onset = f;
    while (onset > 0 && lid[onset - 1]! < lid[onset]! - 0.02) onset--;
    let closed = f;
    while (closed + 1 < lid.length && lid[closed + 1]! >= 0.99) closed++;
    let open = closed;
    while (open + 1 < lid.length && lid[open + 1]! < lid[open]! - 0.015) open++;
    blinks.push({ onset, closing: f - onset, opening: open - closed });
  }
  return blinks;
}

/** Spread of the head angles in degrees, share of their power below 2 Hz, and largest speed in degrees per second. */
export function headMeasures(performance: Performance): {
  deviation: { yaw: number; pitch: number; roll: number };
  slowShare: number;
  fastShare: number;
  largestSpeed: number;
} {
  const { headYaw, headPitch, headRoll } = performance.curves;
  const axes = [headYaw, headPitch, headRoll].map((curve) => Array.from(curve, (v) => v / DEGREE));
  let total = 0;
  let slow = 0;
  let fast = 0;
  for (const axis of axes) {
    for (const { frequency, power } of spectrum(axis, FPS)) {
      total += power;
      if (frequency < 2) slow += power;
      if (frequency > 8) fast += power;
    }
  }
  let largestSpeed = 0;
  for (let f = 1; f < performance.frameCount; f++) {
    const step = Math.sqrt(axes.reduce((sum, axis) => sum + (axis[f]! - axis[f - 1]!) ** 2, 0));
    largestSpeed = Math.max(largestSpeed, step * FPS);
  }
  const [yaw, pitch, roll] = axes.map(deviationOf) as [number, number, number];
  return { deviation: { yaw, pitch, roll }, slowShare: slow / total, fastShare: fast / total, largestSpeed };
}

/** Correlation of the head's 1-2 Hz speed with the loudness of the voice. */
export function headEnvelopeCorrelation(performance: Performance, speech: Speech): number {
  const pitch = bandPass(Array.from(performance.curves.headPitch), FPS, 0.8, 2.5);
  const yaw = bandPass(Array.from(performance.curves.headYaw), FPS, 0.8, 2.5);
  const speed: number[] = [];
  const envelope: number[] = [];
  for (let f = 1; f < performance.frameCount; f++) {
    speed.push(Math.sqrt((pitch[f]! - pitch[f - 1]!) ** 2 + (yaw[f]! - yaw[f - 1]!) ** 2));
    envelope.push(envelopeAt(speech, f / FPS, 0.3));
  }
  return correlate(speed, envelope, 0);
}

/** Largest autocorrelation of a curve at shifts beyond 3 s and up to half of it. */
export function repetition(curve: ArrayLike<number>): number {
  const values = Array.from(curve);
  let largest = -1;
  for (let shift = 3 * FPS; shift <= values.length / 2; shift++) {
    largest = Math.max(largest, correlate(values, values, shift));
  }
  return largest;
}

/** The largest mean of a curve, in size, over all windows of the given length in seconds. */
export function largestWindowMean(curve: ArrayLike<number>, seconds: number): number {
  const length = Math.floor(seconds * FPS);
  let sum = 0;
  let largest = 0;
  for (let f = 0; f < curve.length; f++) {
    sum += curve[f]!;
    if (f >= length) sum -= curve[f - length]!;
    if (f >= length - 1) largest = Math.max(largest, Math.abs(sum / length));
  }
  return largest;
}

/** Speed of the head about all axes together from each frame to the next, degrees per second. */
export function headSpeed(performance: Performance): number[] {
  const { headYaw, headPitch, headRoll } = performance.curves;
  const speeds = [0];
  for (let f = 1; f < performance.frameCount; f++) {
    const steps = [headYaw, headPitch, headRoll].map((curve) => (curve[f]! - curve[f - 1]!) / DEGREE);
    speeds.push(FPS * Math.sqrt(steps.reduce((sum, step) => sum + step * step, 0)));
  }
  return speeds;
}

export function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length));
}

function interpolate(curve: ArrayLike<number>, position: number): number {
  const i = Math.min(curve.length - 2, Math.floor(position));
  return curve[i]! + (curve[i + 1]! - curve[i]!) * (position - i);
}

/** Pearson's r of a[i] and b[i + shift]. */
function correlate(a: readonly number[], b: readonly number[], shift: number): number {
  const from = Math.max(0, -shift);
  const to = Math.min(a.length, b.length - shift);
  const n = to - from;
  let sa = 0;
  let sb = 0;
  for (let i = from; i < to; i++) {
    sa += a[i]!;
    sb += b[i + shift]!;
  }
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = from; i < to; i++) {
    const x = a[i]! - sa / n;
    const y = b[i + shift]! - sb / n;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb + 1e-30);
}

/** Zero-phase band-pass: difference of two moving averages, each applied three times. */
function bandPass(values: readonly number[], rate: number, low: number, high: number): number[] {
  // Three box filters of this length together lose half the amplitude at the given frequency.
  const lowPass = (cut: number): number[] => {
    const radius = Math.max(0, Math.round((0.27 * rate) / cut - 0.5));
    let current = [...values];
    for (let pass = 0; pass < 3; pass++) current = boxAverage(current, radius);
    return current;
  };
  const slow = lowPass(low);
  const fast = lowPass(high);
  return values.map((_, i) => fast[i]! - slow[i]!);
}

function boxAverage(values: readonly number[], radius: number): number[] {
  const sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1]! + value);
  return values.map((_, i) => {
    const from = Math.max(0, i - radius);
    const to = Math.min(values.length, i + radius + 1);
    return (sums[to]! - sums[from]!) / (to - from);
  });
}

function spectrum(values: readonly number[], rate: number): { frequency: number; power: number }[] {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const result: { frequency: number; power: number }[] = [];
  for (let k = 1; k <= n / 2; k++) {
    let re = 0;
    let im = 0;
    for (let i = 0; i < n; i++) {
      re += (values[i]! - mean) * Math.cos((2 * Math.PI * k * i) / n);
      im += (values[i]! - mean) * Math.sin((2 * Math.PI * k * i) / n);
    }
    result.push({ frequency: (k * rate) / n, power: re * re + im * im });
  }
  return result;
}
