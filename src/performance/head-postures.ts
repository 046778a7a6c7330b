import { clamp } from "../shared/numeric.js";
import type { Random } from "../shared/random.js";
import { FRAME_RATE } from "./performance.js";
import type { Prosody } from "./prosody.js";

const DEGREE = Math.PI / 180;

/** The three angles of the head per frame, radians. */
export type HeadAngles = {
  readonly yaw: Float64Array;
  readonly pitch: Float64Array;
  readonly roll: Float64Array;
};

/** Spread of the postures, degrees. */
export type PostureHabit = { readonly yaw: number; readonly pitch: number; readonly roll: number };

type Posture = {
  /** When the move towards it begins and ends, seconds. */
  readonly start: number;
  readonly end: number;
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
};

/** Within a phrase the head turns anew after so much time, seconds. */
const HOLD = [0.7, 1.7] as const;
const MOVE = [0.5, 0.85] as const;
/** The new posture is reached so long after the phrase begins, seconds: the turn carries the first words. */
const LATE = 0.26;
/** A new turn tends to the other side. */
const REVERSAL = -0.4;
const SHORTEST_MOVE = 0.35;
const SETTLE_SHARE = 0.45;
/** Pauses at least this long let the head settle, seconds. */
const SETTLING_PAUSE = 0.4;
/** Who only listens changes posture this seldom, seconds. */
const LISTENING_HOLD = [2.2, 4.5] as const;

/**
 * The large arcs of the head: a turn into each phrase, further turns inside long ones, a tilt and a drop of the chin
 * (a lift when the voice rises) at its end, and settling in pauses.
 */
export function planPostures(
  prosody: Prosody,
  duration: number,
  habit: PostureHabit,
  random: Random,
  frameCount: number,
): HeadAngles {
  const postures =
    prosody.phrases.length === 0
      ? listeningPostures(duration, habit, random)
      : speakingPostures(prosody, duration, habit, random);
  return moveThrough(postures, frameCount);
}

/** A posture whose angles are drawn around the opposite of the one before. */
function draw(previous: Posture, habit: PostureHabit, start: number, end: number, random: Random): Posture {
  const around = (last: number, spread: number): number =>
    clamp(
      REVERSAL * last + 0.95 * spread * DEGREE * random.normal(),
      -2 * spread * DEGREE,
      2 * spread * DEGREE,
    );
  return {
    start,
    end,
    yaw: around(previous.yaw, habit.yaw),
    pitch: around(previous.pitch, habit.pitch),
    roll: around(previous.roll, habit.roll),
  };
}

const CENTRE: Posture = { start: 0, end: 0, yaw: 0, pitch: 0, roll: 0 };

function listeningPostures(duration: number, habit: PostureHabit, random: Random): Posture[] {
  const postures: Posture[] = [];
  let time = random.between(0.2, 0.8);
  while (time < duration) {
    const length = random.between(1, 1.6);
    postures.push(draw(postures[postures.length - 1] ?? CENTRE, habit, time, time + length, random));
    time += length + random.between(...LISTENING_HOLD);
  }
  return postures;
}

function speakingPostures(
  prosody: Prosody,
  duration: number,
  habit: PostureHabit,
  random: Random,
): Posture[] {
  const postures: Posture[] = [];
  const latest = (): Posture => postures[postures.length - 1] ?? CENTRE;
  const accents = prosody.syllables.filter(({ isAccent }) => isAccent);
  prosody.phrases.forEach((phrase, k) => {
    const reached = phrase.start + LATE;
    const room = reached - Math.max(latest().end, k === 0 ? 0 : prosody.phrases[k - 1]!.end);
    const length = Math.min(random.between(...MOVE), Math.max(SHORTEST_MOVE, room));
    postures.push(draw(latest(), habit, reached - length, reached, random));
    let time = reached + random.between(...HOLD);
    while (time < phrase.end - 0.9) {
      // Turns begin on accents where there is one near.
      const accent = accents.find(({ start }) => start > time - 0.1 && start < time + 0.5);
      const end = Math.min(phrase.end, (accent?.start ?? time + 0.2) + random.between(0.15, 0.3));
      const start = Math.max(latest().end, end - random.between(...MOVE));
      if (end - start > SHORTEST_MOVE) postures.push(draw(latest(), habit, start, end, random));
      time = end + random.between(...HOLD);
    }
    postures.push(
      closing(
        latest(),
        habit,
        phrase.end,
        phrase.ending === "rise" || phrase.ending === "continuation",
        random,
      ),
    );
    const next = prosody.phrases[k + 1]?.start ?? duration;
    if (next - phrase.end >= SETTLING_PAUSE) postures.push(settled(latest(), random));
  });
  return postures;
}

/** The end of a phrase: the chin drops, or rises with the voice; the head tilts a little. */
function closing(
  from: Posture,
  habit: PostureHabit,
  end: number,
  isRising: boolean,
  random: Random,
): Posture {
  const drop = (isRising ? -1 : 1) * random.between(0.5, 1.3) * habit.pitch * DEGREE;
  const tilt = (random.next() < 0.5 ? -1 : 1) * random.between(0.4, 1.1) * habit.roll * DEGREE;
  return {
    start: Math.max(from.end, end - random.between(0.5, 0.7)),
    end: Math.max(from.end + 0.3, end + random.between(0.02, 0.14)),
    yaw: 0.75 * from.yaw,
    pitch: 0.3 * from.pitch + drop,
    roll: 0.3 * from.roll + tilt,
  };
}

/** In a pause the head comes most of the way back, slowly. */
function settled(from: Posture, random: Random): Posture {
  const start = from.end + random.between(0.02, 0.12);
  return {
    start,
    end: start + random.between(0.9, 1.4),
    yaw: SETTLE_SHARE * from.yaw,
    pitch: SETTLE_SHARE * from.pitch,
    roll: SETTLE_SHARE * from.roll,
  };
}

/** Minimum-jerk moves from posture to posture (Flash & Hogan 1985); one that comes early takes over from where the head is. */
function moveThrough(postures: readonly Posture[], frameCount: number): HeadAngles {
  const angles = {
    yaw: new Float64Array(frameCount),
    pitch: new Float64Array(frameCount),
    roll: new Float64Array(frameCount),
  };
  let from: Posture = CENTRE;
  for (let k = 0; k < postures.length; k++) {
    const to = postures[k]!;
    const next = postures[k + 1];
    const start = Math.max(to.start, from.end);
    const end = Math.max(to.end, start + SHORTEST_MOVE);
    const first = Math.max(0, Math.ceil(start * FRAME_RATE));
    const last = next === undefined ? frameCount : Math.ceil(Math.max(next.start, end) * FRAME_RATE);
    for (let f = first; f < last && f < frameCount; f++) {
      const share = minimumJerk((f / FRAME_RATE - start) / (end - start));
      for (const axis of ["yaw", "pitch", "roll"] as const) {
        angles[axis][f] = from[axis] + (to[axis] - from[axis]) * share;
      }
    }
    from = { ...to, end };
  }
  return angles;
}

/** Progress of a smooth reach at `t` of its time: `10 t^3 - 15 t^4 + 6 t^5`. */
export function minimumJerk(t: number): number {
  const x = clamp(t, 0, 1);
  return x * x * x * (10 + x * (6 * x - 15));
}
