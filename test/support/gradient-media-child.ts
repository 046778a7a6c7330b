/** A media process that draws gradients: for tests of everything around the pictures. */
import { serveMediaJobs } from "../../src/pipeline/media-jobs.js";
import { gradientRenderer } from "./gradient-renderer.js";

serveMediaJobs(async ({ framing, rig }) => {
  const renderer = gradientRenderer(framing.width, framing.height);
  if (rig.version === -1) throw new RangeError("no such rig");
  return { perform: () => renderer };
});
