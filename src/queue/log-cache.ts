import type { Queryable } from "../database/index.js";
import type { LogLine } from "./talk-queue.js";

/** Longest time for which lines are served without looking, in case that a notification was missed. */
const TRUST_MS = 2_000;
/** After this the lines are read anew from the first: they may have been forgotten. */
const KEEP_MS = 60_000;

type Kept = {
  lines: LogLine[];
  isFresh: boolean;
  readonly since: number;
  trustedUntil: number;
  loading: Promise<void> | null;
};

/** The lines of requests, read once and then only what is new. */
export type LogCache = {
  /** Lines after a sequence number, in order. */
  after(id: string, sequence: number): Promise<readonly LogLine[]>;
  /** The request may have new lines. */
  touch(id: string): void;
  touchAll(): void;
};

/**
 * @param capacity - lines kept of all requests together
 */
export function createLogCache(database: Queryable, capacity = 100_000): LogCache {
  const kept = new Map<string, Kept>();
  let size = 0;

  function drop(id: string) {
    size -= kept.get(id)?.lines.length ?? 0;
    kept.delete(id);
  }

  function entryOf(id: string): Kept {
    const now = performance.now();
    let entry = kept.get(id);
    if (entry !== undefined && now - entry.since > KEEP_MS) {
      drop(id);
      entry = undefined;
    }
    entry ??= { lines: [], isFresh: false, since: now, trustedUntil: 0, loading: null };
    kept.delete(id);
    kept.set(id, entry);
    if (entry.loading === null && now > entry.trustedUntil) entry.isFresh = false;
    return entry;
  }

  async function load(id: string, entry: Kept) {
    // Notified while reading: what was read may be the state before, and has to be read once more.
    entry.isFresh = true;
    try {
      const rows = await database.query<Omit<LogLine, "sequence"> & { sequence: string }>(
        `select sequence, message, level, source, at as timestamp
         from request_logs where request_id = $1 and sequence > $2 order by sequence`,
        [id, entry.lines.at(-1)?.sequence ?? 0],
      );
      if (rows.length > 0) {
        entry.lines = entry.lines.concat(rows.map((row) => ({ ...row, sequence: Number(row.sequence) })));
        if (kept.get(id) === entry) size += rows.length;
      }
      entry.trustedUntil = performance.now() + TRUST_MS;
    } catch (error) {
      entry.isFresh = false;
      throw error;
    } finally {
      entry.loading = null;
    }
  }

  return {
    async after(id, sequence) {
      const entry = entryOf(id);
      // Whoever came after a notification must not be content with a reading that began before it.
      for (let rounds = 0; rounds < 2 && (entry.loading !== null || !entry.isFresh); rounds += 1) {
        entry.loading ??= load(id, entry);
        await entry.loading;
      }
      while (size > capacity && kept.size > 1) drop(kept.keys().next().value!);
      if (sequence <= 0) return entry.lines;
      const first = entry.lines.findIndex((line) => line.sequence > sequence);
      return first === -1 ? [] : entry.lines.slice(first);
    },
    touch(id) {
      const entry = kept.get(id);
      if (entry !== undefined) entry.isFresh = false;
    },
    touchAll() {
      for (const entry of kept.values()) entry.isFresh = false;
    },
  };
}
