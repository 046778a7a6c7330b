import { type Context, Hono } from "hono";
import type { RequestSnapshot, TalkQueue } from "../../queue/index.js";
import { answerResult, jsonAnswer } from "../fal/answers.js";
import { pathSegments, unknownEndpoint, wrongMethod } from "../fal/endpoint-path.js";
import { MODEL_ID } from "../fal/model.js";
import { statusObject, submitObject } from "../fal/status-object.js";
import { type IntakeParts, takeRequest } from "../fal/take-request.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import { answerLive, type LiveParts } from "./live-answer.js";
import { parseRequestPath, type RequestPath } from "./queue-path.js";
import { answerStatusStream } from "./status-stream.js";
import { readSubmitQuery, wantsLogs } from "./submit-query.js";

/** What the queue's routes need. */
export type QueueParts = IntakeParts &
  LiveParts & {
    /** Webhooks may also be sent over plain http. */
    readonly allowsHttpWebhooks: boolean;
  };

/** A known request of the caller. */
type Asked = { readonly snapshot: RequestSnapshot; readonly keyId: string };

/**
 * queue.fal.run: submit, status (once or as a stream), result and cancel; and the video while it is made.
 *
 * Requests of other keys and ids that are none get the same answer as unknown ones. Never 409: fal's Python client
 * repeats it at once.
 */
export function createQueueSurface(parts: QueueParts): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.all("*", async (context) => {
    const segments = pathSegments(context.req.path);
    const path = parseRequestPath(segments);
    if (path !== null) return answerAboutRequest(context, parts, path);
    if (segments.join("/") !== MODEL_ID) throw unknownEndpoint(segments);
    if (context.req.method !== "POST") throw wrongMethod(["POST"]);
    return submit(context, parts);
  });
  return app;
}

async function submit(context: Context<SurfaceEnvironment>, parts: QueueParts): Promise<Response> {
  const query = readSubmitQuery((name) => context.req.query(name), parts);
  const taken = await takeRequest(context, parts, { isSync: false, ...query });
  // 200 and not 201 or 202: there are clients that accept nothing else.
  return jsonAnswer(200, submitObject(taken, context.var.request.base), {
    "x-fal-request-id": taken.id,
  });
}

async function answerAboutRequest(
  context: Context<SurfaceEnvironment>,
  parts: QueueParts,
  { question, id }: RequestPath,
): Promise<Response> {
  const { method } = context.req;
  const allowed = question === "cancel" ? ["PUT", "POST"] : ["GET", "HEAD"];
  if (!allowed.includes(method)) throw wrongMethod(allowed);

  const { request } = context.var;
  const { keyId } = await request.authenticate("run");
  const snapshot = id === null ? null : await parts.queue.snapshot(id, keyId);
  if (snapshot === null) {
    const isPayload = question === "result" || question === "live";
    return jsonAnswer(404, isPayload ? { detail: "Request not found" } : { status: "NOT_FOUND" });
  }
  const withLogs = wantsLogs(context.req.query("logs"));
  const { base, signal } = request;
  switch (question) {
    case "status":
      return answerStatus(parts.queue, snapshot, withLogs, context);
    case "stream":
      return answerStatusStream(parts.queue, { id: snapshot.id, keyId, withLogs, base }, signal);
    case "result":
      return answerFinished(parts, { snapshot, keyId }, context);
    case "live":
      return answerLive(parts, { snapshot, keyId }, request);
    case "cancel":
      return cancel(parts.queue, { snapshot, keyId });
  }
}

/**
 * Always 200. fal's documents do not fix the code while a request waits or runs; its clients take any 2xx, other
 * servers of this protocol send 200, and programs that compare with 200 exist.
 */
async function answerStatus(
  queue: TalkQueue,
  snapshot: RequestSnapshot,
  withLogs: boolean,
  context: Context<SurfaceEnvironment>,
): Promise<Response> {
  const logs = withLogs ? await queue.logs(snapshot.id, 0) : null;
  return jsonAnswer(200, statusObject(snapshot, logs, context.var.request.base), {
    "x-fal-request-id": snapshot.id,
  });
}

async function answerFinished(
  { queue, files }: QueueParts,
  { snapshot, keyId }: Asked,
  context: Context<SurfaceEnvironment>,
): Promise<Response> {
  const result = snapshot.state === "COMPLETED" ? await queue.result(snapshot.id, keyId) : null;
  if (result === null) {
    return jsonAnswer(400, { detail: "Request is still in progress" }, { "x-fal-request-id": snapshot.id });
  }
  return answerResult(snapshot, result, files, context.var.request.base);
}

async function cancel(queue: TalkQueue, { snapshot, keyId }: Asked): Promise<Response> {
  const headers = { "x-fal-request-id": snapshot.id };
  switch (await queue.cancel(snapshot.id, keyId, "client_cancelled")) {
    case "cancelled":
      return jsonAnswer(202, { status: "CANCELLATION_REQUESTED" }, headers);
    case "already-completed":
      return jsonAnswer(400, { status: "ALREADY_COMPLETED" }, headers);
    case "not-found":
      return jsonAnswer(404, { status: "NOT_FOUND" }, headers);
  }
}
