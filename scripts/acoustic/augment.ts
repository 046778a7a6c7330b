import type { Random } from "../../src/shared/random.js";
import {
  MEL_BANDS,
  type MelFilter,
  melBands,
  melFilters,
  normaliseBands,
  SPECTRUM_BINS,
} from "../../src/speech/acoustic/mel-features.js";
import { SILENCE } from "../../src/speech/acoustic/sound-classes.js";
import type { Utterance } from "./corpus.js";

/** A stretch of sound as the network hears it. */
export type Example = {
  /** `[frame][band]`, normalised. */
  readonly bands: Float32Array;
  readonly labels: Uint8Array;
};

const WARPS = Array.from({ length: 19 }, (_, i) => melFilters(0.82 + i * 0.02));

/**
 * Turns sentences into what a microphone might have heard: pauses, another vocal tract, a room, a noise, a tilt, a
 * narrow line. All of it is done on power spectra, where sounds that have nothing to do with each other add up.
 */
export function augment(
  sentences: readonly Utterance[],
  others: readonly Utterance[],
  random: Random,
): Example {
  const { power, labels } = joined(sentences, random);
  if (random.next() < 0.4) reverberate(power, random);
  if (random.next() < 0.85) addNoise(power, labels, others, random);
  shape(power, random);
  return { bands: heardBands(power, WARPS[Math.floor(random.next() * WARPS.length)]!), labels };
}

/** The bands of a sound as it is. */
export function plainExample({ power, labels }: Utterance): Example {
  return { bands: heardBands(power, melFilters()), labels };
}

/** What the network hears of the spectra of frames. */
function heardBands(power: Float32Array, filters: readonly MelFilter[]): Float32Array {
  const frames = power.length / SPECTRUM_BINS;
  const bands = new Float32Array(frames * MEL_BANDS);
  for (let frame = 0; frame < frames; frame++)
    melBands(power, frame * SPECTRUM_BINS, filters, bands, frame * MEL_BANDS);
  normaliseBands(bands);
  return bands;
}

/** Sentences of one speaker one after the other, with pauses between them. */
function joined(
  sentences: readonly Utterance[],
  random: Random,
): { power: Float32Array; labels: Uint8Array } {
  const pauses = sentences.map(() =>
    Math.floor(random.next() < 0.3 ? random.between(20, 120) : random.between(0, 20)),
  );
  const count = sentences.reduce((sum, { labels }, i) => sum + labels.length + pauses[i]!, 0);
  const power = new Float32Array(count * SPECTRUM_BINS);
  const labels = new Uint8Array(count).fill(SILENCE);
  let at = 0;
  sentences.forEach((sentence, i) => {
    const gain = 10 ** (random.between(-3, 3) / 10);
    for (let k = 0; k < sentence.power.length; k++) power[at * SPECTRUM_BINS + k] = gain * sentence.power[k]!;
    labels.set(sentence.labels, at);
    at += sentence.labels.length + pauses[i]!;
  });
  return { power, labels };
}

/** Power that dies away in a room, faster at high frequencies. */
function reverberate(power: Float32Array, random: Random): void {
  const seconds = random.between(0.08, 0.7);
  const wet = random.between(0.02, 0.35);
  const tail = new Float64Array(SPECTRUM_BINS);
  const keep = Array.from(
    { length: SPECTRUM_BINS },
    (_, k) => 10 ** ((-60 / 1000) * (1 / (seconds * (1 - (0.5 * k) / SPECTRUM_BINS)))),
  );
  for (let at = 0; at < power.length; at += SPECTRUM_BINS) {
    for (let k = 0; k < SPECTRUM_BINS; k++) {
      const direct = power[at + k]!;
      power[at + k] = direct + wet * tail[k]!;
      tail[k] = tail[k]! * keep[k]! + direct * (1 - keep[k]!);
    }
  }
}

function addNoise(
  power: Float32Array,
  labels: Uint8Array,
  others: readonly Utterance[],
  random: Random,
): void {
  const frames = labels.length;
  let speech = 1e-12;
  let sounding = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (labels[frame] === SILENCE) continue;
    sounding++;
    for (let k = 0; k < SPECTRUM_BINS; k++) speech += power[frame * SPECTRUM_BINS + k]!;
  }
  const level = (speech / Math.max(1, sounding)) * 10 ** (-random.between(4, 45) / 10);
  const noise =
    random.next() < 0.25 && others.length > 0 ? babble(frames, others, random) : hiss(frames, random);
  let sum = 1e-12;
  for (const value of noise) sum += value;
  const gain = (level * frames) / sum;
  for (let i = 0; i < power.length; i++) power[i]! += gain * noise[i]!;
}

