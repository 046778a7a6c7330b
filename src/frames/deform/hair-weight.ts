import { clamp, smoothstep } from "../../shared/numeric.js";
import { exp } from "../../shared/portable-math.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { surfaceAtPhoto } from "./surface.js";

/** Nodes of the field per eye distance. */
const DENSITY = 14;
const MOST_NODES = 220;
/** Coverage by the matte from which a place can be hair. */
const PERSON = 0.6;
/** Largest difference in colour at which hair goes on, in spreads of its colour. */
const ALIKE = 0.35;
/** Hair and skin that differ less than this cannot be told apart, nor a bald head from a forehead. */
const TELLING = 0.14;
/** Radius over which the edge of the hair is softened, eye distances. */
const SOFTNESS = 0.14;

/** How freely hair hangs at a photo pixel, `[0, 1]`. */
export type HairWeight = (u: number, v: number) => number;

/** A place's colour: luma, and both chroma differences weighted as much as eyes notice them. All about `[0, 1]`. */
type Colour = readonly [luma: number, blue: number, red: number];

/** What is known of the nodes of a lattice over the plate. */
type Nodes = {
  readonly columns: number;
  readonly rows: number;
  readonly step: number;
  readonly colours: Float32Array;
  readonly matte: Float32Array;
  /** Head-frame position. */
  readonly x: Float32Array;
  readonly y: Float32Array;
};

/**
 * How freely hair hangs at a place of the photo: 0 off the hair and at its roots, growing downwards from the ears to 1
 * at the tips of long hair. Hair is what goes on from above the forehead in the same colour; a bald head has none.
 */
export function createHairWeight(context: LatticeContext): HairWeight {
  const nodes = sampleNodes(context);
  const hair = findHair(context, nodes);
  if (hair === null) return () => 0;
  const { columns, rows, step, y } = nodes;
  const { chinY } = context.rig.mouth;
  const radius = Math.max(1, Math.round(SOFTNESS * nodesPerEyeDistance(context, step)));
  const soft = blur(blur(hair, columns, rows, radius), columns, rows, radius);
  // Clothes of the same colour may have been taken for hair: it fades towards the chest.
  const weights = soft.map(
    (value, i) =>
      value * smoothstep(-0.1, chinY + 0.9, y[i]!) * (1 - smoothstep(chinY + 1, chinY + 2.2, y[i]!)),
  );
  const { scaleX, scaleY, offsetX, offsetY } = context.plate.placement;
  return (u, v) => {
    const gx = clamp((u * scaleX + offsetX) / step - 0.5, 0, columns - 1.001);
    const gy = clamp((v * scaleY + offsetY) / step - 0.5, 0, rows - 1.001);
    const at = (gy | 0) * columns + (gx | 0);
    const fx = gx - (gx | 0);
    const top = weights[at]! + (weights[at + 1]! - weights[at]!) * fx;
    const bottom = weights[at + columns]! + (weights[at + columns + 1]! - weights[at + columns]!) * fx;
    return top + (bottom - top) * (gy - (gy | 0));
  };
}

function nodesPerEyeDistance({ rig, plate }: LatticeContext, step: number): number {
  return (rig.head.eyeDistance * plate.placement.scaleY) / step;
}

/** Mean colours and places of squares of the plate. */
function sampleNodes(context: LatticeContext): Nodes {
  const { rig, plate } = context;
  const { scaleX, scaleY, offsetX, offsetY } = plate.placement;
  const wanted = (rig.head.eyeDistance * scaleY) / DENSITY;
  const step = Math.max(2, Math.round(wanted), Math.ceil(Math.max(plate.width, plate.height) / MOST_NODES));
  const columns = Math.floor(plate.width / step);
  const rows = Math.floor(plate.height / step);
  const colours = new Float32Array(columns * rows * 3);
  const matte = new Float32Array(columns * rows);
  const [x, y] = [new Float32Array(columns * rows), new Float32Array(columns * rows)];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const i = row * columns + column;
      colours.set(meanColour(plate.rgb, plate.width, column * step, row * step, step), i * 3);
      const u = ((column + 0.5) * step - offsetX) / scaleX;
      const v = ((row + 0.5) * step - offsetY) / scaleY;
      const p = surfaceAtPhoto(rig, u, v);
      x[i] = p.x;
      y[i] = p.y;
      const isInside = u >= 0 && v >= 0 && u < rig.width && v < rig.height;
      const mx = Math.floor((u / rig.width) * rig.matte.width);
      const my = Math.floor((v / rig.height) * rig.matte.height);
      matte[i] = isInside ? rig.matte.data[my * rig.matte.width + mx]! / 255 : 0;
    }
  }
  return { columns, rows, step, colours, matte, x, y };
}

function meanColour(rgb: Uint8Array, width: number, left: number, top: number, side: number): Colour {
  let [r, g, b] = [0, 0, 0];
  for (let y = top; y < top + side; y++) {
    for (let x = left, p = (y * width + left) * 3; x < left + side; x++, p += 3) {
      r += rgb[p]!;
      g += rgb[p + 1]!;
      b += rgb[p + 2]!;
    }
  }
  return colourOf(r / (side * side), g / (side * side), b / (side * side));
}

