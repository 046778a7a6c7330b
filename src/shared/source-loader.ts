import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The flags that a Node process needs to run an entry: none for JavaScript, a loader for TypeScript sources. */
export function sourceLoaderFlags(entry: URL): string[] {
  if (!entry.pathname.endsWith(".ts")) return [];
  // By its full address: a bare name would be looked up in the caller's working directory.
  const loader = createRequire(import.meta.url).resolve("tsx");
  return ["--import", pathToFileURL(loader).href];
}

/**
 * Entry of a process beside a module: TypeScript in the repository, JavaScript when built.
 *
 * @param moduleUrl - `import.meta.url` of the module
 * @param name - of the entry's file, without its ending
 */
export function entryBeside(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith(".ts") ? ".ts" : ".js"}`, moduleUrl);
}
