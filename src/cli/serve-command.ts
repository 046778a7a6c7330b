import { parseArgs } from "node:util";
import type { Command, CommandContext } from "./command.js";
import { UsageError } from "./usage.js";

/** `parlante serve`: the server. */
export const serveCommand: Command = {
  name: "serve",
  summary: "Serve fal's interface on one port, with a queue that survives everything.",
  usage,
  run,
};

const FLAGS = { port: "PORT", host: "HOST", role: "PARLANTE_ROLE", data: "PARLANTE_DATA" } as const;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const given = parse(args);
  const { readServerSettings, runServer } = await import("../app/serve.js");
  const settings = readServerSettings({ ...context.environment, ...given });
  await runServer(settings, {
    signal: context.signal,
    announce: (text) => void context.print(`${text}\n`),
  });
  return 0;
}

async function usage(): Promise<string> {
  const { describeSettings } = await import("../app/serve.js");
  const settings = describeSettings().map(
    ({ name, meaning, otherwise }) => `  ${name}\n      ${meaning} (default: ${otherwise})`,
  );
  return [
    "parlante serve: the HTTP server, its queue and its workers.",
    "",
    "Usage:",
    "  parlante serve [--port N] [--host ADDRESS] [--role all|api|worker] [--data DIRECTORY]",
    "",
    "The four flags stand for PORT, HOST, PARLANTE_ROLE and PARLANTE_DATA. Everything is set in the environment:",
    "",
    ...settings,
    "",
    "Bound to this machine only (127.0.0.1) the server may run without keys; bound elsewhere it starts only when",
    "there is one: parlante keys create --name NAME.",
    "",
  ].join("\n");
}

/** The environment variables that flags stand for. */
function parse(args: readonly string[]): Record<string, string> {
  const options = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: "string" as const }]));
  try {
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
    return Object.fromEntries(
      Object.entries(FLAGS).flatMap(([flag, name]) => {
        const value = values[flag];
        return typeof value === "string" ? [[name, value]] : [];
      }),
    );
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message.split("\n")[0]! : "", { cause });
  }
}
