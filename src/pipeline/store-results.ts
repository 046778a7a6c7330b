import { rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { EXTRA_OUTPUT_KEYS, type ExtraOutput } from "../request/index.js";
import type { Storage } from "../storage/index.js";
import type { ExtraFile, MadeFile, Video } from "../video/index.js";
import type { OutputFile, TalkOutput } from "./talk-result.js";

/** How the names of the files beside a video end. */
const ENDINGS: Readonly<Record<ExtraOutput, readonly string[]>> = {
  srt: ["srt"],
  vtt: ["vtt"],
  poster: ["poster.jpg", "poster.png"],
  gif: ["preview.gif"],
  webp: ["preview.webp"],
};

/**
 * Checks, before any work is done, that the video and what is made beside it can be put where they shall be.
 *
 * @throws {@link InputError} when they never could
 */
export async function prepareTargets(
  storage: Storage,
  outPath: string,
  extras: readonly ExtraOutput[],
): Promise<void> {
  await storage.prepare(outPath);
  for (const output of extras)
    for (const ending of ENDINGS[output]) await storage.prepare(besideVideo(outPath, ending));
}

/** What was stored, and how callers are told of it. */
export type StoredResults = {
  readonly output: TalkOutput;
  readonly video: Video;
  readonly extras: readonly ExtraFile[];
};

/**
 * Stores a video and what was made beside it; the video last, so that the rest is there when it appears. When one cannot be
 * stored, none is.
 *
 * @throws {@link InputError} when a file cannot be written
 */
export async function storeResults(
  storage: Storage,
  made: { readonly video: Video; readonly extras: readonly ExtraFile[] },
  outPath: string,
): Promise<StoredResults> {
  const stem = basename(made.video.path, extname(made.video.path));
  const extras: ExtraFile[] = [];
  const output: Partial<Record<(typeof EXTRA_OUTPUT_KEYS)[ExtraOutput], OutputFile>> = {};
  try {
    for (const extra of made.extras) {
      const ending = extra.fileName.slice(stem.length + 1);
      const { file, url } = await storage.store(extra, besideVideo(outPath, ending));
      extras.push(file);
      output[EXTRA_OUTPUT_KEYS[extra.output]] = toOutputFile(file, url);
    }
    const { file: video, url } = await storage.store(made.video, outPath);
    return { output: { video: toOutputFile(video, url), ...output }, video, extras };
  } catch (error) {
    for (const { path } of extras)
      await rm(path, { force: true }).catch(() => {
        // The first error says more than a file that could not be removed.
      });
    throw error;
  }
}

/** `talk.srt` and so on, beside `talk.mp4`. */
function besideVideo(outPath: string, ending: string): string {
  return join(dirname(outPath), `${basename(outPath, extname(outPath))}.${ending}`);
}

function toOutputFile({ contentType, fileName, sizeBytes }: MadeFile, url: string): OutputFile {
  return { url, content_type: contentType, file_name: fileName, file_size: sizeBytes };
}
