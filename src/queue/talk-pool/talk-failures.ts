import { DeadlineError, EngineError } from "../../shared/errors.js";

/** How a process came to its end. */
export type ProcessEnding = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error. */
  readonly lastWords: string;
  /** Why it could not be started, if so. */
  readonly cause?: Error;
};

/** The process of a talk ended in the middle: worth another try, unless it ran out of memory. */
export function talkChildDied(ending: ProcessEnding, memoryLimitBytes: number): EngineError {
  if (isOutOfMemory(ending.lastWords)) return memoryExceeded(memoryLimitBytes, ending.lastWords);
  const { code, signal, cause } = ending;
  const how = cause
    ? `could not be started (${cause.message})`
    : signal
      ? `was ended by ${signal}`
      : `ended with code ${code}`;
  return new EngineError(
    "runner_disconnected",
    `The process that makes the video ${how}. Nothing was written; the same request may be sent again.`,
    { context: { tool: "talk-child", signal, exit_code: code, stderr: ending.lastWords }, cause },
  );
}

/** What a talk child reports, as the caller of the pool shall see it: a dead media process is a lost runner, too. */
export function talkFailed(error: Error, memoryLimitBytes: number): Error {
  if (!(error instanceof EngineError)) return error;
  const { tool, stderr, signal, exit_code: exitCode } = error.details.context ?? {};
  if (tool !== "media-process" || (signal == null && exitCode == null)) return error;
  if (isOutOfMemory(String(stderr ?? ""))) return memoryExceeded(memoryLimitBytes, String(stderr));
  return new EngineError("runner_disconnected", error.message, error.details, true);
}

/** The processes of a talk took more memory than they may. Another try would take as much. */
export function memoryExceeded(limitBytes: number, lastWords = ""): EngineError {
  const limitMb = Math.round(limitBytes / 1e6);
  return new EngineError(
    "internal_server_error",
    `Making this video takes more than the ${limitMb} MB of memory that one video may take. ` +
      "Ask for a smaller resolution or a smaller photo, or raise PARLANTE_MEMORY_LIMIT_MB.",
    { context: { tool: "talk-child", memory_limit_mb: limitMb, stderr: lastWords } },
    false,
  );
}

/** The talk took longer than it may. */
export function timeExceeded(limitSeconds: number): DeadlineError {
  return new DeadlineError(
    `Making this video took longer than the ${limitSeconds} s that it may take. ` +
      "Ask for a smaller resolution or a shorter text, or raise PARLANTE_TIME_LIMIT.",
    { context: { limit: limitSeconds } },
  );
}

/** What V8 says before it ends a process whose objects exceed their limit. */
function isOutOfMemory(lastWords: string): boolean {
  return /JavaScript heap out of memory|ERR_WORKER_OUT_OF_MEMORY/.test(lastWords);
}
