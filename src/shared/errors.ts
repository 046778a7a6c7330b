/**
 * Every deliberate failure of the program, as one small family.
 *
 * `code` equals fal's `type` string, so the same error reads the same on the command line, in the
 * queue and over HTTP.
 */
export type ErrorDetails = {
  /** Path of the request field at fault, wire names, without the leading `body`. */
  readonly field?: readonly (string | number)[];
  /** Where the field stands, when not in the body. */
  readonly place?: "query" | "path" | "header";
  /** Machine-readable limits, e.g. `{ max_size: 10485760 }`. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** The offending value, as the caller sent it. */
  readonly input?: unknown;
  readonly cause?: unknown;
  /** Further problems of the same request. */
  readonly others?: readonly ParlanteError[];
};

/** One entry of a fal `detail` list. */
export type FalErrorDetail = {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
  readonly url: string;
  readonly ctx: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
};

/** Base of every deliberate error: who can fix it is told by the subclass. */
export class ParlanteError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, status: number, retryable: boolean, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.details = details;
  }
}

/** The request itself is wrong: the caller fixes the named field. */
export class InputError extends ParlanteError {
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(code, message, 422, false, details);
  }
}

/** A file or link of the request cannot be used: the caller fixes the file. */
export class AssetError extends ParlanteError {
  constructor(code: string, message: string, details: ErrorDetails = {}, retryable = false) {
    super(code, message, 422, retryable, details);
  }
}

/** A tool under us failed: the operator looks at its last words (`context.stderr`). */
export class EngineError extends ParlanteError {
  constructor(code: string, message: string, details: ErrorDetails = {}, retryable = true) {
    super(code, message, 500, retryable, details);
  }
}

/** The work took longer than it may. */
export class DeadlineError extends ParlanteError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("generation_timeout", message, 504, true, details);
  }
}

/** The caller asked to stop. Nobody has to fix anything. */
export class CancelledError extends ParlanteError {
  constructor(message = "The request was cancelled.") {
    super("client_cancelled", message, 499, false);
  }
}

/** The request is not one that can be read at all, e.g. its body is no JSON. */
export class BadRequestError extends ParlanteError {
  constructor(
    message: string,
    details: ErrorDetails = {},
    code = "bad_request",
    status: 400 | 405 | 413 = 400,
  ) {
    super(code, message, status, false, details);
  }
}

/** Who asks is not known (401) or may not do this (402, 403). */
export class AccessError extends ParlanteError {
  constructor(message: string, status: 401 | 402 | 403, details: ErrorDetails = {}) {
    super(status === 401 ? "unauthorized" : "forbidden", message, status, false, details);
  }
}

/** There is no such thing, or it is somebody else's. */
export class NotFoundError extends ParlanteError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("not_found", message, 404, false, details);
  }
}

/** Too much at once: the caller comes back later. `details.context.retry_after` may say when, in seconds. */
export class CapacityError extends ParlanteError {
  constructor(code: string, message: string, status: 408 | 429 | 503 = 429, details: ErrorDetails = {}) {
    super(code, message, status, true, details);
  }
}

/** The work did not begin within the time that the caller gave it. */
export class StartTimeoutError extends ParlanteError {
  constructor(message = "Request timed out") {
    super("request_timeout", message, 504, false);
  }
}

/** Throws {@link CancelledError} when the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}

/** The fal `detail` list of any error, further problems after the first; what is not ours becomes a plain internal error. */
export function toFalDetails(error: unknown): FalErrorDetail[] {
  const known =
    error instanceof ParlanteError
      ? error
      : new ParlanteError("internal_server_error", "Something went wrong inside Parlante.", 500, true);
  return [
    {
      loc: [known.details.place ?? "body", ...(known.details.field ?? [])],
      msg: known.message,
      type: known.code,
      url: `https://docs.fal.ai/errors#${known.code}`,
      ctx: known.details.context ?? {},
      ...(known.details.input === undefined ? {} : { input: known.details.input }),
    },
    ...(known.details.others ?? []).flatMap(toFalDetails),
  ];
}
