import { clamp } from "../../shared/numeric.js";
import { smoothInPlace } from "./curves.js";
import { type FaceGeometry, headToPhoto } from "./face-geometry.js";
import { type FaceView, sampleView } from "./face-view.js";

/** Half height of the search band in the middle of the mouth, eye distances, and its share at the corners. */
const REACH = 0.035;
const CORNER_SHARE = 0.2;
/** Rows of the search, eye distances. */
const ROW = 0.0025;
const HALF = Math.round(REACH / ROW);
const ROWS = 2 * HALF + 1;
/** Cost of the band's edge, and of one row of climb between neighbours, in luminance units. */
const EDGE_COST = 12;
const CLIMB_COST = 1.35;
const MAX_CLIMB = 2;
/** Luminance range across the band at which these costs fit; flatter pictures are stretched to it. */
const USUAL_CONTRAST = 70;

/**
 * Where closed lips meet: the darkest path from corner to corner near `guess`, by dynamic programming.
 *
 * @param x sample positions, `guess` and `z` the landmark lip line there; head frame, eye distances.
 * @returns y of the lip line at each x; the ends stay within a fifth of the band.
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
  return smoothInPlace(path, 4);
}

/** Luminance of the band around the guess, `columns * ROWS`, slightly averaged along the lips. */
function lipLuminance(
  view: FaceView,
  face: FaceGeometry,
  x: Float32Array,
  guess: Float32Array,
  z: Float32Array,
): Float32Array {
  const raw = new Float32Array(x.length * ROWS);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < ROWS; j++) {
      const at = headToPhoto(face, { x: x[i]!, y: guess[i]! + (j - HALF) * ROW, z: z[i]! });
      raw[i * ROWS + j] = sampleView(view, view.luma, at.u, at.v);
    }
  }
  const band = raw.slice();
  for (let i = ROWS; i + ROWS < raw.length; i++) {
    band[i] = (raw[i - ROWS]! + 2 * raw[i]! + raw[i + ROWS]!) / 4;
  }
  return band;
}

function lipCosts(band: Float32Array, columns: number): Float32Array {
  let contrast = 0;
  for (let i = 0; i < columns; i++) {
    let low = Infinity;
    let high = -Infinity;
    for (let j = 0; j < ROWS; j++) {
      low = Math.min(low, band[i * ROWS + j]!);
      high = Math.max(high, band[i * ROWS + j]!);
    }
    contrast += (high - low) / columns;
  }
  const gain = clamp(USUAL_CONTRAST / Math.max(contrast, 1), 1, 5);
  const cost = new Float32Array(band.length);
  for (let i = 0; i < columns; i++) {
    const t = (2 * i) / (columns - 1) - 1;
    const reach = HALF * (CORNER_SHARE + (1 - CORNER_SHARE) * (1 - t * t));
    for (let j = 0; j < ROWS; j++) {
      const off = (j - HALF) / reach;
      const at = i * ROWS + j;
      cost[at] = Math.abs(off) > 1 ? 1e6 : gain * band[at]! + EDGE_COST * off * off;
    }
  }
  return cost;
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
