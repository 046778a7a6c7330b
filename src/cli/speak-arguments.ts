import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { writablePath } from "./output-file.js";
import { readBackground, requestFlags } from "./request-flags.js";
import { UsageError } from "./usage.js";
import { readVideoTarget, type VideoTarget } from "./video-target.js";

/** What `parlante speak` was asked to do. */
export type SpeakArguments = {
  /** The request as it would come over the wire, not yet checked. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly target: VideoTarget;
  readonly timelinePath: string | null;
  readonly json: boolean;
};

/** Our own drawing, for those who have no photo at hand. */
const SAMPLE_PORTRAIT = fileURLToPath(new URL("../../samples/portrait.png", import.meta.url));

/** Largest prompt file: far above the limit of a prompt, far below what fills the memory. */
const MAX_PROMPT_FILE_BYTES = 1_000_000;

/**
 * Reads the arguments after `speak`.
 *
 * @throws {@link UsageError} when they are not understood; values of request fields are left to the schema
 */
export function readSpeakArguments(args: readonly string[]): SpeakArguments {
  const values = parse(args);
  const body: Record<string, unknown> = { image_url: SAMPLE_PORTRAIT };
  for (const { flag, field } of requestFlags()) {
    const value = values[flag];
    if (value === undefined) continue;
    body[field] = field === "background" ? readBackground(String(value)) : value;
  }
  const promptFile = values["prompt-file"];
  if (typeof promptFile === "string") {
    if (values.prompt !== undefined) throw new UsageError("Give either --prompt or --prompt-file, not both.");
    body.prompt = readPromptFile(promptFile);
  }
  const timeline = values.timeline;
  const target = readVideoTarget(
    values.out === undefined ? undefined : String(values.out),
    body.output_format,
  );
  checkStream(target === "stdout", values);
  if (target === "stdout") body.progressive = true;
  return {
    body,
    target,
    timelinePath: typeof timeline === "string" ? writablePath(timeline, "--timeline") : null,
    json: values.json === true,
  };
}

/** What goes to standard output while it is made stands there alone; a file is whole when it appears. */
function checkStream(isStream: boolean, values: Values): void {
  if (!isStream && values.progressive === true)
    throw new UsageError("--progressive needs --out -: pass the video on to a player while it is made.");
  if (!isStream) return;
  if (values.json === true)
    throw new UsageError("--out - and --json both want standard output. Give one of them.");
  if (values["extra-outputs"] !== undefined)
    throw new UsageError("--extra-outputs need a video file to lie beside. Give --out the name of a file.");
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parse(args: readonly string[]): Values {
  const options: ParseArgsConfig["options"] = {
    "prompt-file": { type: "string" },
    out: { type: "string" },
    timeline: { type: "string" },
    json: { type: "boolean" },
  };
  for (const { flag, type } of requestFlags()) options[flag] = { type };
  try {
    const { values, tokens } = parseArgs({ args: [...args], options, tokens: true, allowPositionals: false });
    for (const token of tokens)
      if (token.kind === "option" && tokens.some((other) => other !== token && sameOption(other, token.name)))
        throw new UsageError(`--${token.name} is given more than once.`);
    return values as Values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(firstSentence(error.message), { cause: error });
    throw error;
  }
}

function sameOption(token: { kind: string; name?: string }, name: string): boolean {
  return token.kind === "option" && token.name === name;
}

/** Node's explanation goes on about positional arguments; its first sentence says what is wrong. */
function firstSentence(message: string): string {
  return `${message.split(/\. |\n/)[0]!.replace(/\.$/, "")}.`;
}

function readPromptFile(path: string): string {
  try {
    if (path !== "-" && statSync(path).size > MAX_PROMPT_FILE_BYTES)
      throw new UsageError(`The prompt file ${path} is larger than a prompt may be.`);
    // 0 is standard input.
    const text = readFileSync(path === "-" ? 0 : path, "utf8");
    return text.replace(/^\uFEFF/, "").replace(/\s+$/, "");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    throw new UsageError(`Cannot read the prompt file ${path}${code}.`, { cause: error });
  }
}
