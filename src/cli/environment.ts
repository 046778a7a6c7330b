import { join, resolve } from "node:path";
import type { AppOptions } from "../app/index.js";
import { defaultDataDir } from "../shared/data-directory.js";

/**
 * What the environment asks of the program; the only place that reads it.
 *
 * `PARLANTE_DATA` is the directory where things may be kept from one run to the next. Without it nothing is kept, but
 * models that were pulled into the server's own directory are used.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): AppOptions {
  const data = environment.PARLANTE_DATA?.trim();
  const models = { modelsDir: join(data ? resolve(data) : defaultDataDir(environment), "models") };
  return data ? { rigCacheDir: join(resolve(data), "rigs"), ...models } : models;
}
