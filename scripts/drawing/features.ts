import { smoothstep } from "../../src/shared/numeric.js";
import { mouthLine } from "./face-shape.js";
import { bell, cloud, curveThrough, noise, type Rgb } from "./field.js";

/** An eye's opening and lid, in centimetres; `side` is -1 for the picture's left eye. */
export type EyeShape = {
  readonly side: -1 | 1;
  readonly x: number;
  readonly y: number;
  readonly irisRadius: number;
  readonly inner: number;
  readonly outer: number;
  /** Edges of the opening and the crease above it, as functions of the picture's x. */
  readonly upper: (x: number) => number;
  readonly lower: (x: number) => number;
  readonly crease: (x: number) => number;
};

export const EYES: readonly EyeShape[] = ([-1, 1] as const).map(eyeShape);

function eyeShape(side: -1 | 1): EyeShape {
  const mirror = (points: [number, number][]): ((x: number) => number) => {
    const curve = curveThrough(points);
    return (x) => curve(x * side);
  };
  return {
    side,
    x: side * 3.06,
    y: -2.77,
    irisRadius: 0.675,
    inner: 1.43,
    outer: 4.69,
    upper: mirror([
      [1.42, -2.34],
      [1.67, -2.61],
      [2.15, -3],
      [2.77, -3.23],
      [3.22, -3.25],
      [3.78, -3.14],
      [4.28, -2.94],
      [4.7, -2.63],
    ]),
    lower: mirror([
      [1.42, -2.34],
      [1.76, -2.25],
      [2.32, -2.13],
      [2.99, -2.04],
      [3.55, -2.06],
      [4.11, -2.23],
      [4.7, -2.63],
    ]),
    crease: mirror([
      [1.14, -2.53],
      [1.54, -2.98],
      [2.1, -3.45],
      [2.77, -3.75],
      [3.33, -3.8],
      [4, -3.62],
      [4.56, -3.28],
      [5.23, -2.81],
    ]),
  };
}

/** The course of an eyebrow, from the nose outwards. */
export const BROW_ARC: [number, number][] = [
  [1.35, -4.62],
  [2.3, -4.9],
  [3.3, -5.13],
  [4.1, -5.16],
  [4.8, -4.88],
  [5.35, -4.42],
];
const BROW = curveThrough(BROW_ARC);

/** The lips' outer borders. */
export const LIP_TOP = mirrored([
  [0, 3.47],
  [0.34, 3.37],
  [0.62, 3.4],
  [1.1, 3.6],
  [1.7, 3.82],
  [2.32, 3.98],
]);
export const LIP_BOTTOM = mirrored([
  [0, 5.22],
  [0.5, 5.2],
  [1.0, 5.05],
  [1.5, 4.79],
  [1.95, 4.33],
  [2.32, 4.01],
]);
export const LIP_HALF_WIDTH = 2.32;

function mirrored(points: [number, number][]): (x: number) => number {
  const curve = curveThrough(points);
  return (x) => curve(Math.abs(x));
}

/** How much a point belongs to the lips, `[0, 1]`, with a soft border. */
export function lipCoverage(x: number, y: number): number {
  if (Math.abs(x) > LIP_HALF_WIDTH) return 0;
  const soft = 0.075;
  const top = LIP_TOP(x);
  const bottom = LIP_BOTTOM(x);
  const sides = smoothstep(LIP_HALF_WIDTH, LIP_HALF_WIDTH - 0.3, Math.abs(x));
  return (
    smoothstep(top - soft, top + soft, y) * smoothstep(bottom + soft * 1.6, bottom - soft * 1.6, y) * sides
  );
}

/** Sculpted detail that the coarse mesh lacks, added to its height, centimetres. */
export function relief(x: number, y: number): number {
  return lipRelief(x, y) + noseRelief(x, y) + eyeRelief(x, y) + poreRelief(x, y);
}

