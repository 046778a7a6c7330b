import {
  AccessError,
  BadRequestError,
  CancelledError,
  CapacityError,
  DeadlineError,
  EngineError,
  ParlanteError,
  StartTimeoutError,
  toFalDetails,
} from "../shared/errors.js";

/** An error as it goes over the wire. */
export type ErrorAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Nobody meant this to happen: to be logged with its stack, which the caller does not see. */
  readonly isBug: boolean;
};

/** Reason phrases that HTTP has no names for; the JavaScript client shows them as messages. */
const REASONS: Readonly<Record<number, string>> = { 499: "Client Closed Request" };

/** The reason phrase for a status that Node does not know, or null. */
export function reasonPhrase(status: number): string | null {
  return REASONS[status] ?? null;
}

/**
 * How an error of any kind looks to the caller. There are three shapes: a list of what is wrong with the input, an
 * infrastructure failure with its `error_type`, and plain text. `message` stands beside `detail` because the JavaScript
 * client shows it and nothing else.
 */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  const known = toKnownError(error);
  const isBug = known === null;
  const failure = known ?? bug();
  return {
    status: failure.status === 409 ? 400 : failure.status,
    headers: errorHeaders(failure),
    body: errorBody(failure),
    isBug,
  };
}

/** An error as an answer. */
export function toErrorResponse(
  answer: ErrorAnswer,
  extraHeaders: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(answer.body), {
    status: answer.status,
    headers: { "content-type": "application/json", ...answer.headers, ...extraHeaders },
  });
}

function bug(): ParlanteError {
  return new ParlanteError(
    "internal_error",
    "Something went wrong inside the server. Its log tells more under the request id of this answer.",
    500,
    true,
  );
}

function toKnownError(error: unknown): ParlanteError | null {
  if (error instanceof ParlanteError) return error;
  if (!(error instanceof Error)) return null;
  // Hono's own refusals, e.g. of JSON that cannot be parsed.
  const status = "getResponse" in error && "status" in error ? error.status : null;
  if (status === 401 || status === 403) return new AccessError(error.message, status);
  if (typeof status === "number" && status >= 400 && status < 500) return new BadRequestError(error.message);
  return null;
}

function errorBody(error: ParlanteError): Record<string, unknown> {
  const { message } = error;
  if (isAboutInput(error)) return { detail: toFalDetails(error), message };
  if (isInfrastructure(error)) return { detail: message, error_type: error.code, message };
  return { detail: message, message };
}

/** What goes wrong with a model or its input comes as a list, also when it is no 422. */
function isAboutInput(error: ParlanteError): boolean {
  return (
    error.status === 422 ||
    error.status === 413 ||
    error instanceof EngineError ||
    error instanceof DeadlineError
  );
}

function isInfrastructure(error: ParlanteError): boolean {
  return (
    error instanceof CapacityError ||
    error instanceof StartTimeoutError ||
    error instanceof CancelledError ||
    (error instanceof BadRequestError && error.status === 400) ||
    error.status >= 500
  );
}

function errorHeaders(error: ParlanteError): Record<string, string> {
  const { allow, retry_after: retryAfter } = error.details.context ?? {};
  return {
    "x-fal-billable-units": "0",
    "x-fal-retryable": String(error.retryable),
    "x-fal-needs-retry": error.retryable ? "1" : "0",
    ...(!isAboutInput(error) && isInfrastructure(error) ? { "x-fal-error-type": error.code } : {}),
    ...(typeof retryAfter === "number" ? { "retry-after": String(Math.max(1, Math.ceil(retryAfter))) } : {}),
    ...(error instanceof StartTimeoutError ? { "x-fal-request-timeout-type": "user" } : {}),
    ...(error.status === 401 ? { "www-authenticate": 'Key realm="parlante"' } : {}),
    ...(error.status === 405 && Array.isArray(allow) ? { allow: allow.join(", ") } : {}),
  };
}
