import { exp, log } from "../../shared/portable-math.js";
import { binColours, countColours } from "./colour-histogram.js";
import { localColours, MOMENTS } from "./local-colours.js";
import { BAND, OUTSIDE, PERSON, type PersonRegions } from "./person-regions.js";
import { halvePlane, halvePlanes, type Planes } from "./planes.js";

/** Coverages that are tried for each cell. */
const STEPS = 10;
/** Variance that every colour has: noise, and what a mean of few cells leaves out. */
const NOISE = 0.018 ** 2;
/** Logarithm of how much likelier nothing and everything are than each coverage between. */
const WHOLE = 2;

/** Logarithm of what {@link mixtureFit} leaves out of densities, `(2 pi)^1.5`. */
const UNIT = 2.757;
/** Power to which probabilities are raised, so that a doubtful cell follows its likeliest coverage more than the mean. */
const SHARPNESS = 2;

/** Coverage of each cell and how sure that is (1 / variance). */
export type BandSolution = { readonly alpha: Float32Array; readonly confidence: Float32Array };

/**
 * Coverage in the band, cell by cell: which mixture of the person's and the background's colours nearby explains the
 * cell's own colour best, given what the shape lets expect (Bayesian matting over a grid of coverages, with one
 * Gaussian for either side, and histograms for cells that are one of them alone).
 */
export function solveBand(picture: Planes, regions: PersonRegions, eyeDistance: number): BandSolution {
  const { kinds, expected, doubt } = regions;
  const { width } = picture;
  const half = halvePlanes(picture);
  const own = coloursOf(PERSON, half, kinds, picture);
  const other = coloursOf(OUTSIDE, half, kinds, picture);
  const bins = binColours(picture);
  const ownColours = countColours(bins, kinds, PERSON, picture, eyeDistance);
  const otherColours = countColours(bins, kinds, OUTSIDE, picture, eyeDistance);
  const alpha = new Float32Array(kinds.length);
  const confidence = new Float32Array(kinds.length);
  const tries = new Float64Array(STEPS + 1);
  const sides = new Float64Array(2 * MOMENTS);
  const result = { mean: 0, variance: 0 };
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] !== BAND) {
      alpha[i] = kinds[i] === PERSON ? 1 : 0;
      confidence[i] = 1;
      continue;
    }
    const x = i % width;
    const at = ((((i - x) / width) >> 1) * half.width + (x >> 1)) * MOMENTS;
    readSides(own, other, at, sides);
    for (let k = 0; k <= STEPS; k++) {
      tries[k] = mixtureFit(picture.r[i]!, picture.g[i]!, picture.b[i]!, sides, k / STEPS);
    }
    const y = (i - x) / width;
    tries[0] = WHOLE + Math.max(tries[0]!, UNIT + log(1e-9 + otherColours.density(x, y, bins[i]!)));
    tries[STEPS] = WHOLE + Math.max(tries[STEPS]!, UNIT + log(1e-9 + ownColours.density(x, y, bins[i]!)));
    for (let k = 0; k <= STEPS; k++) {
      const away = (k / STEPS - expected[i]!) / doubt[i]!;
      tries[k]! -= 0.5 * away * away;
    }
    summarise(tries, result);
    alpha[i] = result.mean;
    confidence[i] = 0.004 / (result.variance + 0.004);
  }
  return { alpha, confidence };
}

function coloursOf(kind: number, half: Planes, kinds: Uint8Array, { width, height }: Planes): Float32Array {
  const weight = new Float32Array(kinds.length);
  for (let i = 0; i < kinds.length; i++) weight[i] = kinds[i] === kind ? 1 : 0;
  const share = halvePlane(weight, width, height);
  // Cells at the border of what is sure are mixed already.
  for (let i = 0; i < share.length; i++) share[i] = share[i]! < 1 ? 0 : 1;
  return localColours(half, share, MOMENTS);
}

/** Means and covariances of both sides at a cell of the statistics. */
function readSides(own: Float32Array, other: Float32Array, at: number, sides: Float64Array): void {
  for (let side = 0; side < 2; side++) {
    const from = side === 0 ? own : other;
    const to = side * MOMENTS;
    const r = from[at]!;
    const g = from[at + 1]!;
    const b = from[at + 2]!;
    sides[to] = r;
    sides[to + 1] = g;
    sides[to + 2] = b;
    sides[to + 3] = from[at + 3]! - r * r;
    sides[to + 4] = from[at + 4]! - r * g;
    sides[to + 5] = from[at + 5]! - r * b;
    sides[to + 6] = from[at + 6]! - g * g;
    sides[to + 7] = from[at + 7]! - g * b;
    sides[to + 8] = from[at + 8]! - b * b;
  }
}

/** Logarithm of the likelihood of a colour as the share `a` of the one Gaussian and the rest of the other. */
function mixtureFit(r: number, g: number, b: number, s: Float64Array, a: number): number {
  const c = 1 - a;
  const p = a * a;
  const q = c * c;
  const d0 = r - a * s[0]! - c * s[9]!;
  const d1 = g - a * s[1]! - c * s[10]!;
  const d2 = b - a * s[2]! - c * s[11]!;
  // Cholesky factors of the covariance.
  const v00 = Math.max(p * s[3]! + q * s[12]!, 0) + NOISE;
  const l00 = Math.sqrt(v00);
  const l10 = (p * s[4]! + q * s[13]!) / l00;
  const l20 = (p * s[5]! + q * s[14]!) / l00;
  const v11 = Math.max(p * s[6]! + q * s[15]! + NOISE - l10 * l10, 0.3 * NOISE);
  const l11 = Math.sqrt(v11);
  const l21 = (p * s[7]! + q * s[16]! - l20 * l10) / l11;
  const v22 = Math.max(p * s[8]! + q * s[17]! + NOISE - l20 * l20 - l21 * l21, 0.3 * NOISE);
  const e0 = d0 / l00;
  const e1 = (d1 - l10 * e0) / l11;
  const e2 = (d2 - l20 * e0 - l21 * e1) / Math.sqrt(v22);
  return -0.5 * (e0 * e0 + e1 * e1 + e2 * e2 + log(v00 * v11 * v22));
}

/** Mean and variance of the coverage under the probabilities whose logarithms are given. */
function summarise(tries: Float64Array, to: { mean: number; variance: number }): void {
  let best = -Infinity;
  for (let k = 0; k <= STEPS; k++) if (tries[k]! > best) best = tries[k]!;
  let total = 0;
  let first = 0;
  let second = 0;
  for (let k = 0; k <= STEPS; k++) {
    const below = tries[k]! - best;
    if (below < -6) continue;
    const weight = exp(SHARPNESS * below);
    const a = k / STEPS;
    total += weight;
    first += weight * a;
    second += weight * a * a;
  }
  to.mean = first / total;
  to.variance = Math.max(0, second / total - to.mean * to.mean);
}
