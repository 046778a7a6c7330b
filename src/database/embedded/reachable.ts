import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The user as whom PostgreSQL runs, when that is not the one as whom we run. */
export type OtherUser = { readonly uid: number; readonly gid: number };

/**
 * Whether a user can get at a directory or program: search every directory above it, and search or run it.
 *
 * @param purpose - `read`: it must also be readable
 */
export async function canReach(
  path: string,
  user: OtherUser | null,
  purpose: "read" | "search" = "read",
): Promise<boolean> {
  if (user === null) return true;
  const target = await stat(path).catch(() => null);
  if (target === null || !has(target, user, purpose === "read" ? 0o5 : 0o1)) return false;
  for (let directory = dirname(path), child = path; directory !== child; ) {
    const above = await stat(directory).catch(() => null);
    if (above === null || !has(above, user, 0o1)) return false;
    child = directory;
    directory = dirname(directory);
  }
  return true;
}

function has({ uid, gid, mode }: Stats, user: OtherUser, bits: number): boolean {
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}
