import type { LogLine, RequestSnapshot } from "../../queue/index.js";
import type { LiveFormat } from "../../request/index.js";
import type { PublicBase } from "../public-base.js";
import { MODEL_APP } from "./model.js";

/** The addresses of one request, as fal's clients build them themselves: without the sub-path of the endpoint. */
export function requestUrls(id: string, base: PublicBase) {
  const url = `${base.queue}/${MODEL_APP}/requests/${id}`;
  return { response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` };
}

/** Where a video can be played while it is made; nothing where that was not asked for. fal's clients pass over it. */
function liveUrl(id: string, format: LiveFormat | null, base: PublicBase): { readonly live_url?: string } {
  return format === null ? {} : { live_url: `${requestUrls(id, base).response_url}/live.${format}` };
}

/** The answer to a submission. */
export function submitObject(
  { id, queuePosition, liveFormat }: Pick<RequestSnapshot, "id" | "queuePosition" | "liveFormat">,
  base: PublicBase,
) {
  return {
    status: "IN_QUEUE",
    request_id: id,
    // fal's differs from the id after it moved a request; ours keep theirs.
    gateway_request_id: id,
    ...requestUrls(id, base),
    ...liveUrl(id, liveFormat, base),
    queue_position: queuePosition ?? 0,
    logs: null,
    metrics: {},
  };
}

/**
 * The status of a request on the wire.
 *
 * @param logs - null when they were not asked for; the key is there all the same, or fal's Python client fails
 */
export function statusObject(
  snapshot: RequestSnapshot,
  logs: readonly LogLine[] | null,
  base: PublicBase,
): Record<string, unknown> {
  const { state, id } = snapshot;
  return {
    status: state,
    request_id: id,
    ...(state === "IN_QUEUE" ? { queue_position: snapshot.queuePosition ?? 0 } : {}),
    logs: logs?.map(logObject) ?? null,
    ...(state === "COMPLETED" ? { metrics: { inference_time: snapshot.inferenceSeconds } } : {}),
    ...(state === "COMPLETED" && snapshot.outcome !== "ok"
      ? { error: snapshot.errorMessage, error_type: snapshot.errorType }
      : {}),
    ...requestUrls(id, base),
    ...liveUrl(id, state === "COMPLETED" ? null : snapshot.liveFormat, base),
  };
}

function logObject({ message, level, source, timestamp }: LogLine) {
  return { message, level, source, timestamp: timestamp.toISOString() };
}
