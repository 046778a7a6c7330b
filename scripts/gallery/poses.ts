import { EXPRESSION_NAMES } from "../../src/performance/expressions.js";
import { HEAD_LIMITS } from "../../src/performance/head-motion.js";
import {
  CURVES,
  type CurveName,
  type FacePose,
  type Performance,
  perform,
} from "../../src/performance/index.js";
import { mouthOf } from "../../src/performance/mouth-shapes.js";
import { silentSpeech } from "../../src/speech/index.js";

/** A named state of a face. */
export type NamedPose = { readonly name: string; readonly pose: FacePose };

const REST: FacePose = { ...CURVES };

/** What a look at a portrait has to cover: the extremes of the mouth, the lids and the head. */
export const GALLERY_POSES: readonly NamedPose[] = [
  { name: "rest", pose: REST },
  { name: "aa", pose: speaking("aa") },
  { name: "oo", pose: speaking("uw") },
  { name: "ee", pose: speaking("iy") },
  { name: "p", pose: speaking("p") },
  { name: "f", pose: speaking("f") },
  { name: "blink", pose: { ...REST, lidLeft: 1, lidRight: 1 } },
  { name: "left turn", pose: { ...REST, headYaw: -HEAD_LIMITS.yaw } },
  { name: "right turn", pose: { ...REST, headYaw: HEAD_LIMITS.yaw } },
];

/** The full shape of one phoneme, as if it were held. */
function speaking(phoneme: string): FacePose {
  const { press, shape } = mouthOf(phoneme);
  return { ...REST, articulation: 1, ...shape, lipPress: press };
}

/** One phoneme for each of the fifteen mouth shapes. */
const VISEME_PHONEMES = {
  sil: null,
  PP: "p",
  FF: "f",
  TH: "th",
  DD: "d",
  kk: "k",
  CH: "ch",
  SS: "s",
  nn: "n",
  RR: "r",
  aa: "aa",
  E: "eh",
  I: "iy",
  O: "ow",
  U: "uw",
} as const;

const GAZE = 0.14;

/** Sets of poses to look at, by name. */
export const POSE_SETS: Readonly<Record<string, () => readonly NamedPose[]>> = {
  usual: () => GALLERY_POSES,
  visemes: () =>
    Object.entries(VISEME_PHONEMES).map(([name, phoneme]) => ({
      name,
      pose: phoneme === null ? { ...REST, articulation: 1 } : speaking(phoneme),
    })),
  eyes: () => [
    ...[0, 0.25, 0.5, 0.75, 0.9, 1].map((lid) => ({
      name: `lids ${lid}`,
      pose: { ...REST, lidLeft: lid, lidRight: lid },
    })),
    { name: "wide", pose: { ...REST, lidLeft: -0.25, lidRight: -0.25 } },
    { name: "squint", pose: { ...REST, squint: 1 } },
    { name: "gaze left", pose: { ...REST, gazeX: -GAZE } },
    { name: "gaze right", pose: { ...REST, gazeX: GAZE } },
    { name: "gaze up", pose: { ...REST, gazeY: -GAZE } },
    { name: "gaze down", pose: { ...REST, gazeY: GAZE } },
  ],
  head: () => [
    { name: "rest", pose: REST },
    { name: "left", pose: { ...REST, headYaw: -HEAD_LIMITS.yaw } },
    { name: "right", pose: { ...REST, headYaw: HEAD_LIMITS.yaw } },
    { name: "up", pose: { ...REST, headPitch: -HEAD_LIMITS.pitch } },
    { name: "down", pose: { ...REST, headPitch: HEAD_LIMITS.pitch } },
    { name: "tilt left", pose: { ...REST, headRoll: -HEAD_LIMITS.roll } },
    { name: "tilt right", pose: { ...REST, headRoll: HEAD_LIMITS.roll } },
    { name: "breath", pose: { ...REST, breath: 1 } },
  ],
  brows: () => [
    { name: "rest", pose: REST },
    { name: "raised", pose: { ...REST, browLeft: 0.6, browRight: 0.6 } },
    { name: "one raised", pose: { ...REST, browRight: 0.6 } },
    { name: "lowered", pose: { ...REST, browLeft: -0.5, browRight: -0.5 } },
    { name: "knit", pose: { ...REST, browKnit: 0.7, browLeft: -0.3, browRight: -0.3 } },
    { name: "smile", pose: { ...REST, smileLeft: 0.35, smileRight: 0.35, squint: 0.25 } },
    { name: "frown", pose: { ...REST, smileLeft: -0.25, smileRight: -0.25 } },
  ],
  expressions: () => EXPRESSION_NAMES.map((name) => ({ name, pose: expressive(name) })),
};

/** An expression at its full strength: the middle of four seconds without speech. */
function expressive(expression: string): FacePose {
  const options = { talkingStyle: "stable", seed: 1 } as const;
  const at = 50;
  const shown = perform(silentSpeech(4), { ...options, expression });
  const neutral = perform(silentSpeech(4), { ...options, expression: null });
  const names = Object.keys(CURVES) as CurveName[];
  return Object.fromEntries(
    names.map((name) => [name, CURVES[name] + shown.curves[name][at]! - neutral.curves[name][at]!]),
  ) as FacePose;
}

/** A performance with one frame per pose, so that poses are drawn exactly as frames of a video are. */
export function performanceOf(poses: readonly NamedPose[]): Performance {
  const names = Object.keys(CURVES) as CurveName[];
  const curves = Object.fromEntries(
    names.map((name) => [name, Float32Array.from(poses, ({ pose }) => pose[name])]),
  ) as Record<CurveName, Float32Array>;
  return { frameCount: poses.length, curves, visemes: [], warnings: [] };
}
