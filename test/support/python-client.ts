import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const requirements = fileURLToPath(new URL("../contract/python/requirements.txt", import.meta.url));
const cache = fileURLToPath(new URL("../../node_modules/.cache/parlante/", import.meta.url));

/** Whether there is a Python that can make virtual environments. */
export function hasPython(): boolean {
  try {
    execFileSync("python3", ["-c", "import venv, ensurepip, sys; assert sys.version_info >= (3, 9)"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

/**
 * A Python with the published fal client of `requirements.txt`, installed once into a virtual environment.
 *
 * @returns path of its interpreter
 */
export async function pythonWithFalClient(): Promise<string> {
  const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const directory = join(cache, `python-${version}`);
  const python = join(directory, "bin", "python");
  if (existsSync(join(directory, "complete"))) return python;
  const run = promisify(execFile);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  await run("python3", ["-m", "venv", directory]);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements], {
    timeout: 240_000,
  });
  mkdirSync(join(directory, "complete.part"), { recursive: true });
  renameSync(join(directory, "complete.part"), join(directory, "complete"));
  return python;
}
