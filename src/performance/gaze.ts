import { clamp } from "../shared/numeric.js";
import { cos, log, sin } from "../shared/portable-math.js";
import type { Random } from "../shared/random.js";
import { FRAME_RATE } from "./performance.js";
import type { SpokenPhrase } from "./prosody.js";

const DEGREE = Math.PI / 180;

/** Where the eyes point relative to the camera, and when they jump. */
export type GazePlan = {
  /** Radians, one value per frame; x to the picture's right, y down. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Beginnings of glances away and back that are wide enough to take a blink along, seconds. */
  readonly wideShifts: readonly number[];
};

/** Directions of saccades and how often they occur (Lee, Badler & Badler 2002); y down. */
const DIRECTIONS: readonly { readonly angle: number; readonly share: number }[] = [
  { angle: 0, share: 0.155 },
  { angle: -45, share: 0.065 },
  { angle: -90, share: 0.177 },
  { angle: -135, share: 0.074 },
  { angle: 180, share: 0.168 },
  { angle: 135, share: 0.079 },
  { angle: 90, share: 0.204 },
  { angle: 45, share: 0.078 },
];

type Habit = {
  /** Factor on the amplitudes of conversation: a presenter stays near the camera. */
  readonly amplitude: number;
  readonly cap: number;
  readonly onCamera: readonly [mean: number, deviation: number];
  readonly away: readonly [mean: number, deviation: number];
};
const SPEAKING: Habit = { amplitude: 0.32, cap: 8, onCamera: [4, 2.6], away: [0.65, 0.3] };
const LIVING: Habit = { amplitude: 0.34, cap: 7, onCamera: [2.6, 1.1], away: [0.6, 0.25] };

/** The gaze rests on the camera for at least this long at the end of a clip, and at its start, seconds. */
const LOCKED_END = 2.4;
const LOCKED_START = 0.5;
/** Largest share of a clip spent looking away. */
const AWAY_SHARE = 0.16;
const WIDE_SHIFT = 4 * DEGREE;
const MICRO = { low: 0.2, high: 0.75, interval: [0.45, 1.1] } as const;

type Fixation = { readonly time: number; readonly x: number; readonly y: number };

/** Plans fixations and saccades; at rest on the camera in the first and last frame. */
export function planGaze(
  phrases: readonly SpokenPhrase[],
  isExpressive: boolean,
  random: Random,
  frameCount: number,
): GazePlan {
  const x = new Float64Array(frameCount);
  const y = new Float64Array(frameCount);
  const last = (frameCount - 1) / FRAME_RATE;
  const habit = phrases.length === 0 ? LIVING : SPEAKING;
  const glances = planGlances(phrases, habit, isExpressive, random.fork("glances"), last);
  const fixations = addMicroFixations(glances, random.fork("micro"), last);
  let from: Fixation = { time: 0, x: 0, y: 0 };
  let index = 0;
  for (let f = 0; f < frameCount; f++) {
    const t = f / FRAME_RATE;
    while (index + 1 < fixations.length && t >= fixations[index + 1]!.time) from = fixations[index++]!;
    const to = fixations[index] ?? from;
    // Main sequence: 25 ms plus 2.4 ms per degree, one or two frames.
    const jump = Math.sqrt((to.x - from.x) ** 2 + (to.y - from.y) ** 2) / DEGREE;
    const progress = clamp((t - to.time + 0.02) / (0.025 + 0.0024 * jump), 0, 1);
    x[f] = from.x + (to.x - from.x) * progress;
    y[f] = from.y + (to.y - from.y) * progress;
  }
  const wideShifts = glances
    .filter((glance, k) => {
      const before = glances[k - 1] ?? { x: 0, y: 0 };
      return Math.sqrt((glance.x - before.x) ** 2 + (glance.y - before.y) ** 2) >= WIDE_SHIFT;
    })
    .map((glance) => glance.time);
  return { x, y, wideShifts };
}

/** Glances away from the camera and back, within the share of time allowed. */
function planGlances(
  phrases: readonly SpokenPhrase[],
  habit: Habit,
  isExpressive: boolean,
  random: Random,
  last: number,
): Fixation[] {
  const glances: Fixation[] = [{ time: 0, x: 0, y: 0 }];
  let budget = AWAY_SHARE * last;
  const latest = last - Math.min(LOCKED_END, 0.5 * last);
  let time = LOCKED_START + random.between(0.2, 1) * habit.onCamera[0] * 0.6;
  while (true) {
    // Speakers look away while they think, that is between phrases.
    const boundary = phrases.find(({ end }) => end >= time - 0.1 && end < time + 1.2);
    if (boundary !== undefined && random.next() < 0.5) time = Math.max(time, boundary.end - 0.1);
    const stay = clamp(habit.away[0] + habit.away[1] * random.normal(), 0.24, 1.6);
    if (time + stay > latest || stay > budget) break;
    const angle = pickDirection(random) * DEGREE + random.normal() * 0.15;
    const size = saccadeSize(habit, isExpressive, random);
    // Lids make vertical glances conspicuous; keep them smaller.
    glances.push({ time, x: size * cos(angle), y: 0.6 * size * sin(angle) });
    glances.push({ time: time + stay, x: 0, y: 0 });
    budget -= stay;
    time += stay + Math.max(1, habit.onCamera[0] + habit.onCamera[1] * random.normal());
  }
  return glances;
}

function pickDirection(random: Random): number {
  let draw = random.next();
  for (const { angle, share } of DIRECTIONS) {
    if (draw < share) return angle;
    draw -= share;
  }
  return 0;
}

/** Amplitude of a saccade in radians: A = -6.9 ln(P / 15.7) degrees, P uniform (Lee et al. 2002, eq. 2). */
function saccadeSize(habit: Habit, isExpressive: boolean, random: Random): number {
  const degrees = -6.9 * log(random.between(0.4, 15) / 15.7);
  const scale = habit.amplitude * (isExpressive ? 1.15 : 0.9);
  return clamp(degrees * scale + 1.6, 2, habit.cap) * DEGREE;
}

/** Small re-fixations around each point of gaze: the eye never holds perfectly still. */
function addMicroFixations(glances: readonly Fixation[], random: Random, last: number): Fixation[] {
  const fixations: Fixation[] = [];
  glances.forEach((glance, k) => {
    fixations.push(glance);
    const end = glances[k + 1]?.time ?? last - 0.3;
    let time = glance.time + random.between(...MICRO.interval);
    while (time < end - 0.2) {
      const angle = random.between(0, 2 * Math.PI);
      const size = random.between(MICRO.low, MICRO.high) * DEGREE;
      fixations.push({ time, x: glance.x + size * cos(angle), y: glance.y + 0.6 * size * sin(angle) });
      time += random.between(...MICRO.interval);
    }
  });
  fixations.push({ time: Math.max(last - 0.3, fixations[fixations.length - 1]!.time + 0.04), x: 0, y: 0 });
  return fixations;
}
