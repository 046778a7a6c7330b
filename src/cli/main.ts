import { readFileSync } from "node:fs";
import { parseTalkRequest } from "../request/index.js";
import { CancelledError } from "../shared/errors.js";
import { errorJson, errorText } from "./report.js";
import { readSpeakArguments, type SpeakArguments } from "./speak-arguments.js";
import { shortUsage, UsageError, usage } from "./usage.js";

const EXIT = { done: 0, failed: 1, usage: 2 } as const;
/** A shell knows a program that was stopped by signal n by 128 + n. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  ignoreClosedPipes();
  const exitCode = await run(args);
  // Not by itself: native libraries may hold the process although all is done.
  process.exit(exitCode);
}

async function run([command, ...rest]: readonly string[]): Promise<number> {
  const known = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  if (command === undefined || command === "--help" || command === "help" || known.includes("--help")) {
    await print(process.stdout, usage());
    return command === undefined ? EXIT.usage : EXIT.done;
  }
  if (command === "--version" || known.includes("--version")) {
    await print(process.stdout, `${version()}\n`);
    return EXIT.done;
  }
  try {
    if (command !== "speak") throw new UsageError(`There is no command "${command}".`);
    return await runSpeak(readSpeakArguments(rest));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await print(process.stderr, `parlante: ${error.message}\n${shortUsage()}`);
    return EXIT.usage;
  }
}

async function runSpeak(args: SpeakArguments): Promise<number> {
  const controller = new AbortController();
  let stoppedBy: keyof typeof SIGNALS | null = null;
  for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) {
    process.on(name, () => {
      // Who asks twice does not want to wait for the cleaning.
      if (stoppedBy !== null) process.exit(SIGNALS[name]);
      stoppedBy = name;
      controller.abort();
    });
  }
  try {
    const request = parseTalkRequest(args.body);
    // Loaded late, so that help and refusals do not wait for codecs and models.
    const { speak } = await import("./speak.js");
    await print(process.stdout, await speak(request, args, controller.signal, process.stderr));
    return EXIT.done;
  } catch (error) {
    if (stoppedBy !== null || error instanceof CancelledError) {
      await print(process.stderr, "Stopped; no file was written.\n");
      return SIGNALS[stoppedBy ?? "SIGINT"];
    }
    if (args.json) await print(process.stdout, `${errorJson(error)}\n`);
    else await print(process.stderr, errorText(error));
    return EXIT.failed;
  }
}

/** Resolves when the text has left the program, so that a pipe gets all of it. */
function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

/** A reader that has gone, as in `parlante … | head -1`, is no failure. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
