import type { Rig } from "../../portrait/index.js";
import { clamp, smoothstep } from "../../shared/numeric.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import type { FaceState } from "../deform/face-state.js";
import type { Framing } from "../framing.js";
import type { Kernels } from "../kernels/kernels.js";
import { drawCreases } from "./creases.js";
import { lineDepth } from "./line-depth.js";
import { LivePlate } from "./live-plate.js";
import type { SkinChange } from "./skin-change.js";
import { smileFolds } from "./smile-folds.js";

/** A change of the skin and what drives it. */
type SkinLayer = {
  readonly change: SkinChange;
  /** How much of it shows, `[-1, 1]`. */
  shareIn(state: FaceState): number;
};

/** Folds, creases and shades that come and go with the movements of the face. */
export class Skin {
  private readonly layers: readonly SkinLayer[];
  private readonly plate: LivePlate;
  private readonly shares: Float32Array;

  constructor(context: LatticeContext, kernels: Kernels, framing: Framing) {
    this.layers = createLayers(context);
    this.shares = new Float32Array(this.layers.length);
    const changes = this.layers.map(({ change }) => change);
    const bytes = skinBytes(context.rig, framing);
    this.plate = new LivePlate(kernels, context.plate, context.arena, changes, bytes);
  }

  /** Brings the plate to the state of the face. */
  update(state: FaceState): void {
    this.layers.forEach((layer, i) => {
      this.shares[i] = layer.shareIn(state);
    });
    this.plate.update(this.shares);
  }

  /** Calls `mark` with every plate rectangle that now looks other than the photo, pixels. */
  forEachChanged(mark: (left: number, top: number, side: number) => void): void {
    this.plate.forEachChanged(mark);
  }
}

function createLayers(context: LatticeContext): SkinLayer[] {
  // A drawn face has the folds that its draughtsman gave it.
  if (!context.rig.confident) return [];
  const raised = (brow: number): number => smoothstep(0.08, 0.7, brow);
  const smiling = (smile: number): number => clamp(smile / 0.4, 0, 1);
  const layer = (change: SkinChange, shareIn: SkinLayer["shareIn"]): SkinLayer => ({ change, shareIn });
  const creases = drawCreases(context, lineDepth(context));
  return [
    layer(smileFolds(context), (state) => state.unsmile),
    layer(creases.forehead[0], (state) => raised(state.browLeft)),
    layer(creases.forehead[1], (state) => raised(state.browRight)),
    layer(creases.frown, (state) => clamp(1.3 * state.knit, 0, 1)),
    layer(creases.eyes[0], (state) => clamp(state.squint + 0.6 * smiling(state.smileLeft), 0, 1)),
    layer(creases.eyes[1], (state) => clamp(state.squint + 0.6 * smiling(state.smileRight), 0, 1)),
    layer(creases.smile[0], (state) => smiling(state.smileLeft)),
    layer(creases.smile[1], (state) => smiling(state.smileRight)),
    layer(creases.chin, (state) => clamp(0.8 * state.press + 0.6 * state.protrusion, 0, 1)),
    layer(creases.cheeks, (state) => clamp(state.protrusion, 0, 1)),
    layer(creases.throat, (state) => clamp(state.jaw / 0.2, -0.5, 1)),
  ];
}

/** Kernel memory for the skin of one portrait: its face four times over. */
export function skinBytes(rig: Rig, framing: Framing): number {
  let [left, top, right, bottom] = [1e9, 1e9, -1e9, -1e9];
  for (let i = 0; i < 468 * 3; i += 3) {
    left = Math.min(left, rig.landmarks[i]!);
    right = Math.max(right, rig.landmarks[i]!);
    top = Math.min(top, rig.landmarks[i + 1]!);
    bottom = Math.max(bottom, rig.landmarks[i + 1]!);
  }
  const eye = rig.head.eyeDistance;
  const width = clamp((right - left + 0.4 * eye) * framing.scale + 64, 0, framing.width * 1.3);
  const height = clamp((bottom - top + 1.2 * eye) * framing.scale + 64, 0, framing.height * 1.3);
  return Math.ceil(width * height * 4.5 * 4) + 65_536;
}
