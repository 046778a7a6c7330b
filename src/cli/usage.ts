import { type RequestFlag, requestFlags } from "./request-flags.js";

/** The command line was not understood: the user reads `--help`. Exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const OTHER_FLAGS: readonly (readonly [string, string])[] = [
  ["--prompt-file FILE", "Read the prompt from a text file, or from standard input with -."],
  [
    "--out FILE",
    "Where the video goes; files beside it have the same name. With -, it goes to standard output while it is made, for a player: parlante speak … --out - | ffplay -i - (default: talk.mp4, .webm or .mov)",
  ],
  ["--timeline FILE", "Also write words, phonemes, visemes, motion curves and face contours as JSON."],
  ["--json", "Print the result, or the error, as one JSON object on standard output."],
  ["--help", "Show this text."],
];

const SYNOPSIS =
  "parlante speak [--image PHOTO] [--prompt TEXT | --prompt-file FILE | --audio RECORDING] [--out FILE] …";

/** The text of `parlante speak --help`. */
export function usage(): string {
  return [
    "parlante speak: a photo and a sentence in, a lip-synced video out.",
    "",
    "Usage:",
    `  ${SYNOPSIS}`,
    "",
    "Without a prompt or a recording the person breathes, blinks and looks for five seconds.",
    "",
    "What to make (the fields of a request):",
    ...requestFlags().map((flag) => row(signature(flag), describe(flag))),
    "",
    "How to run:",
    ...OTHER_FLAGS.map(([signature, text]) => row(signature, text)),
    "",
    "Exit status:",
    "  0    done",
    '  1    refused or failed, with a typed error (with --json: {"detail": [{loc, msg, type, url, ctx}]});',
    "       also when a value of a request field is not allowed",
    "  2    this command line was not understood: an unknown flag, a missing value, an unreadable prompt file",
    "  130  stopped by Ctrl-C (143: by SIGTERM); no file is left",
    "",
  ].join("\n");
}

function signature({ flag, type, choices }: RequestFlag): string {
  if (type === "boolean") return `--${flag}`;
  return `--${flag} ${choices.length > 1 ? choices.join("|") : flag.replace(/^.*-/, "").toUpperCase()}`;
}

function describe({ description, defaultValue, type }: RequestFlag): string {
  return defaultValue === null || type === "boolean"
    ? description
    : `${description} (default: ${defaultValue})`;
}

/** Name and text side by side, or below each other where the name is long. */
function row(name: string, text: string): string {
  const column = 34;
  const indent = " ".repeat(column);
  const lines = wrap(text, 100 - column).join(`\n${indent}`);
  const head = `  ${name}`;
  return head.length < column - 1 ? head.padEnd(column) + lines : `${head}\n${indent}${lines}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
