import type { RequestResult, RequestSnapshot } from "../../queue/index.js";
import type { PublicBase } from "../public-base.js";

/** Shows file URLs. */
export interface FileLinks {
  /** The same value with every `parlante-file:<file id>` as a URL below `base`. */
  withUrls<Value>(value: Value, base: string): Promise<Value>;
}

/** A JSON answer. Also for statuses that `fetch` has no name for, such as 499. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** Decimal text as fal's own apps write it: whole numbers without, others with eight decimals. */
export function formatBillableUnits(units: number): string {
  return Number.isInteger(units) ? units.toFixed(0) : units.toFixed(8);
}

/** What a finished request gives, with its headers: the same for sync runs and the queue. */
export async function answerResult(
  snapshot: RequestSnapshot,
  result: RequestResult,
  files: FileLinks,
  base: PublicBase,
): Promise<Response> {
  const headers: Record<string, string> = { "x-fal-request-id": snapshot.id };
  if (snapshot.runnerId !== null) headers["x-fal-served-from"] = snapshot.runnerId;
  if (result.outcome === "ok") {
    headers["x-fal-billable-units"] = formatBillableUnits(result.billableUnits);
    return jsonAnswer(200, await files.withUrls(result.output, base.files), headers);
  }
  return jsonAnswer(result.statusCode, withoutMarks(result.body), { ...headers, ...failureHeaders(result) });
}

/** Errors show the value at fault. Of a data URI that was moved into a file only its beginning is shown: the mark is ours. */
export function withoutMarks<Value>(body: Value): Value {
  const text = JSON.stringify(body);
  if (!text.includes('"parlante-input:')) return body;
  return JSON.parse(text.replaceAll(/"parlante-input:[\w-]+"/g, '"data:…"')) as Value;
}

function failureHeaders(failure: Exclude<RequestResult, { outcome: "ok" }>): Record<string, string> {
  const isUserTimeout = failure.errorType === "request_timeout";
  // Of what ends here, only failures of the machinery can end otherwise another time.
  const mayRetry = failure.statusCode >= 500 && !isUserTimeout;
  return {
    "x-fal-billable-units": "0",
    "x-fal-retryable": String(mayRetry),
    "x-fal-needs-retry": mayRetry ? "1" : "0",
    ...(Array.isArray(failure.body.detail) ? {} : { "x-fal-error-type": failure.errorType }),
    ...(isUserTimeout ? { "x-fal-request-timeout-type": "user" } : {}),
  };
}
