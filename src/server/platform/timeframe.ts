/** Lengths of a bucket of a report. */
export const TIMEFRAMES = ["minute", "hour", "day", "week", "month"] as const;
/** One of the {@link TIMEFRAMES}. Weeks begin on Monday; all edges are in UTC. */
export type Timeframe = (typeof TIMEFRAMES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LENGTHS_MS = { minute: 60_000, hour: HOUR_MS, day: DAY_MS } as const;

/** The bucket length that suits a range, as the hosted service chooses it. */
export function suitingTimeframe(start: Date, end: Date): Timeframe {
  const lengthMs = end.getTime() - start.getTime();
  if (lengthMs < 2 * HOUR_MS) return "minute";
  if (lengthMs < 2 * DAY_MS) return "hour";
  if (lengthMs < 64 * DAY_MS) return "day";
  return lengthMs < 183 * DAY_MS ? "week" : "month";
}

/** Start of the bucket in which a moment lies. */
export function startOfBucket(timeframe: Timeframe, moment: Date): Date {
  if (timeframe === "month") return new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), 1));
  const lengthMs = LENGTHS_MS[timeframe === "week" ? "day" : timeframe];
  const start = Math.floor(moment.getTime() / lengthMs) * lengthMs;
  if (timeframe !== "week") return new Date(start);
  // Sunday is 0, and six days after Monday.
  const daysSinceMonday = (new Date(start).getUTCDay() + 6) % 7;
  return new Date(start - daysSinceMonday * DAY_MS);
}

/** The first edge at or after a moment. */
export function nextEdge(timeframe: Timeframe, moment: Date): Date {
  const start = startOfBucket(timeframe, moment);
  if (start.getTime() === moment.getTime()) return start;
  if (timeframe === "month") return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
  const lengthMs = timeframe === "week" ? 7 * DAY_MS : LENGTHS_MS[timeframe];
  return new Date(start.getTime() + lengthMs);
}
