import type { Clip } from "./clip.js";

/** One number about a clip, and whether it is as it must be. */
export type Reading = {
  /** NaN where the clip cannot tell. */
  readonly value: number;
  readonly pass: boolean | null;
};

/** How one property of a video is measured. */
export type Metric = {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** What must hold, in words. */
  readonly limit: string;
  measure(clip: Clip, style: Style): number;
  /** Null where no limit is set. */
  passes(value: number, style: Style): boolean | null;
};

/** `real` is a person filmed. */
export type Style = "stable" | "expressive" | "real";

/** Reads a metric. */
export function readMetric(metric: Metric, clip: Clip, style: Style): Reading {
  const value = metric.measure(clip, style);
  return { value, pass: Number.isFinite(value) ? metric.passes(value, style) : null };
}

export function within(low: number, high: number): (value: number) => boolean {
  return (value) => value >= low && value <= high;
}
