import { clamp, smoothstep } from "../shared/numeric.js";
import type { Random } from "../shared/random.js";
import { edgeEase } from "./curve-shaping.js";
import { FRAME_RATE } from "./performance.js";
import type { Prosody } from "./prosody.js";

/** Pauses at least this long are used for breathing in, seconds. */
const BREATHING_PAUSE = 0.4;
/** Length of one breath, seconds: 12 to 18 a minute. */
const BREATH = { shortest: 3.3, longest: 5 } as const;

/** One breath: inhale on `[start, full]`, exhale until `empty`. */
type Breath = {
  readonly start: number;
  readonly full: number;
  readonly empty: number;
  readonly depth: number;
};

/** Filling of the chest per frame, `[0, 1]`, 0 in the first and last frame. Inhales fall into pauses where there are any. */
export function planBreath(prosody: Prosody, random: Random, frameCount: number): Float64Array {
  const curve = new Float64Array(frameCount);
  const last = (frameCount - 1) / FRAME_RATE;
  const breaths = planBreaths(prosody, random, last);
  let index = 0;
  for (let f = 0; f < frameCount; f++) {
    const t = f / FRAME_RATE;
    while (index + 1 < breaths.length && t >= breaths[index + 1]!.start) index++;
    curve[f] = fillingAt(breaths, index, t) * edgeEase(t, last, 0.1, 0.6);
  }
  return curve;
}

function fillingAt(breaths: readonly Breath[], index: number, t: number): number {
  const breath = breaths[index];
  if (breath === undefined || t < breath.start) return 0;
  const before = breaths[index - 1];
  const left = before === undefined ? 0 : exhaled(before, breath.start);
  if (t < breath.full) return left + (breath.depth - left) * smoothstep(breath.start, breath.full, t);
  return exhaled(breath, t);
}

function exhaled(breath: Breath, t: number): number {
  return breath.depth * (1 - smoothstep(breath.full, breath.empty, t));
}

function planBreaths(prosody: Prosody, random: Random, last: number): Breath[] {
  const pauses = prosody.pauses.filter(
    (pause) => pause.end - pause.start >= BREATHING_PAUSE && pause.end < last,
  );
  const isLiving = prosody.phrases.length === 0;
  const breaths: Breath[] = [];
  let start = 0;
  while (start < last - 0.8) {
    const period = random.between(BREATH.shortest, BREATH.longest);
    const pause = pauses.find(({ start: at, end }) => at < start + 0.5 && end > start + 0.1);
    // Whoever speaks fills the lungs quickly, as far as the pause allows.
    const room = pause === undefined ? 0.5 : pause.end - Math.max(start, pause.start);
    const inhale = isLiving ? 0.35 * period : clamp(room, 0.4, 0.7);
    const next = pauses.find(({ start: at }) => at > start + 2.4 && at < start + 5.5);
    const end = next?.start ?? start + period;
    breaths.push({
      start,
      full: start + inhale,
      empty: start + inhale + Math.max(0.8, 0.7 * (end - start - inhale)),
      depth: random.between(0.75, 1),
    });
    start = Math.max(end, start + inhale + 0.8);
  }
  return breaths;
}
