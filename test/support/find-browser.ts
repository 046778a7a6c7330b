import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Path of a browser that can run without a screen; null where there is none. */
export function findBrowser(): string | null {
  const directories = (process.env.PATH ?? "").split(delimiter);
  return (
    NAMES.flatMap((name) => directories.map((directory) => join(directory, name))).find(isProgram) ?? null
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
