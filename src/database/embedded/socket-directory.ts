import { chmod, chown, lstat, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { EngineError } from "../../shared/errors.js";
import type { ClusterPlace } from "./cluster.js";
import { canReach, type OtherUser } from "./reachable.js";

/** Part of the socket's file name; every socket has a directory of its own. */
export const PORT = 5432;

const SOCKET_NAME = `.s.PGSQL.${PORT}`;
/** The address of a socket has room for 104 bytes on macOS, 108 on Linux, the last of which is zero. */
const LONGEST_DIRECTORY_BYTES = 103 - `/${SOCKET_NAME}`.length;
const TEMPORARY_PREFIX = "parlante-";

/**
 * A private directory for the socket: in the data directory, or, when the path would be too long or PostgreSQL's user
 * could not reach it, a temporary one.
 *
 * @param former - the one of the PostgreSQL that ran before, whose clients look there
 */
export async function makeSocketDirectory(place: ClusterPlace, former: string | null): Promise<string> {
  if (former !== null && (await takeOver(former, place.user))) return former;
  const own = join(place.root, "socket");
  if (fits(own) && (await canReach(place.root, place.user, "search"))) {
    await mkdir(own, { recursive: true });
    await makePrivate(own, place.user);
    return own;
  }
  const failures: unknown[] = [];
  for (const parent of place.user === null ? [tmpdir(), "/tmp"] : ["/run", tmpdir(), "/tmp"]) {
    if (!fits(join(parent, `${TEMPORARY_PREFIX}XXXXXX`))) continue;
    try {
      const directory = await mkdtemp(join(parent, TEMPORARY_PREFIX));
      await makePrivate(directory, place.user);
      return directory;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new EngineError(
    "database_socket",
    `There is no directory for the database's socket: the path of ${own} is too long and no temporary directory can ` +
      "be written. Set PARLANTE_DATA to a shorter path, TMPDIR to a directory that can be written, or DATABASE_URL.",
    { cause: failures[0] },
    false,
  );
}

/**
 * Removes what a killed PostgreSQL has left in its directory. It names a process whose number may belong to another
 * one now, which PostgreSQL would take for the old one. The start lock must be held.
 */
export async function removeStaleSocket(directory: string): Promise<void> {
  for (const name of [SOCKET_NAME, `${SOCKET_NAME}.lock`]) await rm(join(directory, name), { force: true });
}

/** Removes a temporary directory whose PostgreSQL has ended. */
export async function removeSocketDirectory(directory: string): Promise<void> {
  if (isTemporary(directory)) await rm(directory, { recursive: true, force: true });
}

const fits = (directory: string) => Buffer.byteLength(directory) <= LONGEST_DIRECTORY_BYTES;
const isTemporary = (directory: string) => basename(directory).startsWith(TEMPORARY_PREFIX);

async function takeOver(directory: string, user: OtherUser | null): Promise<boolean> {
  if (!fits(directory)) return false;
  try {
    if (isTemporary(directory) && (await lstat(directory).catch(() => null)) === null)
      await mkdir(directory, { mode: 0o700 });
    const { uid, mode } = await lstat(directory).then((found) => {
      if (!found.isDirectory()) throw new Error("not a directory");
      return found;
    });
    // in a directory that all can write somebody else may have put one of his own there
    if (uid !== (user?.uid ?? process.getuid?.()) && uid !== process.getuid?.()) return false;
    if ((mode & 0o007) !== 0) return false;
    await makePrivate(directory, user);
    return true;
  } catch {
    return false;
  }
}

async function makePrivate(directory: string, user: OtherUser | null): Promise<void> {
  if (user === null) return chmod(directory, 0o700);
  // PostgreSQL makes the socket, our group, root's, may use it
  await chown(directory, user.uid, 0);
  await chmod(directory, 0o770);
}
