import { clamp } from "../../shared/numeric.js";
import { createRandom, type Random } from "../../shared/random.js";
import type { InteriorTones } from "./interior-tones.js";
import { createBumpTile, sampleTile } from "./noise.js";
import { buildPyramid, shrink, type TexturePyramid } from "./texture.js";
import {
  LOWER_TEETH,
  type ToothMaterial,
  type ToothShape,
  toothMaterial,
  UPPER_TEETH,
  varyTooth,
} from "./tooth-shape.js";

/** Eye distances per sample: fine enough for 400 pixels between the eyes. */
const TEXEL = 1 / 520;
/** Step along the arch of {@link ToothTexture.edge}. */
export const EDGE_STEP = TEXEL;
/** v of the first row, and rows: from a little before the biting edge to well into the gum. */
const V_START = -0.016;
const ROWS = 128;

/** One row of teeth, unrolled: columns along the arch, rows from before the biting edge into the gum. */
export type ToothTexture = {
  readonly pyramid: TexturePyramid;
  /** Coordinates in samples of level 0: `uMiddle + s * perLength` across, `vEdge + v * perLength` down. */
  readonly uMiddle: number;
  readonly vEdge: number;
  readonly perLength: number;
  /** The biting edge, smoothed: its v at `s = (index - edge.length / 2) * EDGE_STEP`. */
  readonly edge: Float32Array;
};

/** Planes of material, drawn once per process: they do not depend on the portrait. */
type ToothMaterials = { readonly width: number; readonly data: Float32Array; readonly edge: Float32Array };
const PLANES = 6;

let upperMaterials: ToothMaterials | undefined;
let lowerMaterials: ToothMaterials | undefined;

/** Upper teeth in the portrait's colours, for drawing at about `texel` eye distances per sample. */
export function createUpperTeeth(tones: InteriorTones, texel: number): ToothTexture {
  upperMaterials ??= drawMaterials(UPPER_TEETH, createRandom(11), 1);
  return colour(upperMaterials, tones, texel);
}

/** Lower teeth in the portrait's colours; they stand less evenly. */
export function createLowerTeeth(tones: InteriorTones, texel: number): ToothTexture {
  lowerMaterials ??= drawMaterials(LOWER_TEETH, createRandom(23), 1.7);
  return colour(lowerMaterials, tones, texel);
}

type PlacedTooth = { readonly shape: ToothShape; readonly start: number; readonly mirrored: boolean };

function placeTeeth(shapes: readonly ToothShape[], random: Random, irregularity: number): PlacedTooth[] {
  const placed: PlacedTooth[] = [];
  for (const side of [-1, 1]) {
    let start = 0;
    for (const model of shapes) {
      const shape = varyTooth(model, random, irregularity);
      placed.push({ shape, start: side > 0 ? start : -start - shape.width, mirrored: side < 0 });
      start += shape.width;
    }
  }
  return placed;
}

function drawMaterials(shapes: readonly ToothShape[], random: Random, irregularity: number): ToothMaterials {
  const teeth = placeTeeth(shapes, random, irregularity);
  const half = Math.min(...[-1, 1].map((side) => halfLength(teeth, side)));
  const width = 2 * Math.floor(half / TEXEL);
  const data = new Float32Array(width * ROWS * PLANES);
  const edge = new Float32Array(width);
  const bumps = createBumpTile();
  const material: ToothMaterial = { coverage: 0, shade: 0, gum: 0, warm: 0, cool: 0, gloss: 0 };
  for (let x = 0; x < width; x++) {
    for (const sub of [0.25, 0.75]) {
      const s = (x + sub - width / 2) * TEXEL;
      const tooth = teeth.find((t) => s >= t.start && s < t.start + t.shape.width) ?? teeth[0]!;
      const across = clamp((2 * (s - tooth.start)) / tooth.shape.width - 1, -1, 1);
      const a = tooth.mirrored ? -across : across;
      for (let y = 0; y < 2 * ROWS; y++) {
        toothMaterial(tooth.shape, a, V_START + (y / 2 + 0.25) * TEXEL, material);
        const enamel = 1 + 0.011 * sampleTile(bumps, x * 0.3, y * 0.09);
        addMaterial(data, ((y >> 1) * width + x) * PLANES, material, enamel);
      }
    }
    edge[x] = firstCovered(data, x, width);
  }
  return { width, data, edge: smooth(edge, 26) };
}

function halfLength(teeth: readonly PlacedTooth[], side: number): number {
  return teeth.reduce((sum, t) => (t.mirrored === side < 0 ? sum + t.shape.width : sum), 0);
}

/** Adds a quarter sample (2 x 2 supersampling), weighted by coverage. */
function addMaterial(data: Float32Array, p: number, m: ToothMaterial, enamel: number): void {
  const w = m.coverage * 0.25;
  data[p] = data[p]! + w;
  data[p + 1] = data[p + 1]! + w * m.shade * (m.gum > 0 ? 2 * enamel - 1 : enamel);
  data[p + 2] = data[p + 2]! + w * m.shade * m.gum;
  data[p + 3] = data[p + 3]! + w * m.warm;
  data[p + 4] = data[p + 4]! + w * m.cool;
  data[p + 5] = data[p + 5]! + w * m.gloss;
}

function firstCovered(data: Float32Array, x: number, width: number): number {
  for (let y = 0; y < ROWS; y++) {
    if (data[(y * width + x) * PLANES]! >= 0.5) return V_START + (y + 0.5) * TEXEL;
  }
  return V_START + ROWS * TEXEL;
}

function smooth(values: Float32Array, radius: number): Float32Array {
  return values.map((_, x) => {
    let sum = 0;
    let count = 0;
    for (let k = Math.max(0, x - radius); k <= Math.min(values.length - 1, x + radius); k++) {
      sum += values[k]!;
      count++;
    }
    return sum / count;
  });
}

function colour(materials: ToothMaterials, tones: InteriorTones, texel: number): ToothTexture {
  const { width, data } = materials;
  const rgba = new Float32Array(width * ROWS * 4);
  for (let i = 0; i < width * ROWS; i++) {
    const p = i * PLANES;
    const natural = 1 - tones.plainness;
    const above = (V_START - materials.edge[i % width]!) / TEXEL + Math.floor(i / width) + 1;
    const coverage = natural * data[p]! + tones.plainness * clamp(above, 0, 1);
    // A cartoon's teeth are one band: no shade, no gaps, no gum, no gloss.
    const gum = natural * data[p + 2]!;
    const shade = natural * data[p + 1]! + tones.plainness * coverage;
    const enamel = shade - gum;
    for (let c = 0; c < 3; c++) {
      const tint =
        1 +
        (natural * (data[p + 3]! * tones.toothWarm[c]! + data[p + 4]! * tones.toothCool[c]!)) /
          (coverage + 1e-6);
      const gloss = natural * data[p + 5]! * tones.gloss[c]!;
      rgba[i * 4 + c] = enamel * tint * tones.tooth[c]! + gum * tones.gum[c]! + gloss;
    }
    rgba[i * 4 + 3] = coverage;
  }
  const drawn = { width, height: ROWS, data: rgba };
  const ratio = Math.max(1, texel / TEXEL);
  const coarsest = ratio * TEXEL;
  return {
    pyramid: buildPyramid(coarsest, ratio > 1 ? shrink(drawn, ratio) : drawn),
    uMiddle: width / 2 / ratio,
    vEdge: -V_START / coarsest,
    perLength: 1 / coarsest,
    edge: materials.edge,
  };
}
