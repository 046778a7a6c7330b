/** Largest body that is sent. Answers of the model are far smaller; an error may repeat what it was given. */
const MAX_BODY_BYTES = 1_000_000;

/** The text that is signed and sent; a payload that is too large gives way to `payload_error`. */
export function writeBody(body: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(body);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= MAX_BODY_BYTES) return text;
  const reason = `The payload has ${sizeBytes} bytes; webhooks carry up to ${MAX_BODY_BYTES}. Fetch the result instead.`;
  return JSON.stringify(withoutPayload(body, reason));
}

/** The same delivery without its payload, for when that has been deleted or has expired. */
export function forgetPayload(text: string): string {
  const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return JSON.stringify(withoutPayload(body, "The payload is no longer stored."));
}

function withoutPayload(body: Readonly<Record<string, unknown>>, reason: string): Record<string, unknown> {
  const { request_id, gateway_request_id, status, error } = body;
  // The error of a failed request may be a text of any length, but says what happened: its beginning stays.
  const shortError = typeof error === "string" ? error.slice(0, 1000) : (error ?? null);
  return { request_id, gateway_request_id, status, error: shortError, payload: null, payload_error: reason };
}
