import { parseTalkRequest } from "../request/index.js";
import { CancelledError } from "../shared/errors.js";
import type { Command, CommandContext } from "./command.js";
import { errorJson, errorText } from "./report.js";
import { readSpeakArguments } from "./speak-arguments.js";
import { isTerminal } from "./standard-output.js";
import { UsageError, usage } from "./usage.js";

/** `parlante speak`: a photo and a sentence in, a video out. */
export const speakCommand: Command = {
  name: "speak",
  summary: "Make a photo speak: one video, here and now.",
  usage,
  run,
};

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { body, ...settings } = readSpeakArguments(args);
  if (settings.target === "stdout" && isTerminal())
    throw new UsageError(
      "--out - writes video, which a terminal cannot show. Pipe it into a player or a file.",
    );
  try {
    const request = parseTalkRequest(body);
    // Loaded late, so that help and refusals do not wait for codecs and models.
    const { speak } = await import("./speak.js");
    await context.print(await speak(request, { body, ...settings }, context));
    return 0;
  } catch (error) {
    if (context.signal.aborted || error instanceof CancelledError) {
      context.messages.write("Stopped; no file was written.\n");
      throw new CancelledError();
    }
    if (settings.json) await context.print(`${errorJson(error)}\n`);
    else context.messages.write(errorText(error));
    return 1;
  }
}
