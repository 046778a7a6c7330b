/** Rates of the two searches, hertz: where periods are looked for, and where they are measured. */
export const COARSE_RATE = 4_000;
export const FINE_RATE = 8_000;
/** Voices are looked for between these, hertz: from a low male creak to a singing child. */
export const LOWEST_PITCH = 50;
export const HIGHEST_PITCH = 550;
/** Candidates per frame. */
export const MAX_CANDIDATES = 7;

/** Length of the stretches that are compared, seconds: long enough for noise to average out, short enough for glides. */
const WINDOW_SECONDS = 0.025;
const COARSE_WINDOW = COARSE_RATE * WINDOW_SECONDS;
const FINE_WINDOW = FINE_RATE * WINDOW_SECONDS;
/** One more lag on either side of the range, so that peaks at its ends are seen. */
const FIRST_LAG = Math.floor(COARSE_RATE / HIGHEST_PITCH) - 1;
const LAST_LAG = Math.ceil(COARSE_RATE / LOWEST_PITCH) + 1;
/** Weaker similarity than this is never a voice. */
const WEAKEST = 0.3;
/** Sound below -85 dB of full scale does not repeat itself, it is rounding. */
const RUST = 3e-9;
/** A longer period must be this much more similar per octave to be taken first. */
export const OCTAVE_COST = 0.018;

/** Possible periods of a voice per frame: `MAX_CANDIDATES` slots each, the used ones first. */
export type PitchCandidates = {
  /** Hertz; 0 marks a slot that is not used. */
  readonly hertz: Float32Array;
  /** How alike neighbouring periods are, `[0, 1]`. */
  readonly likeness: Float32Array;
};

/** A longer period takes the place of a shorter one only when it is this much better. */
const CLEARLY = 0.05;

/** The two forms of the sound that are searched; sample `n` of `coarse` is sample `2 n` of `fine`. */
export type PitchSignals = { readonly coarse: Float32Array; readonly fine: Float32Array };

/**
 * Looks for periods by normalised cross-correlation, coarsely at 4 kHz (which also leaves out the noise above 2 kHz)
 * and then exactly at 8 kHz around the best (RAPT; Talkin 1995). The two stretches compared lie evenly around the
 * middle of the frame at every lag, so glides are not late.
 */
export class PitchSearch {
  readonly #scores = new Float64Array(LAST_LAG + 1);
  readonly #energy = new Float64Array(COARSE_WINDOW + LAST_LAG + 2);
  readonly #span = new Float64Array(COARSE_WINDOW + LAST_LAG + 2);

  /** Fills the slots of one frame, whose middle is at `seconds`. */
  search(signals: PitchSignals, seconds: number, frame: number, out: PitchCandidates): void {
    const base = frame * MAX_CANDIDATES;
    out.hertz.fill(0, base, base + MAX_CANDIDATES);
    out.likeness.fill(0, base, base + MAX_CANDIDATES);
    const centre = Math.round(seconds * COARSE_RATE);
    if (!this.#correlate(signals.coarse, centre)) return;
    const scores = this.#scores;
    let used = 0;
    for (let lag = FIRST_LAG + 1; lag < LAST_LAG; lag++) {
      const here = scores[lag]!;
      if (here < WEAKEST || here < scores[lag - 1]! || here <= scores[lag + 1]!) continue;
      const coarse = summit(scores[lag - 1]!, here, scores[lag + 1]!);
      const fine = refine(signals.fine, 2 * centre, 2 * (lag + coarse.shift));
      const hertz = FINE_RATE / fine.lag;
      if (hertz < LOWEST_PITCH || hertz > HIGHEST_PITCH) continue;
      const likeness = Math.min(1, Math.max(coarse.height, fine.likeness));
      used = insert(out, base, used, hertz, likeness);
    }
  }

  /** Similarity at every lag; false where there is nothing to compare. */
  #correlate(x: Float32Array, centre: number): boolean {
    const length = COARSE_WINDOW + LAST_LAG;
    const first = centre - (length >> 1);
    const span = this.#span;
    const energy = this.#energy;
    let total = 0;
    for (let i = 0; i < length; i++) {
      const value = x[first + i] ?? 0;
      span[i] = value;
      energy[i] = total;
      total += value * value;
    }
    energy[length] = total;
    const floor = RUST * COARSE_WINDOW;
    if (total < floor) return false;
    for (let lag = FIRST_LAG; lag <= LAST_LAG; lag++) {
      const a = (length - COARSE_WINDOW - lag) >> 1;
      const b = a + lag;
      // Two sums at a time: one alone waits for each addition to end.
      let cross = 0;
      let other = 0;
      for (let i = 0; i < COARSE_WINDOW; i += 2) {
        cross += span[a + i]! * span[b + i]!;
        other += span[a + i + 1]! * span[b + i + 1]!;
      }
      const left = energy[a + COARSE_WINDOW]! - energy[a]! + floor;
      const right = energy[b + COARSE_WINDOW]! - energy[b]! + floor;
      this.#scores[lag] = (cross + other) / Math.sqrt(left * right);
    }
    return true;
  }
}

