import type { Mouth } from "../../portrait/index.js";
import { log } from "../../shared/portable-math.js";
import {
  createPixelRow,
  drawCavity,
  drawContactShade,
  drawGrain,
  drawLipShade,
  drawMucosa,
  drawOverPhoto,
  drawTeeth,
  drawTongue,
  drawTongueTip,
  type LayerScene,
  type PixelRow,
  type TeethLayer,
} from "./interior-layers.js";
import { interiorTones } from "./interior-tones.js";
import {
  type InteriorPose,
  type InteriorTarget,
  type LipOpening,
  MARGIN_PIXELS,
  type MouthInterior,
  type MouthInteriorOptions,
} from "./interior-types.js";
import {
  COLUMNS,
  createArches,
  createMouthColumns,
  fillColumns,
  type MouthColumns,
  type MouthSetting,
} from "./mouth-columns.js";
import { planMouth } from "./mouth-plan.js";
import { createBumpTile, createGrainTile } from "./noise.js";
import { type TextureView, viewLevel } from "./texture.js";
import { createLowerTeeth, createUpperTeeth, type ToothTexture } from "./tooth-texture.js";

const WIDEST_TARGET = 8192;
/** Depth of the tongue's front behind the lips, eye distances. */
const TONGUE_DEPTH = 0.1;
/** Stronger "grain" is the brushwork of a painting; teeth of it would look sanded. */
const STRONGEST_GRAIN = 5;

/**
 * Prepares the inside of one mouth: teeth, tongue and cavity in the photo's light and colours. All that does
 * not move is drawn here; `paint` allocates nothing.
 */
export function createMouthInterior(options: MouthInteriorOptions): MouthInterior {
  const { mouth } = options;
  const tones = interiorTones(options.tones, options.isDrawn === true ? 1 : 0);
  const plan = planMouth(mouth);
  const grainSize = options.grainSize ?? 1 / 180;
  // A little finer than needed, so that the slow approach of a nodding head stays on level 0.
  const texel = (0.8 * grainSize) / plan.archScale;
  const upperTeeth = createUpperTeeth(tones, texel);
  const lowerTeeth = createLowerTeeth(tones, texel);
  const setting: MouthSetting = {
    mouth,
    plan,
    upperTeeth,
    lowerTeeth,
    ...createArches(plan),
    sideLight: tones.sideLight,
    photoLips: { x: mouth.x, upper: mouth.upperInner, lower: mouth.lowerInner },
    photoTeeth: photoTeeth(mouth),
  };
  const columns = createMouthColumns(mouth.x.length);
  const scene: LayerScene = {
    tones,
    columns,
    archScale: plan.archScale,
    ownTeeth: plan.ownTeeth,
    detail: 1,
    tongueX: 0,
  };
  const [upperLayer, lowerLayer] = teethLayers(columns, upperTeeth, lowerTeeth);
  const row = createPixelRow(WIDEST_TARGET);
  const bumps = createBumpTile();
  const grain = createGrainTile();
  const grainLevel = Math.min(STRONGEST_GRAIN, Math.max(0, options.tones.grain));

  const drawRow = (pose: InteriorPose, target: InteriorTarget): void => {
    drawCavity(row, scene);
    drawTongue(row, scene, bumps);
    drawMucosa(row, scene);
    drawTeeth(row, scene, lowerLayer);
    drawContactShade(row, scene);
    if (plan.ownTeeth) drawTeeth(row, scene, upperLayer);
    drawTongueTip(row, scene, bumps);
    drawLipShade(row, scene, pose);
    if (grainLevel > 0) {
      const finer = Math.min(1, grainSize / scene.detail);
      drawGrain(row, grain, 1 / grainSize, grainLevel * finer);
    }
    if (!plan.ownTeeth) drawOverPhoto(row, scene, pose, target.r, target.g, target.b);
    storeRow(row, target);
  };

  return {
    paint(pose, opening, toHead, pixelSize, target) {
      if (!isUsable(pose, toHead, pixelSize, target) || !fillColumns(setting, pose, opening, columns)) return;
      scene.detail = Math.max(pixelSize, grainSize);
      scene.tongueX = plan.middleX - (pose.sightX ?? 0) * TONGUE_DEPTH;
      const level = textureLevel(scene.detail / (upperTeeth.pyramid.texel * plan.archScale));
      viewLevel(upperTeeth.pyramid, level, upperLayer.view);
      viewLevel(lowerTeeth.pyramid, level, lowerLayer.view);
      for (let j = 0; j < target.height; j++) {
        gatherRow(row, columns, toHead, MARGIN_PIXELS * pixelSize, target, j);
        if (row.count > 0) drawRow(pose, target);
      }
    },
    toothEdgeAt: (x) => toothEdgeAt(mouth.x, mouth.isOpen ? mouth.toothEdge : null, x),
  };
}

