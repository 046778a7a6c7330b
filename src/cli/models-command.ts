import type { Command, CommandContext } from "./command.js";
import { listModels, type ModelAction, pullModel, removeModel } from "./model-actions.js";
import { UsageError } from "./usage.js";

/** `parlante models`: neural voices and speech recognition, which do not come along. */
export const modelsCommand: Command = {
  name: "models",
  summary: "List, fetch and remove neural voices and speech recognition.",
  usage,
  run,
};

const ACTIONS: Readonly<Record<string, ModelAction>> = {
  list: listModels,
  pull: pullModel,
  remove: removeModel,
};

async function run([action, ...rest]: readonly string[], context: CommandContext): Promise<number> {
  if (action === undefined || !Object.hasOwn(ACTIONS, action))
    throw new UsageError(
      `${action === undefined ? "Say what to do with models" : `Models cannot be "${action}"`}: list, pull or remove.`,
    );
  return ACTIONS[action]!(rest, context);
}

function usage(): string {
  return [
    "parlante models: neural voices and speech recognition. They do not come along; they are fetched once and then work",
    "without a network.",
    "",
    "Usage:",
    "  parlante models list [--json]",
    "  parlante models pull ID [--from DIRECTORY] [--json]",
    "  parlante models remove ID [--json]",
    "",
    "  ID                 As the list shows it, or a part of it that no other has.",
    "  --from DIRECTORY   Take the files from there instead of the network: for machines without one. Their names",
    "                     are those of the downloads; they are verified all the same.",
    "  --data DIRECTORY   Stands for PARLANTE_DATA; models lie below it.",
    "  --json             Print the result, or the error, as one JSON object.",
    "",
    "What is fetched is verified by the hash in the catalogue, and installed only when all of it is there. A pull that",
    "was broken off goes on where it stopped. HTTPS_PROXY and NO_PROXY are heeded. Each model has a licence of its",
    "own, which the list and the pull show: whoever publishes what it makes has to keep to it.",
    "",
    "Exit status: 0 done, 1 failed, 2 this command line was not understood, 130 stopped by Ctrl-C.",
    "",
  ].join("\n");
}
