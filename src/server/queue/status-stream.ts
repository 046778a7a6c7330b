import type { TalkQueue } from "../../queue/index.js";
import { eventStream, formatEvent, KEEP_ALIVE, KEEP_ALIVE_MS } from "../fal/event-stream.js";
import { followRequest } from "../fal/follow-request.js";
import { statusObject } from "../fal/status-object.js";
import type { PublicBase } from "../public-base.js";

/** Nobody is told when those ahead in the queue get fewer, so it is looked at. It costs a look into memory. */
const QUEUE_POSITION_MS = 1_000;

/** What a stream of statuses is about. */
export type StreamedRequest = {
  readonly id: string;
  readonly keyId: string;
  readonly withLogs: boolean;
  readonly base: PublicBase;
};

/**
 * Answers with a request's status now and at each change, each with the log lines that are new; ends behind
 * `COMPLETED`, which is the last event.
 */
export function answerStatusStream(queue: TalkQueue, asked: StreamedRequest, signal: AbortSignal): Response {
  return eventStream({
    write: (streamSignal) => writeStatuses(queue, asked, streamSignal),
    signal,
    headers: { "x-fal-request-id": asked.id },
  });
}

async function* writeStatuses(
  queue: TalkQueue,
  { id, keyId, withLogs, base }: StreamedRequest,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const followed = followRequest(queue, { id, keyId }, signal);
  let last = "";
  let lastSentAt = Date.now();
  try {
    while (!signal.aborted) {
      const snapshot = await followed.snapshot();
      const logs = withLogs ? await followed.newLogs() : null;
      const status = JSON.stringify(statusObject(snapshot, null, base));
      const isNews = status !== last || (logs !== null && logs.length > 0);
      const isQuiet = Date.now() - lastSentAt >= KEEP_ALIVE_MS;
      if (isNews || isQuiet) {
        last = status;
        lastSentAt = Date.now();
        yield isNews ? formatEvent(statusObject(snapshot, logs, base)) : KEEP_ALIVE;
      }
      if (snapshot.state === "COMPLETED") return;
      await followed.change(snapshot.state === "IN_QUEUE" ? QUEUE_POSITION_MS : KEEP_ALIVE_MS);
    }
  } finally {
    followed.close();
  }
}
