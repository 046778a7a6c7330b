import type { TalkingStyle } from "../request/index.js";
import { clamp } from "../shared/numeric.js";
import type { Random } from "../shared/random.js";
import type { Speech } from "../speech/index.js";
import { gaussianSmooth, swell } from "./curve-shaping.js";
import type { Ending } from "./intonation.js";
import { FRAME_RATE } from "./performance.js";
import type { Prosody } from "./prosody.js";

/** Eyebrows per frame, in the units of the curves of the same name. */
export type BrowCurves = {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly knit: Float64Array;
  readonly inner: Float64Array;
};

const HABITS: Readonly<Record<TalkingStyle, { readonly probability: number; readonly gain: number }>> = {
  stable: { probability: 0.4, gain: 0.72 },
  expressive: { probability: 0.5, gain: 1 },
};
/** Muscles start and stop softly: standard deviation of the low-pass in frames. */
const MUSCLE_SMOOTHING = 1.1;
/** How far the brows rise where the voice does at the end of a phrase. */
const RAISE_BY_ENDING: Readonly<Record<Ending, number>> = { rise: 0.5, continuation: 0.2, level: 0, fall: 0 };
const NEGATIONS: ReadonlySet<string> = new Set(["no", "not", "never", "none", "nothing", "nobody", "cannot"]);

/** Brows rise on accents and where the voice rises at the end of a phrase, and draw together on negations. */
export function planBrows(
  speech: Speech,
  prosody: Prosody,
  style: TalkingStyle,
  size: number,
  random: Random,
  frameCount: number,
): BrowCurves {
  const raise = new Float64Array(frameCount);
  const knit = new Float64Array(frameCount);
  const { probability } = HABITS[style];
  const gain = HABITS[style].gain * size;
  for (const syllable of prosody.syllables) {
    if (!syllable.isAccent) continue;
    // Each accent has its own chance: one more or less leaves the others as they are.
    const accents = random.fork(`accent ${Math.round(5 * syllable.peak)}`);
    const isRaised = accents.next() < probability;
    const size = gain * clamp(0.22 + 0.1 * syllable.prominence + 0.1 * accents.next(), 0.18, 0.5);
    // Brow and head never move as one.
    const lag = accents.between(0.04, 0.08) * (accents.next() < 0.5 ? -1 : 1);
    const attack = accents.between(0.13, 0.2);
    const release = accents.between(0.3, 0.42);
    const start = syllable.start + lag;
    const end = syllable.end + lag;
    if (isRaised) addSwell(raise, size, start, end, attack, release);
    // A strong accent on a low voice is pressed rather than lifted; no text is needed to hear that.
    else if (syllable.pitch < -0.4) {
      addSwell(raise, -0.4 * size, start, end, attack, release);
      addSwell(knit, 0.5 * size, start, end, attack, release);
    }
  }
  for (const { start, end, ending } of prosody.phrases) {
    const size = gain * RAISE_BY_ENDING[ending];
    if (size > 0) addSwell(raise, size, Math.max(start, end - 0.35), end + 0.1, 0.22, 0.45);
  }
  for (const word of speech.source === "silence" ? [] : speech.words) {
    const text = word.text.toLowerCase().replace(/[^a-z'’]/g, "");
    if (!NEGATIONS.has(text) && !/n['’]t$/.test(text)) continue;
    addSwell(raise, -0.14 * gain, word.start, word.end, 0.15, 0.35);
    addSwell(knit, 0.22 * gain, word.start, word.end, 0.15, 0.35);
  }
  const drift = idleDrift(random.fork("drift"), frameCount);
  const uneven = random.fork("side").between(0.05, 0.1) * (random.fork("which").next() < 0.5 ? -1 : 1);
  const lifted = gaussianSmooth(raise, MUSCLE_SMOOTHING);
  const drawn = gaussianSmooth(knit, MUSCLE_SMOOTHING);
  return {
    left: lifted.map((value, f) => value * (1 + uneven / 2) + drift[f]!),
    right: lifted.map((value, f) => value * (1 - uneven / 2) + drift[f]! * 0.9),
    knit: drawn,
    // The inner ends go a little further up than the rest, and down where the brows draw together.
    inner: lifted.map((value, f) => 0.2 * Math.max(0, value) - 0.25 * drawn[f]!),
  };
}

function addSwell(
  curve: Float64Array,
  size: number,
  start: number,
  end: number,
  attack: number,
  release: number,
): void {
  const first = Math.max(0, Math.floor((start - attack) * FRAME_RATE));
  for (let f = first; f < curve.length && f / FRAME_RATE <= end + release; f++) {
    const value = size * swell(f / FRAME_RATE, start, end, attack, release);
    // Raises that overlap do not add up.
    if (Math.abs(value) > Math.abs(curve[f]!) || value * curve[f]! < 0) {
      curve[f] = value * curve[f]! < 0 ? curve[f]! + value : value;
    }
  }
}

/** Faces at rest are never quite still. */
function idleDrift(random: Random, frameCount: number): Float64Array {
  const steps = new Float64Array(frameCount);
  let state = 0;
  for (let f = 0; f < frameCount; f++) {
    if (random.next() < 0.9 / FRAME_RATE) state = clamp(0.035 * random.normal(), -0.07, 0.07);
    steps[f] = state;
  }
  return gaussianSmooth(steps, 4);
}
