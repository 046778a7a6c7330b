import { parseEndpointPath } from "../fal/endpoint-path.js";
import { MODEL_APP, MODEL_SUB_PATH } from "../fal/model.js";
import { parseRequestId } from "../fal/request-id.js";

/** What can be asked about a request. */
export type RequestQuestion = "status" | "stream" | "result" | "live" | "cancel";

/** A path below queue.fal.run that is about a request. */
export type RequestPath = {
  readonly question: RequestQuestion;
  /** Null when there can be no such request: no uuid, or another endpoint. */
  readonly id: string | null;
};

const QUESTIONS: Readonly<Record<string, RequestQuestion>> = {
  "": "result",
  response: "result",
  status: "status",
  "status/stream": "stream",
  "live.mp4": "live",
  "live.webm": "live",
  cancel: "cancel",
};

/**
 * Reads `<endpoint>/requests/<id>[/status[/stream] | /response | /live.mp4 | /live.webm | /cancel]`.
 *
 * fal's clients drop the sub-path of the endpoint here, pages and other programs write it; both are understood.
 *
 * @returns null when the path is not about a request
 */
export function parseRequestPath(segments: readonly string[]): RequestPath | null {
  const at = segments.lastIndexOf("requests");
  const id = segments[at + 1];
  if (at < 2 || id === undefined) return null;
  const question = QUESTIONS[segments.slice(at + 2).join("/")];
  if (question === undefined) return null;
  const endpoint = parseEndpointPath(segments.slice(0, at));
  const isOurs =
    endpoint?.app === MODEL_APP && (endpoint.subPath === "" || endpoint.subPath === MODEL_SUB_PATH);
  return { question, id: isOurs ? parseRequestId(id) : null };
}