/** The exact lag near an estimate, in samples of the fine signal. */
function refine(x: Float32Array, centre: number, estimate: number): { lag: number; likeness: number } {
  const middle = Math.round(estimate);
  const scores = [-2, -1, 0, 1, 2].map((step) => likenessAt(x, centre, middle + step));
  let best = 2;
  for (const k of [1, 3]) if (scores[k]! > scores[best]!) best = k;
  const { shift, height } = summit(scores[best - 1]!, scores[best]!, scores[best + 1]!);
  return { lag: middle + best - 2 + shift, likeness: height };
}

function likenessAt(x: Float32Array, centre: number, lag: number): number {
  const a = centre - ((FINE_WINDOW + lag) >> 1);
  const b = a + lag;
  if (a < 0 || b + FINE_WINDOW > x.length) return likenessAtEdge(x, a, b);
  let cross = 0;
  let left = RUST * FINE_WINDOW;
  let right = left;
  for (let i = 0; i < FINE_WINDOW; i++) {
    const p = x[a + i]!;
    const q = x[b + i]!;
    cross += p * q;
    left += p * p;
    right += q * q;
  }
  return cross / Math.sqrt(left * right);
}

/** The same where the window reaches beyond the sound; there is silence. */
function likenessAtEdge(x: Float32Array, a: number, b: number): number {
  let cross = 0;
  let left = RUST * FINE_WINDOW;
  let right = left;
  for (let i = 0; i < FINE_WINDOW; i++) {
    const p = x[a + i] ?? 0;
    const q = x[b + i] ?? 0;
    cross += p * q;
    left += p * p;
    right += q * q;
  }
  return cross / Math.sqrt(left * right);
}

/** Top of the parabola through three neighbouring values. */
function summit(before: number, here: number, after: number): { shift: number; height: number } {
  const curvature = before - 2 * here + after;
  if (curvature >= 0) return { shift: 0, height: here };
  const shift = Math.max(-1, Math.min(1, (0.5 * (before - after)) / curvature));
  return { shift, height: here - 0.25 * (before - after) * shift };
}

/**
 * Keeps the best candidates, which come in order of falling pitch; when there are too many, the first of those that are
 * clearly worst goes, so that a steady tone is not crowded out by its own multiples.
 */
function insert(out: PitchCandidates, base: number, used: number, hertz: number, likeness: number): number {
  let slot = used;
  if (used === MAX_CANDIDATES) {
    slot = 0;
    for (let k = 1; k < used; k++) if (out.likeness[base + k]! < out.likeness[base + slot]!) slot = k;
    if (out.likeness[base + slot]! + CLEARLY >= likeness) return used;
  }
  out.hertz[base + slot] = hertz;
  out.likeness[base + slot] = likeness;
  return Math.min(MAX_CANDIDATES, used + 1);
}
