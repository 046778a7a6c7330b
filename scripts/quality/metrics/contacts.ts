import { type Clip, FINE_RATE, lipGaps, mouthWidths } from "../clip.js";
import type { Metric } from "../metric.js";
import { median, quantile } from "../signal.js";

/** Lips may close this long before the sound, seconds. */
const EARLY = 0.06;
/** How much more than at their closest lips that touch may seem to be apart; eye-centre distances. */
const TOLERANCE = 0.005;
/** Closest lips are looked for among the least of all frames, because photos with an open smile never rest closed. */
const LEAST = 0.03;
/** The mesh takes lips of some faces for parted by as much when they touch. */
const SEEN_CLOSED = 0.015;
/** A closure shows by an opening beside it, within a fifth of a second. */
const LEAST_OPENING = 0.01;
const OPEN_VOWELS: ReadonlySet<string> = new Set(["aa", "ae", "ao", "ay", "aw"]);

type Closure = { readonly gap: number; readonly time: number; readonly isDip: boolean };

function framesOf(clip: Clip, start: number, end: number): number[] {
  const frames: number[] = [];
  for (
    let f = Math.max(0, Math.ceil(start * clip.rate - 0.5));
    f <= Math.min(clip.pictures.length - 1, end * clip.rate);
    f++
  ) {
    frames.push(f);
  }
  return frames;
}

function closures(clip: Clip): Closure[] {
  const gaps = lipGaps(clip);
  return (clip.phonemes ?? [])
    .filter(({ symbol }) => symbol === "p" || symbol === "b" || symbol === "m")
    .flatMap(({ start, end }) => {
      const frames = framesOf(clip, start - EARLY, end);
      if (frames.length === 0) return [];
      const closest = frames.reduce((a, b) => (gaps[b]! < gaps[a]! ? b : a));
      const around = framesOf(clip, start - 0.2, end + 0.2).map((f) => gaps[f]!);
      const isDip = Math.max(...around) >= gaps[closest]! + LEAST_OPENING;
      return [{ gap: gaps[closest]!, time: (closest + 0.5) / clip.rate, isDip }];
    });
}

/** Gap at which this face's lips count as closed: relative to its own closest moments, see `quality.md` on units. */
function closedGap(clip: Clip): number {
  const gaps = lipGaps(clip);
  return Math.max(SEEN_CLOSED, Math.min(gaps[0]!, Math.max(0, quantile(gaps, LEAST)))) + TOLERANCE;
}

/**
 * A4. Share of p, b, m at which the lips close: the least gap in [start - 60 ms, end] is within .005 IPD of this face's
 * closed lips, with an opening beside it. The limit is relative because the neutral mouth itself shows .0125 IPD.
 */
export const seals: Metric = {
  id: "A4",
  title: "closures that close",
  unit: "%",
  limit: "100 %",
  measure: (clip) => {
    const found = closures(clip);
    if (found.length === 0) return Number.NaN;
    const limit = closedGap(clip);
    return (100 * found.filter(({ gap, isDip }) => gap <= limit && isDip).length) / found.length;
  },
  passes: (value) => value >= 99.99,
};

/** A4b. Wide vowels of at least 80 ms in which the lips never leave closure, percent. */
export const falseSeals: Metric = {
  id: "A4b",
  title: "open vowels with closed lips",
  unit: "%",
  limit: "0 %",
  measure: (clip) => {
    const gaps = lipGaps(clip);
    const vowels = (clip.phonemes ?? []).filter(
      ({ symbol, start, end }) => OPEN_VOWELS.has(symbol) && end - start >= 0.08,
    );
    if (vowels.length === 0) return Number.NaN;
    const closed = Math.max(0, quantile(gaps, LEAST)) + 0.004;
    const shut = vowels.filter(({ start, end }) =>
      framesOf(clip, start, end).every((f) => gaps[f]! <= closed),
    );
    return (100 * shut.length) / vowels.length;
  },
  passes: (value) => value === 0,
};

/** A5. Median time between the middle of a closure and the deepest dip of the sound within 120 ms of it. */
export const sealTiming: Metric = {
  id: "A5",
  title: "closures against dips of the sound",
  unit: "ms",
  limit: "within 40 ms",
  measure: (clip) => {
    const offsets = closures(clip).map(({ time }) => {
      let best = time;
      let least = Number.POSITIVE_INFINITY;
      for (let i = Math.max(0, Math.round((time - 0.12) * FINE_RATE)); i <= (time + 0.12) * FINE_RATE; i++) {
        const level = clip.fineEnvelope[i];
        if (level === undefined || level >= least) continue;
        least = level;
        best = i / FINE_RATE;
      }
      return best - time;
    });
    return 1000 * median(offsets);
  },
  passes: (value) => Math.abs(value) <= 40,
};

/** A6. Share of u, o, w with narrowed lips (to .92 of this clip's usual width) and of s, z, sh with a gap up to .12 IPD. */
export const lipShapes: Metric = {
  id: "A6",
  title: "rounded and hissing sounds in shape",
  unit: "%",
  limit: "at least 90 %",
  measure: (clip) => {
    const widths = mouthWidths(clip);
    const gaps = lipGaps(clip);
    const usual = quantile(widths, 0.7);
    let good = 0;
    let all = 0;
    for (const { symbol, start, end } of clip.phonemes ?? []) {
      const frames = framesOf(clip, start, end);
      if (frames.length === 0 || end - start < 0.05) continue;
      if (symbol === "uw" || symbol === "ow" || symbol === "w") {
        all++;
        if (frames.some((f) => widths[f]! <= 0.92 * usual)) good++;
      } else if (symbol === "s" || symbol === "z" || symbol === "sh") {
        all++;
        if (frames.some((f) => gaps[f]! <= 0.12)) good++;
      }
    }
    return all === 0 ? Number.NaN : (100 * good) / all;
  },
  passes: (value) => value >= 90,
};
