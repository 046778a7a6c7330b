import type { Database } from "../database/index.js";
import type { Scope } from "./caller.js";

/** What has to be known about a key to let its holder in. */
export type LiveKey = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly secretHash: Uint8Array;
  readonly requestsPerMinute: number | null;
  /** US dollars. */
  readonly budgetUsd: number | null;
  /** Its last use was written down more than a minute ago. */
  readonly isUseOutdated: boolean;
};

/** Finds keys, with a short memory. */
export interface KeyLookup {
  /** The key of that id; null when there is none that works. */
  find(id: string): Promise<LiveKey | null>;
  /** Whether a key was ever made, revoked ones included. */
  wasAnyMade(): Promise<boolean>;
}

type Row = {
  id: string;
  name: string;
  scopes: Scope[];
  secret_hash: Buffer;
  requests_per_minute: number | null;
  budget_usd: number | null;
  is_use_outdated: boolean;
};

/** Ids in one statement. */
const MAX_BATCH = 1000;

/**
 * Reads keys from the database and remembers the ones it found for `memorySeconds`.
 *
 * One statement is under way at a time, and it asks for all ids that were wanted meanwhile: somebody who tries
 * thousands of keys costs the database no more than somebody who tries one.
 */
export function createKeyLookup(options: {
  readonly database: Database;
  readonly memorySeconds: number;
  /** Seconds on any clock that moves on. */
  readonly now: () => number;
}): KeyLookup {
  const { database, memorySeconds, now } = options;
  const found = new Map<string, { readonly key: LiveKey; readonly readAt: number }>();
  let next: { ids: Set<string>; answer: Promise<ReadonlyMap<string, LiveKey>> } | null = null;
  let running: Promise<unknown> = Promise.resolve();
  // Keys are never deleted, so yes stays yes; no is asked again.
  let anyMade: { value: boolean; readAt: number } = { value: false, readAt: Number.NEGATIVE_INFINITY };
  let asking: Promise<boolean> | null = null;

  const isFresh = (readAt: number) => now() - readAt < memorySeconds && now() >= readAt;

  function ask(id: string): Promise<ReadonlyMap<string, LiveKey>> {
    if (next !== null && next.ids.size < MAX_BATCH) {
      next.ids.add(id);
      return next.answer;
    }
    const ids = new Set([id]);
    const answer = running.then(() => {
      if (next?.ids === ids) next = null;
      return read([...ids]);
    });
    next = { ids, answer };
    running = answer.catch(() => {});
    return answer;
  }

  async function read(ids: string[]): Promise<ReadonlyMap<string, LiveKey>> {
    const readAt = now();
    const rows = await database.query<Row>(
      `select id, name, scopes, secret_hash, requests_per_minute, budget_usd,
         last_used_at is null or last_used_at < now() - interval '1 minute' as is_use_outdated
       from keys where id = any($1::uuid[]) and secret_hash is not null and revoked_at is null`,
      [ids],
    );
    for (const id of ids) found.delete(id);
    const keys = new Map(rows.map((row) => [row.id, toKey(row)]));
    for (const [id, key] of keys) found.set(id, { key, readAt });
    return keys;
  }

  return {
    async find(id) {
      const known = found.get(id);
      if (known !== undefined && isFresh(known.readAt)) return known.key;
      return (await ask(id)).get(id) ?? null;
    },
    async wasAnyMade() {
      if (anyMade.value || isFresh(anyMade.readAt)) return anyMade.value;
      const readAt = now();
      asking ??= readAnyMade(database)
        .then((value) => {
          anyMade = { value, readAt };
          return value;
        })
        .finally(() => {
          asking = null;
        });
      return asking;
    },
  };
}

async function readAnyMade(database: Database): Promise<boolean> {
  const [row] = await database.query<{ found: boolean }>(
    "select exists (select from keys where secret_hash is not null) as found",
  );
  return row!.found;
}

function toKey(row: Row): LiveKey {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    secretHash: row.secret_hash,
    requestsPerMinute: row.requests_per_minute,
    budgetUsd: row.budget_usd,
    isUseOutdated: row.is_use_outdated,
  };
}
