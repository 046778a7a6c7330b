import type { Clip } from "./clip.js";
import { type Reading, readMetric, type Style } from "./metric.js";
import { headDynamics } from "./metrics/head.js";
import { METRICS } from "./metrics/index.js";
import { mean } from "./signal.js";

/** Readings of one clip by the metrics' ids. */
export type ClipResult = {
  readonly portrait: string;
  readonly clip: string;
  readonly style: Style;
  readonly readings: Readonly<Record<string, Reading>>;
};

/** What real people measure by the same instrument: medians over their clips. */
export type Calibration = {
  readonly clips: number;
  readonly values: Readonly<Record<string, number>>;
};

/** Everything that one run found. */
export type QualityResults = {
  readonly settings: Readonly<Record<string, string | number>>;
  readonly clips: readonly ClipResult[];
  readonly problems: readonly { readonly portrait: string; readonly message: string }[];
};

/** Measures a clip by every metric. */
export function measureClip(portrait: string, clip: Clip, style: Style): ClipResult {
  const readings: Record<string, Reading> = {};
  for (const metric of METRICS) readings[metric.id] = readMetric(metric, clip, style);
  return { portrait, clip: clip.name, style, readings };
}

/**
 * THEval's published values of real speech for four of its five landmark metrics (`examples/gt_metrics.csv`). They hold the
 * noise of its own detectors, and its head motion counts pixels: only people measured by this instrument compare fairly.
 */
const PUBLISHED: Readonly<Record<string, number>> = { B1: 1.7166, B2: 0.006777, A7: 0.0263, A8: 0.2528 };
const SCORED = ["B1", "B2", "A7", "A8", headDynamics.id] as const;

/**
 * Mean of the landmark scores of THEval, `score = 1 - |x - real| / real`, none below 0. Lips that are stiller in silence than
 * people's count as people's.
 *
 * @param real - values of real people by the metrics' ids
 */
export function thevalScore(results: readonly ClipResult[], real: Readonly<Record<string, number>>): number {
  const scores = SCORED.flatMap((id) => {
    const values = results.map(({ readings }) => readings[id]!.value).filter(Number.isFinite);
    const reference = real[id];
    if (values.length === 0 || reference === undefined || !(reference > 0)) return [];
    const value = id === "A7" ? Math.max(mean(values), reference) : mean(values);
    return [Math.max(0, 1 - Math.abs(value - reference) / reference)];
  });
  return mean(scores);
}

/** Scores against THEval's own numbers, and against filmed people measured here. */
export function thevalScores(
  results: readonly ClipResult[],
  calibration: Calibration | null,
): { published: number; calibrated: number } {
  return {
    published: thevalScore(results, PUBLISHED),
    calibrated: thevalScore(results, calibration?.values ?? {}),
  };
}

/** Readings that fail, over all clips of one portrait, worst first. */
export function failuresOf(results: readonly ClipResult[]): { id: string; count: number; worst: number }[] {
  return METRICS.flatMap(({ id }) => {
    const failed = results.map(({ readings }) => readings[id]!).filter(({ pass }) => pass === false);
    if (failed.length === 0) return [];
    const values = failed.map(({ value }) => value);
    const middle = mean(values);
    const worst = values.reduce((a, b) => (Math.abs(b - middle) > Math.abs(a - middle) ? b : a));
    return [{ id, count: failed.length, worst }];
  }).sort((a, b) => b.count - a.count);
}

/** Portraits in the order of how much of them fails, worst first. */
export function worstFirst(results: readonly ClipResult[]): string[] {
  const share = (portrait: string): number => {
    const readings = results
      .filter((result) => result.portrait === portrait)
      .flatMap((result) => Object.values(result.readings))
      .filter(({ pass }) => pass !== null);
    return readings.filter(({ pass }) => pass === false).length / Math.max(1, readings.length);
  };
  return [...new Set(results.map(({ portrait }) => portrait))].sort((a, b) => share(b) - share(a));
}
