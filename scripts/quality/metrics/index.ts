import type { Metric } from "../metric.js";
import { falseSeals, lipShapes, seals, sealTiming } from "./contacts.js";
import {
  blinkAsymmetry,
  blinkDepth,
  blinkLength,
  blinkRate,
  blinkVariation,
  browMotion,
  gazeToCamera,
} from "./eyes-and-brows.js";
import {
  colourDrift,
  geometry,
  grainKept,
  jitter,
  lengths,
  sharpness,
  sharpnessKept,
  stillBackground,
  upperFace,
  upperFacePsnr,
} from "./fidelity.js";
import { headDynamics, headSpeed, headSpread, headWithVoice, repetition, slowShare } from "./head.js";
import { lipDynamics, lipSync, silentLips } from "./lips.js";
import { closedLoop, coupling, drift, lag } from "./synchrony.js";

/** Every metric, in the order of the table. */
export const METRICS: readonly Metric[] = [
  lag,
  drift,
  coupling,
  seals,
  falseSeals,
  sealTiming,
  lipShapes,
  silentLips,
  lipSync,
  closedLoop,
  lipDynamics,
  browMotion,
  blinkRate,
  blinkLength,
  blinkAsymmetry,
  blinkDepth,
  blinkVariation,
  headSpread,
  slowShare,
  headWithVoice,
  headSpeed,
  repetition,
  gazeToCamera,
  upperFace,
  upperFacePsnr,
  sharpness,
  grainKept,
  sharpnessKept,
  colourDrift,
  geometry,
  stillBackground,
  jitter,
  lengths,
  headDynamics,
];
