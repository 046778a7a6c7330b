/** A process that makes the same video twice, from photo and text: once cold, once warm. */
import { join } from "node:path";
import { createApp } from "../../src/app/index.js";
import type { TalkResult } from "../../src/pipeline/index.js";
import { parseTalkRequest, type Resolution } from "../../src/request/index.js";
import { serveTask, wallClock } from "./child.js";

/** A video to be made. */
export type TalkTask = {
  readonly image: string;
  readonly prompt: string;
  readonly resolution: Resolution;
  readonly workspace: string;
};

/** The times of one talk, seconds. */
export type TalkTimes = {
  /** Length of the video. */
  readonly duration: number;
  /** From the start (of the process when cold, of the talk when warm) to the first encoded frame. */
  readonly firstFrame: number;
  /** From the same start to the finished file. */
  readonly total: number;
  readonly stages: TalkResult["timings"];
  readonly render: TalkResult["renderTimings"];
};

/** A first talk and a second one of the same program. */
export type TalkTaskResult = { readonly cold: TalkTimes; readonly warm: TalkTimes };

serveTask<TalkTask, TalkTaskResult>(async (task, startedAt, measured) => {
  const app = createApp({ tempDir: task.workspace });
  const talk = async (from: number): Promise<TalkTimes> => {
    const request = parseTalkRequest({
      image_url: task.image,
      prompt: task.prompt,
      resolution: task.resolution,
      aspect_ratio: "16:9",
    });
    const before = (wallClock() - from) / 1000;
    const outPath = join(task.workspace, "talk.mp4");
    const { duration, timings, renderTimings } = await app.talk(request, { outPath, allowLocalPaths: true });
    const total = (wallClock() - from) / 1000;
    return {
      duration,
      firstFrame: before + timings.firstFrame,
      total,
      stages: timings,
      render: renderTimings,
    };
  };
  try {
    const cold = await talk(startedAt);
    measured();
    return { cold, warm: await talk(wallClock()) };
  } finally {
    await app.close();
  }
});
