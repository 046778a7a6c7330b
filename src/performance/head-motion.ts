import type { TalkingStyle } from "../request/index.js";
import { clamp, smoothstep } from "../shared/numeric.js";
import type { Random } from "../shared/random.js";
import { edgeEase, gaussianSmooth, limitSlope, meanAndDeviation, sampleAt } from "./curve-shaping.js";
import type { Manner } from "./expressions.js";
import { type HeadAngles, minimumJerk, type PostureHabit, planPostures } from "./head-postures.js";
import { FRAME_RATE } from "./performance.js";
import type { Prosody } from "./prosody.js";
import { smoothNoise, voiceTime } from "./voice-time.js";

const DEGREE = Math.PI / 180;

/** Head pose per frame: angles in radians, translation in eye distances. */
export type HeadCurves = HeadAngles & { readonly x: Float64Array; readonly y: Float64Array };

/** Largest angles relative to the photo, radians; beyond them a single photo begins to look bent. */
export const HEAD_LIMITS = { yaw: 8 * DEGREE, pitch: 6 * DEGREE, roll: 5 * DEGREE } as const;

/** Sizes in degrees, translations in eye distances. */
type Habit = {
  readonly posture: PostureHabit;
  /** Movement at 1-2 Hz that goes as fast as the voice is loud. */
  readonly beat: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  /** Rise of the chin with the voice, degrees per semitone. */
  readonly melody: number;
  readonly nodProbability: number;
  readonly nod: readonly [low: number, high: number];
  readonly shift: { readonly x: number; readonly y: number };
  /** Usual spread of all of it together. */
  readonly spread: { readonly yaw: number; readonly pitch: number; readonly roll: number };
};
const HABITS: Readonly<Record<TalkingStyle, Habit>> = {
  stable: {
    posture: { yaw: 0.8, pitch: 0.4, roll: 0.45 },
    beat: { yaw: 0.38, pitch: 0.36, roll: 0.25 },
    melody: 0.1,
    nodProbability: 0.5,
    nod: [0.7, 1.6],
    shift: { x: 0.01, y: 0.006 },
    spread: { yaw: 0.85, pitch: 0.68, roll: 0.52 },
  },
  expressive: {
    posture: { yaw: 2.2, pitch: 0.9, roll: 1.2 },
    beat: { yaw: 0.9, pitch: 0.8, roll: 0.55 },
    melody: 0.22,
    nodProbability: 0.75,
    nod: [1.6, 3.4],
    shift: { x: 0.022, y: 0.013 },
    spread: { yaw: 2.3, pitch: 1.6, roll: 1.3 },
  },
};

/** The chin follows the voice this slowly (standard deviation of the low-pass, seconds) and so far (semitones). */
const MELODY_SMOOTHING = 0.16;
const MELODY_RANGE = 6;
/** Movement that remains when all is quiet, degrees. */
const STILLNESS = 0.09;
/** The chin rises with a full chest, degrees; the head with it, eye distances. */
const BREATH_LIFT = { pitch: 0.35, y: 0.004 } as const;
/** What is slower than this is taken out: over half a minute the head stays around the photo's own pose. Seconds. */
const DRIFT_TIME = 4.5;
const DRIFT_SHARE = 0.95;
/** Largest speed about one axis; three axes together stay below 50 degrees per second. */
const LARGEST_STEP = (26 * DEGREE) / FRAME_RATE;
const EASE_IN = 0.5;
const EASE_OUT = 0.7;

/**
 * Plans a head that carries the rhythm of speech: arcs from posture to posture with the phrases, nods and turns on
 * accents, a beat as lively as the voice is loud, and rest in pauses. It begins and ends as in the photo and
 * stays around it in between.
 *
 * @param breath - filling of the chest per frame, which lifts the head a little
 */
export function planHead(
  prosody: Prosody,
  style: TalkingStyle,
  manner: Manner,
  breath: Float64Array,
  random: Random,
): HeadCurves {
  const habit = HABITS[style];
  const frameCount = breath.length;
  const time = voiceTime(prosody, frameCount);
  // Without speech the head only drifts.
  const size = manner.headSize * (prosody.phrases.length === 0 ? 0.7 : 1);
  const postures = planPostures(
    prosody,
    frameCount / FRAME_RATE,
    habit.posture,
    random.fork("postures"),
    frameCount,
  );
  const nods = planNods(prosody, habit, manner, random.fork("nods"), frameCount);
  const clock = Float64Array.from(breath, (_, f) => f / FRAME_RATE);
  const melody = followMelody(prosody, habit.melody * size, frameCount);
  const axis = (name: "yaw" | "pitch" | "roll"): Float64Array => {
    const own = random.fork(name);
    const beat = smoothNoise(time, 0.4, 0.12, 0.45, own.fork("beat"));
    const life = smoothNoise(clock, 0.8, 0.2, null, own.fork("life"));
    const angle = postures[name].map(
      (value, f) => value + nods[name][f]! + (habit.beat[name] * beat[f]! + STILLNESS * life[f]!) * DEGREE,
    );
    const centred = centre(angle, habit.spread[name] * size);
    if (name === "pitch") for (let f = 0; f < frameCount; f++) centred[f]! -= melody[f]!;
    return finish(centred, HEAD_LIMITS[name]);
  };
  const yaw = axis("yaw");
  const lift = breath.map((filling) => filling - 0.5);
  const pitch = axis("pitch").map(
    (value, f) => value - BREATH_LIFT.pitch * DEGREE * lift[f]! * edge(f, frameCount),
  );
  const roll = finish(
    axis("roll").map((value, f) => value - yaw[f]! / 5),
    HEAD_LIMITS.roll,
  );
  const x = translation(time, habit.shift.x * size, random.fork("x"));
  const y = translation(time, habit.shift.y * size, random.fork("y"));
  return {
    yaw,
    pitch: zeroEnds(pitch),
    roll,
    // Who turns also leans that way; who nods sinks a little.
    x: zeroEnds(x.map((value, f) => value + 0.25 * habit.shift.x * (yaw[f]! / (habit.spread.yaw * DEGREE)))),
    y: zeroEnds(y.map((value, f) => value + 0.06 * pitch[f]! - BREATH_LIFT.y * breath[f]!)),
  };
}

