import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TalkOutcome, TalkRunner } from "../../src/queue/index.js";
import type { ExtraOutput } from "../../src/request/index.js";
import { AssetError, CancelledError, EngineError, InputError } from "../../src/shared/errors.js";

/** How a request's `prompt` plays, as JSON: steps of so many milliseconds with a log line each, then an end. */
export type Script = {
  readonly steps?: number;
  readonly stepMs?: number;
  /** `once`: only the first attempt, which is followed by another. */
  readonly fail?: "face" | "missing" | "engine" | "bug" | "once";
  /** What stands beside the video. */
  readonly extras?: readonly ExtraOutput[];
  /** Milliseconds before the first step. */
  readonly idleMs?: number;
};

const EXTRA_FILES: Readonly<Record<ExtraOutput, readonly [fileName: string, contentType: string]>> = {
  srt: ["output.srt", "application/x-subrip"],
  vtt: ["output.vtt", "text/vtt"],
  poster: ["poster.jpg", "image/jpeg"],
  gif: ["preview.gif", "image/gif"],
  webp: ["preview.webp", "image/webp"],
};

/** Plays the script in a request's prompt instead of making a video: everything else is real. */
export function createScriptedRunner(): TalkRunner & { readonly stopped: string[] } {
  const stopped: string[] = [];
  return {
    stopped,
    async run({ requestId, attempt, body, workspace, livePath }, { signal, onEvent }) {
      const { prompt, image_url, progressive } = body as Record<string, string | undefined>;
      const script: Script = prompt?.startsWith("{") ? JSON.parse(prompt) : {};
      const { steps = 1, stepMs = 10, fail, extras = [], idleMs = 0 } = script;
      if (image_url === undefined)
        throw new InputError("missing", "Field required", { field: ["image_url"], input: body });
      await sleep(idleMs, undefined, { signal }).catch(() => {
        throw new CancelledError();
      });
      for (let step = 1; step <= steps; step++) {
        onEvent({ type: "log", level: "INFO", message: `step ${step}` });
        onEvent({ type: "progress", overall: step / steps, stage: "render" });
        if (progressive) await appendFile(livePath, `attempt ${attempt}, step ${step}\n`);
        await sleep(stepMs, undefined, { signal }).catch(() => {
          stopped.push(requestId);
          throw new CancelledError();
        });
      }
      if (fail === "face")
        throw new AssetError("face_detection_error", "Could not detect face in the image", {
          field: ["image_url"],
          input: image_url,
        });
      if (fail === "engine") throw new EngineError("engine_failed", "The encoder failed.", {}, false);
      if (fail === "once" && attempt === 1) throw new EngineError("engine_failed", "The encoder failed.");
      if (fail === "bug") throw new TypeError("undefined is not a function");
      const path = join(workspace, "output.mp4");
      await writeFile(path, "a video");
      const made = { path, sizeBytes: 7 };
      return {
        ...made,
        fileName: "output.mp4",
        contentType: "video/mp4",
        extras: extras.map((output): TalkOutcome["extras"][number] => {
          const [fileName, contentType] = EXTRA_FILES[output];
          return { ...made, output, fileName, contentType };
        }),
        duration: 2.48,
        frameCount: 62,
        warnings: [],
        timings: { total: 0.1 },
      };
    },
    async close() {},
  };
}
