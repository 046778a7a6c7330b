import { ParlanteError } from "../../shared/errors.js";
import { withoutSecrets } from "../../shared/logger.js";

/** What a check found out. */
export type Finding = {
  /** What was looked at. */
  readonly name: string;
  /** `warn`: it works, but not as it should; `fail`: it does not work. */
  readonly level: "ok" | "warn" | "fail";
  readonly fact: string;
  /** How to mend it; unless `ok`. */
  readonly cure?: string;
};

/** All is well. */
export function ok(name: string, fact: string): Finding {
  return { name, level: "ok", fact };
}

/** It works, but. */
export function warn(name: string, fact: string, cure: string): Finding {
  return { name, level: "warn", fact, cure };
}

/** It does not work. */
export function fail(name: string, fact: string, cure: string): Finding {
  return { name, level: "fail", fact, cure };
}

/** Whatever goes wrong while looking is a finding, too. */
export async function look(
  name: string,
  cure: string,
  check: () => Finding | readonly Finding[] | Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    // Our own errors name their cure themselves.
    const own = error instanceof ParlanteError;
    return [fail(name, reasonOf(error), own ? "Do what the message says." : cure)];
  }
}

/** An error in one line, without secrets. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return withoutSecrets(text.trim().split("\n")[0] ?? "");
}

/** `3.2 GB`. */
export function inWords(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
