import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Id and secret of a key, as a caller shows them. */
export type KeyText = { readonly id: string; readonly secret: string };

/** `uuid:32hex`: 128 random bits, so that a plain hash protects them at rest. */
const KEY_TEXT = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([0-9a-f]{32})$/;
const SECRET_BYTES = 16;

/** Compared with when there is no such key, so that an unknown id takes the same work as a wrong secret. */
const HASH_OF_NOBODY = createHash("sha256").update(randomBytes(SECRET_BYTES)).digest();

/** The parts of `id:secret`, or null when it is no key of ours. */
export function parseKeyText(text: string): KeyText | null {
  const match = KEY_TEXT.exec(text);
  return match === null ? null : { id: match[1]!, secret: match[2]! };
}

/** A new secret. */
export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString("hex");
}

/** What is kept of a secret. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret, "utf8").digest();
}

/** Whether a secret is the one that was hashed; takes as long either way. */
export function matchesHash(secret: string, hash: Uint8Array | null): boolean {
  return timingSafeEqual(hashSecret(secret), hash ?? HASH_OF_NOBODY) && hash !== null;
}
