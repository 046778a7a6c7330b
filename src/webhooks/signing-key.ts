import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { calculateJwkThumbprint, exportJWK } from "jose";

/** The public half of the key, as receivers fetch it (RFC 8037). */
export type PublicSigningKey = {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  /** 32 bytes, base64url. */
  readonly x: string;
  /** Thumbprint (RFC 7638). */
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "EdDSA";
};

/** The Ed25519 key that signs webhooks. */
export type SigningKey = { readonly privateKey: KeyObject; readonly publicKey: PublicSigningKey };

/** Bytes of an Ed25519 seed. */
export const SIGNING_SEED_BYTES = 32;
/** What stands before the seed in PKCS #8 (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The signing key of a seed.
 *
 * @param seed - 32 random bytes, kept secret, the same on all nodes
 */
export async function createSigningKey(seed: Uint8Array): Promise<SigningKey> {
  if (seed.length !== SIGNING_SEED_BYTES)
    throw new RangeError(`A signing key needs a seed of ${SIGNING_SEED_BYTES} bytes, not ${seed.length}.`);
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, seed]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = await exportJWK(createPublicKey(privateKey));
  const bare = { kty: "OKP", crv: "Ed25519", x: x! } as const;
  const kid = await calculateJwkThumbprint(bare);
  return { privateKey, publicKey: { ...bare, kid, use: "sig", alg: "EdDSA" } };
}

/** What a delivery says about itself in its headers. */
export type SignedFacts = {
  readonly requestId: string;
  readonly userId: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
};

/** The four headers that prove where a webhook comes from and that nobody changed it. */
export function signatureHeaders(
  key: SigningKey,
  { requestId, userId, timestamp }: SignedFacts,
  body: Uint8Array,
): Record<string, string> {
  const digest = createHash("sha256").update(body).digest("hex");
  const message = [requestId, userId, String(timestamp), digest].join("\n");
  return {
    "x-fal-webhook-request-id": requestId,
    "x-fal-webhook-user-id": userId,
    "x-fal-webhook-timestamp": String(timestamp),
    "x-fal-webhook-signature": sign(null, Buffer.from(message, "utf8"), key.privateKey).toString("hex"),
  };
}