function photoTeeth(mouth: Mouth): LipOpening {
  const edge = mouth.toothEdge ?? new Float32Array(mouth.x.length);
  return { x: mouth.x, upper: edge, lower: edge };
}

function teethLayers(
  columns: MouthColumns,
  upper: ToothTexture,
  lower: ToothTexture,
): readonly [TeethLayer, TeethLayer] {
  const view = (texture: ToothTexture): TextureView => ({ ...texture.pyramid.levels[0]!, perSample: 1 });
  return [
    {
      texture: upper,
      view: view(upper),
      arch: columns.upperArch,
      edgeY: columns.upperTeethY,
      gain: columns.upperGain,
      level: 1,
      upwards: 1,
    },
    {
      texture: lower,
      view: view(lower),
      arch: columns.lowerArch,
      edgeY: columns.lowerTeethY,
      gain: columns.lowerGain,
      level: 0.76,
      upwards: -1,
    },
  ];
}

function isUsable(
  pose: InteriorPose,
  toHead: ArrayLike<number>,
  pixelSize: number,
  target: InteriorTarget,
): boolean {
  for (let k = 0; k < 6; k++) if (!Number.isFinite(toHead[k])) return false;
  const { jaw, tongueUp, tongueOut, protrusion, lowerLipRoll, sightX = 0, sightY = 0 } = pose;
  if (!Number.isFinite(jaw + tongueUp + tongueOut + protrusion + lowerLipRoll + sightX + sightY))
    return false;
  return pixelSize > 0 && Number.isFinite(pixelSize) && target.width <= WIDEST_TARGET;
}

/**
 * Mip level for `ratio` texels per pixel: slightly sharper than a full pixel of blur, and level 0 for pixels up
 * to 6 % larger than prepared for.
 */
function textureLevel(ratio: number): number {
  return Math.min(5, Math.max(0, log(0.75 * ratio) / Math.LN2));
}

/** Collects the pixels of target row `j` that lie between the lips, or at most `margin` beyond. */
function gatherRow(
  row: PixelRow,
  columns: MouthColumns,
  toHead: ArrayLike<number>,
  margin: number,
  target: InteriorTarget,
  j: number,
): void {
  const xi = toHead[0]!;
  const yi = toHead[3]!;
  const xStart = xi * target.x0 + toHead[1]! * (target.y0 + j) + toHead[2]!;
  const yStart = yi * target.x0 + toHead[4]! * (target.y0 + j) + toHead[5]!;
  const { upper, lower } = columns;
  const perColumn = 1 / columns.step;
  let count = 0;
  for (let i = 0; i < target.width; i++) {
    const x = xStart + xi * i;
    const y = yStart + yi * i;
    const position = (x - columns.x0) * perColumn;
    if (!(position >= 0 && position < COLUMNS - 1)) continue;
    const c = Math.floor(position);
    const f = position - c;
    const top = upper[c]! + (upper[c + 1]! - upper[c]!) * f;
    const bottom = lower[c]! + (lower[c + 1]! - lower[c]!) * f;
    if (y < top - margin || y > bottom + margin) continue;
    row.x[count] = x;
    row.y[count] = y;
    row.column[count] = c;
    row.fraction[count] = f;
    row.target[count] = j * target.width + i;
    count++;
  }
  row.count = count;
}

function storeRow(row: PixelRow, target: InteriorTarget): void {
  for (let n = 0; n < row.count; n++) {
    const p = row.target[n]!;
    target.r[p] = Math.min(255, Math.max(0, row.r[n]!));
    target.g[p] = Math.min(255, Math.max(0, row.g[n]!));
    target.b[p] = Math.min(255, Math.max(0, row.b[n]!));
  }
}

function toothEdgeAt(x: Float32Array, edge: Float32Array | null, at: number): number {
  if (edge === null) return Number.NEGATIVE_INFINITY;
  let i = 0;
  while (i < x.length - 2 && x[i + 1]! < at) i++;
  const t = Math.min(1, Math.max(0, (at - x[i]!) / Math.max(1e-7, x[i + 1]! - x[i]!)));
  return edge[i]! + (edge[i + 1]! - edge[i]!) * t;
}
