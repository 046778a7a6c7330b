import { DeadlineError, EngineError, ParlanteError, toFalDetails } from "../shared/errors.js";

/** How a request ends that gives no video: what its caller is answered. */
export type Failure = {
  readonly outcome: "error" | "cancelled";
  readonly statusCode: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly errorType: string;
  /** One sentence for the status. */
  readonly message: string;
};

/** fal's types for what goes wrong around the model, with their HTTP status. */
const INFRASTRUCTURE = {
  request_timeout: 504,
  runner_disconnected: 503,
  runner_connection_error: 503,
  runner_server_error: 500,
  internal_error: 500,
  client_cancelled: 499,
  client_disconnected: 499,
} as const;
type InfrastructureType = keyof typeof INFRASTRUCTURE;

function isInfrastructure(code: string): code is InfrastructureType {
  return Object.hasOwn(INFRASTRUCTURE, code);
}

function around(type: InfrastructureType, message: string): Failure {
  return {
    outcome: type.startsWith("client_") ? "cancelled" : "error",
    statusCode: INFRASTRUCTURE[type],
    body: { detail: message, error_type: type },
    errorType: type,
    message,
  };
}

/** The work did not begin in time. */
export const startTimedOut = around("request_timeout", "Request timed out");
/** The processes that worked on it died, as often as it may be tried. */
export const runnerGone = around(
  "runner_disconnected",
  "The process that made the video ended unexpectedly. Send the request again.",
);

/** Somebody no longer wants the video. */
export function cancelledBecause(reason: "client_cancelled" | "client_disconnected"): Failure {
  return around(
    reason,
    reason === "client_cancelled"
      ? "The request was cancelled."
      : "The request was cancelled because its caller went away.",
  );
}

/** Whether another attempt may succeed: after deaths and exhausted machines, not after wrong inputs or exceeded time. */
export function isWorthAnotherTry(error: unknown): boolean {
  return (
    error instanceof ParlanteError &&
    error.retryable &&
    error.status >= 500 &&
    !(error instanceof DeadlineError)
  );
}

/** What the caller is told about an attempt that failed for good. What is not a deliberate error stays untold. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof ParlanteError)) return ofModel(undefined, 500);
  if (isInfrastructure(error.code)) return around(error.code, error.message);
  // What a tool under us said last is for the operator, not for the caller.
  if (error instanceof EngineError) return around("internal_error", error.message);
  if (error.status >= 500 && !(error instanceof DeadlineError))
    return around("internal_error", error.message);
  return ofModel(error, error.status);
}

function ofModel(error: ParlanteError | undefined, statusCode: number): Failure {
  const detail = toFalDetails(error);
  const [{ type, msg }] = detail as [(typeof detail)[number]];
  return { outcome: "error", statusCode, body: { detail }, errorType: type, message: msg };
}
