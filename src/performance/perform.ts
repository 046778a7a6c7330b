import type { TalkingStyle } from "../request/index.js";
import { clamp } from "../shared/numeric.js";
import { createRandom, type Random } from "../shared/random.js";
import type { Speech } from "../speech/index.js";
import { planArticulation } from "./articulation.js";
import { planBlinks } from "./blinks.js";
import { planBreath } from "./breathing.js";
import { planBrows } from "./brows.js";
import { edgeEase } from "./curve-shaping.js";
import { playExpression } from "./expression-play.js";
import { expressionOf } from "./expressions.js";
import { planFollowers } from "./followers.js";
import { planGaze } from "./gaze.js";
import { HEAD_LIMITS, planHead } from "./head-motion.js";
import type { MouthGains } from "./mouth-gestures.js";
import { addSmile, moveCorners, swayMouth } from "./mouth-life.js";
import { planMouth } from "./mouth-motion.js";
import { CURVES, type CurveName, FRAME_RATE, type Performance } from "./performance.js";
import { phraseSpeech } from "./phrasing.js";
import { analyseProsody } from "./prosody.js";
import { listVisemes } from "./visemes.js";
import { smoothNoise } from "./voice-time.js";

const DEGREE = Math.PI / 180;

/** How a speech is to be played. */
export type PerformOptions = {
  readonly talkingStyle: TalkingStyle;
  /** An expression word such as `happy`; `null` is neutral. */
  readonly expression: string | null;
  /** Integer; the same seed gives the same performance. */
  readonly seed: number;
};

const MOUTH_GAINS: Readonly<Record<TalkingStyle, MouthGains>> = {
  stable: { opening: 1, rounding: 1 },
  expressive: { opening: 1.15, rounding: 1.06 },
};
/** Lid closedness per radian of gaze: the upper lid follows the eye, further down than up. */
const LID_FOLLOW = {
  down: 0.82 / (30 * DEGREE),
  up: 0.3 / (30 * DEGREE),
  /** Smaller turns of the eye leave the lids, and with them the photo's own lashes, as they are. */
  slack: 1.2 * DEGREE,
} as const;
/** Eyes in the head turn no further: beyond it most photos do not know the white of the eye. */
const LARGEST_GAZE = 8 * DEGREE;
/** A turn of the head this fast takes a blink along, radians per second. */
const BLINKING_TURN = 10 * DEGREE;
/** Lower lids: how much they tense by themselves, and how far they rise in a blink. */
const LOWER_LID = { tension: 0.05, blink: 0.12 } as const;

type Curves = Record<CurveName, Float64Array>;

/**
 * Turns speech into the motion of a face: one value per curve and video frame, independent of whose face it
 * will move. Frame `f` belongs to the sound from `f / FRAME_RATE` on. The first and the
 * last frame are the photo as it is.
 *
 * @returns curves of `ceil(duration * FRAME_RATE)` values (at least one), and a warning for an unknown expression
 */
export function perform(speech: Speech, options: PerformOptions): Performance {
  // Less than one sample of sound is no reason for a further frame.
  const frameCount = Math.max(1, Math.ceil(speech.duration * FRAME_RATE - 1e-4));
  const random = createRandom(options.seed);
  const style = options.talkingStyle;
  const phrasing = phraseSpeech(speech);
  const prosody = analyseProsody(speech, phrasing);
  const expression = expressionOf(options.expression);
  const manner = expression.manner;

  const gaze = planGaze(prosody.phrases, style === "expressive", random.fork("gaze"), frameCount);
  const breath = planBreath(prosody, random.fork("breath"), frameCount);
  const head = planHead(prosody, style, manner, breath, random.fork("head"));
  const brows = planBrows(speech, prosody, style, manner.brows, random.fork("brows"), frameCount);
  const curves = {
    ...neutralCurves(frameCount),
    ...planMouth(phrasing, prosody, MOUTH_GAINS[style], frameCount),
    articulation: planArticulation(phrasing, frameCount),
    browLeft: brows.left,
    browRight: brows.right,
    browKnit: brows.knit,
    browInner: brows.inner,
    headYaw: head.yaw,
    headPitch: head.pitch,
    headRoll: head.roll,
    headX: head.x,
    headY: head.y,
    breath,
  };
  addSmile(curves, phrasing, random.fork("smile"));
  moveCorners(curves, phrasing, random.fork("corners"));
  swayMouth(curves, random.fork("asymmetry"));
  playExpression(curves, expression, prosody, random.fork("expression"));
  Object.assign(curves, planFollowers(curves));
  const shifts = [...gaze.wideShifts, ...fastTurns(head.yaw)].sort((a, b) => a - b);
  const blinks = planBlinks(prosody.phrases, shifts, manner.blinking, random.fork("blinks"), frameCount);
  addEyes(curves, gaze, blinks);
  addLowerLids(curves, blinks, random.fork("lower lids"));
  return {
    frameCount,
    curves: finishCurves(curves),
    visemes: listVisemes(phrasing),
    warnings: expression.warning === null ? [] : [expression.warning],
  };
}

function neutralCurves(frameCount: number): Curves {
  const curves = {} as Curves;
  for (const name of Object.keys(CURVES) as CurveName[]) {
    curves[name] = new Float64Array(frameCount).fill(CURVES[name]);
  }
  return curves;
}

