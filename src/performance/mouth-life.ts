import { clamp } from "../shared/numeric.js";
import { exp } from "../shared/portable-math.js";
import type { Random } from "../shared/random.js";
import { gaussianSmooth, swell } from "./curve-shaping.js";
import { FRAME_RATE } from "./performance.js";
import type { Phrasing } from "./phrasing.js";

/** Usual difference between the two sides of a speaking mouth, as a share of its movement. */
const UNEVENNESS = 0.05;
const LARGEST = 0.1;
/** The favoured side changes this slowly, seconds. */
const CHANGE_TIME = 2.5;
/** Each person favours one side: this share of the unevenness stays. */
const HABIT_SHARE = 0.6;
/** Pull of one corner per unit of skew and of the mouth's departure from rest. */
const CORNER_PULL = 0.5;

/** Corners of closed lips move this often, seconds, and this far, in units of the smile. */
const IDLE = { every: [1, 4.5], size: [0.03, 0.08], length: [0.15, 0.5] } as const;
/** In some pauses between words the lips press together for a moment: share of pauses, seconds, strength. */
const IDLE_PRESS = { odds: 0.55, pause: 0.9, size: [0.15, 0.35], length: [0.12, 0.3] } as const;
/** Corners tense while the lips press together. */
const PRESS_TENSION = 0.06;

type SpeakingMouth = Readonly<
  Record<
    | "articulation"
    | "lipGap"
    | "lipPress"
    | "squint"
    | "mouthWidth"
    | "mouthSkew"
    | "smileLeft"
    | "smileRight",
    Float64Array
  >
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

/** A trace of a smile that comes and goes, stronger after phrases; never the same on both sides. */
export function addSmile(curves: SpeakingMouth, phrasing: Phrasing, random: Random): void {
  const frames = curves.smileLeft.length;
  const level = new Float64Array(frames);
  let state = 0;
  for (let f = 0; f < frames; f++) {
    if (random.next() < 0.6 / FRAME_RATE) state = clamp(0.02 + 0.02 * random.normal(), -0.01, 0.06);
    level[f] = state;
  }
  for (const { end } of phrasing.phrases) {
    const size = random.between(0.02, 0.06);
    for (let f = Math.floor(end * FRAME_RATE); f < frames && f < (end + 0.9) * FRAME_RATE; f++)
      level[f]! += size;
  }
  const smooth = gaussianSmooth(level, 5);
  const uneven = random.between(0.05, 0.1) * (random.next() < 0.5 ? -1 : 1);
  for (let f = 0; f < frames; f++) {
    curves.smileLeft[f]! += smooth[f]! * (1 + uneven);
    curves.smileRight[f]! += smooth[f]! * (1 - uneven);
    curves.squint[f]! += 0.6 * smooth[f]!;
  }
}

/**
 * Small movements of the corners, mostly of one: now and then while nobody speaks, and whenever the lips
 * press together.
 */
export function moveCorners(curves: SpeakingMouth, phrasing: Phrasing, random: Random): void {
  const frames = curves.smileLeft.length;
  const quiet = new Float64Array(frames);
  for (const { start, end } of phrasing.pauses) {
    for (let f = Math.ceil(start * FRAME_RATE); f < frames && f < end * FRAME_RATE; f++) quiet[f] = 1;
  }
  const share = gaussianSmooth(quiet, 3);
  let time = random.between(0.3, 1.2);
  while (time * FRAME_RATE < frames) {
    const size = random.between(...IDLE.size) * (random.next() < 0.4 ? -1 : 1);
    const left = random.between(0.2, 1);
    const right = random.next() < 0.5 ? 1 - 0.6 * left : left;
    const end = time + random.between(...IDLE.length);
    for (let f = Math.floor((time - 0.2) * FRAME_RATE); f < frames && f / FRAME_RATE < end + 0.35; f++) {
      if (f < 0) continue;
      const value = size * share[f]! * swell(f / FRAME_RATE, time, end, 0.2, 0.35);
      curves.smileLeft[f]! += left * value;
      curves.smileRight[f]! += right * value;
    }
    time = end + random.between(...IDLE.every);
  }
  pressInPauses(curves, phrasing, random.fork("press"));
  const press = gaussianSmooth(curves.lipPress, 1.2);
  for (let f = 0; f < frames; f++) {
    curves.smileLeft[f]! += PRESS_TENSION * press[f]!;
    curves.smileRight[f]! += PRESS_TENSION * press[f]!;
  }
}

/** Lips that wait for the next word are not quite still. Only closed lips can press, and only between phrases. */
function pressInPauses(curves: SpeakingMouth, phrasing: Phrasing, random: Random): void {
  for (const { start, end } of phrasing.pauses) {
    const isChosen = random.next() < IDLE_PRESS.odds;
    const size = random.between(...IDLE_PRESS.size);
    const from = start + random.between(0.3, 0.4);
    const to = Math.min(from + random.between(...IDLE_PRESS.length), end - 0.45);
    const isInner = start > 0 && end < phrasing.duration - 1e-6;
    if (!isChosen || !isInner || end - start < IDLE_PRESS.pause || to <= from) continue;
    for (let f = Math.ceil((from - 0.12) * FRAME_RATE); f / FRAME_RATE < to + 0.2; f++) {
      if (curves.lipGap[f] !== 0) continue;
      const value = size * swell(f / FRAME_RATE, from, to, 0.12, 0.2);
      curves.lipPress[f] = Math.max(curves.lipPress[f]!, value);
    }
  }
}
