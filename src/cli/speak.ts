import { relative } from "node:path";
import { createApp } from "../app/index.js";
import type { TalkRequest } from "../request/index.js";
import { readEnvironment } from "./environment.js";
import { writeWhole } from "./output-file.js";
import { createProgressDisplay, type ProgressOutput } from "./progress-display.js";
import { resultJson } from "./report.js";
import type { SpeakArguments } from "./speak-arguments.js";
import { timelineOf } from "./timeline.js";

/** Makes the video of a request, and returns the text for standard output. */
export async function speak(
  request: TalkRequest,
  args: SpeakArguments,
  signal: AbortSignal,
  messages: ProgressOutput,
): Promise<string> {
  const display = createProgressDisplay(messages);
  const app = createApp(readEnvironment(process.env));
  try {
    const result = await app.talk(request, {
      outPath: args.outPath,
      allowLocalPaths: true,
      signal,
      onProgress: (progress) => display.show(progress),
    });
    if (args.timelinePath !== null)
      await writeWhole(args.timelinePath, JSON.stringify(timelineOf(result)), signal);
    display.end();
    if (args.json) return `${resultJson(result)}\n`;
    for (const warning of result.warnings) messages.write(`warning: ${warning}\n`);
    return `${relative(process.cwd(), args.outPath)}\n`;
  } finally {
    display.end();
    await app.close();
  }
}
