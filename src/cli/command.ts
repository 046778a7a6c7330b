import type { ProgressOutput } from "./progress-display.js";

/** What a command writes to and is stopped by. */
export type CommandContext = {
  /** Standard output; resolves when the text has left the program. */
  readonly print: (text: string) => Promise<void>;
  /** Standard error, for what a person should see besides the result. */
  readonly messages: ProgressOutput;
  /** Fires at the first Ctrl-C, SIGTERM or SIGHUP; a second one ends the program at once. */
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** One command of the program: `parlante <name> …`. */
export type Command = {
  readonly name: string;
  /** One line for `parlante --help`. */
  readonly summary: string;
  /** The whole text of `parlante <name> --help`. */
  readonly usage: () => string | Promise<string>;
  /**
   * @param args - what follows the name
   * @returns the exit status: 0 done, 1 refused or failed
   * @throws {@link UsageError} when the arguments are not understood (status 2)
   * @throws {@link ParlanteError} with what is wrong (status 1)
   */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<number>;
};
