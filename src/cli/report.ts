import type { TalkResult } from "../pipeline/index.js";
import { type FalErrorDetail, ParlanteError, toFalDetails } from "../shared/errors.js";
import { flagOf } from "./request-flags.js";

/** What `--json` prints for a finished talk: fal's output object, then what only we tell. */
export function resultJson(result: TalkResult): string {
  const { firstFrame, ...stages } = result.timings;
  return JSON.stringify({
    ...result.output,
    duration: result.duration,
    frame_count: result.frameCount,
    timings: { ...stages, first_frame: firstFrame },
    warnings: result.warnings,
  });
}

/** What `--json` prints for a failure. */
export function errorJson(error: unknown): string {
  return JSON.stringify({ detail: toFalDetails(error) });
}

/** A failure in words: one line per problem, the field as the flag that sets it. */
export function errorText(error: unknown): string {
  if (!(error instanceof ParlanteError)) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return `parlante: something went wrong inside Parlante (${reason}). Please report it.\n`;
  }
  const lines = toFalDetails(error).map((detail) => `parlante: ${sentence(detail)}\n`);
  return lines.join("") + lastWords(error);
}

function sentence({ loc, msg }: FalErrorDetail): string {
  const path = loc.slice(1);
  if (path.length === 0) return msg;
  const flag = [`--${flagOf(String(path[0]))}`, ...path.slice(1)].join(".");
  return `${flag}: ${msg}`;
}

/** What a tool under us said last, for who runs this machine. */
function lastWords({ details }: ParlanteError): string {
  const stderr = details.context?.stderr;
  if (typeof stderr !== "string" || stderr.trim() === "") return "";
  const tail = stderr.trim().split("\n").slice(-5);
  return tail.map((line) => `  | ${line}\n`).join("");
}
