import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { boxBlur } from "../box-blur.js";
import type { Rectangle } from "../continue-photo.js";

/** What has to be known of a person to continue them beyond the photo, plate pixels. */
export type Figure = {
  /** Between the eyes, and the lowest point of the chin. */
  readonly centreX: number;
  readonly chinY: number;
  readonly eyeDistance: number;
  /** Plate pixels per photo pixel. */
  readonly scale: number;
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
/** The same at the sides above the chin: a brim or a curl that goes on far would be a knob. */
const FLAT_DOME = 0.12;
/** What the photo's outermost pixels show is often the rim of a scan or of a crop: the person goes on from behind it. */
const RIM = 2.5;
/** Width of the strip inside the border whose texture is repeated, mirrored back and forth, eye distances. */
const STRIP = 0.25;
/** How far a strip's texture may differ from its blurred colour, and radius of that blur as a share of the strip. */
const TEXTURE = 40;
/** A row whose blurred colour changes so much across the strip, levels, keeps all of its texture, or none: it is no cloth. */
const DRIFT = [28, 64] as const;
const BLUR = 0.35;
/** From this coverage (of 255) on a place of the border belongs to the person. */
const INSIDE = 100;
/** So many pixels beside such a place still hold a soft edge. */
const SOFT = 4;

/** The plate: coverage `height * width`, and interleaved RGB. */
export type PersonPlanes = {
  readonly alpha: Uint8Array;
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
};

/**
 * Continues a person beyond the borders of the photo that cut them off: straight down at the bottom; at the sides
 * shoulders go on outwards, slope down and bend round into an arm; what else is cut off ends in a dome. Cloth and hair
 * go on with them.
 *
 * @param planes - known within `photo`, and changed elsewhere
 */
export function continuePerson(planes: PersonPlanes, photo: Rectangle, figure: Figure): void {
  const { width, height } = planes;
  const rim = Math.ceil(RIM * figure.scale);
  const part: Part = {
    left: Math.max(0, photo.left + rim),
    top: Math.max(0, photo.top + rim),
    right: Math.min(width, photo.left + photo.width - rim) - 1,
    bottom: Math.min(height, photo.top + photo.height - rim) - 1,
  };
  if (part.right <= part.left || part.bottom <= part.top) return;
  if (part.top > 0) continueUpwards(planes, part, figure);
  if (part.bottom < height - 1) continueDownwards(planes, part);
  // After top and bottom, so that the corners follow from what was continued there.
  if (part.left > 0) continueSidewards(planes, part, figure, -1);
  if (part.right < width - 1) continueSidewards(planes, part, figure, 1);
}

/** First and last column and row that are known. */
type Part = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
/** Places of a border, one after the other, that belong to the person: from `start` to before `end`. */
type Run = { readonly start: number; readonly end: number };

function continueDownwards({ alpha, width, height }: PersonPlanes, { left, right, bottom }: Part): void {
  const edge = alpha.slice(bottom * width + left, bottom * width + right + 1);
  for (let y = bottom + 1; y < height; y++) alpha.set(edge, y * width + left);
}

function continueUpwards({ alpha, rgb, width }: PersonPlanes, part: Part, { eyeDistance }: Figure): void {
  const { left, right, top } = part;
  const edge = Float32Array.from(alpha.subarray(top * width + left, top * width + right + 1));
  const line = new Float32Array(edge.length);
  const runs = findRuns(edge);
  const strip = stripWidth(eyeDistance, part.bottom - top);
  for (let out = 1; out <= top; out++) {
    line.fill(0);
    for (const run of runs) addDome(line, edge, run, out, DOME * eyeDistance);
    const to = (top - out) * width + left;
    const from = (top + backAndForth(out, strip)) * width + left;
    for (let x = 0; x < line.length; x++) {
      alpha[to + x] = line[x]! + 0.5;
      if (line[x]! > 0) for (let c = 0; c < 3; c++) rgb[(to + x) * 3 + c] = rgb[(from + x) * 3 + c]!;
    }
  }
}

function continueSidewards(planes: PersonPlanes, part: Part, figure: Figure, side: -1 | 1): void {
  const { alpha, width, height } = planes;
  const { eyeDistance } = figure;
  const border = side < 0 ? part.left : part.right;
  const room = side < 0 ? border : width - 1 - border;
  const edge = Float32Array.from({ length: height }, (_, y) => alpha[y * width + border]!);
  const runs = findRuns(edge);
  const reached = HALF_WIDTH - Math.abs(border - figure.centreX) / eyeDistance;
  const arm = clamp(reached, ARM.least, ARM.most) * eyeDistance;
  const shoulderY = figure.chinY + SHOULDER * eyeDistance;
  const strip = cutStrip(planes, border, -side, stripWidth(eyeDistance, part.right - part.left));
  const line = new Float32Array(height);
  for (let out = 1; out <= room; out++) {
    const to = border + side * out;
    for (let y = 0; y < height; y++) alpha[y * width + to] = 0;
    for (const run of runs) {
      line.fill(0);
      let fall = 0;
      if (run.end === height && run.start < part.bottom) {
        // A run that begins at the head is hair over a shoulder: it ends on the shoulder's height.
        const bend = Math.max(BEND * eyeDistance, shoulderY - run.start);
        fall = fallOfShoulder(out, arm, bend);
        addShoulder(line, edge, run, fall, arm + 0.5 - out);
      } else addDome(line, edge, run, out, (run.end < figure.chinY ? FLAT_DOME : DOME) * eyeDistance);
      drawColumn(planes, line, to, strip, backAndForth(out, strip.width), fall);
    }
  }
}

/** Columns inside a border, from it inwards, without what changes slowly across them; interleaved RGB. */
type Strip = {
  readonly width: number;
  /** `height * width * 3`, differences from the blurred colour. */
  readonly texture: Float32Array;
  /** The blurred colour at the border, `height * 3`. */
  readonly colour: Float32Array;
};

function cutStrip(
  { rgb, width, height }: PersonPlanes,
  border: number,
  inwards: number,
  size: number,
): Strip {
  const texture = new Float32Array(size * height * 3);
  const colour = new Float32Array(height * 3);
  const radius = Math.max(1, Math.round(BLUR * size));
  const plane = new Float32Array(size * height);
  const drift = new Float32Array(height);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let k = 0; k < size; k++) plane[y * size + k] = rgb[(y * width + border + inwards * k) * 3 + c]!;
    }
    const soft = boxBlur(plane, size, height, radius);
    for (let y = 0; y < height; y++) {
      colour[y * 3 + c] = soft[y * size]!;
      drift[y] = Math.max(drift[y]!, Math.abs(soft[y * size]! - soft[y * size + size - 1]!));
      for (let k = 0; k < size; k++) {
        const i = y * size + k;
        texture[i * 3 + c] = clamp(plane[i]! - soft[i]!, -TEXTURE, TEXTURE);
      }
    }
  }
  for (let y = 0; y < height; y++) {
    const share = 1 - smoothstep(DRIFT[0], DRIFT[1], drift[y]!);
    for (let i = y * size * 3; i < (y + 1) * size * 3; i++) texture[i]! *= share;
  }
  return { width: size, texture, colour };
}

