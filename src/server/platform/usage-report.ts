import type { Database } from "../../database/index.js";
import type { Timeframe } from "./timeframe.js";

/** What usage is asked for. */
export type UsageQuery = {
  /** Null: of all models. */
  readonly endpoints: readonly string[] | null;
  /** `[start, end)`. */
  readonly start: Date;
  readonly end: Date;
  /** One line per key and way of using it. */
  readonly byAuthMethod: boolean;
};

/** A line of a report: what was used of one model at one price. */
export type UsageLine = {
  readonly endpoint_id: string;
  readonly unit: string;
  readonly quantity: number;
  readonly unit_price: number;
  readonly cost: number;
  readonly cost_subtotal: number;
  readonly cost_discount: number;
  readonly cost_total: number;
  readonly currency: "USD";
  readonly auth_method?: string;
};

type Row = {
  bucket: Date | null;
  endpoint: string;
  unit: string;
  unit_price: number;
  auth_method: string | null;
  quantity: number;
  cost: number;
};

/** How a caller was recognised, as people call it. */
const AUTH_METHOD = `case l.auth_method when 'none' then 'without a key'
  when 'token' then k.name || ' (token)' else k.name end`;

const FROM_LEDGER = `from ledger l join keys k on k.id = l.key_id
  where l.created_at >= $1 and l.created_at < $2 and ($3::text[] is null or l.endpoint = any($3))`;

/** All that was used in a range, without buckets. */
export async function readSummary(database: Database, query: UsageQuery): Promise<UsageLine[]> {
  const rows = await database.query<Row>(
    `select null as bucket, l.endpoint, l.unit, l.unit_price, ${authColumn(query)} as auth_method,
       sum(l.units) as quantity, sum(l.cost) as cost
     ${FROM_LEDGER}
     group by l.endpoint, l.unit, l.unit_price, 5 order by l.endpoint, l.unit_price, 5`,
    [query.start, query.end, query.endpoints],
  );
  return rows.map(toLine);
}

/** The same in buckets, oldest first, empty ones left out. */
export async function readTimeSeries(
  database: Database,
  query: UsageQuery,
  timeframe: Timeframe,
  { offset, take }: { readonly offset: number; readonly take: number },
): Promise<{ bucket: string; results: UsageLine[] }[]> {
  const rows = await database.query<Row>(
    `with lines as (
       select date_trunc($4, l.created_at at time zone 'UTC') at time zone 'UTC' as bucket,
         l.endpoint, l.unit, l.unit_price, ${authColumn(query)} as auth_method, l.units, l.cost
       ${FROM_LEDGER}),
     shown as (select distinct bucket from lines order by bucket offset $5 limit $6)
     select bucket, endpoint, unit, unit_price, auth_method, sum(units) as quantity, sum(cost) as cost
     from lines join shown using (bucket)
     group by bucket, endpoint, unit, unit_price, auth_method
     order by bucket, endpoint, unit_price, auth_method`,
    [query.start, query.end, query.endpoints, timeframe, offset, take],
  );
  const buckets = new Map<string, UsageLine[]>();
  for (const row of rows) {
    const bucket = row.bucket!.toISOString();
    const lines = buckets.get(bucket) ?? [];
    lines.push(toLine(row));
    buckets.set(bucket, lines);
  }
  return [...buckets].map(([bucket, results]) => ({ bucket, results }));
}

/** What one request of a model has cost on average, US dollars; null when there was none. */
export async function averageCost(database: Database, endpoint: string): Promise<number | null> {
  const [row] = await database.query<{ cost: number | null }>(
    "select avg(cost) as cost from ledger where endpoint = $1",
    [endpoint],
  );
  return row!.cost;
}

function authColumn({ byAuthMethod }: UsageQuery): string {
  return byAuthMethod ? AUTH_METHOD : "null::text";
}

function toLine(row: Row): UsageLine {
  const { cost } = row;
  return {
    endpoint_id: row.endpoint,
    unit: row.unit,
    quantity: row.quantity,
    unit_price: row.unit_price,
    cost,
    cost_subtotal: cost,
    cost_discount: 0,
    cost_total: cost,
    currency: "USD",
    ...(row.auth_method === null ? {} : { auth_method: row.auth_method }),
  };
}
