import { clamp } from "../../shared/numeric.js";
import { smoothInPlace } from "./curves.js";
import { type FaceGeometry, headToPhoto } from "./face-geometry.js";
import { type FaceView, sampleView } from "./face-view.js";

/** Half height of the search band in the middle of the mouth, eye distances, and its share at the corners. */
const REACH = 0.035;
const CORNER_SHARE = 0.35;
/** Rows of the search, eye distances. */
const ROW = 0.0025;
const HALF = Math.round(REACH / ROW);
const ROWS = 2 * HALF + 1;
/** Rows beyond the band on either side, into which the valley filter looks. */
const PAD = 10;
const PADDED = ROWS + 2 * PAD;
/** Cost of the band's edge, and of one row of climb between neighbours, in luminance units. */
const EDGE_COST = 12;
const CLIMB_COST = 1.35;
const MAX_CLIMB = 2;
/** Luminance range across the band at which these costs fit; flatter pictures are stretched to it. */
const USUAL_CONTRAST = 70;
/**
 * What makes a row look like the lip line: being dark, being a valley between both lips (compared with the rows 4
 * and 9 away, .01 and .0225 eye distances), and lying under the darker upper lip. Plain darkness alone strays into
 * a shaded upper lip.
 */
const DARKNESS = 0.45;
const NARROW_VALLEY = 0.8;
const WIDE_VALLEY = 0.5;
const UNDER_UPPER_LIP = 0.2;
/** Binomial smoothings of the band along the lips (grain, brush strokes), and of the path. */
const ALONG_SMOOTHINGS = 5;
const PATH_SMOOTHINGS = 10;

/**
 * Where closed lips meet: the darkest path from corner to corner near `guess`, by dynamic programming.
 *
 * @param x sample positions, `guess` and `z` the landmark lip line there; head frame, eye distances.
 * @returns y of the lip line at each x; the ends stay within a third of the band.
 */
export function darkestPath(
  view: FaceView,
  face: FaceGeometry,
  x: Float32Array,
  guess: Float32Array,
  z: Float32Array,
): Float32Array {
  const cost = lipCosts(lipLuminance(view, face, x, guess, z), x.length);
  const offsets = cheapestPath(cost, x.length);
  const path = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) path[i] = guess[i]! + offsets[i]!;
  return smoothInPlace(path, PATH_SMOOTHINGS);
}

/** Luminance of the padded band around the guess, `columns * PADDED`, averaged along the lips. */
function lipLuminance(
  view: FaceView,
  face: FaceGeometry,
  x: Float32Array,
  guess: Float32Array,
  z: Float32Array,
): Float32Array {
  let band = new Float32Array(x.length * PADDED);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < PADDED; j++) {
      const at = headToPhoto(face, x[i]!, guess[i]! + (j - PAD - HALF) * ROW, z[i]!);
      band[i * PADDED + j] = sampleView(view, view.luma, at.u, at.v);
    }
  }
  for (let pass = 0; pass < ALONG_SMOOTHINGS; pass++) {
    const before = band;
    band = before.slice();
    for (let i = PADDED; i + PADDED < band.length; i++) {
      band[i] = (before[i - PADDED]! + 2 * before[i]! + before[i + PADDED]!) / 4;
    }
  }
  return band;
}

/** Cost of each row of the band, `columns * ROWS`. */
function lipCosts(band: Float32Array, columns: number): Float32Array {
  const gain = clamp(USUAL_CONTRAST / Math.max(meanContrast(band, columns), 1), 1, 5);
  const cost = new Float32Array(columns * ROWS);
  for (let i = 0; i < columns; i++) {
    const t = (2 * i) / (columns - 1) - 1;
    const reach = HALF * (CORNER_SHARE + (1 - CORNER_SHARE) * (1 - t * t));
    for (let j = 0; j < ROWS; j++) {
      const off = (j - HALF) / reach;
      const look = gain * unlikeness(band, i * PADDED + PAD + j);
      cost[i * ROWS + j] = Math.abs(off) > 1 ? 1e6 : look + EDGE_COST * off * off;
    }
  }
  return cost;
}

function unlikeness(band: Float32Array, at: number): number {
  const here = band[at]!;
  const narrow = here - (band[at - 4]! + band[at + 4]!) / 2;
  const wide = here - (band[at - 9]! + band[at + 9]!) / 2;
  const step = (band[at - 4]! + band[at - 9]! - band[at + 4]! - band[at + 9]!) / 2;
  return DARKNESS * here + NARROW_VALLEY * narrow + WIDE_VALLEY * wide + UNDER_UPPER_LIP * step;
}

/** Mean over the columns of the luminance range within the band. */
function meanContrast(band: Float32Array, columns: number): number {
  let contrast = 0;
  for (let i = 0; i < columns; i++) {
    let low = Infinity;
    let high = -Infinity;
    for (let j = PAD; j < PAD + ROWS; j++) {
      low = Math.min(low, band[i * PADDED + j]!);
      high = Math.max(high, band[i * PADDED + j]!);
    }
    contrast += (high - low) / columns;
  }
  return contrast;
}

/** The cheapest way through the cost columns, as offsets in eye distances. */
function cheapestPath(cost: Float32Array, columns: number): Float32Array {
  const total = cost.slice();
  const from = new Int8Array(cost.length);
  for (let i = 1; i < columns; i++) {
    for (let j = 0; j < ROWS; j++) {
      let best = Infinity;
      for (let climb = -MAX_CLIMB; climb <= MAX_CLIMB; climb++) {
        const k = j + climb;
        if (k < 0 || k >= ROWS) continue;
        const sum = total[(i - 1) * ROWS + k]! + CLIMB_COST * Math.abs(climb);
        if (sum < best) {
          best = sum;
          from[i * ROWS + j] = climb;
        }
      }
      total[i * ROWS + j]! += best;
    }
  }
  const out = new Float32Array(columns);
  let row = HALF;
  for (let j = 0; j < ROWS; j++) {
    if (total[(columns - 1) * ROWS + j]! < total[(columns - 1) * ROWS + row]!) row = j;
  }
  for (let i = columns - 1; i >= 0; i--) {
    out[i] = (row - HALF) * ROW;
    row += from[i * ROWS + row]!;
  }
  return out;
}
