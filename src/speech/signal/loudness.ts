import { log, pow } from "../../shared/portable-math.js";
import { SAMPLE_RATE } from "../speech.js";

/** Gating blocks of ITU-R BS.1770-4: 400 ms, a new one each 100 ms. */
const BLOCK = 0.4 * SAMPLE_RATE;
const STEP = 0.1 * SAMPLE_RATE;
const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;

/** Coefficients of a second-order section, `a0` = 1. */
type Biquad = {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
};

/** K-weighting at 48 kHz, ITU-R BS.1770-4 tables 1 and 2: the head's shelf, then the low cut. */
const SHELF: Biquad = {
  b0: 1.53512485958697,
  b1: -2.69169618940638,
  b2: 1.19839281085285,
  a1: -1.69065929318241,
  a2: 0.73248077421585,
};
const LOW_CUT: Biquad = { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 };

/**
 * Integrated loudness of mono sound at 48 kHz in LUFS (ITU-R BS.1770-4, gated; one channel of weight 1).
 * Sound shorter than one block counts as one block; silence gives `-Infinity`.
 */
export function integratedLoudness(samples: Float32Array): number {
  const blocks = blockPowers(samples);
  const absolute = blocks.filter((power) => loudnessOf(power) > ABSOLUTE_GATE);
  const threshold = loudnessOf(mean(absolute)) + RELATIVE_GATE;
  return loudnessOf(mean(absolute.filter((power) => loudnessOf(power) > threshold)));
}

/** Mean squares of the K-weighted blocks. */
function blockPowers(samples: Float32Array): number[] {
  const steps: number[] = [];
  let sum = 0;
  // Two sections in direct form II transposed; their states are plain variables, for this runs per sample.
  let [s1, s2, c1, c2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i];
    const shelved = SHELF.b0 * x + s1;
    s1 = SHELF.b1 * x - SHELF.a1 * shelved + s2;
    s2 = SHELF.b2 * x - SHELF.a2 * shelved;
    const y = LOW_CUT.b0 * shelved + c1;
    c1 = LOW_CUT.b1 * shelved - LOW_CUT.a1 * y + c2;
    c2 = LOW_CUT.b2 * shelved - LOW_CUT.a2 * y;
    sum += y * y;
    if ((i + 1) % STEP === 0) {
      steps.push(sum);
      sum = 0;
    }
  }
  if (steps.length < BLOCK / STEP) {
    return [(steps.reduce((a, b) => a + b, 0) + sum) / Math.max(1, samples.length)];
  }
  const blocks: number[] = [];
  for (let i = 3; i < steps.length; i++) {
    blocks.push((steps[i - 3] + steps[i - 2] + steps[i - 1] + steps[i]) / BLOCK);
  }
  return blocks;
}

function loudnessOf(power: number): number {
  return power > 0 ? -0.691 + toDecibels(power) : Number.NEGATIVE_INFINITY;
}

function toDecibels(power: number): number {
  return (10 / Math.LN10) * log(power);
}

/** Amplitude factor of a level in decibels. */
export function fromDecibels(decibels: number): number {
  return pow(10, decibels / 20);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}