/** Writes a column beyond the border with the texture of the strip's column `k`, lower by `fall`. */
function drawColumn(
  { alpha, rgb, width, height }: PersonPlanes,
  line: Float32Array,
  column: number,
  { width: size, texture, colour }: Strip,
  k: number,
  fall: number,
): void {
  const whole = Math.floor(fall);
  const share = fall - whole;
  const colourAt = (y: number, c: number): number => colour[y * 3 + c]! + texture[(y * size + k) * 3 + c]!;
  for (let y = 0; y < height; y++) {
    const value = Math.floor(line[y]! + 0.5);
    const to = y * width + column;
    if (value <= alpha[to]!) continue;
    alpha[to] = value;
    const lower = Math.max(y - whole, 0);
    const upper = Math.max(lower - 1, 0);
    for (let c = 0; c < 3; c++) {
      rgb[to * 3 + c] = clamp(lerp(colourAt(lower, c), colourAt(upper, c), share) + 0.5, 0, 255);
    }
  }
}

function stripWidth(eyeDistance: number, size: number): number {
  return Math.max(2, Math.min(Math.round(STRIP * eyeDistance), size));
}

/** Distance inside the border of what is shown `out` pixels beyond it. */
function backAndForth(out: number, strip: number): number {
  const k = (out - 1) % (2 * strip);
  return k < strip ? k : 2 * strip - 1 - k;
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

/** How much lower a shoulder lies `out` pixels beyond the border. */
function fallOfShoulder(out: number, arm: number, bend: number): number {
  const t = Math.min(1, out / arm);
  return ARM.slope * out + bend * (1 - Math.sqrt(1 - t * t));
}

/** The outline at the border, lower. `left` pixels remain to the arm's outer line: the last one is half covered. */
function addShoulder(
  line: Float32Array,
  edge: Float32Array,
  { start }: Run,
  fall: number,
  left: number,
): void {
  const cover = Math.min(1, left);
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