function lipRelief(x: number, y: number): number {
  if (Math.abs(x) > 3.2 || y < 2.4 || y > 6.6) return 0;
  const line = mouthLine(x);
  const inside = smoothstep(LIP_HALF_WIDTH + 0.2, LIP_HALF_WIDTH - 0.9, Math.abs(x));
  const top = LIP_TOP(x);
  const bottom = LIP_BOTTOM(x);
  const up = (y - top) / Math.max(0.08, line - top);
  const down = (y - line) / Math.max(0.08, bottom - line);
  let h = 0;
  if (up > 0 && up < 1) h += 0.1 * Math.sin(Math.PI * up) * inside;
  if (down > 0 && down < 1) h += 0.2 * Math.sin(Math.PI * down ** 0.8) * inside;
  h += 0.035 * bell(y - top + 0.03, 0.07) * inside;
  h -= 0.17 * bell(y - line, 0.065) * smoothstep(LIP_HALF_WIDTH + 0.15, LIP_HALF_WIDTH - 0.3, Math.abs(x));
  h -= 0.1 * bell(y - bottom - 0.38, 0.3) * bell(x, 1.1);
  h -= 0.07 * bell(Math.abs(x) - LIP_HALF_WIDTH - 0.02, 0.2) * bell(y - line, 0.24);
  const lines = noise(x * 11, y * 1.6, 31) * 0.6 + noise(x * 23, y * 3, 32) * 0.4;
  h += 0.006 * lines * lipCoverage(x, y);
  const philtrum = smoothstep(2.2, 2.6, y) * smoothstep(3.5, 3.2, y);
  h += philtrum * (0.03 * bell(Math.abs(x) - 0.36, 0.15) - 0.035 * bell(x, 0.2));
  return h;
}

function noseRelief(x: number, y: number): number {
  const ax = Math.abs(x);
  if (ax > 2.6 || y < -0.6 || y > 2.9) return 0;
  const wing = 0.12 * bell(ax - 1.12, 0.32) * bell(y - 0.95, 0.42);
  const groove = -0.1 * bell(ax - 1.5 + 0.25 * bell(y - 1.4, 0.35), 0.15) * bell(y - 0.95, 0.5);
  const tip = 0.1 * bell(x, 0.5) * bell(y - 0.72, 0.45);
  const nostril = -0.5 * nostrilMask(x, y);
  return wing + groove + tip + nostril;
}

/** The dark opening of a nostril, `[0, 1]`. */
export function nostrilMask(x: number, y: number): number {
  const dx = Math.abs(x) - 0.58;
  const dy = y - 1.53 + dx * 0.18 + 0.35 * dx * dx;
  return smoothstep(1.25, 0.45, Math.hypot(dx / 0.33, dy / 0.125));
}

function eyeRelief(x: number, y: number): number {
  if (y < -5.4 || y > -0.4) return 0;
  let h = 0;
  for (const eye of EYES) {
    const dx = (x - eye.x) * eye.side;
    if (Math.abs(dx) > 3) continue;
    const along = smoothstep(-1.75, -1.1, dx) * smoothstep(2.0, 1.1, dx);
    h += 0.3 * bell(dx, 1.25) * bell(y + 2.72, 0.72);
    const above = eye.crease(x) - y;
    const fold = above > 0 ? Math.exp(-above / 0.5) * smoothstep(0, 0.06, above) : 0;
    h += 0.13 * fold * along;
    h -= 0.05 * bell(above, 0.07) * along;
    const below = y - eye.lower(Math.max(-4.5, Math.min(4.5, x)));
    h += 0.045 * bell(below - 0.2, 0.14) * smoothstep(-1.5, -0.6, dx) * smoothstep(1.6, 0.8, dx);
    h -= 0.05 * bell(below - 0.62 - 0.12 * dx, 0.25) * smoothstep(-1.7, -0.9, dx) * smoothstep(1.3, 0, dx);
  }
  return h;
}

function poreRelief(x: number, y: number): number {
  return 0.0026 * noise(x * 9, y * 9, 11) + 0.0014 * noise(x * 17, y * 17, 12);
}

const SKIN: Rgb = [0.57, 0.312, 0.212];
const LIP: Rgb = [0.45, 0.115, 0.11];

