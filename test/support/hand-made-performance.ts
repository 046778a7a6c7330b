import { CURVES, type CurveName, type FacePose, type Performance } from "../../src/performance/index.js";

/** A performance of the given poses, one per frame; what a pose leaves out is as in the photo. */
export function performPoses(poses: readonly Partial<FacePose>[]): Performance {
  const curves = {} as Record<CurveName, Float32Array>;
  for (const name of Object.keys(CURVES) as CurveName[]) {
    curves[name] = Float32Array.from(poses, (pose) => pose[name] ?? CURVES[name]);
  }
  return { frameCount: poses.length, curves, visemes: [], warnings: [] };
}
