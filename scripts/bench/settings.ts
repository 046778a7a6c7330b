import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { RESOLUTIONS, type Resolution } from "../../src/request/index.js";

/** What is to be measured. */
export type BenchSettings = {
  readonly image: string;
  readonly resolutions: readonly Resolution[];
  /** How often each measurement is repeated. */
  readonly runs: number;
  /** Length of the clip, seconds. */
  readonly seconds: number;
  /** Whether a clip of 5 minutes is rendered too, to compare its memory. */
  readonly long: boolean;
  /** Where the numbers go as JSON. */
  readonly jsonPath: string | null;
};

/** Seconds of the longest clip: its drawn frames are held in memory. */
const MAX_SECONDS = 30;

/** A wrong command line. */
export class UsageError extends Error {}

/** The settings of a command line. @throws {@link UsageError} */
export function readSettings(args: readonly string[]): BenchSettings {
  const values = parseOptions(args);
  return {
    image: values.image ?? fileURLToPath(new URL("../../samples/portrait.png", import.meta.url)),
    resolutions: values.only.split(",").map((name) => resolutionOf(name.trim())),
    runs: integerOf(values.runs, "--runs", 99),
    seconds: integerOf(values.seconds, "--seconds", MAX_SECONDS),
    long: values.long,
    jsonPath: values.json ?? null,
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        image: { type: "string" },
        only: { type: "string", default: "360p,540p,720p,1080p" },
        runs: { type: "string", default: "3" },
        seconds: { type: "string", default: "10" },
        long: { type: "boolean", default: false },
        json: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function resolutionOf(name: string): Resolution {
  const known = RESOLUTIONS.find((resolution) => resolution === name);
  if (known === undefined) throw new UsageError(`--only takes ${RESOLUTIONS.join(", ")}; got "${name}".`);
  return known;
}

function integerOf(text: string, option: string, largest: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= largest) return value;
  throw new UsageError(`${option} takes a whole number from 1 to ${largest}; got "${text}".`);
}
