import { type Clip, lipGaps } from "../clip.js";
import { type Metric, within } from "../metric.js";
import { bandPass, correlation } from "../signal.js";

const FRAMES = 10;

/**
 * Cross-correlation of lip gap and sound envelope, both band-passed to 2-7 Hz (Chandrasekaran et al. 2009: mouth area and
 * envelope go together there). Rhythmic speech fits itself a syllable later as well: of peaks nearly as high as the highest,
 * the nearest to zero counts. A positive lag means that the sound comes after the picture.
 *
 * @returns lag in seconds, interpolated between frames, and the correlation there
 */
export function alignSound(clip: Clip, from = 0, to = clip.pictures.length): { lag: number; peak: number } {
  const gap = bandPass(lipGaps(clip), 2, 7, clip.rate).subarray(from, to);
  const sound = bandPass(clip.envelope, 2, 7, clip.rate).subarray(from, to);
  const at = (lag: number): number => {
    const count = gap.length - Math.abs(lag);
    const first = Math.max(0, -lag);
    return correlation(gap.subarray(first, first + count), sound.subarray(first + lag, first + lag + count));
  };
  const scores = Array.from({ length: 2 * FRAMES + 1 }, (_, k) => at(k - FRAMES));
  const best = nearestPeak(scores);
  const [a, b, c] = [scores[best - 1] ?? scores[best]!, scores[best]!, scores[best + 1] ?? scores[best]!];
  const bend = a - 2 * b + c;
  const shift = bend < 0 ? (0.5 * (a - c)) / bend : 0;
  return { lag: (best - FRAMES + shift) / clip.rate, peak: b };
}

/** Index of the peak nearest to the middle among those of at least 85 % of the highest value. */
function nearestPeak(scores: readonly number[]): number {
  const middle = (scores.length - 1) / 2;
  const highest = Math.max(...scores);
  let best = scores.indexOf(highest);
  for (let k = 1; k + 1 < scores.length; k++) {
    const isPeak = scores[k]! >= scores[k - 1]! && scores[k]! >= scores[k + 1]!;
    if (isPeak && scores[k]! >= 0.85 * highest && Math.abs(k - middle) < Math.abs(best - middle)) best = k;
  }
  return best;
}

/** A1. Lag between picture and sound. ATSC IS-191 allows +15/-45 ms; the limit here is one frame each way and natural lead. */
export const lag: Metric = {
  id: "A1",
  title: "lag of sound behind picture",
  unit: "ms",
  limit: "-40 to 80: one frame, and up to one more of the natural lead of lips (Schwartz & Savariaux 2014)",
  measure: (clip) => 1000 * alignSound(clip).lag,
  passes: within(-40, 80),
};

/** A2. Change of A1 between the first and the last ten seconds; needs 20 s. */
export const drift: Metric = {
  id: "A2",
  title: "drift of the lag",
  unit: "ms",
  limit: "at most one frame",
  measure: (clip) => {
    const span = 10 * clip.rate;
    const count = clip.pictures.length;
    if (count < 2 * span) return Number.NaN;
    return 1000 * (alignSound(clip, count - span, count).lag - alignSound(clip, 0, span).lag);
  },
  passes: within(-40, 40),
};

/** A3. Correlation of lip gap and envelope at the best lag. */
export const coupling: Metric = {
  id: "A3",
  title: "lips with sound",
  unit: "r",
  limit: "at least .35 (judgement), or real people less .1",
  measure: (clip) => alignSound(clip).peak,
  passes: (value) => value >= 0.35,
};

/** A9. Planned against re-detected lip gap: the one metric that knows the plan. */
export const closedLoop: Metric = {
  id: "A9",
  title: "planned with found lip gap",
  unit: "r",
  limit: "at least .95 (pass from .85)",
  measure: (clip) => (clip.plannedGap === null ? Number.NaN : correlation(clip.plannedGap, lipGaps(clip))),
  passes: (value) => value >= 0.95,
};
