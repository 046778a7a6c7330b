import type { Command } from "./command.js";

/** Every command, loaded when it is asked for: help and refusals do not wait for codecs, models or databases. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  speak: async () => (await import("./speak-command.js")).speakCommand,
  serve: async () => (await import("./serve-command.js")).serveCommand,
  keys: async () => (await import("./keys-command.js")).keysCommand,
  tls: async () => (await import("./tls-command.js")).tlsCommand,
  voices: async () => (await import("./voices-command.js")).voicesCommand,
  models: async () => (await import("./models-command.js")).modelsCommand,
  doctor: async () => (await import("./doctor-command.js")).doctorCommand,
};

/** The command of that name, or null. */
export async function findCommand(name: string): Promise<Command | null> {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name]!() : null;
}

/** The text of `parlante --help`. */
export async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return [
    "parlante: a photo and a sentence in, a lip-synced video out.",
    "",
    "Usage: parlante COMMAND …",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`),
    "",
    "parlante COMMAND --help explains a command; parlante --version says which one this is.",
    "",
  ].join("\n");
}