function colourOf(r: number, g: number, b: number): Colour {
  const luma = (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  return [luma, 1.6 * (b / 255 - luma), 1.6 * (r / 255 - luma)];
}

/** 1 on hair; null where there is none that can be told from skin. */
function findHair(context: LatticeContext, nodes: Nodes): Float32Array | null {
  const skin = skinColours(context);
  const fromSkin = (colour: Colour): number => Math.min(...skin.map((tone) => distance(colour, tone, 1, 1)));
  const places = findSeeds(context, nodes);
  const seeds = places.filter((i) => distance(colourAt(nodes, i), skin[0]!, 1, 1) > TELLING);
  if (seeds.length < 8 || seeds.length < 0.4 * places.length) return null;
  const middle = medianColour(nodes, seeds);
  const spread = Math.max(0.12, 2.2 * medianDifference(nodes, seeds, middle));
  const chroma = Math.max(0.11, 0.6 * spread);
  const isHair = (i: number): boolean => {
    if (nodes.matte[i]! < PERSON || isOnFaceOrThroat(context, nodes.x[i]!, nodes.y[i]!)) return false;
    const colour = colourAt(nodes, i);
    // Hair that lies in its own shadow is darker and paler, hardly ever much lighter.
    const light = Math.min(1, colour[0] / Math.max(middle[0], 1e-3));
    const expected: Colour = [middle[0], light * middle[1], light * middle[2]];
    const d = distance(colour, expected, light < 1 ? 2 * spread : spread, chroma);
    return exp(-d * d) > ALIKE && distance(colour, middle, 1, 1) < 0.85 * fromSkin(colour);
  };
  return flood(nodes, seeds.filter(isHair), isHair);
}

/** The cheeks, and the same skin in the shadow of the chin. */
function skinColours({ rig }: LatticeContext): readonly Colour[] {
  const { cheekLeft, cheekRight } = rig.tones;
  return [1, 0.6].map((light) => {
    const [r, g, b] = [0, 1, 2].map((k) => (light * (cheekLeft[k]! + cheekRight[k]!)) / 2);
    return colourOf(r!, g!, b!);
  });
}

const FOREHEAD = 10;

/** Places above the forehead and beside the temples that belong to the person. */
function findSeeds({ rig }: LatticeContext, { matte, x, y }: Nodes): number[] {
  const forehead = surfaceAtPhoto(rig, rig.landmarks[3 * FOREHEAD]!, rig.landmarks[3 * FOREHEAD + 1]!).y;
  const seeds: number[] = [];
  for (let i = 0; i < matte.length; i++) {
    if (matte[i]! < 0.9) continue;
    const across = Math.abs(x[i]!);
    const isCrown = across < 0.9 && y[i]! < forehead - 0.15 && y[i]! > forehead - 0.8;
    const isTemple = across > 0.95 && across < 1.25 && y[i]! < -0.15 && y[i]! > -0.7;
    if (isCrown || isTemple) seeds.push(i);
  }
  return seeds;
}

/** The face, without the temples: an oval from the forehead to the chin; and what is below the chin. */
function isOnFaceOrThroat({ rig }: LatticeContext, x: number, y: number): boolean {
  const { chinY } = rig.mouth;
  if (y > chinY - 0.2 && Math.abs(x) < 0.45) return true;
  const middle = chinY * 0.32;
  const dy = (y - middle) / (chinY - middle + 0.04);
  return (x / 0.84) ** 2 + dy * dy < 1;
}

function colourAt({ colours }: Nodes, i: number): Colour {
  return [colours[3 * i]!, colours[3 * i + 1]!, colours[3 * i + 2]!];
}

function distance(a: Colour, b: Colour, luma: number, chroma: number): number {
  const [l, u, v] = [(a[0] - b[0]) / luma, (a[1] - b[1]) / chroma, (a[2] - b[2]) / chroma];
  return Math.sqrt(l * l + u * u + v * v);
}

function medianColour(nodes: Nodes, places: readonly number[]): Colour {
  const median = (k: number): number => middleOf(places.map((i) => nodes.colours[3 * i + k]!));
  return [median(0), median(1), median(2)];
}

function medianDifference(nodes: Nodes, places: readonly number[], from: Colour): number {
  return middleOf(places.map((i) => Math.abs(nodes.colours[3 * i]! - from[0])));
}

function middleOf(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1]!;
}

/** What hangs together with the seeds. */
function flood(
  { columns, rows }: Nodes,
  seeds: readonly number[],
  belongs: (i: number) => boolean,
): Float32Array {
  const found = new Float32Array(columns * rows);
  const queue = [...seeds];
  for (const i of queue) found[i] = 1;
  for (let next = 0; next < queue.length; next++) {
    const i = queue[next]!;
    const column = i % columns;
    for (const [dx, dy] of NEIGHBOURS) {
      const j = i + dx + dy * columns;
      if (column + dx < 0 || column + dx >= columns || j < 0 || j >= found.length) continue;
      if (found[j] === 1 || !belongs(j)) continue;
      found[j] = 1;
      queue.push(j);
    }
  }
  return found;
}

const NEIGHBOURS = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;

/** Mean over a square of `2 * radius + 1` nodes; nothing lies beyond the border. */
function blur(values: Float32Array, columns: number, rows: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  const result = new Float32Array(values.length);
  const run = (from: Float32Array, to: Float32Array, start: number, step: number, count: number): void => {
    const value = (i: number): number => (i < 0 || i >= count ? 0 : from[start + i * step]!);
    let sum = 0;
    for (let i = 0; i < radius; i++) sum += value(i);
    for (let i = 0; i < count; i++) {
      sum += value(i + radius) - value(i - radius - 1);
      to[start + i * step] = sum / (2 * radius + 1);
    }
  };
  for (let y = 0; y < rows; y++) run(values, across, y * columns, 1, columns);
  for (let x = 0; x < columns; x++) run(across, result, x, columns, rows);
  return result;
}
