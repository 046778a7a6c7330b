import { z } from "@hono/zod-openapi";
import { InputError } from "../../shared/errors.js";
import { addRoute, answers, type PlatformApp, type Route } from "./documented.js";
import { cutPage, listOf, moment, pageParameters, pageRange, readQuery, truth } from "./parameters.js";
import type { PlatformParts } from "./platform-parts.js";
import { nextEdge, startOfBucket, suitingTimeframe, TIMEFRAMES } from "./timeframe.js";
import { readSummary, readTimeSeries } from "./usage-report.js";

const DAY_MS = 86_400_000;

/** Start and end of a report. */
export const rangeParameters = {
  start: moment.optional().openapi({ description: "The default is 24 hours ago." }),
  end: moment.optional().openapi({ description: "Exclusive. The default is now." }),
};

/**
 * The asked range, `[start, end)`: the last 24 hours if nothing is said.
 *
 * @throws {@link InputError} when it ends before it begins
 */
export function readRange(query: { start?: Date | undefined; end?: Date | undefined }, now: Date) {
  const end = query.end ?? now;
  const start = query.start ?? new Date(end.getTime() - DAY_MS);
  if (start > end)
    throw new InputError("value_error", "The range must not end before it begins", {
      place: "query",
      field: ["end"],
      input: end.toISOString(),
    });
  return { start, end };
}

const usageQuery = z.object({
  endpoint_id: listOf(z.string()).optional(),
  ...rangeParameters,
  timeframe: z.enum(TIMEFRAMES).optional(),
  timezone: z.literal("UTC").default("UTC"),
  bound_to_timeframe: truth.default(true).openapi({ description: "Widen the range to whole buckets." }),
  expand: listOf(z.enum(["time_series", "summary", "auth_method"])).default(["time_series"]),
  ...pageParameters({ usual: 100, max: 1000 }),
});

/** What was used and what it cost: needs the scope `admin`, which sees all keys. */
export function addUsageRoutes(app: PlatformApp, { database, now = () => new Date() }: PlatformParts): void {
  const route: Route = {
    method: "get",
    path: "/v1/models/usage",
    tags: ["Models"],
    summary: "What was used",
    description:
      "Sums of the ledger over all keys, in buckets that begin in UTC (weeks on Monday); empty ones are left out. `limit` counts buckets; the summary is always of the whole range.",
    request: { query: usageQuery },
    responses: answers(
      "Usage.",
      z.object({
        time_series: z
          .array(z.object({ bucket: z.string(), results: z.array(z.looseObject({})) }))
          .optional(),
        summary: z.array(z.looseObject({})).optional(),
        next_cursor: z.string().nullable(),
        has_more: z.boolean(),
      }),
    ),
  };
  addRoute(app, route, async (context) => {
    await context.var.request.authenticate("admin");
    const query = readQuery(context, usageQuery);
    const { expand } = query;
    if (!expand.includes("time_series") && !expand.includes("summary"))
      throw new InputError("value_error", "Ask for time_series or summary, or both", {
        place: "query",
        field: ["expand"],
      });
    const asked = readRange(query, now());
    const timeframe = query.timeframe ?? suitingTimeframe(asked.start, asked.end);
    const range = query.bound_to_timeframe
      ? { start: startOfBucket(timeframe, asked.start), end: nextEdge(timeframe, asked.end) }
      : asked;
    const usage = {
      ...range,
      endpoints: query.endpoint_id ?? null,
      byAuthMethod: expand.includes("auth_method"),
    };
    const series = expand.includes("time_series")
      ? await readTimeSeries(database, usage, timeframe, pageRange(query))
      : [];
    const { shown, ...page } = cutPage(series, query);
    return context.json({
      ...(expand.includes("time_series") ? { time_series: shown } : {}),
      ...(expand.includes("summary") ? { summary: await readSummary(database, usage) } : {}),
      ...page,
    });
  });
}
