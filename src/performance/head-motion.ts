import type { TalkingStyle } from "../request/index.js";
import { clamp, smoothstep } from "../shared/numeric.js";
import { exp } from "../shared/portable-math.js";
import type { Random } from "../shared/random.js";
import { edgeEase, gaussianSmooth, limitSlope, meanAndDeviation } from "./curve-shaping.js";
import { FRAME_RATE } from "./performance.js";
import type { Phrasing } from "./phrasing.js";
import { type Prosody, rmsAround } from "./prosody.js";

const DEGREE = Math.PI / 180;

/** Head pose per frame: angles in radians, translation in eye distances. */
export type HeadCurves = {
  readonly yaw: Float64Array;
  readonly pitch: Float64Array;
  readonly roll: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
};

/** Largest angles relative to the photo, radians; beyond them a single photo begins to look bent. */
export const HEAD_LIMITS = { yaw: 8 * DEGREE, pitch: 6 * DEGREE, roll: 5 * DEGREE } as const;

/** Sizes in degrees. */
type Habit = {
  readonly sway: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  readonly nodProbability: number;
  readonly nod: readonly [low: number, high: number];
  readonly reset: readonly [low: number, high: number];
  readonly envelope: number;
};
const HABITS: Readonly<Record<TalkingStyle, Habit>> = {
  stable: {
    sway: { yaw: 0.75, pitch: 0.5, roll: 0.55 },
    nodProbability: 0.4,
    nod: [0.7, 1.5],
    reset: [0.3, 0.9],
    envelope: 0.55,
  },
  expressive: {
    sway: { yaw: 2.1, pitch: 1.15, roll: 1.35 },
    nodProbability: 0.7,
    nod: [1.5, 3],
    reset: [0.8, 2.2],
    envelope: 1.1,
  },
};

const SWAY_TIME = { yaw: 2.2, pitch: 1.7, roll: 2 } as const;
/** The sway is an Ornstein-Uhlenbeck process; smoothing gives the head mass. Seconds. */
const SWAY_SMOOTHING = 0.16;
/** Time passes slower for the sway while nobody speaks: the head settles. */
const PAUSE_PACE = 0.3;
const LIVING_PACE = 0.7;
/** Largest speed about one axis; three axes together stay below 50 degrees per second. */
const LARGEST_STEP = (26 * DEGREE) / FRAME_RATE;
const EASE_IN = 0.5;
const EASE_OUT = 0.7;

/** Plans a head that keeps moving while it speaks, nods on accents, and begins and ends as in the photo. */
export function planHead(
  phrasing: Phrasing,
  prosody: Prosody,
  style: TalkingStyle,
  random: Random,
  frameCount: number,
): HeadCurves {
  const habit = HABITS[style];
  const pace = swayPace(phrasing, prosody, frameCount);
  // Without speech the head only drifts.
  const calm = phrasing.phrases.length === 0 ? 0.6 : 1;
  const yaw = sway(habit.sway.yaw * calm, SWAY_TIME.yaw, pace, random.fork("yaw"));
  const pitch = sway(habit.sway.pitch * calm, SWAY_TIME.pitch, pace, random.fork("pitch"));
  const roll = sway(habit.sway.roll * calm, SWAY_TIME.roll, pace, random.fork("roll"));
  addResets(yaw, pitch, roll, phrasing, habit, random.fork("resets"));
  addNods(pitch, yaw, prosody, habit, random.fork("nods"));
  addEnvelope(pitch, prosody, habit);
  for (let f = 0; f < frameCount; f++) roll[f]! -= yaw[f]! / 4;
  return {
    yaw: finish(yaw, HEAD_LIMITS.yaw),
    pitch: finish(pitch, HEAD_LIMITS.pitch),
    roll: finish(roll, HEAD_LIMITS.roll),
    x: translation(frameCount, style === "expressive" ? 0.016 : 0.007, pace, random.fork("x")),
    y: translation(frameCount, style === "expressive" ? 0.01 : 0.005, pace, random.fork("y")),
  };
}

/** Seconds of sway that pass in each frame: more while the voice is strong. */
function swayPace(phrasing: Phrasing, prosody: Prosody, frameCount: number): Float64Array {
  if (phrasing.phrases.length === 0) return new Float64Array(frameCount).fill(LIVING_PACE / FRAME_RATE);
  const level = new Float64Array(frameCount);
  for (let f = 0; f < frameCount; f++) level[f] = rmsAround(prosody.loudness, f / FRAME_RATE, 0.2);
  const smooth = gaussianSmooth(level, 3);
  const loud = Array.from(smooth).sort((a, b) => a - b)[Math.floor(0.8 * frameCount)]!;
  return smooth.map(
    (value) => (PAUSE_PACE + (1 - PAUSE_PACE) * clamp(value / Math.max(loud, 1e-4), 0, 1.4)) / FRAME_RATE,
  );
}

/**
 * Ornstein-Uhlenbeck process with exact discretisation (Gillespie 1996), smoothed, and brought to its
 * nominal size on clips long enough for that: a seed must not decide whether a person seems alive.
 */
