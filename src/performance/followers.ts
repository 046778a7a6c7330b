import { gaussianSmooth, sampleAt } from "./curve-shaping.js";
import { FRAME_RATE } from "./performance.js";

/** Pose of the head and filling of the chest per frame, in the units of the curves of the same name. */
export type LeadingMotion = {
  readonly headYaw: Float64Array;
  readonly headPitch: Float64Array;
  readonly headRoll: Float64Array;
  readonly headX: Float64Array;
  readonly headY: Float64Array;
  readonly breath: Float64Array;
};

/** What follows the head late: the shoulders, and hair that hangs freely. Eye distances, radians. */
export type FollowingMotion = Readonly<
  Record<"bodyX" | "bodyY" | "bodyRoll" | "hairX" | "hairY", Float64Array>
>;

/** The shoulders follow after this time, seconds. */
const BODY_DELAY = 0.1;
/** The trunk is heavy: standard deviation of the low-pass, seconds. */
const BODY_SMOOTHING = 0.09;
/** Share of the neck's displacement and of the head's tilt that the shoulders take part in. */
const BODY_SHARE = 0.3;
const BODY_ROLL_SHARE = 0.12;
/** Shoulders rise with a full chest, eye distances. */
const SHOULDER_RISE = 0.008;
/** Height of the neck's base below the eyes that a turn of the head takes along, eye distances. */
const NECK_ARM = 0.35;

/** Free hair as a pendulum: natural frequency in hertz and damping ratio. */
const HAIR = { frequency: 1.9, damping: 0.35 } as const;
/** Distances from the head's centre of rotation to where hair begins to hang, eye distances. */
const HAIR_ARM = { yaw: 0.7, roll: 1.3, pitch: 0.7 } as const;
/** The tips of hair swing further than one pendulum of its frequency: it is a chain. */
const HAIR_GAIN = 1.5;
const STEPS_PER_FRAME = 8;

/**
 * The shoulders follow head and breath 80-120 ms late with .3 of the way, which hides the seam between
 * head and body; hair that hangs freely lags behind the head's acceleration and swings out.
 */
export function planFollowers(lead: LeadingMotion): FollowingMotion {
  const neckX = lead.headX.map((x, f) => x + NECK_ARM * (lead.headYaw[f]! + 0.6 * lead.headRoll[f]!));
  const neckY = lead.headY.map((y, f) => y + NECK_ARM * lead.headPitch[f]!);
  const shoulders = lead.breath.map((filling) => -SHOULDER_RISE * filling);
  const risen = followLate(shoulders, 1);
  return {
    bodyX: followLate(neckX, BODY_SHARE),
    bodyY: followLate(neckY, BODY_SHARE).map((y, f) => y + risen[f]!),
    bodyRoll: followLate(lead.headRoll, BODY_ROLL_SHARE),
    hairX: swing(
      lead.headX.map((x, f) => x + HAIR_ARM.yaw * lead.headYaw[f]! + HAIR_ARM.roll * lead.headRoll[f]!),
    ),
    hairY: swing(lead.headY.map((y, f) => y + HAIR_ARM.pitch * lead.headPitch[f]!)),
  };
}

function followLate(path: Float64Array, share: number): Float64Array {
  const heavy = gaussianSmooth(path, BODY_SMOOTHING * FRAME_RATE);
  return heavy.map((_, f) => share * sampleAt(heavy, f - BODY_DELAY * FRAME_RATE));
}

/**
 * Displacement of a damped pendulum relative to its moving root: `x'' + 2 z w x' + w^2 x = -root''`,
 * integrated in small steps.
 */
function swing(root: Float64Array): Float64Array {
  const result = new Float64Array(root.length);
  const acceleration = accelerationOf(root);
  const omega = 2 * Math.PI * HAIR.frequency;
  const step = 1 / (FRAME_RATE * STEPS_PER_FRAME);
  let position = 0;
  let velocity = 0;
  for (let f = 1; f < root.length; f++) {
    for (let s = 1; s <= STEPS_PER_FRAME; s++) {
      const drive = sampleAt(acceleration, f - 1 + s / STEPS_PER_FRAME);
      velocity +=
        step * (-HAIR_GAIN * drive - 2 * HAIR.damping * omega * velocity - omega * omega * position);
      position += step * velocity;
    }
    result[f] = position;
  }
  return result;
}

/** Second derivative per second squared, from frames; 0 at the ends. */
function accelerationOf(path: Float64Array): Float64Array {
  const result = new Float64Array(path.length);
  for (let f = 1; f + 1 < path.length; f++) {
    result[f] = (path[f + 1]! - 2 * path[f]! + path[f - 1]!) * FRAME_RATE * FRAME_RATE;
  }
  return result;
}
