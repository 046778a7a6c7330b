import { log } from "../../shared/portable-math.js";
import {
  createPixelRow,
  drawCavity,
  drawContactShade,
  drawGrain,
  drawLipShade,
  drawLowerTeeth,
  drawMucosa,
  drawOverPhoto,
  drawTongue,
  drawTongueTip,
  drawUpperTeeth,
  type LayerScene,
  type PixelRow,
} from "./interior-layers.js";
import { interiorTones } from "./interior-tones.js";
import {
  type InteriorPose,
  type InteriorTarget,
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
} from "./mouth-columns.js";
import { planMouth } from "./mouth-plan.js";
import { createBumpTile, createGrainTile } from "./noise.js";
import { createLowerTeeth, createUpperTeeth } from "./tooth-texture.js";

const WIDEST_TARGET = 8192;

/**
 * Prepares the inside of one mouth: teeth, tongue and cavity in the photo's light and colours. All that does
 * not move is drawn here; `paint` allocates nothing.
 */
export function createMouthInterior(options: MouthInteriorOptions): MouthInterior {
  const { mouth } = options;
  const tones = interiorTones(options.tones);
  const plan = planMouth(mouth);
  const upperTeeth = createUpperTeeth(tones);
  const lowerTeeth = createLowerTeeth(tones);
  const setting = { mouth, plan, upperTeeth, lowerTeeth, ...createArches(plan), sideLight: tones.sideLight };
  const columns = createMouthColumns();
  const scene: LayerScene = {
    tones,
    columns,
    middleX: plan.middleX,
    archScale: plan.archScale,
    pixelSize: 1,
    level: 0,
  };
  const row = createPixelRow(WIDEST_TARGET);
  const bumps = createBumpTile();
  const grain = createGrainTile();
  const grainSize = options.grainSize ?? 1 / 180;
  const grainLevel = Math.min(12, Math.max(0, options.tones.grain));

  const drawRow = (pose: InteriorPose, target: InteriorTarget): void => {
    drawCavity(row, scene);
    drawTongue(row, scene, bumps);
    drawMucosa(row, scene);
    drawLowerTeeth(row, scene, lowerTeeth);
    drawContactShade(row, scene);
    if (plan.ownTeeth) drawUpperTeeth(row, scene, upperTeeth);
    drawTongueTip(row, scene, bumps);
    drawLipShade(row, scene, pose);
    if (grainLevel > 0) {
      const finer = Math.min(1, grainSize / scene.pixelSize);
      drawGrain(row, grain, 1 / grainSize, grainLevel * finer);
    }
    if (!plan.ownTeeth) drawOverPhoto(row, scene, pose, target.r, target.g, target.b);
    storeRow(row, target);
  };

  return {
    paint(pose, opening, toHead, pixelSize, target) {
      if (!isUsable(toHead, pixelSize, target) || !fillColumns(setting, pose, opening, columns)) return;
      scene.pixelSize = pixelSize;
      scene.level = textureLevel(pixelSize / (upperTeeth.pyramid.texel * plan.archScale));
      for (let j = 0; j < target.height; j++) {
        gatherRow(row, columns, toHead, MARGIN_PIXELS * pixelSize, target, j);
        if (row.count > 0) drawRow(pose, target);
      }
    },
    toothEdgeAt: (x) => toothEdgeAt(mouth.x, mouth.isOpen ? mouth.toothEdge : null, x),
  };
}

function isUsable(toHead: ArrayLike<number>, pixelSize: number, target: InteriorTarget): boolean {
  for (let k = 0; k < 6; k++) if (!Number.isFinite(toHead[k])) return false;
  return pixelSize > 0 && Number.isFinite(pixelSize) && target.width <= WIDEST_TARGET;
}

/** Mip level for `ratio` texels per pixel; slightly sharper than a full pixel of blur. */
function textureLevel(ratio: number): number {
  return Math.min(5, Math.max(0, log(0.85 * ratio) / Math.LN2));
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
