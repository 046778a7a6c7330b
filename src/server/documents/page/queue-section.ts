import { queueSample, type SampleTarget } from "../code-samples.js";
import { applicationOf } from "../model-facts.js";
import { html, prose } from "./html.js";
import { callList, codeBlock, jsonBlock, paragraphs, type Section, table } from "./page-parts.js";

const REQUEST_HEADERS: readonly (readonly [name: string, value: string, meaning: string])[] = [
  [
    "X-Fal-Request-Start-Timeout",
    "seconds",
    "The work must have begun by then, or the request fails with 504. The older name `X-Fal-Request-Timeout` means the same.",
  ],
  ["X-Fal-Queue-Priority", "normal, low", "`low` waits until no normal request waits."],
  [
    "X-Fal-Object-Lifecycle-Preference",
    "JSON",
    '`{"expiration_duration_seconds": 3600, "initial_acl": {"default": "allow"}}`: how long the video is kept and who may fetch it.',
  ],
  ["X-Fal-Store-IO", "0", "Do not keep the input and the answer; the video is kept."],
  [
    "X-Fal-No-Retry",
    "1",
    "Fail at the first crash instead of trying again. `X-Fal-Retry-Config` is read, too.",
  ],
  ["X-Fal-Tags", "name=value", "Up to ten pairs, kept with the request."],
];

const ANSWER_HEADERS: readonly (readonly [name: string, meaning: string])[] = [
  ["x-fal-request-id", "Of every answer, errors too. On a result it is the id of the queue."],
  ["X-Fal-Billable-Units", "Seconds of video, on results; 0 where nothing is billed."],
  ["X-Fal-Error-Type", "Type of the error, where there is one outside the input."],
  ["X-Fal-Retryable, X-Fal-Needs-Retry", "Whether the same request may succeed later."],
  [
    "X-Fal-Request-Timeout-Type",
    "`user` when your own start timeout has passed; clients then do not try again.",
  ],
  ["Retry-After", "Seconds to wait, on 429 and 503."],
];

/** Waiting in line. */
export function queueSection(target: SampleTarget): Section {
  const { modelId, addresses } = target;
  const requests = `/${applicationOf(modelId)}/requests/{id}`;
  return {
    id: "queue",
    title: "Queue",
    body: html`${paragraphs(
      `Below \`${addresses.queue}\`. A submitted request is safe on disk before you hear of it, survives crashes of the server, and is billed once. Inputs are checked when it is worked on: what is wrong with them is its result.`,
    )}
${callList([
  {
    method: "POST",
    path: `/${modelId}`,
    does: "Submit. `?fal_webhook=URL` calls you back; `?fal_max_queue_length=n` gives up when more wait.",
    answer: "200 with `request_id` and three URLs.",
  },
  {
    method: "GET",
    path: `${requests}/status`,
    does: "How far it is; with `?logs=1` also what it says.",
    answer: "200 with one of the three states.",
  },
  {
    method: "GET",
    path: `${requests}/status/stream`,
    does: "The same as server-sent events: one per change, each with the new log lines only.",
    answer: "Closes after `COMPLETED`.",
  },
  {
    method: "GET",
    path: requests,
    does: "The result.",
    answer: "200 with the output; the error of a failed request; 400 while it is not finished.",
  },
  {
    method: "GET",
    path: `${requests}/live.mp4`,
    does: "The video while it is made, of a request with `progressive: true`. The status names it as `live_url`; in WebM it is `live.webm`.",
    answer: "200 and the video as it grows; 302 to the finished one; 503 after 50 s of waiting: ask again.",
  },
  {
    method: "PUT",
    path: `${requests}/cancel`,
    does: "Stop it, also in the middle of the work.",
    answer: "202; 400 `ALREADY_COMPLETED`; 404 `NOT_FOUND`.",
  },
])}
${codeBlock(queueSample(target), "bash", "By hand")}
${jsonBlock(
  {
    status: "IN_PROGRESS",
    request_id: "764cabcf-b745-4b3e-ae38-1200304cf45b",
    logs: [{ message: "render 40 %", level: "INFO", source: "USER", timestamp: "2026-01-01T00:00:00.000Z" }],
    response_url: `${addresses.queue}${requests.replace("{id}", "764cabcf-…")}`,
  },
  "A status, shortened",
)}
${paragraphs(
  "There are three states: `IN_QUEUE` (with `queue_position`, the number ahead), `IN_PROGRESS`, and `COMPLETED` (with `metrics.inference_time`; with `error` and `error_type` when it failed).",
)}
<h3 id="live">Playing a video while it is made</h3>
${paragraphs(
  "A request with `progressive: true` has a `live_url` in the answer to its submission and in its status until it is finished. It needs the same key as the result; a player that cannot send headers takes a token instead: `live.mp4?fal_jwt_token=…` from `POST /tokens/`. It waits until the video begins and sends it from its first frame, as fast as it is made, to any number of players. When an attempt fails the connection breaks; asking again gives the next attempt from its beginning, or the error. The finished video at the URL of the result is the one to keep.",
  "Players need no range requests for it, as there are none. Where workers run on other machines without a shared `PARLANTE_DATA`, it waits for the finished video and leads there.",
)}
<h3>Headers that you may send</h3>
${table(
  "Request headers",
  ["Header", "Value", "Meaning"],
  REQUEST_HEADERS.map(([name, value, meaning]) => [
    html`<code>${name}</code>`,
    html`<code>${value}</code>`,
    prose(meaning),
  ]),
)}
<h3>Headers of answers</h3>
${table(
  "Answer headers",
  ["Header", "Meaning"],
  ANSWER_HEADERS.map(([name, meaning]) => [
    html`${name.split(", ").map((one, index) => html`${index > 0 ? html`<br>` : null}<code>${one}</code>`)}`,
    prose(meaning),
  ]),
)}`,
  };
}
