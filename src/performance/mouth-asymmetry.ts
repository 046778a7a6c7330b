import { clamp } from "../shared/numeric.js";
import { exp } from "../shared/portable-math.js";
import type { Random } from "../shared/random.js";
import { gaussianSmooth } from "./curve-shaping.js";
import { FRAME_RATE } from "./performance.js";

/** Usual difference between the two sides of a speaking mouth, as a share of its movement. */
const UNEVENNESS = 0.05;
const LARGEST = 0.1;
/** The favoured side changes this slowly, seconds. */
const CHANGE_TIME = 2.5;
/** Each person favours one side: this share of the unevenness stays. */
const HABIT_SHARE = 0.6;
/** Pull of one corner per unit of skew and of the mouth's departure from rest. */
const CORNER_PULL = 0.5;

type SpeakingMouth = Readonly<
  Record<"articulation" | "lipGap" | "mouthWidth" | "mouthSkew" | "smileLeft" | "smileRight", Float64Array>
>;

/**
 * No mouth speaks evenly: one side opens a little wider and its corner pulls a little more. The difference
 * drifts slowly and vanishes with the movement itself, so that closed lips stay as they are.
 */
export function swayMouth(curves: SpeakingMouth, random: Random): void {
  const frames = curves.lipGap.length;
  const habit = HABIT_SHARE * UNEVENNESS * (random.next() < 0.5 ? -1 : 1) * random.between(0.7, 1.3);
  const keep = exp(-1 / (FRAME_RATE * CHANGE_TIME));
  const drift = new Float64Array(frames);
  let state = random.normal();
  for (let f = 0; f < frames; f++) {
    state = state * keep + Math.sqrt(1 - keep * keep) * random.normal();
    drift[f] = state;
  }
  const slow = gaussianSmooth(drift, 0.2 * FRAME_RATE);
  const effort = gaussianSmooth(
    curves.lipGap.map((gap, f) => clamp(gap / 0.15 + 2 * Math.abs(curves.mouthWidth[f]! - 1), 0, 1)),
    0.06 * FRAME_RATE,
  );
  for (let f = 0; f < frames; f++) {
    const skew = clamp(habit + 0.8 * UNEVENNESS * slow[f]!, -LARGEST, LARGEST) * curves.articulation[f]!;
    curves.mouthSkew[f] = skew;
    const pull = CORNER_PULL * skew * effort[f]!;
    curves.smileLeft[f]! -= pull;
    curves.smileRight[f]! += pull;
  }
}
