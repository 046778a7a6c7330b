import type { Database } from "../../database/index.js";

/** How a table of things that end is read as it grows. */
export type FinishedTable<Row> = {
  /**
   * Up to `limit` rows in the order of `(ended, id)` after the given ones. `ended` must be exact, so it travels as
   * text; `epoch` is the same in seconds.
   */
  readonly page: (
    database: Database,
    after: { readonly ended: string; readonly id: string },
    limit: number,
  ) => Promise<readonly (Row & Mark)[]>;
  readonly observe: (row: Row) => void;
  /** An id before all others. */
  readonly firstId: string;
};

/** Where a row stands. */
export type Mark = { readonly id: string; readonly ended: string; readonly epoch: number };

/** A row is visible only when its transaction commits, so times may appear late by as much as this. */
const LATEST_SECONDS = 60;
const PAGE = 2000;

/**
 * Sees every row once that ended after this was made, whichever process ended it. Rows do not appear in the order of
 * their times, because transactions overlap: each reading goes back a little and skips what it knows.
 */
export class FinishedRows<Row> {
  /** Time of the database at the start of the last reading, seconds. */
  #since: number | null = null;
  /** Id → when it ended, of the rows that the next reading meets again. */
  readonly #known = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly table: FinishedTable<Row>,
  ) {}

  /** Observes what has ended since the last call. The first call only notes the time. */
  async read(): Promise<void> {
    const [{ now }] = (await this.database.query<{ now: number }>(
      "select extract(epoch from clock_timestamp())::float8 as now",
    )) as [{ now: number }];
    const from = this.#since;
    this.#since = now;
    if (from === null) {
      // What ended just before is not ours to count.
      await this.#pages(now - LATEST_SECONDS, (row) => this.#known.set(row.id, row.epoch));
      return;
    }
    await this.#pages(from - LATEST_SECONDS, (row) => {
      if (this.#known.has(row.id)) return;
      this.#known.set(row.id, row.epoch);
      this.table.observe(row);
    });
    for (const [id, ended] of this.#known) if (ended < now - 2 * LATEST_SECONDS) this.#known.delete(id);
  }

  async #pages(from: number, see: (row: Row & Mark) => void): Promise<void> {
    let after = { ended: new Date(from * 1000).toISOString(), id: this.table.firstId };
    for (;;) {
      const rows = await this.table.page(this.database, after, PAGE);
      for (const row of rows) see(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = { ended: last.ended, id: last.id };
    }
  }
}
