import { clamp } from "../shared/numeric.js";
import type { Random } from "../shared/random.js";
import { edgeEase, gaussianSmooth, swell } from "./curve-shaping.js";
import type { Expression, ExpressionDynamics } from "./expressions.js";
import { type CurveName, FRAME_RATE } from "./performance.js";
import type { Prosody } from "./prosody.js";
import { smoothNoise } from "./voice-time.js";

const DEGREE = Math.PI / 180;
const RELEASE = 0.8;
/** Share of a brow's movement in speech that a full raise by the expression takes away. */
const CROWDING = 0.75;
/** How much an expression comes and goes by itself. */
const BREATHING = 0.08;
/** While the lips speak, less of a smile is seen on them than in the pauses. */
const SMILE_WHILE_SPEAKING = 0.85;
/** A first appearance overshoots: full strength for so long before it settles, seconds. */
const FIRST_IMPRESSION = 0.7;

/** Lays an expression over speech: it appears, settles, swells with phrases and accents, and goes before the end. */
export function playExpression(
  curves: Record<CurveName, Float64Array>,
  expression: Expression,
  prosody: Prosody,
  random: Random,
): void {
  const { offsets, dynamics } = expression;
  const frames = curves.smileLeft.length;
  const level = strength(dynamics, prosody, frames);
  const speaking = gaussianSmooth(curves.articulation, 0.12 * FRAME_RATE);
  const clock = Float64Array.from({ length: frames }, (_, f) => f / FRAME_RATE);
  const brows = smoothNoise(clock, 1.2, 0.25, null, random.fork("brows"));
  const lips = smoothNoise(clock, 1.6, 0.3, null, random.fork("lips"));
  const last = (frames - 1) / FRAME_RATE;
  for (let f = 0; f < frames; f++) {
    const edge = edgeEase(f / FRAME_RATE, last, dynamics.onset, RELEASE);
    const upper = edge * clamp(level[f]! * (1 + BREATHING * brows[f]!), 0, 1.1);
    const lower =
      edge *
      clamp((0.55 + 0.45 * level[f]!) * (1 + BREATHING * lips[f]!), 0, 1.05) *
      (1 - (1 - SMILE_WHILE_SPEAKING) * speaking[f]!);
    curves.articulation[f] = Math.max(curves.articulation[f]!, edge * offsets.composure);
    // Pushed-forward lips leave no room for a smile.
    const smile = lower * offsets.smile * (1 - 0.6 * curves.protrusion[f]!);
    curves.smileLeft[f]! += smile * 1.04;
    curves.smileRight[f]! += smile * 0.96;
    const left = upper * offsets.brow * 1.03;
    const right = upper * (offsets.brow * 0.97 + offsets.browRightExtra);
    // What is raised already has less room to rise further.
    curves.browLeft[f] = left + curves.browLeft[f]! * (1 - CROWDING * Math.abs(left));
    curves.browRight[f] = right + curves.browRight[f]! * (1 - CROWDING * Math.abs(right));
    curves.browKnit[f]! += upper * offsets.knit;
    curves.browInner[f]! += upper * offsets.inner;
    curves.lidLeft[f]! += upper * offsets.lid;
    curves.lidRight[f]! += upper * offsets.lid;
    // The eyes smile as much as the lips; other tension comes with the brows.
    curves.squint[f]! += (offsets.smile > 0 ? lower : upper) * offsets.squint;
    curves.headPitch[f]! += edge * (0.6 + 0.4 * level[f]!) * offsets.pitchDegrees * DEGREE;
    curves.headRoll[f]! += edge * (0.6 + 0.4 * level[f]!) * offsets.rollDegrees * DEGREE;
  }
}

/** Share of the full expression per frame, before its edges. */
function strength(dynamics: ExpressionDynamics, prosody: Prosody, frames: number): Float64Array {
  const level = new Float64Array(frames).fill(dynamics.hold);
  const raise = (size: number, start: number, end: number, attack: number, release: number): void => {
    const first = Math.max(0, Math.floor((start - attack) * FRAME_RATE));
    for (let f = first; f < frames && f / FRAME_RATE < end + release; f++) {
      const raised = dynamics.hold + size * swell(f / FRAME_RATE, start, end, attack, release);
      level[f] = Math.max(level[f]!, Math.min(1, raised));
    }
  };
  raise(1 - dynamics.hold, 0, dynamics.onset + FIRST_IMPRESSION, 0.1, 0.9);
  for (const { start, end } of prosody.phrases) {
    raise(dynamics.phrase, start, Math.min(end, start + 0.35), 0.25, 0.7);
  }
  for (const { start, end, isAccent, prominence } of prosody.syllables) {
    if (isAccent) raise(dynamics.accent * clamp(0.6 + 0.3 * prominence, 0.4, 1), start, end, 0.16, 0.4);
  }
  return gaussianSmooth(level, 1.2);
}