function sway(degrees: number, tau: number, pace: Float64Array, random: Random): Float64Array {
  const path = new Float64Array(pace.length);
  let state = 0.6 * random.normal();
  for (let f = 0; f < path.length; f++) {
    const keep = exp(-pace[f]! / tau);
    state = state * keep + Math.sqrt(1 - keep * keep) * random.normal();
    path[f] = state;
  }
  const smooth = gaussianSmooth(path, SWAY_SMOOTHING * FRAME_RATE);
  const { mean, deviation } = meanAndDeviation(Array.from(smooth));
  const trust = smoothstep(1, 4, path.length / FRAME_RATE);
  const gain = 1 + trust * (clamp(1 / Math.max(deviation, 0.05), 0.5, 2.6) - 1);
  return smooth.map((value) => (value - 0.7 * trust * mean) * gain * degrees * DEGREE);
}

/** The head takes a new posture 0.4 to 0.7 s before each phrase and gives it up after the last. */
function addResets(
  yaw: Float64Array,
  pitch: Float64Array,
  roll: Float64Array,
  phrasing: Phrasing,
  habit: Habit,
  random: Random,
): void {
  const from = { yaw: 0, pitch: 0, roll: 0 };
  phrasing.phrases.forEach((phrase, k) => {
    const size = random.between(...habit.reset) * DEGREE;
    const side = random.next() < 0.5 ? -1 : 1;
    const to = {
      yaw: side * size,
      pitch: random.between(-0.6, 0.35) * size,
      roll: random.normal() * 0.35 * size,
    };
    const length = random.between(0.45, 0.7);
    const start = Math.max(k === 0 ? 0 : phrasing.phrases[k - 1]!.end, phrase.start + 0.05 - length);
    for (let f = Math.max(0, Math.ceil(start * FRAME_RATE)); f < yaw.length; f++) {
      const share = smoothstep(start, start + length, f / FRAME_RATE);
      yaw[f]! += (to.yaw - from.yaw) * share;
      pitch[f]! += (to.pitch - from.pitch) * share;
      roll[f]! += (to.roll - from.roll) * share;
    }
    Object.assign(from, to);
  });
}

/** Nods on accents: down by the vowel's onset, then up a little slower. */
function addNods(
  pitch: Float64Array,
  yaw: Float64Array,
  prosody: Prosody,
  habit: Habit,
  random: Random,
): void {
  for (const syllable of prosody.syllables) {
    if (!syllable.isAccent) continue;
    const isNodded = random.next() < habit.nodProbability;
    const strength = clamp(0.35 + 0.35 * syllable.prominence + 0.25 * random.next(), 0, 1);
    const size = (habit.nod[0] + (habit.nod[1] - habit.nod[0]) * strength) * DEGREE;
    const sideways = random.between(-0.35, 0.35) * size;
    const peak = syllable.start + random.between(0.01, 0.06);
    const down = random.between(0.16, 0.22);
    const up = random.between(0.22, 0.3);
    if (!isNodded) continue;
    const first = Math.max(0, Math.ceil((peak - down) * FRAME_RATE));
    for (let f = first; f < pitch.length && f / FRAME_RATE < peak + up; f++) {
      const t = f / FRAME_RATE;
      const shape = t < peak ? smoothstep(peak - down, peak, t) : 1 - smoothstep(peak, peak + up, t);
      pitch[f]! += size * shape;
      yaw[f]! += sideways * shape;
    }
  }
}

/** The head follows the loudness of the voice at 1 to 2 Hz. */
function addEnvelope(pitch: Float64Array, prosody: Prosody, habit: Habit): void {
  const levels = new Float64Array(pitch.length);
  for (let f = 0; f < levels.length; f++) levels[f] = rmsAround(prosody.loudness, f / FRAME_RATE, 0.08);
  const fast = gaussianSmooth(levels, 0.1 * FRAME_RATE);
  const slow = gaussianSmooth(levels, 0.5 * FRAME_RATE);
  let peak = 1e-4;
  for (let f = 0; f < fast.length; f++) peak = Math.max(peak, Math.abs(fast[f]! - slow[f]!));
  for (let f = 0; f < fast.length; f++) pitch[f]! += ((fast[f]! - slow[f]!) / peak) * habit.envelope * DEGREE;
}

/** Keeps an angle within its limit without a corner, slow enough for a head, and 0 at both ends. */
function finish(angle: Float64Array, limit: number): Float64Array {
  const last = (angle.length - 1) / FRAME_RATE;
  const knee = 0.6 * limit;
  for (let f = 0; f < angle.length; f++) {
    const size = Math.abs(angle[f]!);
    if (size > knee) {
      const over = (size - knee) / (limit - knee);
      angle[f] = Math.sign(angle[f]!) * (knee + ((limit - knee) * over) / (1 + over));
    }
    angle[f]! *= edgeEase(f / FRAME_RATE, last, EASE_IN, EASE_OUT);
  }
  limitSlope(angle, LARGEST_STEP);
  angle.reverse();
  limitSlope(angle, LARGEST_STEP);
  angle.reverse();
  return zeroEnds(gaussianSmooth(angle, 1));
}

function translation(frameCount: number, size: number, pace: Float64Array, random: Random): Float64Array {
  const path = sway(size / DEGREE, 2.5, pace, random);
  const last = (frameCount - 1) / FRAME_RATE;
  for (let f = 0; f < frameCount; f++) {
    path[f] = clamp(path[f]!, -3 * size, 3 * size) * edgeEase(f / FRAME_RATE, last, EASE_IN, EASE_OUT);
  }
  return zeroEnds(path);
}

function zeroEnds(curve: Float64Array): Float64Array {
  if (curve.length > 0) {
    curve[0] = 0;
    curve[curve.length - 1] = 0;
  }
  return curve;
}
