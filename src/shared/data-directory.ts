import { homedir } from "node:os";
import { join } from "node:path";

/** Where the server keeps what it keeps, when it is not told: by the XDG Base Directory Specification. */
export function defaultDataDir(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment.XDG_DATA_HOME || join(homedir(), ".local", "share"), "parlante");
}
