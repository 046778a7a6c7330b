import { ParlanteError } from "../shared/errors.js";

/**
 * What became of a statement that failed.
 *
 * `refused`: the server said no, nothing happened; `unreachable`: it was never sent; `interrupted`: the connection
 * broke while it ran, so that it may have taken effect.
 */
export type StatementFate = "refused" | "unreachable" | "interrupted";

/**
 * The database refused a statement (500) or is away, full or busy for the moment (503, worth another try).
 *
 * The message is fit for callers; what the server said is the `cause`.
 */
export class DatabaseError extends ParlanteError {
  /** The five characters by which PostgreSQL names the error, e.g. `23505`; null when it did not answer. */
  readonly sqlState: string | null;
  /** Name of the constraint that was violated. */
  readonly constraint: string | null;
  /** Whether the statement ran. */
  readonly fate: StatementFate;

  constructor(message: string, fate: StatementFate, cause: unknown, retryable: boolean) {
    super("internal_server_error", message, retryable ? 503 : 500, retryable, { cause });
    const { code, constraint } = isRecord(cause) ? cause : {};
    this.sqlState = typeof code === "string" && SQL_STATE.test(code) ? code : null;
    this.constraint = typeof constraint === "string" ? constraint : null;
    this.fate = fate;
  }
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** Errors of the operating system that mean: nobody answers at this address now. */
const AWAY_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  // the queue of a busy unix socket is full
  "EAGAIN",
]);

/** Shutting down, crashed, starting up, no more connections. */
const AWAY_STATES = new Set(["57P01", "57P02", "57P03", "53300"]);

/** What pg says, without a code, when a connection ends under it. */
const BROKEN_CONNECTION = /^Connection terminated|not queryable|timeout exceeded when trying to connect/;

/** Whether a failed attempt to connect may succeed a little later. */
export function isServerAway(error: unknown): boolean {
  if (!isRecord(error)) return false;
  if (typeof error.code === "string") return AWAY_CODES.has(error.code) || AWAY_STATES.has(error.code);
  if (error instanceof AggregateError) return error.errors.every(isServerAway);
  return typeof error.message === "string" && BROKEN_CONNECTION.test(error.message);
}

/** Whether a statement that failed so was certainly not carried out, although the server did not refuse it. */
export function hasCertainlyNotRun(error: unknown): boolean {
  if (!isRecord(error)) return false;
  // a statement takes effect with the last message of its batch, which could not be written
  return error.code === "EPIPE" || (typeof error.message === "string" && /not queryable/.test(error.message));
}

/** Any error of pg as a {@link DatabaseError}. */
export function toDatabaseError(error: unknown, fate: "connecting" | "running"): DatabaseError {
  if (error instanceof DatabaseError) return error;
  if (isServerAway(error)) {
    const interrupted = fate === "running" && !hasCertainlyNotRun(error);
    return new DatabaseError(
      interrupted
        ? "The connection to the database broke. Try again."
        : "The database cannot be reached at the moment. Try again.",
      interrupted ? "interrupted" : "unreachable",
      error,
      true,
    );
  }
  if (fate === "connecting")
    return new DatabaseError("The database does not let Parlante in.", "unreachable", error, false);
  const refused = new DatabaseError("The database refused a statement.", "refused", error, false);
  return isPassing(refused.sqlState)
    ? new DatabaseError("The database is too busy at the moment. Try again.", "refused", error, true)
    : refused;
}

/** Conflicts between transactions, full disks and exceeded times pass; wrong statements do not. */
function isPassing(sqlState: string | null): boolean {
  return sqlState !== null && /^(40001|40P01|55P03|57014|53...)$/.test(sqlState);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
