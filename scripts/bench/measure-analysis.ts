import type { Photo } from "../../src/assets/index.js";
import { analysePortrait, type Rig } from "../../src/portrait/index.js";
import { median, timed } from "./statistics.js";

/** Seconds of the analysis of one portrait. */
export type AnalysisFigures = {
  readonly width: number;
  readonly height: number;
  /** The first one of this process: with loading the models. */
  readonly cold: number;
  /** Median of the later ones. */
  readonly warm: number;
};

/** Analyses a photo once cold and `runs` times warm. To be called before anything else has analysed a portrait. */
export async function measureAnalysis(
  photo: Photo,
  runs: number,
): Promise<{ rig: Rig; figures: AnalysisFigures }> {
  const { result: rig, wall: cold } = await timed(() => analysePortrait(photo));
  const warm: number[] = [];
  for (let run = 0; run < runs; run++) warm.push((await timed(() => analysePortrait(photo))).wall);
  return { rig, figures: { width: photo.width, height: photo.height, cold, warm: median(warm) } };
}
