import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Folder of the large test data (portraits, recordings, broken files), or `null` where there is none.
 *
 * Set `PARLANTE_TEST_DATA` to move it; a relative path counts from the repository root.
 */
export const testDataDir: string | null = findTestData();

/** Absolute path of one test file, e.g. `portraits/p01.png`. */
export function testFile(relativePath: string): string {
  if (testDataDir === null) throw new Error("There is no test data; guard the test with describe.skipIf.");
  return join(testDataDir, relativePath);
}

function findTestData(): string | null {
  const directory = resolve(repositoryRoot, process.env.PARLANTE_TEST_DATA ?? "../shared/data");
  return existsSync(directory) && statSync(directory).isDirectory() ? directory : null;
}
