import { CancelledError, ParlanteError } from "../shared/errors.js";
import { programVersion } from "../shared/program-version.js";
import type { CommandContext } from "./command.js";
import { findCommand, overview } from "./commands.js";
import { errorText } from "./report.js";
import { UsageError } from "./usage.js";

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

async function run([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "--version") {
    await print(process.stdout, `${programVersion()}\n`);
    return EXIT.done;
  }
  if (name === undefined || name === "--help" || name === "help") {
    await print(process.stdout, await overview());
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  const command = await findCommand(name);
  if (command === null) {
    await print(process.stderr, `parlante: There is no command "${name}".\n${await overview()}`);
    return EXIT.usage;
  }
  const known = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  if (known.includes("--help")) {
    await print(process.stdout, await command.usage());
    return EXIT.done;
  }
  const stop = stopSignal();
  const context: CommandContext = {
    print: (text) => print(process.stdout, text),
    messages: process.stderr,
    signal: stop.signal,
    environment: process.env,
  };
  try {
    return await command.run(rest, context);
  } catch (error) {
    if (error instanceof CancelledError) return SIGNALS[stop.name() ?? "SIGINT"];
    if (error instanceof UsageError) {
      await print(
        process.stderr,
        `parlante: ${error.message}\nUsage: parlante ${name} …; parlante ${name} --help explains it.\n`,
      );
      return EXIT.usage;
    }
    await print(process.stderr, errorText(error));
    if (!(error instanceof ParlanteError) && process.env.PARLANTE_LOG_LEVEL === "debug") console.error(error);
    return EXIT.failed;
  }
}

/** Signals this close together are one: npm and `timeout` pass on what the process group has already got. */
const SAME_SIGNAL_MS = 1000;

/** Fires at the first signal. Who asks twice does not want to wait for the cleaning. */
function stopSignal(): { signal: AbortSignal; name: () => keyof typeof SIGNALS | null } {
  const controller = new AbortController();
  let stoppedBy: keyof typeof SIGNALS | null = null;
  let stoppedAt = 0;
  for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) {
    process.on(name, () => {
      if (stoppedBy !== null && performance.now() - stoppedAt < SAME_SIGNAL_MS) return;
      if (stoppedBy !== null) process.exit(SIGNALS[name]);
      stoppedBy = name;
      stoppedAt = performance.now();
      controller.abort();
    });
  }
  return { signal: controller.signal, name: () => stoppedBy };
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