/** Colour of the skin without light, linear RGB. */
export function skinColour(x: number, y: number): [number, number, number] {
  const ax = Math.abs(x);
  const blush = 0.9 * bell(ax - 4.3, 1.9) * bell(y - 0.7, 1.7) + 0.55 * bell(x, 1.1) * bell(y - 0.7, 0.9);
  const chin = 0.3 * bell(x, 1.4) * bell(y - 7.6, 1.3);
  const red = Math.min(1, blush + chin) * (1 + 0.25 * cloud(x * 1.3, y * 1.3, 3));
  const mottle = 1 + 0.035 * cloud(x * 1.7, y * 1.7, 5) + 0.018 * noise(x * 6, y * 6, 6);
  const colour: [number, number, number] = [
    SKIN[0] * mottle * (1 + 0.04 * red),
    SKIN[1] * mottle * (1 - 0.17 * red),
    SKIN[2] * mottle * (1 - 0.15 * red),
  ];
  tint(colour, [0.42, 0.2, 0.14], 0.34 * freckles(x, y));
  tintEyes(colour, x, y);
  tint(colour, [0.4, 0.16, 0.11], 0.45 * bell(ax - 1.42, 0.16) * bell(y - 1.15, 0.45));
  tint(colour, [0.07, 0.016, 0.01], 0.93 * nostrilMask(x, y));
  tintLips(colour, x, y);
  tint(colour, [0.2, 0.1, 0.065], 0.4 * browShade(x, y));
  return colour;
}

function tintEyes(colour: [number, number, number], x: number, y: number): void {
  for (const eye of EYES) {
    const dx = (x - eye.x) * eye.side;
    if (Math.abs(dx) > 2.6 || y < -5 || y > -0.6) continue;
    const along = smoothstep(-1.7, -1, dx) * smoothstep(2.1, 1.2, dx);
    const above = eye.crease(x) - y;
    tint(colour, [0.34, 0.15, 0.1], 0.5 * bell(above, 0.12) * along);
    const lid = smoothstep(0.25, -0.1, above) * smoothstep(0.3, -0.2, y - eye.upper(x));
    tint(colour, [0.46, 0.225, 0.16], 0.4 * lid * along);
    const under = y - eye.lower(Math.max(-4.5, Math.min(4.5, x)));
    tint(colour, [0.48, 0.24, 0.18], 0.3 * bell(under - 0.42, 0.4) * bell(dx + 0.25, 1.3));
    tint(colour, [0.5, 0.2, 0.15], 0.35 * bell(dx + 1.5, 0.35) * bell(y + 2.4, 0.35));
  }
}

function tintLips(colour: [number, number, number], x: number, y: number): void {
  const lips = lipCoverage(x, y);
  if (lips <= 0) return;
  const line = mouthLine(x);
  const streak = 1 + 0.09 * noise(x * 10, y * 1.4, 41) + 0.05 * noise(x * 21, y * 3, 42);
  const lower = y > line ? 1.13 : 0.9;
  const edge = 0.88 + 0.12 * smoothstep(0.1, 0.5, Math.min(y - LIP_TOP(x), LIP_BOTTOM(x) - y) + 0.2);
  const tone = streak * lower * edge;
  tint(colour, [LIP[0] * tone, LIP[1] * tone, LIP[2] * tone], 0.86 * lips);
  const ends = smoothstep(LIP_HALF_WIDTH + 0.05, LIP_HALF_WIDTH - 0.5, Math.abs(x));
  tint(colour, [0.075, 0.013, 0.01], 0.95 * bell(y - line, 0.06) * (0.55 + 0.45 * ends));
}

/** The skin seen through the eyebrows. */
function browShade(x: number, y: number): number {
  const ax = Math.abs(x);
  if (ax < 1 || ax > 5.8) return 0;
  const thickness = 0.3 * smoothstep(1, 1.9, ax) * (1 - 0.65 * smoothstep(3, 5.4, ax)) + 0.03;
  return bell(y - BROW(ax), thickness) * smoothstep(1.05, 1.9, ax) * smoothstep(5.6, 4.8, ax);
}

function freckles(x: number, y: number): number {
  const where = bell(y + 0.2, 1.5) * smoothstep(5.5, 3, Math.abs(x)) * smoothstep(-2, -1.2, y);
  if (where < 0.02) return 0;
  const size = 0.36;
  const column = Math.floor(x / size);
  const row = Math.floor(y / size);
  const random = (k: number): number => 0.5 + 0.5 * noise(column, row, 77 + k);
  const dx = x / size - column - 0.25 - 0.5 * random(1);
  const dy = y / size - row - 0.25 - 0.5 * random(2);
  const radius = 0.1 + 0.14 * random(3);
  return where * random(4) ** 2 * bell(Math.hypot(dx, dy), radius);
}

function tint(colour: [number, number, number], toward: Rgb, amount: number): void {
  const a = Math.min(1, amount);
  for (let k = 0; k < 3; k++) colour[k] = colour[k]! * (1 - a) + toward[k]! * a;
}
