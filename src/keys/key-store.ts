import { randomUUID } from "node:crypto";
import type { Database } from "../database/index.js";
import { InputError } from "../shared/errors.js";
import { SCOPES, type Scope } from "./caller.js";
import { hashSecret, makeSecret } from "./key-text.js";

/** What a new key may do. */
export type KeyOptions = {
  /** For people, 1 to 200 characters. */
  readonly name: string;
  /** @defaultValue `["run", "files"]` */
  readonly scopes?: readonly Scope[];
  /** Requests that are worked on at the same time, 1 or more; null: no limit. */
  readonly maxConcurrency?: number | null;
  /** Runs and submissions per clock minute, 1 or more; null: no limit. */
  readonly requestsPerMinute?: number | null;
  /** US dollars that the key may cost in all its life; null: no limit. */
  readonly budgetUsd?: number | null;
};

/** A key as it is shown: without its secret, which nobody can read again. */
export type KeyRecord = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly maxConcurrency: number | null;
  readonly requestsPerMinute: number | null;
  /** US dollars. */
  readonly budgetUsd: number | null;
  /** US dollars. */
  readonly spentUsd: number;
  readonly createdAt: Date;
  /** Correct to a minute; null: never. */
  readonly lastUsedAt: Date | null;
  /** Null: it works. */
  readonly revokedAt: Date | null;
};

/** Makes, lists and revokes keys. */
export interface KeyStore {
  /**
   * Makes a key.
   *
   * @returns with `text` (`id:secret`), which is told this once
   * @throws {@link InputError} naming the option that cannot be used
   */
  create(options: KeyOptions): Promise<{ readonly key: KeyRecord; readonly text: string }>;
  /** All keys, revoked ones too, oldest first. */
  list(): Promise<readonly KeyRecord[]>;
  /** Ends a key for good; within about a second on all nodes. @returns false when there is no such key that works */
  revoke(id: string): Promise<boolean>;
  /** Whether any key works. */
  hasActiveKeys(): Promise<boolean>;
}

type Row = {
  id: string;
  name: string;
  scopes: Scope[];
  max_concurrency: number | null;
  requests_per_minute: number | null;
  budget_usd: number | null;
  spent_usd: number;
  created_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
};

const COLUMNS = `id, name, scopes, max_concurrency, requests_per_minute, budget_usd, spent_usd,
  created_at, last_used_at, revoked_at`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_NAME = 200;
/** Largest integer of PostgreSQL. */
const MAX_COUNT = 2_147_483_647;
/** What fits the column. */
const MAX_BUDGET_USD = 1e9;

/** Keys in the database. */
export function createKeyStore(database: Database): KeyStore {
  return {
    async create(options) {
      const checked = checkOptions(options);
      const id = randomUUID();
      const secret = makeSecret();
      const [row] = await database.query<Row>(
        `insert into keys (id, name, secret_hash, scopes, max_concurrency, requests_per_minute, budget_usd)
         values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
        [
          id,
          checked.name,
          hashSecret(secret),
          checked.scopes,
          checked.maxConcurrency,
          checked.requestsPerMinute,
          checked.budgetUsd,
        ],
      );
      return { key: toRecord(row!), text: `${id}:${secret}` };
    },
    async list() {
      const rows = await database.query<Row>(
        `select ${COLUMNS} from keys where secret_hash is not null order by created_at, id`,
      );
      return rows.map(toRecord);
    },
    async revoke(id) {
      if (!UUID.test(id)) return false;
      const rows = await database.query(
        `update keys set revoked_at = now()
         where id = $1 and revoked_at is null and secret_hash is not null returning id`,
        [id],
      );
      return rows.length > 0;
    },
    async hasActiveKeys() {
      const [row] = await database.query<{ found: boolean }>(
        "select exists (select from keys where secret_hash is not null and revoked_at is null) as found",
      );
      return row!.found;
    },
  };
}

function checkOptions(options: KeyOptions) {
  const name = options.name.trim();
  if (name === "" || name.length > MAX_NAME)
    throw refuse("name", `A key needs a name of 1 to ${MAX_NAME} characters.`, options.name);
  const scopes = [...new Set(options.scopes ?? (["run", "files"] as const))];
  const unknown = scopes.find((scope) => !SCOPES.includes(scope));
  if (scopes.length === 0 || unknown !== undefined)
    throw refuse("scope", `The scopes of a key are some of ${SCOPES.join(", ")}.`, unknown);
  return {
    name,
    scopes,
    maxConcurrency: checkCount("max_concurrency", options.maxConcurrency ?? null),
    requestsPerMinute: checkCount("requests_per_minute", options.requestsPerMinute ?? null),
    budgetUsd: checkBudget(options.budgetUsd ?? null),
  };
}

function checkCount(field: string, value: number | null): number | null {
  if (value !== null && !(Number.isInteger(value) && value >= 1 && value <= MAX_COUNT))
    throw refuse(field, `This limit is a whole number from 1 to ${MAX_COUNT}; leave it out for none.`, value);
  return value;
}

function checkBudget(value: number | null): number | null {
  if (value !== null && !(value >= 0 && value <= MAX_BUDGET_USD))
    throw refuse("budget", `A budget is 0 to ${MAX_BUDGET_USD} US dollars; leave it out for none.`, value);
  return value;
}

function refuse(field: string, message: string, input: unknown): InputError {
  return new InputError("value_error", message, { field: [field], input });
}

function toRecord(row: Row): KeyRecord {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    maxConcurrency: row.max_concurrency,
    requestsPerMinute: row.requests_per_minute,
    budgetUsd: row.budget_usd,
    spentUsd: row.spent_usd,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
