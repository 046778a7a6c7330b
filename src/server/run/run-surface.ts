import { type Context, Hono } from "hono";
import { answerResult, jsonAnswer } from "../fal/answers.js";
import { pathSegments, unknownEndpoint, wrongMethod } from "../fal/endpoint-path.js";
import { followRequest } from "../fal/follow-request.js";
import { MODEL_ID } from "../fal/model.js";
import { type TakenRequest, takeRequest } from "../fal/take-request.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import type { RunParts } from "./run-parts.js";
import { answerRunStream } from "./run-stream.js";

/** Waiting is told of every change; this only bounds how long a lost one could go unnoticed. */
const RECHECK_MS = 15_000;

/**
 * fal.run: `POST /<endpoint id>` answers with the output itself, `POST /<endpoint id>/stream` with events on the way
 * to it.
 *
 * The work goes through the queue like any other; only the waiting is done here. A caller that goes away gives the
 * request up, unless it comes back with the same body.
 */
export function createRunSurface(parts: RunParts): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.all("*", async (context) => {
    const segments = pathSegments(context.req.path);
    const endpoint = segments.join("/");
    const isStream = endpoint === `${MODEL_ID}/stream`;
    if (endpoint !== MODEL_ID && !isStream) throw unknownEndpoint(segments);
    if (context.req.method !== "POST") throw wrongMethod(["POST"]);
    const taken = await takeRequest(context, parts, { isSync: true, webhookUrl: null, maxQueueLength: null });
    return isStream ? answerRunStream(context, parts, taken) : answerRun(context, parts, taken);
  });
  return app;
}

async function answerRun(
  context: Context<SurfaceEnvironment>,
  { queue, files }: RunParts,
  { id, caller }: TakenRequest,
): Promise<Response> {
  const { base, signal } = context.var.request;
  const followed = followRequest(queue, { id, keyId: caller.keyId }, signal);
  let isAnswered = false;
  try {
    while (!signal.aborted) {
      const snapshot = await followed.snapshot();
      if (snapshot.state === "COMPLETED") {
        const answer = await answerResult(snapshot, await followed.result(), files, base);
        isAnswered = true;
        return answer;
      }
      await followed.change(RECHECK_MS);
    }
    // Nobody reads this, but logs and metrics count it.
    return jsonAnswer(
      499,
      { detail: "The caller went away.", error_type: "client_disconnected" },
      { "x-fal-request-id": id },
    );
  } finally {
    followed.close();
    if (!isAnswered) await queue.abandon(id);
  }
}
