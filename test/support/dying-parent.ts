/** Starts an endless render and writes the media process's id to a file; to be killed by a test. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RenderJob } from "../../src/pipeline/media-messages.js";
import { startMediaProcess } from "../../src/pipeline/media-process.js";

const [entry, workspace, reportPath] = process.argv.slice(2) as [string, string, string];
mkdirSync(workspace);
const media = startMediaProcess({ entry: new URL(entry), workspace });
const job = {
  rig: { version: 1 },
  photo: { width: 2, height: 2, rgb: new Uint8Array(12) },
  framing: { width: 640, height: 360 },
  performance: { frameCount: 1_000_000 },
  samples: new Float32Array(0),
  sampleRate: 48_000,
  frameRate: 25,
  path: join(workspace, "video.mp4"),
  partPath: join(workspace, "video.mp4.part"),
  threads: 1,
} as unknown as RenderJob;
let reported = false;
await media.render(job, {
  onFrame: () => {
    if (reported) return;
    reported = true;
    writeFileSync(reportPath, String(media.pid));
  },
});
