import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type App, createApp } from "../app/index.js";
import type { TalkOptions, TalkResult } from "../pipeline/index.js";
import type { TalkRequest } from "../request/index.js";
import type { CommandContext } from "./command.js";
import { readEnvironment } from "./environment.js";
import { followFile } from "./follow-file.js";
import { writeWhole } from "./output-file.js";
import { createProgressDisplay } from "./progress-display.js";
import { resultJson } from "./report.js";
import type { SpeakArguments } from "./speak-arguments.js";
import { printBytes } from "./standard-output.js";
import { timelineOf } from "./timeline.js";

/** Makes the video of a request, and returns the text for standard output. */
export async function speak(
  request: TalkRequest,
  args: SpeakArguments,
  { signal, messages }: CommandContext,
): Promise<string> {
  const display = createProgressDisplay(messages);
  const app = createApp(readEnvironment(process.env));
  const options = {
    allowLocalPaths: true,
    signal,
    onProgress: (progress: Parameters<typeof display.show>[0]) => display.show(progress),
  };
  try {
    const { target } = args;
    const result =
      target === "stdout"
        ? await stream(app, request, options, signal)
        : await app.talk(request, { ...options, outPath: target.path });
    if (result === null) return "";
    if (args.timelinePath !== null)
      await writeWhole(args.timelinePath, JSON.stringify(timelineOf(result)), signal);
    display.end();
    if (args.json) return `${resultJson(result)}\n`;
    for (const warning of result.warnings) messages.write(`warning: ${warning}\n`);
    if (target === "stdout") return "";
    const made = [target.path, ...result.extras.map(({ path }) => path)];
    return made.map((path) => `${relative(process.cwd(), path)}\n`).join("");
  } finally {
    display.end();
    await app.close();
  }
}

/**
 * Passes the video on while it is made.
 *
 * @returns `null` when the reader has gone, for whom nothing more is made
 */
async function stream(
  app: App,
  request: TalkRequest,
  options: Omit<TalkOptions, "outPath">,
  signal: AbortSignal,
): Promise<TalkResult | null> {
  const directory = await mkdtemp(join(tmpdir(), "parlante-stream-"));
  const livePath = join(directory, "live");
  const readerGone = new AbortController();
  try {
    const made = app.talk(request, {
      ...options,
      outPath: join(directory, "video"),
      livePath,
      signal: AbortSignal.any([signal, readerGone.signal]),
    });
    const passed = followFile(livePath, printBytes, made).catch(() => readerGone.abort());
    const result = await made.catch((error: unknown) => {
      if (readerGone.signal.aborted && !signal.aborted) return null;
      throw error;
    });
    await passed;
    return result;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
