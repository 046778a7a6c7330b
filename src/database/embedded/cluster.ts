import { spawn } from "node:child_process";
import { constants } from "node:fs";
import {
  access,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../../shared/errors.js";
import type { PostgresPrograms } from "./postgres-programs.js";
import { canReach, type OtherUser } from "./reachable.js";

/** Where everything of the embedded PostgreSQL lies, and as whom it runs. */
export type ClusterPlace = {
  /** `<dataDir>/postgres`: lock, log, socket and the cluster. */
  readonly root: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly log: string;
  readonly lock: string;
  /** Null: as ourselves. PostgreSQL refuses to run as root, so that under root it is the owner of its data. */
  readonly user: OtherUser | null;
};

/** `nobody` on every Linux. */
const NOBODY: OtherUser = { uid: 65_534, gid: 65_534 };

/** Makes the outer directory and finds out who owns the data. */
export async function preparePlace(dataDir: string): Promise<ClusterPlace> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && process.platform !== "linux")
    throw new EngineError(
      "database_needs_user",
      "The database that comes along cannot be run by root on this system. " +
        "Run Parlante as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours.",
      {},
      false,
    );
  const root = await makeRoot(join(dataDir, "postgres"), isRoot);
  const cluster = join(root, "cluster");
  return {
    root,
    cluster,
    log: join(root, "server.log"),
    lock: join(root, "start.lock"),
    user: await ownerOf(cluster, isRoot),
  };
}

async function makeRoot(path: string, isRoot: boolean): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    // PostgreSQL, which is another user then, passes through
    if (isRoot) await chmod(path, 0o711);
    await access(path, constants.W_OK);
    return await realpath(path);
  } catch (cause) {
    throw new EngineError(
      "database_directory",
      `The directory ${path} cannot be made or written (${(cause as Error).message}). ` +
        "Set PARLANTE_DATA to a directory that can, or DATABASE_URL to a PostgreSQL of yours.",
      { cause, context: { path } },
      false,
    );
  }
}

async function ownerOf(cluster: string, isRoot: boolean): Promise<OtherUser | null> {
  const owner = await stat(cluster).catch(() => null);
  if (isRoot) return owner === null || owner.uid === 0 ? NOBODY : { uid: owner.uid, gid: owner.gid };
  if (owner !== null && owner.uid !== process.getuid?.())
    throw new EngineError(
      "database_of_another_user",
      `The database in ${cluster} belongs to another user (number ${owner.uid}). ` +
        "Run Parlante as that user or as root, or set PARLANTE_DATA to another directory.",
      { context: { path: cluster, uid: owner.uid } },
      false,
    );
  return null;
}

/**
 * How PostgreSQL is told where its data are: by path, or, where its user cannot pass the directories above, as its
 * working directory, into which we put it while we are still root.
 */
export async function dataDirectoryArgument(directory: string, user: OtherUser | null): Promise<string> {
  return (await canReach(directory, user)) ? directory : "/proc/self/cwd";
}

/**
 * Makes the data directory where there is none. It is made under another name and renamed when it is whole, so that
 * being killed in the middle leaves nothing that looks like one. The start lock must be held.
 *
 * @throws {@link EngineError} when it cannot be made, or was made by another version of PostgreSQL
 */
export async function ensureCluster(
  place: ClusterPlace,
  programs: PostgresPrograms,
  signal: AbortSignal,
  isDurable: boolean,
): Promise<void> {
  for (const name of await readdir(place.root))
    if (name.startsWith(TEMPORARY_PREFIX)) await removeTree(join(place.root, name));
  const version = await readFile(join(place.cluster, "PG_VERSION"), "utf8").catch(() => null);
  if (version !== null) {
    checkVersion(place, version.trim(), programs.majorVersion);
    return;
  }
  const temporary = await mkdtemp(join(place.root, TEMPORARY_PREFIX));
  try {
    if (place.user) await chown(temporary, place.user.uid, place.user.gid);
    await initialise(temporary, place, programs, signal, isDurable);
    await rename(temporary, place.cluster);
    await flushDirectory(place.root);
  } catch (error) {
    await removeTree(temporary);
    throw error;
  }
}

const TEMPORARY_PREFIX = "cluster.making-";

function removeTree(path: string): Promise<void> {
  // an initdb whose parent was killed may still be writing
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

function checkVersion(place: ClusterPlace, version: string, known: number): void {
  if (version === String(known)) return;
  throw new EngineError(
    "database_version",
    `The database in ${place.cluster} was made by PostgreSQL ${version}, this program brings version ${known}. ` +
      "Run the Parlante that made it, or move its data over with pg_dumpall.",
    { context: { version, known } },
    false,
  );
}

async function initialise(
  directory: string,
  { user }: ClusterPlace,
  programs: PostgresPrograms,
  signal: AbortSignal,
  isDurable: boolean,
): Promise<void> {
  const child = spawn(
    programs.initdb,
    [
      `--pgdata=${await dataDirectoryArgument(directory, user)}`,
      `--username=${DATABASE_USER}`,
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--data-checksums",
      // whoever can reach the socket, whose directory is private, is trusted
      "--auth-local=trust",
      "--auth-host=reject",
      "--no-instructions",
      ...(isDurable ? [] : ["--no-sync"]),
    ],
    { ...processOptions(directory, user), stdio: ["ignore", "pipe", "pipe"], signal },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-4000);
    });
  const status = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signalName) => resolve(code ?? signalName));
  }).catch((error: Error) => {
    signal.throwIfAborted();
    throw cannotRun(programs.initdb, error);
  });
  signal.throwIfAborted();
  if (status === 0) return;
  throw new EngineError(
    "database_not_made",
    `PostgreSQL could not make its data directory ${directory}: ${complaintIn(output)}.` +
      (output.includes("could not look up effective user ID")
        ? " It needs a user with a name: add a line for it to /etc/passwd, or set DATABASE_URL."
        : ""),
    { context: { status, stderr: output } },
    false,
  );
}

/** Name of the only user, and of the database, in the embedded PostgreSQL. */
export const DATABASE_USER = "parlante";

/** No variable of our environment may change what PostgreSQL does. */
export function processOptions(directory: string, user: OtherUser | null) {
  return {
    cwd: directory,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    ...(user ?? {}),
  };
}

/** A program that cannot even be started: not allowed, or made for another C library. */
export function cannotRun(program: string, cause: Error): EngineError {
  return new EngineError(
    "database_cannot_run",
    `${program} cannot be run here (${cause.message}). It needs a Linux with glibc, or macOS. ` +
      "Set DATABASE_URL to a PostgreSQL of yours.",
    { cause },
    false,
  );
}

/** What a program complained of, or its last words. */
export function complaintIn(output: string): string {
  const lines = output.trim().split("\n");
  const complaint = lines.findLast((line) => /\b(error|fatal|panic):/i.test(line)) ?? lines.at(-1);
  return complaint?.replace(/^.*?\b(error|fatal|panic):\s*/i, "").trim() || "it said nothing";
}

async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path);
  await directory.sync().finally(() => directory.close());
}
