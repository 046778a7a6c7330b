import { clamp, smoothstep } from "../shared/numeric.js";
import { exp } from "../shared/portable-math.js";
import { gaussianSmooth, limitSlope, sampleAt } from "./curve-shaping.js";
import { bendToContacts, findLipContacts } from "./lip-contacts.js";
import { rmsAround } from "./loudness.js";
import { enforceLipRules } from "./mouth-frames.js";
import {
  type Dominance,
  MOUTH_GROUPS,
  type MouthGains,
  type MouthGesture,
  planMouthGestures,
} from "./mouth-gestures.js";
import { type MouthShape, mouthOf, REST_SHAPE } from "./mouth-shapes.js";
import { FRAME_RATE } from "./performance.js";
import { HELD_PAUSE, type Phrasing, REST_PAUSE } from "./phrasing.js";
import type { Prosody } from "./prosody.js";

/** Steps per second of the blended movement, before it is sampled into frames. */
const RATE = 200;
/**
 * A frame shows the mouth of a moment a little after its beginning: it stays on the screen for 40 ms, and
 * naturally the mouth is ahead of the sound rather than behind it. Seconds.
 */
const FRAME_LEAD = 0.012;
/** Weight of the resting mouth in the blend: decides only where no sound is near. */
const REST_WEIGHT = 0.03;
/** The jaw has more mass than the lips: standard deviations of the low-pass, seconds. */
const JAW_SMOOTHING = 0.04;
const LIP_SHAPE_SMOOTHING = 0.025;
/** ... and follows them this much later, seconds. */
const JAW_LAG = 0.028;
/** Before they speak after a pause to breathe in, the lips part a little: eye distances, seconds. */
const PARTING = { gap: 0.022, lead: 0.155, pause: 0.45 } as const;
/** After a pause the mouth opens this long before the sound (preparatory gesture), seconds. */
const PREPARATION = 0.16;

/** Share of the loudness's ups and downs that the gap follows. */
const LOUDNESS_COUPLING = 0.4;

/** Share of its opening that the jaw gives up while the lips are sealed. */
const SEALED_JAW_RISE = 0.6;

/** Largest change per frame. */
const SPEED_LIMITS = [
  ["jaw", 0.05],
  ["mouthWidth", 0.075],
  ["protrusion", 0.3],
  ["round", 0.3],
] as const;

/** Curves of the mouth that speech drives. */
export type MouthCurves = Readonly<Record<keyof MouthShape | "lipPress", Float64Array>>;

/** Plans the mouth for every frame. */
export function planMouth(
  phrasing: Phrasing,
  prosody: Prosody,
  gains: MouthGains,
  frameCount: number,
): MouthCurves {
  const length = Math.ceil((frameCount / FRAME_RATE + 0.1) * RATE);
  const track = blendGestures(planMouthGestures(phrasing, prosody, gains), length);
  const rest = restEnvelope(phrasing, (frameCount - 1) / FRAME_RATE + FRAME_LEAD, length);
  for (const name of Object.keys(track) as (keyof MouthShape)[]) {
    const neutral = REST_SHAPE[name];
    const values = track[name];
    for (let i = 0; i < length; i++) values[i] = neutral + (values[i]! - neutral) * rest[i]!;
  }
  followLoudness(track.lipGap, prosody);
  partAfterBreath(track.lipGap, phrasing);
  const contacts = findLipContacts(phrasing, prosody);
  const openness = bendToContacts(track.lipGap, contacts, RATE, 0.032);
  // The jaw rises to help the lips close, else they would have to stretch.
  for (let i = 0; i < length; i++) track.jaw[i]! *= 1 - SEALED_JAW_RISE * (1 - openness[i]!);
  track.jaw = gaussianSmooth(track.jaw, JAW_SMOOTHING * RATE);
  for (const name of MOUTH_GROUPS.rounding) {
    track[name] = gaussianSmooth(track[name], LIP_SHAPE_SMOOTHING * RATE);
  }
  const curves = {} as Record<keyof MouthShape | "lipPress", Float64Array>;
  for (const name of Object.keys(track) as (keyof MouthShape)[]) {
    curves[name] = new Float64Array(frameCount);
    for (let f = 0; f < frameCount; f++) {
      const lag = name === "jaw" ? JAW_LAG : 0;
      curves[name][f] = sampleAt(track[name], (f / FRAME_RATE + FRAME_LEAD - lag) * RATE);
    }
  }
  for (const [name, limit] of SPEED_LIMITS) limitSpeed(curves[name], limit, REST_SHAPE[name]);
  const lips = enforceLipRules(
    curves.lipGap,
    contacts,
    phrasing.sounds,
    (time) => (time - FRAME_LEAD) * FRAME_RATE,
    (frame) => frame / FRAME_RATE + FRAME_LEAD,
  );
  curves.lipPress = lips.lipPress;
  for (let f = 0; f < frameCount; f++) {
    curves.lowerLipRoll[f] = Math.max(curves.lowerLipRoll[f]!, lips.lowerLipRoll[f]!);
  }
  return curves;
}

/**
 * Within each syllable the gap swells and shrinks with the voice: mouth area and sound envelope go together
 * at 2 to 7 Hz (Chandrasekaran et al. 2009).
 */
