import { smoothstep } from "../shared/numeric.js";
import { FRAME_RATE } from "./performance.js";
import type { Phrasing } from "./phrasing.js";

/** Pauses at least this long hand the mouth back to the photo, seconds. */
const LONG_PAUSE = 1.2;
const RAMP = 0.3;
/** The speaking posture is complete this long before the first sound, seconds. */
const LEAD = 0.1;
const LINGER = 0.1;

/** How much each frame is in speaking posture; 0 shows the photo's own mouth. */
export function planArticulation(phrasing: Phrasing, frameCount: number): Float64Array {
  const curve = new Float64Array(frameCount);
  if (frameCount < 3) return curve;
  const last = (frameCount - 1) / FRAME_RATE;
  for (const { start, end } of joinPhrases(phrasing)) {
    const risen = Math.max(start - LEAD, Math.min(RAMP / 2, last / 2));
    const rising = Math.max(0, risen - RAMP);
    const falling = Math.max(Math.min(end + LINGER, last - RAMP / 2), last / 2);
    const fallen = Math.min(falling + RAMP, last);
    for (let f = Math.floor(rising * FRAME_RATE); f < frameCount && f <= fallen * FRAME_RATE; f++) {
      const t = f / FRAME_RATE;
      const value = smoothstep(rising, risen, t) * (1 - smoothstep(falling, fallen, t));
      curve[f] = Math.max(curve[f]!, value);
    }
  }
  return curve;
}

/** Phrases joined across all pauses that are too short to relax in. */
function joinPhrases(phrasing: Phrasing): { start: number; end: number }[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of phrasing.phrases) {
    const previous = joined[joined.length - 1];
    if (previous !== undefined && start - previous.end < LONG_PAUSE) previous.end = end;
    else joined.push({ start, end });
  }
  return joined;
}
