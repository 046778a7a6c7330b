import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "hono";
import type { RequestResult, RequestSnapshot } from "../../queue/index.js";
import { answerResult, type FileLinks, withoutMarks } from "../fal/answers.js";
import { eventStream, formatEvent, KEEP_ALIVE, KEEP_ALIVE_MS } from "../fal/event-stream.js";
import { type FollowedRequest, followRequest } from "../fal/follow-request.js";
import { statusObject } from "../fal/status-object.js";
import type { TakenRequest } from "../fal/take-request.js";
import type { PublicBase } from "../public-base.js";
import type { SurfaceEnvironment } from "../surface.js";
import type { RunParts } from "./run-parts.js";

/**
 * How long the head of the answer is held back. What is refused within this time (fields, downloads, no face) has a
 * status and a body that clients turn into their typed errors; once the stream is open there is no status any more.
 */
const HOLD_MS = 3_000;

/** Readers drop what they have not looked at when a connection breaks; this gives them the time to look. */
const BREAK_AFTER_MS = 250;

/**
 * Answers with the progress of a request and, as the last event, its output.
 *
 * When it fails after the stream was opened, the last event is the body of the error and the connection breaks, so that
 * `done()` of fal's client rejects.
 */
export async function answerRunStream(
  context: Context<SurfaceEnvironment>,
  { queue, files }: RunParts,
  { id, caller }: TakenRequest,
): Promise<Response> {
  const { base, logger, signal } = context.var.request;
  const gone = new AbortController();
  const followed = followRequest(queue, { id, keyId: caller.keyId }, AbortSignal.any([signal, gone.signal]));
  let isAnswered = false;
  const leave = async (): Promise<void> => {
    gone.abort();
    followed.close();
    if (!isAnswered) await queue.abandon(id);
  };

  async function* write(): AsyncGenerator<string> {
    yield* progressEvents(followed, base, gone.signal);
    if (gone.signal.aborted) return;
    const result = await followed.result();
    isAnswered = true;
    yield* lastEvent(result, files, base);
  }

  try {
    const early = await failureWithin(HOLD_MS, followed, signal);
    if (early === null) {
      return eventStream({
        write,
        signal,
        headers: { "x-fal-request-id": id },
        onEnd: () => {
          leave().catch((error) => logger.error({ err: error, request_id: id }, "request: not given up"));
        },
      });
    }
    isAnswered = true;
    const answer = await answerResult(early.snapshot, early.result, files, base);
    await leave();
    return answer;
  } catch (error) {
    await leave();
    throw error;
  }
}

/** Waits a little for a failure. @returns null when the request succeeded, the caller left or the time is over */
async function failureWithin(
  timeMs: number,
  followed: FollowedRequest,
  signal: AbortSignal,
): Promise<{ snapshot: RequestSnapshot; result: RequestResult } | null> {
  const end = Date.now() + timeMs;
  for (let left = timeMs; left > 0 && !signal.aborted; left = end - Date.now()) {
    const snapshot = await followed.snapshot();
    if (snapshot.outcome === "ok") return null;
    if (snapshot.state === "COMPLETED") return { snapshot, result: await followed.result() };
    await followed.change(left);
  }
  return null;
}

/** One event per change, until the request has ended. */
async function* progressEvents(
  followed: FollowedRequest,
  base: PublicBase,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let last = "";
  while (!signal.aborted) {
    const snapshot = await followed.snapshot();
    const { status, request_id, queue_position, logs, live_url } = statusObject(
      snapshot,
      await followed.newLogs(),
      base,
    );
    const event = formatEvent({
      status,
      request_id,
      queue_position,
      progress: snapshot.progress,
      logs,
      live_url,
    });
    if (event !== last) yield event;
    else yield KEEP_ALIVE;
    last = event;
    if (snapshot.state === "COMPLETED") return;
    await followed.change(KEEP_ALIVE_MS);
  }
}

async function* lastEvent(result: RequestResult, files: FileLinks, base: PublicBase): AsyncGenerator<string> {
  if (result.outcome === "ok") {
    yield formatEvent(await files.withUrls(result.output, base.files));
    return;
  }
  yield formatEvent({ ...withoutMarks(result.body), error_type: result.errorType });
  await sleep(BREAK_AFTER_MS);
  throw new BrokenStream();
}

/** Breaks the connection; the reason was the last event, so there is nothing to trace. */
class BrokenStream extends Error {
  constructor() {
    super("a request failed while its stream was open");
    this.stack = this.message;
  }
}
