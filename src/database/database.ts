/** What statements can be sent to. */
export interface Queryable {
  /**
   * Runs one parameterised statement (`$1`, `$2`, …); without values also several, whose rows come as one list.
   *
   * As values, objects become JSON, but lists become PostgreSQL's arrays: write lists for `jsonb` with
   * `JSON.stringify`. In rows, `bigint` and `numeric` are numbers, `timestamptz` is a `Date`, `bytea` a `Buffer`.
   *
   * @throws {@link DatabaseError} when the server refuses it or cannot be reached
   */
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

/** Statements that take effect together or not at all. */
export interface Transaction extends Queryable {}

/** A subscription made by {@link Database.listen}. */
export interface Listening {
  close(): Promise<void>;
}

/** A pool of connections to PostgreSQL. */
export interface Database extends Queryable {
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects.
   *
   * Inside, send everything through the transaction: a second connection may not be free.
   *
   * @throws what `work` throws; {@link DatabaseError} when it cannot be begun or committed
   */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /**
   * Hears `NOTIFY channel`. All subscriptions share one connection, which is made anew when it breaks.
   *
   * @param onMessage - called with the payload of each notification
   * @param onGap - called after a break, when notifications may have been missed
   */
  listen(channel: string, onMessage: (payload: string) => void, onGap: () => void): Promise<Listening>;
  /** Ends all connections, after what is under way. */
  close(): Promise<void>;
}

/** Where a database is. */
export type DatabaseAddress =
  | { readonly url: string }
  | {
      /** Directory of the unix socket. */
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
    };

/** Channels on which changes are told. The payload is the id of a request, for `webhook` of a delivery. */
export const CHANNELS = {
  /** A request was submitted or may be fetched again: workers look. */
  submitted: "parlante_submitted",
  /** State, progress or logs of a request changed: whoever shows it looks. */
  changed: "parlante_changed",
  /** A request is no longer wanted: its worker stops. */
  cancelled: "parlante_cancelled",
  /** A webhook waits for its delivery. */
  webhook: "parlante_webhook",
} as const;
