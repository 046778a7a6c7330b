import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TalkRunner } from "../../src/queue/index.js";
import { AssetError, CancelledError, EngineError, InputError } from "../../src/shared/errors.js";

/** How a request's `prompt` plays, as JSON: steps of so many milliseconds with a log line each, then an end. */
export type Script = {
  readonly steps?: number;
  readonly stepMs?: number;
  readonly fail?: "face" | "missing" | "engine" | "bug";
};

/** Plays the script in a request's prompt instead of making a video: everything else is real. */
export function createScriptedRunner(): TalkRunner & { readonly stopped: string[] } {
  const stopped: string[] = [];
  return {
    stopped,
    async run({ requestId, body, workspace }, { signal, onEvent }) {
      const { prompt, image_url } = body as { prompt?: string; image_url?: string };
      const { steps = 1, stepMs = 10, fail }: Script = prompt?.startsWith("{") ? JSON.parse(prompt) : {};
      if (image_url === undefined)
        throw new InputError("missing", "Field required", { field: ["image_url"], input: body });
      for (let step = 1; step <= steps; step++) {
        onEvent({ type: "log", level: "INFO", message: `step ${step}` });
        onEvent({ type: "progress", overall: step / steps, stage: "render" });
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
      if (fail === "bug") throw new TypeError("undefined is not a function");
      const path = join(workspace, "output.mp4");
      await writeFile(path, "a video");
      return {
        path,
        fileName: "output.mp4",
        contentType: "video/mp4",
        sizeBytes: 7,
        duration: 2.48,
        frameCount: 62,
        warnings: [],
        timings: { total: 0.1 },
      };
    },
    async close() {},
  };
}
