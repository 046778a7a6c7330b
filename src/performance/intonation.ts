import { clamp } from "../shared/numeric.js";
import { log } from "../shared/portable-math.js";
import type { Melody } from "../speech/index.js";
import type { BreathGroup } from "./breath-groups.js";
import { gaussianSmooth, meanAndDeviation } from "./curve-shaping.js";

/** How the voice goes at the end of a phrase: high up as in a question, a little up as if more came, neither, or down. */
export type Ending = "rise" | "continuation" | "level" | "fall";

/** The voice's height in one phrase, per step of the melody from `first` on. */
export type Contour = {
  readonly first: number;
  /** Semitones above 100 Hz; unvoiced stretches are bridged. */
  readonly height: Float64Array;
  /** The line that the voice sinks along, semitones above 100 Hz. */
  readonly line: Float64Array;
  /** Last voiced step, counted from `first`. */
  readonly last: number;
};

const BASE_HERTZ = 100;
/** A jump further from the phrase's middle than this is the tracker's or creak, semitones. */
const WIDEST = 12;
/** At the edges of a voiced stretch so much is not looked at, and shorter stretches not at all, seconds. */
const EDGE = 0.01;
const SHORTEST_STRETCH = 0.05;
/** No voice leaps this far from one step to the next, semitones. */
const LEAP = 3;
/** Voices sink by this much at most, semitones per second, and hardly ever climb. */
const SINKING = { most: -6, least: 1.5 } as const;
/** A line can be laid through so much voice, seconds. */
const SHORTEST_LINE = 0.7;
/** Of what lies above the line counts only so much: accents stand on it, they do not carry it. */
const ABOVE_LINE = 0.3;

/** The ending is told from so much voice at the end of a phrase, compared with what comes before it, seconds. */
const FINAL_SPAN = 0.45;
const LAST_SPAN = 0.05;
/** Semitones. A rise is measured from the lowest point of the end; most of it must be `kept` to the end, or it is an accent, and so far `above` or `below` the middle of the phrase. */
const RISE = { question: 4.5, above: 2.5, more: 2, below: 1, kept: 0.75 } as const;
const FALL = 1.6;

/** Follows the voice through a phrase; null where there is none to follow. */
export function contourOf(melody: Melody, phrase: BreathGroup): Contour | null {
  const { f0Hz, step } = melody;
  const first = clamp(Math.floor(phrase.start / step + 1e-6), 0, f0Hz.length);
  const end = clamp(Math.ceil(phrase.end / step - 1e-6), first, f0Hz.length);
  const raw = clearVoice(f0Hz.subarray(first, end), step);
  const heights = Array.from(
    raw.filter((hertz) => hertz > 0),
    semitones,
  );
  if (heights.length < 4) return null;
  const middle = median(heights);
  const height = new Float64Array(raw.length).fill(Number.NaN);
  raw.forEach((hertz, i) => {
    const value = hertz > 0 ? semitones(hertz) : Number.NaN;
    if (Math.abs(value - middle) < WIDEST) height[i] = value;
  });
  const known = height.map((value) => (Number.isNaN(value) ? 0 : 1));
  bridge(height, middle);
  const smooth = gaussianSmooth(medianOfFive(height), 1.5);
  return { first, height: smooth, line: declination(smooth, known, step), last: known.lastIndexOf(1) };
}

/**
 * The voice without what is often wrong: the edges of voiced stretches, where consonants bend the pitch and the
 * tracker starts, and short stretches.
 */
function clearVoice(f0Hz: Float32Array, step: number): Float32Array {
  const clear = new Float32Array(f0Hz.length);
  const edge = Math.round(EDGE / step);
  let start = 0;
  for (let i = 0; i <= f0Hz.length; i++) {
    const isCut = i === f0Hz.length || !(f0Hz[i]! > 0);
    const isLeap = !isCut && i > start && Math.abs(semitones(f0Hz[i]!) - semitones(f0Hz[i - 1]!)) > LEAP;
    if (!isCut && !isLeap) continue;
    if ((i - start) * step >= SHORTEST_STRETCH - 1e-6) {
      clear.set(f0Hz.subarray(start + edge, i - edge), start + edge);
    }
    start = isCut ? i + 1 : i;
  }
  return clear;
}

function semitones(hertz: number): number {
  return (12 / Math.LN2) * log(hertz / BASE_HERTZ);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Fills gaps by straight lines, and the ends by the nearest value. */
function bridge(height: Float64Array, fallback: number): void {
  let known = -1;
  for (let i = 0; i <= height.length; i++) {
    if (i < height.length && Number.isNaN(height[i]!)) continue;
    const before = known >= 0 ? height[known]! : (height[i] ?? fallback);
    const after = height[i] ?? before;
    for (let k = known + 1; k < i; k++) {
      height[k] = before + ((after - before) * (k - known)) / (i - known);
    }
    known = i;
  }
}

function medianOfFive(values: Float64Array): Float64Array {
  return values.map((_, i) => median(Array.from(values.subarray(Math.max(0, i - 2), i + 3))));
}

/** A line below the accents: least squares in which what lies above counts less. */
function declination(height: Float64Array, known: Float64Array, step: number): Float64Array {
  const voiced = known.reduce((a, b) => a + b, 0);
  let [level, slope] = [0, 0];
  const centre = (height.length - 1) / 2;
  const weights = known.slice();
  for (let round = 0; round < 4; round++) {
    let [w, x, y, xx, xy] = [0, 0, 0, 0, 0];
    height.forEach((value, i) => {
      const t = (i - centre) * step;
      w += weights[i]!;
      x += weights[i]! * t;
      y += weights[i]! * value;
      xx += weights[i]! * t * t;
      xy += weights[i]! * t * value;
    });
    const spread = xx - (x * x) / w;
    const tilt = spread > 0 && voiced * step >= SHORTEST_LINE ? (xy - (x * y) / w) / spread : 0;
    slope = clamp(tilt, SINKING.most, SINKING.least);
    level = (y - slope * x) / w;
    for (let i = 0; i < weights.length; i++) {
      const above = height[i]! > level + slope * (i - centre) * step;
      weights[i] = known[i]! * (above ? ABOVE_LINE : 1);
    }
  }
  return height.map((_, i) => level + slope * (i - centre) * step);
}

/** What the voice does at the end of a phrase. */
export function endingOf(contour: Contour, step: number): Ending {
  const { height, last } = contour;
  const from = Math.max(0, last - Math.round(FINAL_SPAN / step));
  const close = height.subarray(Math.max(from, last - Math.round(LAST_SPAN / step)), last + 1);
  const final = meanAndDeviation(Array.from(close)).mean;
  // The deepest and the highest point before the end itself, and the highest after the deepest.
  let [low, high, top] = [final, final, final];
  for (let i = from; i <= last; i++) {
    high = Math.max(high, height[i]!);
    top = Math.max(top, height[i]!);
    if (height[i]! >= low) continue;
    low = height[i]!;
    top = final;
  }
  const usual = median(Array.from(height));
  if (final - low >= RISE.kept * (top - low)) {
    if (final - low >= RISE.question && final >= usual + RISE.above) return "rise";
    if (final - low >= RISE.more && final >= usual - RISE.below) return "continuation";
  }
  return high - final >= FALL && final <= usual ? "fall" : "level";
}
