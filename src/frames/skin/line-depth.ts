import { smoothstep } from "../../shared/numeric.js";
import { log } from "../../shared/portable-math.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { blur, createSkinGrid, type SkinPart, viewSkin } from "./skin-grid.js";
import { bareSkin } from "./skin-likeness.js";

const PARTS: readonly SkinPart[] = [
  // Forehead, and beside the eyes.
  { points: [9, 151, 104, 333], above: 0, beside: 0.1, below: 0 },
  { points: [130, 226, 143], above: 0.1, beside: 0.14, below: 0.1 },
  { points: [359, 446, 372], above: 0.1, beside: 0.14, below: 0.1 },
];

/** What is assumed where little skin shows. */
const USUAL = 0.15;
/** Rougher than skin can be: paint, or hair everywhere. */
const BRUSHWORK = 0.045;

/** How deeply the skin is lined already, `[0, 1]`: how far movement will fold it. Half of the skin decides, not its edges. */
export function lineDepth(context: LatticeContext): number {
  const depths: number[] = [];
  for (const part of PARTS) {
    const grid = createSkinGrid(context, part, 64);
    const view = viewSkin(context, grid);
    const skin = bareSkin(context, grid, view);
    const level = view.light.map(log);
    const coarse = blur(level, grid.columns, grid.rows, 0.03 * grid.density);
    for (let i = 0; i < skin.length; i++) {
      if (skin[i]! > 0.9) depths.push(Math.abs(level[i]! - coarse[i]!));
    }
  }
  if (depths.length < 40) return USUAL;
  depths.sort((a, b) => a - b);
  const median = depths[depths.length >> 1]!;
  return median > BRUSHWORK ? USUAL : 0.8 * smoothstep(0.009, 0.035, median);
}
