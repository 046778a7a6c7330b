import {
  AssetError,
  CancelledError,
  DeadlineError,
  EngineError,
  type ErrorDetails,
  InputError,
  ParlanteError,
} from "./errors.js";

/** An error as plain data, so that it survives the trip between processes with its class and its details. */
export type TransferredError = {
  readonly kind: "input" | "asset" | "engine" | "deadline" | "cancelled" | "other" | "bug";
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly details: Omit<ErrorDetails, "cause" | "others">;
  /** Further problems of the same request. */
  readonly others: readonly TransferredError[];
  readonly stack: string;
  /** What the operating system called it, e.g. `ENOSPC`. */
  readonly systemCode?: string;
};

/** Takes an error apart. What is not ours is a bug and keeps its stack for the log. */
export function packError(error: unknown): TransferredError {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  if (!(error instanceof ParlanteError)) {
    const message = error instanceof Error ? error.message : String(error);
    const systemCode = error instanceof Error && "code" in error ? { systemCode: String(error.code) } : {};
    return {
      kind: "bug",
      code: "internal_server_error",
      message,
      status: 500,
      retryable: true,
      details: {},
      others: [],
      stack,
      ...systemCode,
    };
  }
  const { code, message, status, retryable } = error;
  const { cause: _cause, others = [], ...details } = error.details;
  return {
    kind: kindOf(error),
    code,
    message,
    status,
    retryable,
    details,
    others: others.map(packError),
    stack,
  };
}

/** Puts an error together again. */
export function unpackError(packed: TransferredError): Error {
  const { code, message, retryable } = packed;
  const others = packed.others.map(unpackError).filter((other) => other instanceof ParlanteError);
  const details = { ...packed.details, ...(others.length > 0 ? { others } : {}) };
  switch (packed.kind) {
    case "input":
      return new InputError(code, message, details);
    case "asset":
      return new AssetError(code, message, details, retryable);
    case "engine":
      return new EngineError(code, message, details, retryable);
    case "deadline":
      return new DeadlineError(message, details);
    case "cancelled":
      return new CancelledError(message);
    case "other":
      return new ParlanteError(code, message, packed.status, retryable, details);
    case "bug": {
      const error = new Error(message);
      error.stack = packed.stack;
      return packed.systemCode === undefined ? error : Object.assign(error, { code: packed.systemCode });
    }
  }
}

function kindOf(error: ParlanteError): TransferredError["kind"] {
  if (error instanceof InputError) return "input";
  if (error instanceof AssetError) return "asset";
  if (error instanceof EngineError) return "engine";
  if (error instanceof DeadlineError) return "deadline";
  if (error instanceof CancelledError) return "cancelled";
  return "other";
}