function followLoudness(gap: Float64Array, prosody: Prosody): void {
  const level = new Float64Array(gap.length);
  for (let i = 0; i < gap.length; i++) level[i] = Math.sqrt(rmsAround(prosody.loudness, i / RATE, 0.03));
  const fast = gaussianSmooth(level, 0.025 * RATE);
  const slow = gaussianSmooth(level, 0.18 * RATE);
  for (let i = 0; i < gap.length; i++) {
    if (slow[i]! < 1e-3) continue;
    gap[i]! *= clamp(1 + LOUDNESS_COUPLING * (fast[i]! / slow[i]! - 1), 0.7, 1.25);
  }
}

/** Who has breathed in parts the lips before the first sound. Closures follow later and win. */
function partAfterBreath(gap: Float64Array, phrasing: Phrasing): void {
  for (const pause of phrasing.pauses) {
    if (pause.end - pause.start < PARTING.pause || pause.end >= phrasing.duration - 1e-6) continue;
    const from = pause.end - PARTING.lead;
    for (let i = Math.max(0, Math.ceil(from * RATE)); i < gap.length && i / RATE < pause.end + 0.06; i++) {
      const t = i / RATE;
      const open = smoothstep(from, from + 0.08, t) * (1 - smoothstep(pause.end, pause.end + 0.06, t));
      gap[i] = Math.max(gap[i]!, PARTING.gap * open);
    }
  }
}

/** Between neutral ends, no step is larger than the limit: matters where a clip cuts speech off. */
function limitSpeed(curve: Float64Array, limit: number, neutral: number): void {
  for (let pass = 0; pass < 2; pass++) {
    curve[0] = neutral;
    limitSlope(curve, limit);
    curve.reverse();
  }
}

/** Cohen and Massaro 1993: every channel is the average of the targets, weighted by their dominance. */
function blendGestures(
  gestures: readonly MouthGesture[],
  length: number,
): Record<keyof MouthShape, Float64Array> {
  const track = {} as Record<keyof MouthShape, Float64Array>;
  for (const [group, channels] of Object.entries(MOUTH_GROUPS) as [
    keyof typeof MOUTH_GROUPS,
    readonly (keyof MouthShape)[],
  ][]) {
    const total = new Float64Array(length).fill(REST_WEIGHT);
    for (const name of channels) track[name] = new Float64Array(length).fill(REST_WEIGHT * REST_SHAPE[name]);
    for (const { shape, dominance } of gestures) {
      const own = dominance[group];
      const from = Math.max(0, Math.floor((own.start - 4 * own.halfLifeBefore) * RATE));
      const to = Math.min(length - 1, Math.ceil((own.end + 4 * own.halfLifeAfter) * RATE));
      for (let i = from; i <= to; i++) {
        const weight = dominanceAt(own, i / RATE);
        total[i]! += weight;
        for (const name of channels) track[name][i]! += weight * shape[name];
      }
    }
    for (const name of channels) for (let i = 0; i < length; i++) track[name][i]! /= total[i]!;
  }
  return track;
}

/** Full on the hold, then a fall-off between exponential and Gaussian: halved after each half-life. */
function dominanceAt(dominance: Dominance, t: number): number {
  const tau =
    t < dominance.start
      ? (dominance.start - t) / dominance.halfLifeBefore
      : t > dominance.end
        ? (t - dominance.end) / dominance.halfLifeAfter
        : 0;
  return dominance.weight * exp(-Math.LN2 * tau * Math.sqrt(tau));
}

/**
 * 1 where the mouth speaks, 0 where it rests. Pauses from {@link REST_PAUSE} on close the mouth, shorter
 * ones relax it by degrees, hesitations below {@link HELD_PAUSE} leave it.
 */
function restEnvelope(phrasing: Phrasing, lastTime: number, length: number): Float64Array {
  const envelope = new Float64Array(length).fill(1);
  const lower = (from: number, to: number, valueAt: (t: number) => number): void => {
    for (let i = Math.max(0, Math.floor(from * RATE)); i <= Math.min(length - 1, Math.ceil(to * RATE)); i++) {
      envelope[i] = Math.min(envelope[i]!, clamp(valueAt(i / RATE), 0, 1));
    }
  };
  for (const pause of phrasing.pauses) {
    const span = pause.end - pause.start;
    const isFirst = pause.start === 0;
    const isLast = pause.end >= phrasing.duration - 1e-6;
    if (span < HELD_PAUSE && !isFirst && !isLast) continue;
    const depth = isFirst || isLast ? 1 : smoothstep(HELD_PAUSE - 0.06, REST_PAUSE - 0.03, span);
    const closed = pause.start + Math.min(0.13, 0.45 * span);
    const opening = pause.end - preparationOf(phrasing, pause.end, span);
    const valueAt = (t: number): number => {
      const away = isFirst ? 0 : 1 - smoothstep(pause.start - 0.02, closed, t);
      const back = isLast ? 0 : smoothstep(opening, pause.end + 0.01, t);
      return 1 - depth * (1 - Math.max(away, back));
    };
    lower(pause.start - 0.02, pause.end + 0.01, valueAt);
  }
  // The clip begins and ends with the photo's own mouth even when the sound leaves no time for it.
  lower(0, 0.12, (t) => smoothstep(FRAME_LEAD, 0.1, t));
  lower(lastTime - 0.14, length / RATE, (t) => 1 - smoothstep(lastTime - 0.12, lastTime, t));
  return envelope;
}

/** How long before the end of a pause the mouth starts to open. */
function preparationOf(phrasing: Phrasing, time: number, span: number): number {
  const next = phrasing.sounds.find((sound) => sound.start >= time - 1e-6);
  const isSealed = next !== undefined && mouthOf(next.symbol).manner === "seal";
  return Math.min(isSealed ? 0.05 : PREPARATION, 0.45 * span);
}
