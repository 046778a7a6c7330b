import { after, UNFINISHED_SECONDS } from "./library-parts.js";
import type { Signer } from "./signatures.js";

/** Longest life of a token that stands for a key, seconds; clients fetch the next one by themselves. */
const TOKEN_SECONDS = 3600;
/** Clients use a token until its very last moment, and the request is on its way for a while. */
const GRACE_SECONDS = 60;

/** Permissions to upload that are checked without asking anybody. */
export interface UploadTokens {
  /** A token with which the Python client uploads files in the name of a key, for an hour. */
  issueUploadToken(keyId: string): { readonly token: string; readonly expiresAt: Date };
  /** The key that a token speaks for; null when it is not ours, changed, or too old. */
  readUploadToken(token: string): string | null;
  /** Whether a permission is the one of {@link BegunUpload} for this file. */
  mayUpload(fileId: string, permission: string): boolean;
}

export function createUploadTokens(
  signer: Signer,
  now: () => Date,
): UploadTokens & { permitUpload(fileId: string): string } {
  const lastFor = (lifetime: number) => Math.floor(now().getTime() / 1000) + lifetime;
  return {
    issueUploadToken(keyId) {
      const { expires, signature } = signer.sign(
        "upload-token",
        keyId,
        lastFor(TOKEN_SECONDS + GRACE_SECONDS),
      );
      const expiresAt = after(new Date(expires * 1000), -GRACE_SECONDS);
      return { token: `${keyId}.${expires}.${signature}`, expiresAt };
    },
    readUploadToken(token) {
      const [keyId = "", expires = "", signature = "", ...rest] = token.split(".");
      return rest.length === 0 && signer.verify("upload-token", keyId, expires, signature) ? keyId : null;
    },
    permitUpload(fileId) {
      const { expires, signature } = signer.sign("upload", fileId, lastFor(UNFINISHED_SECONDS));
      return `${expires}.${signature}`;
    },
    mayUpload(fileId, permission) {
      const [expires = "", signature = "", ...rest] = permission.split(".");
      return rest.length === 0 && signer.verify("upload", fileId, expires, signature);
    },
  };
}
