import { extname } from "node:path";
import { OUTPUT_FORMATS, type OutputFormat } from "../request/index.js";
import { writablePath } from "./output-file.js";
import { UsageError } from "./usage.js";

/** Endings of names that promise a format. */
const ENDINGS: Readonly<Record<string, OutputFormat>> = {
  ".mp4": "mp4",
  ".m4v": "mp4",
  ".webm": "webm",
  ".mov": "mov",
  ".qt": "mov",
};

/** Where a video goes: the absolute path of a file, or standard output while it is made. */
export type VideoTarget = { readonly path: string } | "stdout";

/**
 * Where `--out` says that a video of the asked format goes.
 *
 * @param out - `-` is standard output; without it, `talk` with the ending of the format
 * @param format - what was given as `--output-format`; what is no format is left for the schema to refuse
 * @throws {@link UsageError} when the name promises another format, or the format cannot be streamed
 */
export function readVideoTarget(out: string | undefined, format: unknown = "mp4"): VideoTarget {
  const known = OUTPUT_FORMATS.find((name) => name === format);
  if (out === "-") {
    if (known === "mov")
      throw new UsageError(
        "--out - cannot carry mov, whose index comes last. Choose mp4 or webm, or give --out the name of a file.",
      );
    return "stdout";
  }
  const name = out ?? `talk.${known ?? "mp4"}`;
  const path = writablePath(name, "--out");
  const promised = ENDINGS[extname(path).toLowerCase()];
  if (known !== undefined && promised !== undefined && promised !== known)
    throw new UsageError(
      `--out ${name} is the name of a ${promised} file, but --output-format is ${known}. ` +
        `Add --output-format ${promised}, or let the name end in .${known}.`,
    );
  return { path };
}
