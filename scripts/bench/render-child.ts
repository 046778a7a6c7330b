/** A process that renders a clip of any length through the media process, as the program does. */
import { join } from "node:path";
import { planFraming } from "../../src/frames/index.js";
import { FRAME_RATE, type Performance } from "../../src/performance/index.js";
import { startMediaProcess } from "../../src/pipeline/index.js";
import { analysePortrait } from "../../src/portrait/index.js";
import type { Resolution } from "../../src/request/index.js";
import { type SampleFile, writeSamples } from "../../src/shared/sample-file.js";
import { SAMPLE_RATE } from "../../src/speech/index.js";
import { serveTask } from "./child.js";
import { makeClip, readPhoto, tileClip } from "./clip.js";

/** A video of `seconds`, made of a clip of `clipSeconds` again and again. */
export type RenderTask = {
  readonly image: string;
  readonly clipSeconds: number;
  readonly seconds: number;
  readonly resolution: Resolution;
  readonly workspace: string;
};

serveTask<RenderTask, { wall: number }>(async (task, _startedAt, measured) => {
  const { resolution, workspace } = task;
  const media = startMediaProcess();
  try {
    const photo = await readPhoto(task.image);
    const rig = await analysePortrait(photo);
    const { samples, motion } = await makeLongClip(task);
    const start = performance.now();
    await media.render({
      rig,
      photo,
      framing: planFraming(rig, photo, { resolution, aspectRatio: "16:9", fit: null }),
      performance: motion,
      samples,
      sampleRate: SAMPLE_RATE,
      frameRate: FRAME_RATE,
      path: join(workspace, "long.mp4"),
      partPath: join(workspace, "long.mp4.part"),
    });
    measured();
    return { wall: (performance.now() - start) / 1000 };
  } finally {
    await media.close();
  }
});

/** The sound goes into a file, as it does in a talk, and is not kept. */
async function makeLongClip(task: RenderTask): Promise<{ samples: SampleFile; motion: Performance }> {
  const clip = tileClip(await makeClip(task.clipSeconds), task.seconds);
  const samples = await writeSamples(join(task.workspace, "sound.f32"), clip.samples);
  return { samples, motion: clip.performance };
}
