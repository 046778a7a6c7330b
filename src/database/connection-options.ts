import pg from "pg";
import type { DatabaseAddress } from "./database.js";
import { DatabaseError } from "./database-error.js";

/** The schema with all tables of Parlante but the queue's. */
export const SCHEMA = "parlante";

/** Longest time for one statement. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Longest time that a transaction may wait for its next statement. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** How pg connects to an address, with the settings that every connection of ours has. */
export function connectionOptions(address: DatabaseAddress, applicationName: string): pg.ClientConfig {
  return {
    ...("url" in address ? urlOptions(address.url) : { ...address, options: SEARCH_PATH }),
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  };
}

const SEARCH_PATH = `-c search_path=${SCHEMA}`;

/** A URL wins over all other options of pg, so ours are written into it. */
function urlOptions(text: string): pg.ClientConfig {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new DatabaseError(
      "DATABASE_URL is no URL. Write it like postgresql://user:password@host:5432/database.",
      "unreachable",
      cause,
      false,
    );
  }
  const given = url.searchParams.get("options");
  url.searchParams.set("options", given === null ? SEARCH_PATH : `${given} ${SEARCH_PATH}`);
  return { connectionString: url.href };
}

const toNumbers = (parse: (text: string) => unknown) => (text: string) => {
  const values = parse(text);
  return Array.isArray(values) ? values.map((value) => (value === null ? null : Number(value))) : values;
};

const defaultParser = pg.types.getTypeParser as (oid: number, format?: string) => (text: string) => unknown;
const [INT8_ARRAY, NUMERIC_ARRAY] = [1016, 1231];
/** pg leaves numbers that may not fit as text; ours are counts, sizes and money with few digits, which fit. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.NUMERIC, Number],
  [INT8_ARRAY, toNumbers(defaultParser(INT8_ARRAY))],
  [NUMERIC_ARRAY, toNumbers(defaultParser(NUMERIC_ARRAY))],
]);

const getTypeParser = ((oid: number, format?: string) =>
  (format !== "binary" && PARSERS.get(oid)) || defaultParser(oid, format)) as typeof pg.types.getTypeParser;
