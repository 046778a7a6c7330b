import type { Random } from "../shared/random.js";
import { meanAndDeviation } from "./curve-shaping.js";
import { FRAME_RATE } from "./performance.js";
import type { SpokenPhrase } from "./prosody.js";

/**
 * Closedness per frame, 40 ms apart: closing speeds up, opening has a long tail (Trutoiu 2011). Closing
 * takes 80 ms, the lids are closed for up to 40 ms and more than 15 % closed for 240 to 360 ms, as in people filmed at
 * the same frame rate.
 */
const BLINKS: readonly (readonly number[])[] = [
  [0.58, 1, 0.84, 0.6, 0.4, 0.25, 0.13, 0.05],
  [0.6, 1, 1, 0.81, 0.59, 0.4, 0.25, 0.13, 0.05],
  [0.5, 1, 1, 0.84, 0.63, 0.45, 0.3, 0.19, 0.1, 0.04],
];
const BLINK_ODDS: readonly number[] = [0.3, 0.5, 0.2];
const LONGEST_BLINK = 10;

/** No blink begins or ends in so many frames at either end of a clip. */
const EDGE_FRAMES = 8;
/** Time from one blink to the next: at least the refractory time, seconds. */
const REFRACTORY = 1;
const MEAN_WAIT = { speaking: 2.1, resting: 2.4 } as const;
const LONGEST_INTERVAL = 6;
const DOUBLE_BLINK = 0.12;
/** Blinks per second of people who speak (Bentivoglio 1997: 17 a minute at rest, 26 in conversation). */
const USUAL_RATE = { low: 0.285, high: 0.44 } as const;
/** People blink irregularly: least deviation of the intervals relative to their mean. */
const LEAST_VARIATION = 0.42;
const DRAWS = 32;
/** Share of the phrase ends that take a blink along, and how long a blink waits for one, seconds. */
const PHRASE_END = { share: 0.7, wait: 0.6, early: 0.08, late: 0.16 } as const;
/** A blink within this time of a large shift of gaze joins it, seconds. */
const GAZE_PULL = 0.4;
/** Clips of this length always blink, seconds. */
const ALWAYS_BLINKS = 2.5;

/**
 * Closedness of the lids by blinking, `[0, 1]`, one value per frame.
 *
 * @param frequency - factor on the usual rate
 */
export function planBlinks(
  phrases: readonly SpokenPhrase[],
  gazeShifts: readonly number[],
  frequency: number,
  random: Random,
  frameCount: number,
): Float64Array {
  const lids = new Float64Array(frameCount);
  for (const onset of usualOnsets(phrases, gazeShifts, frequency, random, frameCount))
    addBlink(lids, onset, random);
  return lids;
}

/** Of several draws, the first whose rate is that of people: chance must not make a clip stare or flutter. */
function usualOnsets(
  phrases: readonly SpokenPhrase[],
  gazeShifts: readonly number[],
  frequency: number,
  random: Random,
  frameCount: number,
): readonly number[] {
  let best: readonly number[] = [];
  let leastError = Number.POSITIVE_INFINITY;
  for (let draw = 0; draw < DRAWS && leastError > 0; draw++) {
    const onsets = blinkOnsets(phrases, gazeShifts, frequency, random.fork(`draw ${draw}`), frameCount);
    const rate = (onsets.length * FRAME_RATE) / frameCount;
    const error =
      Math.max(0, frequency * USUAL_RATE.low - rate, rate - frequency * USUAL_RATE.high) +
      Math.max(0, LEAST_VARIATION - variationOf(onsets));
    if (error < leastError) {
      best = onsets;
      leastError = error;
    }
  }
  return best;
}

/** Deviation of the intervals relative to their mean; too few tell nothing and count as irregular. */
function variationOf(onsets: readonly number[]): number {
  const intervals = onsets.slice(1).map((onset, k) => onset - onsets[k]!);
  if (intervals.length < 3) return LEAST_VARIATION;
  const { mean, deviation } = meanAndDeviation(intervals);
  return deviation / mean;
}

function addBlink(lids: Float64Array, onset: number, random: Random): void {
  let draw = random.next();
  let kind = 0;
  while (kind < BLINKS.length - 1 && draw >= BLINK_ODDS[kind]!) draw -= BLINK_ODDS[kind++]!;
  const tail = random.between(0.92, 1.08);
  BLINKS[kind]!.forEach((closedness, k) => {
    const value = closedness === 1 ? 1 : Math.min(0.95, closedness * tail);
    if (onset + k < lids.length) lids[onset + k] = Math.max(lids[onset + k]!, value);
  });
}

/** First frames of the blinks: Poisson with a refractory time, drawn to phrase ends and gaze shifts. */
function blinkOnsets(
  phrases: readonly SpokenPhrase[],
  gazeShifts: readonly number[],
  frequency: number,
  random: Random,
  frameCount: number,
): number[] {
  const first = EDGE_FRAMES;
  const last = frameCount - EDGE_FRAMES - LONGEST_BLINK;
  const onsets: number[] = [];
  const ends = blinkingEnds(phrases, random.fork("ends"));
  let reached = (first - random.between(0, 1.5) * FRAME_RATE) / FRAME_RATE;
  while (true) {
    const wait = Math.min(
      LONGEST_INTERVAL,
      REFRACTORY + random.exponential(waitAt(phrases, reached) / (frequency * frequency)),
    );
    const pulled = pullTo(ends, gazeShifts, reached + wait, reached + REFRACTORY);
    const onset = Math.max(first, Math.floor(pulled * FRAME_RATE + 0.5));
    if (onset > last) break;
    onsets.push(onset);
    reached = onset / FRAME_RATE;
    const second = onset + LONGEST_BLINK + Math.floor(3 * random.next());
    if (random.next() < DOUBLE_BLINK && second <= last) {
      onsets.push(second);
      reached = second / FRAME_RATE;
    }
  }
  if (onsets.length === 0 && frameCount >= ALWAYS_BLINKS * FRAME_RATE) {
    onsets.push(first + Math.floor(random.next() * (last - first + 1)));
  }
  return onsets;
}

function waitAt(phrases: readonly SpokenPhrase[], time: number): number {
  const isSpeaking = phrases.some(({ start, end }) => time >= start - 1 && time < end);
  return isSpeaking ? MEAN_WAIT.speaking : MEAN_WAIT.resting;
}

/** Moments at the ends of phrases that are to have a blink. */
function blinkingEnds(phrases: readonly SpokenPhrase[], random: Random): number[] {
  return phrases
    .map(({ end }, k) => {
      const own = random.fork(`${k}`);
      const moment = end + own.between(-PHRASE_END.early, PHRASE_END.late);
      return own.next() < PHRASE_END.share ? moment : null;
    })
    .filter((moment) => moment !== null);
}

/** A blink comes no later than the next phrase end that wants one, waits for one that is near, and joins a glance. */
function pullTo(
  ends: readonly number[],
  gazeShifts: readonly number[],
  time: number,
  earliest: number,
): number {
  const end = ends.find((moment) => moment >= earliest);
  if (end !== undefined && end < time + PHRASE_END.wait) return end;
  return gazeShifts.find((shift) => shift >= earliest && Math.abs(shift - time) < GAZE_PULL) ?? time;
}
