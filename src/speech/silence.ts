import { LIVING_PORTRAIT_DURATION } from "./limits.js";
import { silentMelody } from "./prosody/measure-melody.js";
import { SAMPLE_RATE, type Speech } from "./speech.js";

/** The sound of a living portrait: no one speaks. `duration` in seconds, > 0. */
export function silentSpeech(duration: number = LIVING_PORTRAIT_DURATION): Speech {
  const samples = new Float32Array(Math.max(1, Math.round(duration * SAMPLE_RATE)));
  const end = samples.length / SAMPLE_RATE;
  return {
    samples,
    duration: end,
    sentences: [],
    words: [],
    phonemes: [{ symbol: "pau", start: 0, end, word: -1, stress: 0 }],
    melody: silentMelody(samples.length),
    source: "silence",
    warnings: [],
  };
}
