import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextEdge, startOfBucket, suitingTimeframe, TIMEFRAMES } from "./timeframe.js";

const moments = fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });

describe("buckets of time", () => {
  it.each([
    ["minute", "2026-03-29T12:34:56.789Z", "2026-03-29T12:34:00.000Z", "2026-03-29T12:35:00.000Z"],
    ["hour", "2026-03-29T12:34:56Z", "2026-03-29T12:00:00.000Z", "2026-03-29T13:00:00.000Z"],
    ["day", "2026-03-29T12:34:56Z", "2026-03-29T00:00:00.000Z", "2026-03-30T00:00:00.000Z"],
    // 29 March 2026 is a Sunday.
    ["week", "2026-03-29T12:34:56Z", "2026-03-23T00:00:00.000Z", "2026-03-30T00:00:00.000Z"],
    ["month", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
  ] as const)("a %s around %s", (timeframe, moment, start, next) => {
    expect(startOfBucket(timeframe, new Date(moment)).toISOString()).toBe(start);
    expect(nextEdge(timeframe, new Date(moment)).toISOString()).toBe(next);
  });

  it("enclose every moment, and an edge is its own", () => {
    fc.assert(
      fc.property(fc.constantFrom(...TIMEFRAMES), moments, (timeframe, moment) => {
        const start = startOfBucket(timeframe, moment);
        const next = nextEdge(timeframe, moment);
        expect(start <= moment && moment <= next).toBe(true);
        expect(startOfBucket(timeframe, start)).toEqual(start);
        expect(nextEdge(timeframe, start)).toEqual(start);
        expect(startOfBucket(timeframe, next)).toEqual(next);
      }),
    );
  });

  it.each([
    [1, "minute"],
    [2, "hour"],
    [47, "hour"],
    [48, "day"],
    [24 * 64, "week"],
    [24 * 183, "month"],
  ])("%i hours suit %s", (hours, timeframe) => {
    const start = new Date("2026-01-01T00:00:00Z");
    expect(suitingTimeframe(start, new Date(start.getTime() + hours * 3_600_000))).toBe(timeframe);
  });
});
