import { createHash, createPublicKey, verify } from "node:crypto";
import type { ReceivedWebhook } from "./webhook-receiver.js";

/** One key of the published set. */
export type PublishedKey = { readonly kty: string; readonly crv: string; readonly x: string };

/**
 * Whether a webhook was signed by the owner of one of the keys: as a receiver does it who has read only the protocol.
 *
 * @param now - seconds since 1970; older or newer by more than five minutes counts as a replay
 */
export function isGenuine(
  { headers, body }: ReceivedWebhook,
  keys: readonly PublishedKey[],
  now: number,
): boolean {
  const timestamp = Number(headers["x-fal-webhook-timestamp"]);
  if (!(Math.abs(now - timestamp) <= 300)) return false;
  const signature = String(headers["x-fal-webhook-signature"]);
  if (!/^[0-9a-f]{128}$/.test(signature)) return false;
  const message = [
    headers["x-fal-webhook-request-id"],
    headers["x-fal-webhook-user-id"],
    headers["x-fal-webhook-timestamp"],
    createHash("sha256").update(body).digest("hex"),
  ].join("\n");
  return keys.some(({ kty, crv, x }) =>
    verify(
      null,
      Buffer.from(message),
      createPublicKey({ key: { kty, crv, x }, format: "jwk" }),
      Buffer.from(signature, "hex"),
    ),
  );
}
