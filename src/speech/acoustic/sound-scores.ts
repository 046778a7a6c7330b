import { exp, log } from "../../shared/portable-math.js";
import type { AcousticNetwork } from "./network.js";
import { SILENCE, SOUND_CLASSES } from "./sound-classes.js";

const CLASSES = SOUND_CLASSES.length;
/** How much of the frequency of a class in training is taken out of its score: what is rare there may be common here. */
const PRIOR_WEIGHT = 0.7;

/** How well each class fits each frame. */
export type SoundScores = {
  readonly frames: number;
  /** `[frame][class]`, natural logarithm, up to a constant of the frame. */
  readonly values: Float32Array;
};

/**
 * Scores from what a network puts out (hybrid models: Bourlard and Morgan 1994).
 *
 * @param isAudible - whether anything can be heard in a frame; where not, it is silence
 */
export function soundScores(
  { logPrior }: AcousticNetwork,
  outputs: Float32Array,
  isAudible: (frame: number) => boolean,
): SoundScores {
  const frames = outputs.length / CLASSES;
  const values = new Float32Array(outputs.length);
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * CLASSES;
    if (!isAudible(frame)) {
      values.fill(INAUDIBLE, at, at + CLASSES);
      values[at + SILENCE] = 0;
      continue;
    }
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < CLASSES; c++) top = Math.max(top, outputs[at + c]!);
    let sum = 0;
    for (let c = 0; c < CLASSES; c++) sum += exp(outputs[at + c]! - top);
    const total = top + log(sum);
    for (let c = 0; c < CLASSES; c++)
      values[at + c] = Math.max(WORST, outputs[at + c]! - total - PRIOR_WEIGHT * logPrior[c]!);
  }
  return { frames, values };
}

/** Score of every sound in a frame in which nothing is heard. */
const INAUDIBLE = -6;
/** No frame rules a sound out: labels are a frame off at times, and a short sound may lie in a noise. */
const WORST = -9;
