import { clamp, lerp } from "../../shared/numeric.js";
import type { Rectangle } from "../continue-photo.js";

/** What has to be known of a person to continue them beyond the photo, plate pixels. */
export type Figure = {
  /** Between the eyes, and the lowest point of the chin. */
  readonly centreX: number;
  readonly chinY: number;
  readonly eyeDistance: number;
};

/** Half the width of a person with arms, and how far below the chin the shoulders lie, eye distances. */
const HALF_WIDTH = 3.6;
const SHOULDER = 0.9;
/** How far a shoulder goes on at least and at most, and how steep it starts. */
const ARM = { least: 0.7, most: 2.2, slope: 0.2 } as const;
/** The height over which a shoulder bends round into an arm, eye distances. */
const BEND = 1.1;
/** How far hair, hats and hands that the photo cuts off go on, eye distances. */
const DOME = 0.5;
/** From this coverage (of 255) on a place of the border belongs to the person. */
const INSIDE = 100;
/** So many pixels beside such a place still hold a soft edge. */
const SOFT = 4;

/**
 * Continues a person's coverage beyond the borders of the photo that cut them off: straight down at the bottom; at the
 * sides shoulders go on outwards, slope down and bend round into an arm; what else is cut off ends in a dome.
 *
 * @param alpha - `height * width` of the plate, known within `photo`, changed elsewhere
 */
export function continuePerson(
  alpha: Uint8Array,
  width: number,
  height: number,
  photo: Rectangle,
  figure: Figure,
): void {
  const part: Part = {
    left: Math.max(0, photo.left),
    top: Math.max(0, photo.top),
    right: Math.min(width, photo.left + photo.width) - 1,
    bottom: Math.min(height, photo.top + photo.height) - 1,
  };
  if (part.right <= part.left || part.bottom <= part.top) return;
  const plane = { alpha, width, height };
  if (part.top > 0) continueUpwards(plane, part, figure);
  if (part.bottom < height - 1) continueDownwards(plane, part);
  // After top and bottom, so that the corners follow from what was continued there.
  if (part.left > 0) continueSidewards(plane, part, figure, -1);
  if (part.right < width - 1) continueSidewards(plane, part, figure, 1);
}

/** First and last column and row that the photo has. */
type Part = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
type Plane = { readonly alpha: Uint8Array; readonly width: number; readonly height: number };
/** Places of a border, one after the other, that belong to the person: from `start` to before `end`. */
type Run = { readonly start: number; readonly end: number };

function continueDownwards({ alpha, width, height }: Plane, { left, right, bottom }: Part): void {
  const edge = alpha.slice(bottom * width + left, bottom * width + right + 1);
  for (let y = bottom + 1; y < height; y++) alpha.set(edge, y * width + left);
}

function continueUpwards({ alpha, width }: Plane, { left, right, top }: Part, figure: Figure): void {
  const edge = Float32Array.from(alpha.subarray(top * width + left, top * width + right + 1));
  const line = new Float32Array(edge.length);
  const runs = findRuns(edge);
  for (let y = top - 1; y >= 0; y--) {
    line.fill(0);
    for (const run of runs) addDome(line, edge, run, top - y, DOME * figure.eyeDistance);
    for (let x = 0; x < line.length; x++) alpha[y * width + left + x] = line[x]! + 0.5;
  }
}

function continueSidewards({ alpha, width, height }: Plane, part: Part, figure: Figure, side: -1 | 1): void {
  const { eyeDistance } = figure;
  const border = side < 0 ? part.left : part.right;
  const room = side < 0 ? border : width - 1 - border;
  const edge = Float32Array.from({ length: height }, (_, y) => alpha[y * width + border]!);
  const line = new Float32Array(height);
  const runs = findRuns(edge);
  const reached = (HALF_WIDTH * eyeDistance - Math.abs(border - figure.centreX)) / eyeDistance;
  const arm = clamp(reached, ARM.least, ARM.most) * eyeDistance;
  const shoulderY = figure.chinY + SHOULDER * eyeDistance;
  for (let out = 1; out <= room; out++) {
    line.fill(0);
    for (const run of runs) {
      if (run.end === height && run.start < part.bottom) {
        // A run that begins at the head is hair over a shoulder: it ends on the shoulder's height.
        const bend = Math.max(BEND * eyeDistance, shoulderY - run.start);
        addShoulder(line, edge, run, out, arm, bend);
      } else addDome(line, edge, run, out, DOME * eyeDistance);
    }
    const x = border + side * out;
    for (let y = 0; y < height; y++) alpha[y * width + x] = line[y]! + 0.5;
  }
}

function findRuns(edge: Float32Array): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < edge.length; i++) {
    if (edge[i]! <= INSIDE) continue;
    let end = i + 1;
    while (end < edge.length && edge[end]! > INSIDE) end++;
    runs.push({ start: i, end });
    i = end;
  }
  return runs;
}

/** A run that narrows to nothing in a quarter of an ellipse. Where it fills the border to its end it stays open. */
function addDome(
  line: Float32Array,
  edge: Float32Array,
  { start, end }: Run,
  out: number,
  reach: number,
): void {
  const depth = Math.max(1, Math.min(reach, 0.6 * (end - start)));
  if (out >= depth) return;
  const middle = (start + end - 1) / 2;
  const inwards = ((end - start) / 2) * (1 - Math.sqrt(1 - (out / depth) * (out / depth)));
  const before = start === 0 ? 0 : inwards;
  const after = end === edge.length ? 0 : inwards;
  const first = Math.max(0, start - SOFT);
  const last = Math.min(edge.length - 1, end - 1 + SOFT);
  for (let i = first; i <= last; i++) {
    const from = i < middle ? i - before : i + after;
    if (from >= first && from <= last) line[i] = Math.max(line[i]!, valueAt(edge, from));
  }
}

/** The outline at the border, lower by what a shoulder falls over `out` pixels. */
function addShoulder(
  line: Float32Array,
  edge: Float32Array,
  { start }: Run,
  out: number,
  arm: number,
  bend: number,
): void {
  if (out >= arm + 1) return;
  const t = Math.min(1, out / arm);
  const fall = ARM.slope * out + bend * (1 - Math.sqrt(1 - t * t));
  // Inside the arm's outer line all is opaque; its last pixel is half covered.
  const cover = Math.min(1, arm + 0.5 - out);
  if (cover <= 0) return;
  for (let y = Math.max(0, Math.floor(start + fall) - SOFT); y < line.length; y++) {
    line[y] = Math.max(line[y]!, cover * valueAt(edge, Math.max(y - fall, 0)));
  }
}

function valueAt(edge: Float32Array, at: number): number {
  const k = clamp(at, 0, edge.length - 1.001);
  const i = Math.floor(k);
  return lerp(edge[i]!, edge[i + 1]!, k - i);
}
