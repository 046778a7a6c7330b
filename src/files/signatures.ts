import { createHmac, timingSafeEqual } from "node:crypto";

/** What is signed for; a signature for one thing opens nothing else. */
type Purpose = "fetch" | "upload" | "upload-token";

/** Proof that this server allowed something until some time, which is part of it. */
export type Signed = {
  /** Seconds since 1970. */
  readonly expires: number;
  readonly signature: string;
};

/** Signs and checks. */
export interface Signer {
  sign(purpose: Purpose, subject: string, expires: number): Signed;
  /** Whether both belong together, and to us, and the time is not over. */
  verify(purpose: Purpose, subject: string, expires: string, signature: string): boolean;
}

/**
 * HMAC-SHA256 over purpose, subject and time.
 *
 * @param secret - the same for all processes, 32 bytes or more
 * @param now - milliseconds since 1970
 */
export function createSigner(secret: Uint8Array, now: () => number): Signer {
  if (secret.length < 32) throw new RangeError("The secret for signatures must have 32 bytes or more.");
  const digest = (purpose: Purpose, subject: string, expires: number) =>
    createHmac("sha256", secret).update(`${purpose}\n${subject}\n${expires}`).digest("base64url");
  return {
    sign: (purpose, subject, expires) => ({ expires, signature: digest(purpose, subject, expires) }),
    verify(purpose, subject, expires, signature) {
      if (!/^[1-9][0-9]{0,14}$/.test(expires)) return false;
      const expected = Buffer.from(digest(purpose, subject, Number(expires)));
      const given = Buffer.from(signature);
      return (
        given.length === expected.length && timingSafeEqual(given, expected) && Number(expires) * 1000 > now()
      );
    },
  };
}
