import { type SampleTarget, uploadSample, webhookSample } from "../code-samples.js";
import { html } from "./html.js";
import { codeBlock, jsonBlock, paragraphs, type Section } from "./page-parts.js";

/** Bringing photos and recordings. */
export function filesSection(target: SampleTarget): Section {
  return {
    id: "files",
    title: "Files",
    body: html`${paragraphs(
      "Three ways to hand over a photo or a recording: an http(s) URL that this server can reach, a `data:` URI, or an upload. Both official clients upload by themselves: give JavaScript a `Blob` or `File` in the input, and in Python use `fal_client.upload_file(path)`. Large files travel in parts.",
    )}
${codeBlock(uploadSample(target), "bash", "An upload by hand")}
${paragraphs(
  'Headers `X-Fal-Object-Lifecycle: {"expiration_duration_seconds": 3600}` on the first call, or a lifetime in the client (`lifecycle`), make the upload disappear by itself.',
  "Private and loopback addresses are not fetched, unless the operator allows it.",
)}`,
  };
}

/** Being called back. */
export function webhookSection(target: SampleTarget): Section {
  return {
    id: "webhooks",
    title: "Webhooks",
    body: html`${paragraphs(
      "A request submitted with `?fal_webhook=URL` is told there when it is finished: one POST with the body below. Any 2xx counts as received; everything else but a redirect is tried again, up to 31 times in about two hours, with growing pauses. The same delivery may come twice: go by `request_id`.",
    )}
${jsonBlock(
  {
    request_id: "764cabcf-b745-4b3e-ae38-1200304cf45b",
    gateway_request_id: "764cabcf-b745-4b3e-ae38-1200304cf45b",
    status: "OK",
    error: null,
    payload: { video: { url: "…" } },
  },
  "What arrives; status ERROR carries the error body as payload",
)}
${paragraphs(
  "Every delivery is signed (Ed25519). The signed message is four lines: request id, user id, timestamp, and the SHA-256 of the body in hexadecimal.",
)}
${codeBlock(webhookSample(target), "javascript", "Checking the signature, in Node without any package")}`,
  };
}
