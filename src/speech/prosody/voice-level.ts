import { cos, log, sin } from "../../shared/portable-math.js";

/** Level of silence, decibels. */
export const SILENCE_DB = -100;

/** Corners of the A-weighting below 1 kHz, hertz (IEC 61672-1). The one above 10 kHz lies beyond the sound measured here. */
const EAR_CORNERS = [20.6, 20.6, 107.7, 737.9] as const;
const REFERENCE_HERTZ = 1_000;

/** First-order high-passes in a row (bilinear) that work on a sound piece by piece, 0 dB at 1 kHz. */
export class LowCut {
  readonly #stages: { readonly gain: number; readonly pole: number; input: number; output: number }[];
  readonly #scale: number;
  #isFresh = true;

  /** @param corners Where each high-pass takes away 3 dB, hertz. */
  constructor(sampleRate: number, corners: readonly number[]) {
    this.#stages = corners.map((hertz) => {
      const angle = (Math.PI * hertz) / sampleRate;
      const tangent = sin(angle) / cos(angle);
      return { gain: 1 / (1 + tangent), pole: (1 - tangent) / (1 + tangent), input: 0, output: 0 };
    });
    this.#scale = 1 / corners.reduce((gain, hertz) => gain * gainAt(hertz), 1);
  }

  /** Filters the next piece in place. The sound begins as if its first value had always been there. */
  apply(piece: Float32Array): void {
    const first = this.#stages[0];
    if (this.#isFresh && first !== undefined) first.input = piece[0] ?? 0;
    this.#isFresh = false;
    for (let i = 0; i < piece.length; i++) {
      let value = piece[i]!;
      for (const stage of this.#stages) {
        const output = stage.gain * (value - stage.input) + stage.pole * stage.output;
        stage.input = value;
        stage.output = output;
        value = output;
      }
      piece[i] = this.#scale * value;
    }
  }
}

/**
 * A-weighting: rumble, hum and the boom of a room say nothing about how loudly someone speaks.
 */
export function earWeighting(sampleRate: number): LowCut {
  return new LowCut(sampleRate, EAR_CORNERS);
}

function gainAt(corner: number): number {
  return REFERENCE_HERTZ / Math.sqrt(REFERENCE_HERTZ * REFERENCE_HERTZ + corner * corner);
}

/** Level around a sample under a window of `2 * half` samples that fades to both sides, decibels of full scale. */
export function levelAround(samples: Float32Array, centre: number, half: number): number {
  let sum = 0;
  let weights = 0;
  for (let k = -half; k < half; k++) {
    const share = (k + 0.5) / half;
    // Welch's parabola: smooth, and no cosine per sample.
    const weight = 1 - share * share;
    const value = samples[centre + k] ?? 0;
    sum += weight * value * value;
    weights += weight;
  }
  return Math.max(SILENCE_DB, (10 / Math.LN10) * log(sum / weights + 1e-12));
}

/** The level that the loudest tenth of what is not silent reaches, decibels. */
export function loudLevel(levelDb: Float32Array): number {
  const heard = levelDb.filter((level) => level > SILENCE_DB + 20).sort();
  return heard[Math.floor(0.9 * heard.length)] ?? SILENCE_DB;
}