/** The eyes hold their target while the head turns; lids follow the gaze, blinks close them. */
function addEyes(curves: Curves, gaze: { x: Float64Array; y: Float64Array }, blinks: Float64Array): void {
  for (let f = 0; f < blinks.length; f++) {
    const x = clamp(gaze.x[f]! - curves.headYaw[f]!, -LARGEST_GAZE, LARGEST_GAZE);
    const y = clamp(gaze.y[f]! - curves.headPitch[f]!, -LARGEST_GAZE, LARGEST_GAZE);
    const beyond = y > 0 ? Math.max(0, y - LID_FOLLOW.slack) : Math.min(0, y + LID_FOLLOW.slack);
    const follow = beyond * (y > 0 ? LID_FOLLOW.down : LID_FOLLOW.up);
    const blink = blinks[f]!;
    for (const name of ["lidLeft", "lidRight"] as const) {
      const open = clamp(curves[name][f]! + follow, -0.25, 0.5);
      curves[name][f] = blink >= 1 ? 1 : open + (1 - open) * blink;
    }
    curves.gazeX[f] = x;
    // Behind the closing lid the eye dips.
    curves.gazeY[f] = clamp(y + 1.5 * DEGREE * blink, -LARGEST_GAZE, LARGEST_GAZE);
  }
}

/** When the head turns fast, seconds: the eyes often close on the way. */
function fastTurns(yaw: Float64Array): number[] {
  const speed = (f: number): number => Math.abs((yaw[f] ?? 0) - (yaw[f - 1] ?? 0)) * FRAME_RATE;
  const turns: number[] = [];
  for (let f = 1; f < yaw.length; f++) {
    if (speed(f) > BLINKING_TURN && speed(f) >= speed(f - 1) && speed(f) > speed(f + 1)) {
      turns.push((f - 3) / FRAME_RATE);
    }
  }
  return turns;
}

/** Lower lids are never quite slack, and rise a little in a blink. */
function addLowerLids(curves: Curves, blinks: Float64Array, random: Random): void {
  const clock = Float64Array.from(blinks, (_, f) => f / FRAME_RATE);
  const tension = smoothNoise(clock, 0.9, 0.15, null, random);
  for (let f = 0; f < blinks.length; f++) {
    curves.squint[f]! += Math.max(0, LOWER_LID.tension * (0.5 + tension[f]!)) + LOWER_LID.blink * blinks[f]!;
  }
}

const RANGES: Readonly<Record<CurveName, readonly [low: number, high: number]>> = {
  articulation: [0, 1],
  jaw: [0, 0.25],
  lipGap: [0, 0.35],
  lipPress: [0, 1],
  mouthWidth: [0.65, 1.15],
  protrusion: [0, 1],
  round: [0, 1],
  lowerLipRoll: [0, 1],
  upperLipLift: [0, 1],
  tongueUp: [0, 1],
  tongueOut: [0, 1],
  smileLeft: [-0.5, 0.6],
  smileRight: [-0.5, 0.6],
  browLeft: [-1, 1],
  browRight: [-1, 1],
  browKnit: [0, 1],
  browInner: [-0.6, 1],
  lidLeft: [-0.3, 1],
  lidRight: [-0.3, 1],
  squint: [0, 1],
  gazeX: [-LARGEST_GAZE, LARGEST_GAZE],
  gazeY: [-LARGEST_GAZE, LARGEST_GAZE],
  headYaw: [-HEAD_LIMITS.yaw, HEAD_LIMITS.yaw],
  headPitch: [-HEAD_LIMITS.pitch, HEAD_LIMITS.pitch],
  headRoll: [-HEAD_LIMITS.roll, HEAD_LIMITS.roll],
  headX: [-0.1, 0.1],
  headY: [-0.1, 0.1],
  breath: [0, 1],
  mouthSkew: [-0.12, 0.12],
  bodyX: [-0.06, 0.06],
  bodyY: [-0.06, 0.06],
  bodyRoll: [-0.03, 0.03],
  hairX: [-0.12, 0.12],
  hairY: [-0.12, 0.12],
};

/** Limits every curve to its range and makes the first and the last frame the photo itself. */
function finishCurves(curves: Curves): Record<CurveName, Float32Array> {
  const finished = {} as Record<CurveName, Float32Array>;
  for (const name of Object.keys(CURVES) as CurveName[]) {
    const [low, high] = RANGES[name];
    const neutral = CURVES[name];
    const values = curves[name];
    const last = (values.length - 1) / FRAME_RATE;
    const isMouth = name in MOUTH_ONLY;
    finished[name] = Float32Array.from(values, (value, f) => {
      // Mouth and head have their own ends; the small remaining offsets fade within a quarter second.
      const share = isMouth
        ? f === 0 || f === values.length - 1
          ? 0
          : 1
        : edgeEase(f / FRAME_RATE, last, 0.24, 0.24);
      return clamp(neutral + (value - neutral) * share, low, high);
    });
  }
  return finished;
}

const MOUTH_ONLY = {
  articulation: true,
  jaw: true,
  lipGap: true,
  lipPress: true,
  mouthWidth: true,
  protrusion: true,
  round: true,
  lowerLipRoll: true,
  upperLipLift: true,
  tongueUp: true,
  tongueOut: true,
} as const;
