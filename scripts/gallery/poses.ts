import { HEAD_LIMITS } from "../../src/performance/head-motion.js";
import { CURVES, type CurveName, type FacePose, type Performance } from "../../src/performance/index.js";
import { mouthOf } from "../../src/performance/mouth-shapes.js";

/** A named state of a face. */
export type NamedPose = { readonly name: string; readonly pose: FacePose };

const REST: FacePose = { ...CURVES };

/** What a look at a portrait has to cover: the extremes of the mouth, the lids and the head. */
export const GALLERY_POSES: readonly NamedPose[] = [
  { name: "rest", pose: REST },
  { name: "aa", pose: speaking("aa") },
  { name: "oo", pose: speaking("uw") },
  { name: "ee", pose: speaking("iy") },
  { name: "p", pose: { ...speaking("p"), lipPress: mouthOf("p").press } },
  { name: "f", pose: speaking("f") },
  { name: "blink", pose: { ...REST, lidLeft: 1, lidRight: 1 } },
  { name: "left turn", pose: { ...REST, headYaw: -HEAD_LIMITS.yaw } },
  { name: "right turn", pose: { ...REST, headYaw: HEAD_LIMITS.yaw } },
];

/** The full shape of one phoneme, as if it were held. */
function speaking(phoneme: string): FacePose {
  return { ...REST, articulation: 1, ...mouthOf(phoneme).shape };
}

/** A performance with one frame per pose, so that poses are drawn exactly as frames of a video are. */
export function performanceOf(poses: readonly NamedPose[]): Performance {
  const names = Object.keys(CURVES) as CurveName[];
  const curves = Object.fromEntries(
    names.map((name) => [name, Float32Array.from(poses, ({ pose }) => pose[name])]),
  ) as Record<CurveName, Float32Array>;
  return { frameCount: poses.length, curves, visemes: [], warnings: [] };
}
