import type { Database } from "../../database/index.js";

/** How a request ended, as the hosted service sorts them. */
export const HISTORY_STATUSES = ["success", "error", "user_error"] as const;
/** One of the {@link HISTORY_STATUSES}. */
export type HistoryStatus = (typeof HISTORY_STATUSES)[number];

/** Which ended requests are asked for. */
export type HistoryQuery = {
  readonly endpoints: readonly string[] | null;
  readonly requestIds: readonly string[] | null;
  /** They ended in `[start, end)`. */
  readonly start: Date;
  readonly end: Date;
  readonly status: HistoryStatus | null;
  /** Latest, or longest, first. */
  readonly sortBy: "ended_at" | "duration";
  readonly withPayloads: boolean;
};

/** An ended request. */
export type HistoryRow = {
  readonly id: string;
  readonly endpoint: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date;
  readonly statusCode: number;
  /** Seconds of work; null when none was begun. */
  readonly duration: number | null;
  /** Null also when it has been forgotten. */
  readonly input: unknown;
  readonly output: unknown;
  readonly billableUnits: number;
};

const ORDERS = {
  ended_at: "ended_at desc, id",
  duration: "extract(epoch from ended_at - started_at) desc nulls last, id",
} as const;

const STATUS_CODE = "case when outcome = 'ok' then 200 else coalesce(status_code, 500) end";

/** Ended requests of all keys. */
export async function readHistory(
  database: Database,
  query: HistoryQuery,
  { offset, take }: { readonly offset: number; readonly take: number },
): Promise<HistoryRow[]> {
  const payloads = query.withPayloads
    ? "input, case when outcome = 'ok' then to_json(output) else error_body end as output"
    : "null as input, null as output";
  return database.query<HistoryRow>(
    `select id, endpoint, created_at as "createdAt", started_at as "startedAt", ended_at as "endedAt",
       ${STATUS_CODE} as "statusCode", ${payloads}, coalesce(billable_units, 0) as "billableUnits",
       extract(epoch from ended_at - started_at)::double precision as duration
     from requests
     where state = 'COMPLETED' and ended_at >= $1 and ended_at < $2
       and ($3::text[] is null or endpoint = any($3))
       and ($4::uuid[] is null or id = any($4))
       and ($5::text is null or $5 = case when outcome = 'ok' then 'success'
         when ${STATUS_CODE} < 500 then 'user_error' else 'error' end)
     order by ${ORDERS[query.sortBy]} offset $6 limit $7`,
    [query.start, query.end, query.endpoints, query.requestIds, query.status, offset, take],
  );
}
