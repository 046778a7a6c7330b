import { type Clip, distance, eyeOpenness, middle, pointOf } from "../clip.js";
import { type Metric, within } from "../metric.js";
import { deviation, mean, median, quantile } from "../signal.js";

const BROWS = [
  [70, 63, 105, 66, 107, 46, 53, 52, 65, 55],
  [300, 293, 334, 296, 336, 276, 283, 282, 295, 285],
] as const;
const EYES = [
  [33, 133],
  [362, 263],
] as const;

/**
 * B2. THEval's brow: change from frame to frame of the distance of brow centre and eye centre over the distance of the eye
 * centres, mean of both sides.
 */
export const browMotion: Metric = {
  id: "B2",
  title: "brow motion",
  unit: "IPD per frame",
  // THEval's .0054 to .0082 hold its detector's noise: filmed people measure .0022 by this mesh.
  limit: ".0015 to .0050: filmed people .0022, calm speakers",
  measure: (clip) => {
    const changes: number[] = [];
    const heights = [0, 1].map((side) =>
      clip.pictures.map((picture) => {
        const eyes = EYES.map((corners) => middle(picture, corners));
        return distance(middle(picture, BROWS[side]!), eyes[side]!) / distance(eyes[0]!, eyes[1]!);
      }),
    );
    for (let f = 1; f < clip.pictures.length; f++) {
      changes.push(mean(heights.map((track) => Math.abs(track[f]! - track[f - 1]!))));
    }
    return mean(changes);
  },
  passes: within(0.0015, 0.005),
};

/** One blink. Times in seconds. */
type Blink = {
  readonly time: number;
  readonly closing: number;
  readonly total: number;
  readonly depth: number;
};

/** Finds blinks as dips of the eye aspect ratio below half of its usual height; lengths between crossings of 85 %. */
export function findBlinks(clip: Clip): Blink[] {
  const track = eyeOpenness(clip);
  const open = quantile(track, 0.6);
  const shut = Math.max(0, quantile(track, 0));
  const closedness = track.map((value) => (open - value) / Math.max(1e-6, open - Math.min(shut, 0.4 * open)));
  const blinks: Blink[] = [];
  for (let f = 1; f + 1 < closedness.length; f++) {
    if (closedness[f]! < 0.5) continue;
    let deepest = f;
    let last = f;
    while (last + 1 < closedness.length && closedness[last + 1]! >= 0.5) last++;
    for (let k = f; k <= last; k++) if (closedness[k]! > closedness[deepest]!) deepest = k;
    const start = crossing(closedness, deepest, -1);
    const end = crossing(closedness, deepest, 1);
    blinks.push({
      time: deepest / clip.rate,
      closing: (deepest - start) / clip.rate,
      total: (end - start) / clip.rate,
      depth: track[deepest]! / open,
    });
    f = Math.max(last, Math.ceil(end));
  }
  return blinks;
}

/** Position at which closedness falls below .15, going from `from` in a direction, between the frames. */
function crossing(track: Float64Array, from: number, step: 1 | -1): number {
  const limit = 0.15;
  let f = from;
  while (f + step >= 0 && f + step < track.length && track[f + step]! > limit) f += step;
  const beyond = track[f + step];
  if (beyond === undefined) return f;
  return f + (step * (track[f]! - limit)) / Math.max(1e-6, track[f]! - beyond);
}

/** B3a. Blinks per second (Bentivoglio 1997: .283 at rest, .433 in conversation); clips from 8 s on. */
export const blinkRate: Metric = {
  id: "B3a",
  title: "blinks",
  unit: "per s",
  limit: ".18 to .55 (people: .28 to .45; short clips spread more)",
  measure: (clip) => {
    const seconds = clip.pictures.length / clip.rate;
    return seconds < 8 ? Number.NaN : findBlinks(clip).length / seconds;
  },
  passes: within(0.18, 0.55),
};

/** B3b. Median length of a blink. */
export const blinkLength: Metric = {
  id: "B3b",
  title: "length of a blink",
  unit: "ms",
  limit: "200 to 360: filmed people 296",
  measure: (clip) => 1000 * median(findBlinks(clip).map(({ total }) => total)),
  passes: within(200, 360),
};

/** B3c. Median ratio of opening to closing time. */
export const blinkAsymmetry: Metric = {
  id: "B3c",
  title: "opening over closing",
  unit: "ratio",
  limit: "at least 1.8: filmed people 4.0",
  measure: (clip) =>
    median(findBlinks(clip).map(({ closing, total }) => (total - closing) / Math.max(0.02, closing))),
  passes: (value) => value >= 1.8,
};

/** B3d. Median eye opening at the deepest moment, relative to the open eye. */
export const blinkDepth: Metric = {
  id: "B3d",
  title: "opening left in a blink",
  unit: "of open",
  limit: "at most .45: the mesh never sees an eye quite closed",
  measure: (clip) => median(findBlinks(clip).map(({ depth }) => depth)),
  passes: (value) => value <= 0.45,
};

/** B3e. Coefficient of variation of the time between blinks; four blinks at least. */
export const blinkVariation: Metric = {
  id: "B3e",
  title: "variation of blink intervals",
  unit: "CV",
  limit: "at least .3 (.4 over minutes)",
  measure: (clip) => {
    const times = findBlinks(clip).map(({ time }) => time);
    if (times.length < 5) return Number.NaN;
    const intervals = times.slice(1).map((time, k) => time - times[k]!);
    return deviation(intervals) / mean(intervals);
  },
  passes: (value) => value >= 0.3,
};

const IRISES = [468, 473] as const;
/** Radius of the eyeball, eye distances: turns shifts of the iris into angles. */
const EYEBALL = 0.235;

/** B7. Share of time with the eyes within 5 degrees of where they mostly look. */
export const gazeToCamera: Metric = {
  id: "B7",
  title: "time to camera",
  unit: "%",
  limit: "at least 80 % (judgement)",
  measure: (clip) => {
    const tracks = clip.pictures.map((picture) => {
      const offsets = IRISES.map((iris, side) => {
        const centre = middle(picture, EYES[side]!);
        const at = pointOf(picture, iris);
        return { x: (at.x - centre.x) / picture.eyeDistance, y: (at.y - centre.y) / picture.eyeDistance };
      });
      return { x: mean(offsets.map(({ x }) => x)), y: mean(offsets.map(({ y }) => y)) };
    });
    const centreX = median(tracks.map(({ x }) => x));
    const centreY = median(tracks.map(({ y }) => y));
    const limit = EYEBALL * Math.sin((5 * Math.PI) / 180);
    const near = tracks.filter(({ x, y }) => Math.hypot(x - centreX, y - centreY) <= limit);
    return (100 * near.length) / tracks.length;
  },
  passes: (value) => value >= 80,
};
