import { AccessError, NotFoundError } from "../shared/errors.js";
import type { FileAccess } from "./file-lifecycle.js";
import type { FileRecord } from "./file-records.js";
import type { Signer } from "./signatures.js";

/** Who asks for a file, and what with. */
export type Asker = {
  /** The two parameters of a signed URL. */
  readonly expires: string | null;
  readonly signature: string | null;
  /** The id of the caller's key, or null; asked only when it matters. */
  readonly identify: () => Promise<string | null>;
};

/** Where a file is not there, or not for the one who asks. */
export function fileNotFound(): NotFoundError {
  return new NotFoundError("File not found");
}

/** Whether a file can be fetched by everybody for as long as it exists. */
export function isOpenToAll(file: FileRecord, urlLifetime: number | null): boolean {
  return file.access === "allow" && !(file.kind === "output" && urlLifetime !== null);
}

/**
 * Lets those pass who may fetch a file: everybody, or the holder of a signed URL, the owner, and whom a rule names.
 *
 * @returns whether the answer is for everybody, so that caches on the way may keep it
 * @throws {@link NotFoundError} when it is hidden, {@link AccessError} 403 when it is refused
 */
export async function checkAccess(
  file: FileRecord,
  asker: Asker,
  signer: Signer,
  urlLifetime: number | null,
): Promise<{ readonly isPublic: boolean }> {
  const isSigned = asker.expires !== null || asker.signature !== null;
  if (isSigned && signer.verify("fetch", file.id, asker.expires ?? "", asker.signature ?? ""))
    return { isPublic: false };
  const isOpen = isOpenToAll(file, urlLifetime);
  if (isOpen && !isSigned && file.rules.length === 0) return { isPublic: true };

  const user = await asker.identify();
  if (user === file.keyId) return { isPublic: false };
  const decision = file.rules.find((rule) => rule.user === user)?.decision ?? file.access;
  refuse(decision);
  if (isSigned)
    throw new AccessError("The signature of this URL is wrong or too old. Ask for the result again.", 403);
  const isNamed = file.rules.some((rule) => rule.user === user);
  if (!isOpen && !isNamed)
    throw new AccessError("This file needs a signed URL. Ask for the result of its request again.", 403);
  return { isPublic: false };
}

function refuse(decision: FileAccess): void {
  if (decision === "hide") throw fileNotFound();
  if (decision === "forbid") throw new AccessError("Only the owner of this file may fetch it.", 403);
}
