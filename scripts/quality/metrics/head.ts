import { gaussianSmooth } from "../../../src/performance/curve-shaping.js";
import type { Clip } from "../clip.js";
import { type Metric, within } from "../metric.js";
import { bandPass, correlation, deviation, mean, spectrum } from "../signal.js";

const AXES = ["yaw", "pitch", "roll"] as const;

function track(clip: Clip, axis: (typeof AXES)[number]): Float64Array {
  return Float64Array.from(clip.pictures, (picture) => picture[axis]);
}

/** B4a. Standard deviation of the head's angles, mean of the three axes. */
export const headSpread: Metric = {
  id: "B4a",
  title: "head motion",
  unit: "degrees",
  limit: "stable .3 to 1.2, expressive .8 to 4 (judgement)",
  measure: (clip) => mean(AXES.map((axis) => deviation(track(clip, axis)))),
  passes: (value, style) =>
    style === "real" ? null : style === "stable" ? within(0.3, 1.2)(value) : within(0.8, 4)(value),
};

/** B4b. Share of the power of all three angles below 2 Hz; the power that the static control shows is taken out. */
export const slowShare: Metric = {
  id: "B4b",
  title: "head power below 2 Hz",
  unit: "%",
  limit: "at least 80 % (filmed heads that stand still: 71 % with the noise of the fit)",
  measure: (clip) => {
    const own = powerOf(clip);
    const noise = clip.control === null ? { slow: 0, fast: 0 } : powerOf(clip.control);
    const slow = Math.max(0, own.slow - noise.slow);
    const fast = Math.max(0, own.fast - noise.fast);
    return slow + fast > 0 ? (100 * slow) / (slow + fast) : Number.NaN;
  },
  passes: (value) => value >= 80,
};

/** Variance of the angles below and above 2 Hz. */
function powerOf(clip: Clip): { slow: number; fast: number } {
  const power = { slow: 0, fast: 0 };
  for (const axis of AXES) {
    for (const [frequency, value] of spectrum(track(clip, axis), clip.rate)) {
      power[frequency < 2 ? "slow" : "fast"] += value / clip.pictures.length ** 2;
    }
  }
  return power;
}

/** B4c. Correlation of the head's speed at 1 to 2 Hz with the envelope, at the best lag within half a second. */
export const headWithVoice: Metric = {
  id: "B4c",
  title: "head with voice",
  unit: "r",
  limit: "above .15",
  measure: (clip) => {
    const parts = AXES.map((axis) => bandPass(track(clip, axis), 1, 2, clip.rate));
    const speed = Float64Array.from({ length: clip.pictures.length - 1 }, (_, f) =>
      Math.hypot(...parts.map((part) => part[f + 1]! - part[f]!)),
    );
    const smooth = gaussianSmooth(speed, 0.2 * clip.rate);
    const voice = gaussianSmooth(clip.envelope, 0.2 * clip.rate);
    let best = -1;
    for (let lag = -Math.round(clip.rate / 2); lag <= clip.rate / 2; lag++) {
      const first = Math.max(0, -lag);
      const count = Math.min(smooth.length - first, voice.length - first - lag);
      if (count < clip.rate) continue;
      best = Math.max(
        best,
        correlation(smooth.subarray(first, first + count), voice.subarray(first + lag, first + lag + count)),
      );
    }
    return best;
  },
  passes: (value) => value > 0.15,
};

/** B5. Fastest turn of the head, after a low-pass of one frame against the noise of the fit. */
export const headSpeed: Metric = {
  id: "B5",
  title: "fastest head turn",
  unit: "degrees/s",
  limit: "at most 70 (50 to 90)",
  measure: (clip) => {
    const parts = AXES.map((axis) => gaussianSmooth(track(clip, axis), 1));
    let fastest = 0;
    for (let f = 1; f < clip.pictures.length; f++) {
      fastest = Math.max(fastest, Math.hypot(...parts.map((part) => part[f]! - part[f - 1]!)) * clip.rate);
    }
    return fastest;
  },
  passes: (value) => value <= 70,
};

/** B6. Largest autocorrelation of yaw and pitch beyond 3 s; clips from 12 s on. */
export const repetition: Metric = {
  id: "B6",
  title: "repetition",
  unit: "r",
  limit: "below .7",
  measure: (clip) => {
    const count = clip.pictures.length;
    if (count < 12 * clip.rate) return Number.NaN;
    const tracks = [track(clip, "yaw"), track(clip, "pitch")];
    let worst = -1;
    for (let lag = Math.round(3 * clip.rate); lag < 0.6 * count; lag++) {
      worst = Math.max(
        worst,
        mean(tracks.map((values) => correlation(values.subarray(0, count - lag), values.subarray(lag)))),
      );
    }
    return worst;
  },
  passes: (value) => value < 0.7,
};

/**
 * THEval's head motion with our own pose and in eye distances instead of pixels, so that it does not depend on the
 * resolution: sqrt(mean std of the angles x mean variance of their changes + mean variance of the translation's changes).
 */
export const headDynamics: Metric = {
  id: "TH",
  title: "head motion (THEval, own units)",
  unit: "",
  limit: "scored against real people",
  measure: (clip) => {
    const spread = mean(AXES.map((axis) => deviation(track(clip, axis))));
    const changes = mean(
      AXES.map((axis) => {
        const values = track(clip, axis);
        return deviation(values.subarray(1).map((value, f) => value - values[f]!)) ** 2;
      }),
    );
    return Math.sqrt(spread * changes);
  },
  passes: () => null,
};
