import type { Submission } from "../../queue/index.js";
import { BadRequestError } from "../../shared/errors.js";
import { parseFileLifecycle } from "./file-lifecycle-header.js";
import { parseTags } from "./tags-header.js";

/** What the headers of a call say about how the request is to be treated. */
export type CallHeaders = Pick<
  Submission,
  "startTimeout" | "priority" | "runnerHint" | "fileLifecycle" | "storesPayloads" | "mayRetry" | "tags"
>;

/** fal's smallest time to start, seconds; its clients refuse anything up to 1. */
const SHORTEST_START_TIMEOUT = 0.1;
/** Thirty days, seconds: requests are forgotten after it. */
const LONGEST_START_TIMEOUT = 2_592_000;
/** Hints are names of runners; what is longer is none. */
const LONGEST_HINT = 256;

const LIFECYCLE_HEADER = "X-Fal-Object-Lifecycle-Preference";

/**
 * Reads fal's request headers. Headers that we do not know, and `x-app-fal-disable-fallback`, change nothing.
 *
 * @param header - the value of a header by its name, whatever its case
 * @throws {@link BadRequestError} naming a time or a lifecycle that cannot be used: to pass over them would break a
 *   promise that the caller relies on. Whatever only hints (priority, runner, retries, tags) is passed over instead.
 */
export function readCallHeaders(header: (name: string) => string | undefined): CallHeaders {
  const lifecycle = header(LIFECYCLE_HEADER);
  const tags = header("X-Fal-Tags");
  return {
    startTimeout: readStartTimeout(header),
    priority: header("X-Fal-Queue-Priority")?.trim().toLowerCase() === "low" ? "low" : "normal",
    runnerHint: readHint(header("X-Fal-Runner-Hint")),
    fileLifecycle: lifecycle === undefined ? null : parseFileLifecycle(lifecycle, LIFECYCLE_HEADER),
    storesPayloads: header("X-Fal-Store-IO")?.trim() !== "0",
    mayRetry: !forbidsRetry(header("X-Fal-No-Retry")) && allowsSomeRetry(header("X-Fal-Retry-Config")),
    tags: tags === undefined ? null : parseTags(tags),
  };
}

/** Seconds until the work must have begun. Of the two names the newer one counts. */
function readStartTimeout(header: (name: string) => string | undefined): number | null {
  for (const name of ["X-Fal-Request-Start-Timeout", "X-Fal-Request-Timeout"]) {
    const text = header(name)?.trim();
    if (text === undefined || text === "") continue;
    const seconds = /^[+\d.eE-]+$/.test(text) ? Number(text) : Number.NaN;
    if (!(seconds >= SHORTEST_START_TIMEOUT && seconds <= LONGEST_START_TIMEOUT)) {
      throw new BadRequestError(
        `${name} must be a number of seconds from ${SHORTEST_START_TIMEOUT} to ${LONGEST_START_TIMEOUT}, such as 30; it says when the work must have begun.`,
        {
          field: [name.toLowerCase()],
          place: "header",
          context: { ge: SHORTEST_START_TIMEOUT, le: LONGEST_START_TIMEOUT },
          input: text.slice(0, 100),
        },
      );
    }
    return seconds;
  }
  return null;
}

function readHint(text: string | undefined): string | null {
  const hint = text?.trim();
  return hint === undefined || hint === "" || hint.length > LONGEST_HINT ? null : hint;
}

function forbidsRetry(text: string | undefined): boolean {
  return ["1", "true", "yes"].includes(text?.trim().toLowerCase() ?? "");
}

/**
 * fal counts retries per kind of failure, for apps of one's own. Here an attempt is repeated when a process has died or
 * failed, which are fal's `connection_error` and `server_error`: both must be 0 to forbid it.
 */
function allowsSomeRetry(text: string | undefined): boolean {
  if (text === undefined) return true;
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return true;
  }
  return !(retriesOf(config, "connection_error") === 0 && retriesOf(config, "server_error") === 0);
}

function retriesOf(config: unknown, kind: string): unknown {
  const entry = (config as Record<string, unknown> | null)?.[kind];
  return (entry as { retries?: unknown } | null | undefined)?.retries;
}