/** Movements on accents: most are nods, down between the vowel's onset and its loudest moment and back a little slower; some turn or tilt the head. */
function planNods(
  prosody: Prosody,
  habit: Habit,
  manner: Manner,
  random: Random,
  frameCount: number,
): HeadAngles {
  const angles = {
    yaw: new Float64Array(frameCount),
    pitch: new Float64Array(frameCount),
    roll: new Float64Array(frameCount),
  };
  for (const syllable of prosody.syllables) {
    if (!syllable.isAccent) continue;
    // Each accent has its own chance: one more or less leaves the others as they are.
    const own = random.fork(`accent ${Math.round(5 * syllable.peak)}`);
    const isNodded = own.next() < clamp(habit.nodProbability * manner.nodding, 0, 0.95);
    const strength = clamp(0.35 + 0.35 * syllable.prominence + 0.25 * own.next(), 0, 1);
    const size = (habit.nod[0] + (habit.nod[1] - habit.nod[0]) * strength) * DEGREE;
    const kind = own.next();
    const side = own.next() < 0.5 ? -1 : 1;
    const yaw = kind < 0.7 ? 0.25 : kind < 0.88 ? 0.9 : 0.2;
    const pitch = kind < 0.7 ? 1 : kind < 0.88 ? 0.3 : 0.45;
    const roll = kind < 0.88 ? 0.15 : 0.6;
    const peak =
      Math.max((syllable.start + syllable.peak) / 2, syllable.peak - 0.06) + own.between(-0.01, 0.04);
    const down = own.between(0.19, 0.26);
    const up = own.between(0.3, 0.45);
    if (!isNodded) continue;
    const first = Math.max(0, Math.ceil((peak - 2 * down) * FRAME_RATE));
    for (let f = first; f < frameCount && f / FRAME_RATE < peak + up; f++) {
      const shape = size * nodShape(f / FRAME_RATE - peak, down, up);
      angles.pitch[f]! += pitch * shape;
      angles.yaw[f]! += side * yaw * shape;
      angles.roll[f]! += side * roll * shape;
    }
  }
  return angles;
}

/** One nod around its lowest point at 0: a slight lift before, down in `down` seconds, back in `up`. */
function nodShape(t: number, down: number, up: number): number {
  if (t < -down) return -0.12 * minimumJerk((t + 2 * down) / down);
  if (t < 0) return -0.12 + 1.12 * minimumJerk((t + down) / down);
  return 1 - minimumJerk(t / up);
}

/** Who goes up with the voice lifts the chin a little: radians per frame, without what is as fast as a syllable. */
function followMelody(prosody: Prosody, degrees: number, frameCount: number): Float64Array {
  const { height, step } = prosody;
  const smooth = gaussianSmooth(height, MELODY_SMOOTHING / step);
  return Float64Array.from({ length: frameCount }, (_, f) => {
    const value = sampleAt(smooth, f / FRAME_RATE / step - 0.5);
    return clamp(value, -MELODY_RANGE, MELODY_RANGE) * degrees * DEGREE;
  });
}

function edge(f: number, frameCount: number): number {
  return edgeEase(f / FRAME_RATE, (frameCount - 1) / FRAME_RATE, EASE_IN, EASE_OUT);
}

/** Takes out drift and brings the spread near what is usual, on clips long enough to tell. */
function centre(angle: Float64Array, degrees: number): Float64Array {
  const trust = smoothstep(1, 5, angle.length / FRAME_RATE);
  const drift = gaussianSmooth(angle, DRIFT_TIME * FRAME_RATE);
  const { mean } = meanAndDeviation(Array.from(angle));
  const centred = angle.map((value, f) => {
    const slow = angle.length > 4 * DRIFT_TIME * FRAME_RATE ? drift[f]! : mean;
    return value - DRIFT_SHARE * trust * slow;
  });
  const { deviation } = meanAndDeviation(Array.from(centred));
  const wanted = degrees * DEGREE;
  const gain = 1 + trust * (clamp(wanted / Math.max(deviation, 1e-6), 0.5, 1.8) - 1);
  return centred.map((value) => value * gain);
}

/** Keeps an angle within its limit without a corner, slow enough for a head, and 0 at both ends. */
function finish(angle: Float64Array, limit: number): Float64Array {
  const knee = 0.6 * limit;
  for (let f = 0; f < angle.length; f++) {
    const size = Math.abs(angle[f]!);
    if (size > knee) {
      const over = (size - knee) / (limit - knee);
      angle[f] = Math.sign(angle[f]!) * (knee + ((limit - knee) * over) / (1 + over));
    }
    angle[f]! *= edge(f, angle.length);
  }
  limitSlope(angle, LARGEST_STEP);
  angle.reverse();
  limitSlope(angle, LARGEST_STEP);
  angle.reverse();
  return zeroEnds(gaussianSmooth(angle, 1));
}

function translation(time: Float64Array, size: number, random: Random): Float64Array {
  const path = smoothNoise(time, 1.6, 0.2, 3, random);
  return path.map((value, f) => clamp(value, -2.5, 2.5) * size * edge(f, path.length));
}

function zeroEnds(curve: Float64Array): Float64Array {
  if (curve.length > 0) {
    curve[0] = 0;
    curve[curve.length - 1] = 0;
  }
  return curve;
}