/** Coloured noise that swells and fades; each bin of each frame is as random as the power of noise is. */
function hiss(frames: number, random: Random): Float32Array {
  const slope = random.between(-2.2, 0.3);
  const colour = Float64Array.from({ length: SPECTRUM_BINS }, (_, k) => ((k + 4) / 64) ** slope);
  const hum = random.next() < 0.2 ? Math.floor(random.between(2, 12)) : 0;
  if (hum > 0) for (let k = hum; k < SPECTRUM_BINS; k += hum) colour[k]! *= 30 / (1 + k / hum);
  const swing = random.next() < 0.4 ? random.between(2, 8) : 0;
  const pace = random.between(0.01, 0.15);
  const noise = new Float32Array(frames * SPECTRUM_BINS);
  const phase = random.between(0, 6);
  for (let frame = 0; frame < frames; frame++) {
    const gain = 10 ** ((swing * Math.sin(phase + pace * frame)) / 10);
    for (let k = 0; k < SPECTRUM_BINS; k++)
      noise[frame * SPECTRUM_BINS + k] = gain * colour[k]! * -Math.log(1 - random.next());
  }
  return noise;
}

/** Other people talking. */
function babble(frames: number, others: readonly Utterance[], random: Random): Float32Array {
  const noise = new Float32Array(frames * SPECTRUM_BINS);
  for (let voice = 0; voice < 5; voice++) {
    let at = -Math.floor(random.between(0, 200));
    while (at < frames) {
      const { power, labels } = others[Math.floor(random.next() * others.length)]!;
      for (let frame = Math.max(0, at); frame < Math.min(frames, at + labels.length); frame++)
        for (let k = 0; k < SPECTRUM_BINS; k++)
          noise[frame * SPECTRUM_BINS + k]! += power[(frame - at) * SPECTRUM_BINS + k]!;
      at += labels.length;
    }
  }
  return noise;
}

/** Microphone and line: a tilt, a bump, a narrow band; and the noise floor of the digits. */
function shape(power: Float32Array, random: Random): void {
  const tilt = random.between(-1.2, 1.2);
  const [bump, width, height] = [random.between(5, 200), random.between(8, 60), random.between(-8, 8)];
  const top = random.next() < 0.25 ? random.between(100, 256) : SPECTRUM_BINS;
  const bottom = random.next() < 0.3 ? random.between(2, 10) : 0;
  const curve = Float64Array.from({ length: SPECTRUM_BINS }, (_, k) => {
    const decibels = 6 * tilt * Math.log2((k + 2) / 40) + height * Math.exp(-(((k - bump) / width) ** 2));
    const cut = k > top ? -12 * (k - top) : k < bottom ? -6 * (bottom - k) : 0;
    return 10 ** (Math.max(-70, decibels + cut) / 10);
  });
  const floor = 10 ** random.between(-10, -7.5);
  for (let i = 0; i < power.length; i++) power[i] = power[i]! * curve[i % SPECTRUM_BINS]! + floor;
}

/** Sounds without a voice: noise, hum, chords and beats. The mouth rests. */
export function voiceless(frames: number, random: Random): Example {
  const labels = new Uint8Array(frames).fill(SILENCE);
  const power = hiss(frames, random);
  if (random.next() < 0.6) addMusic(power, frames, random);
  shape(power, random);
  return { bands: heardBands(power, WARPS[9]!), labels };
}

/** Notes of two or three voices with their overtones, and beats. */
function addMusic(power: Float32Array, frames: number, random: Random): void {
  const loud = 10 ** random.between(1, 4);
  const fall = random.between(1, 2.5);
  for (let voice = 0; voice < 3; voice++) {
    for (let at = 0; at < frames; ) {
      const length = Math.floor(random.between(8, 70));
      const pitch = (80 * 2 ** (Math.floor(random.between(0, 40)) / 12)) / 31.25;
      const decay = random.between(0, 0.08);
      for (let frame = at; frame < Math.min(frames, at + length); frame++)
        for (let n = 1; n * pitch < SPECTRUM_BINS - 2; n++) {
          const gain = loud * n ** -fall * Math.exp(-decay * (frame - at));
          const bin = Math.round(n * pitch);
          power[frame * SPECTRUM_BINS + bin]! += gain;
          power[frame * SPECTRUM_BINS + bin + 1]! += 0.3 * gain;
        }
      at += length;
    }
  }
  const beat = Math.floor(random.between(20, 80));
  const strength = random.next() < 0.5 ? loud * random.between(0.01, 0.3) : 0;
  for (let frame = 0; frame < frames; frame++) {
    const since = frame % beat;
    if (since > 8) continue;
    for (let k = 0; k < SPECTRUM_BINS; k++)
      power[frame * SPECTRUM_BINS + k]! += strength * Math.exp(-since / 2) * -Math.log(1 - random.next());
  }
}
