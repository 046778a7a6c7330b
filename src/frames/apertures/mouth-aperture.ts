import type { FacePose } from "../../performance/index.js";
import { clamp, smoothstep } from "../../shared/numeric.js";
import { exp } from "../../shared/portable-math.js";
import type { FaceState } from "../deform/face-state.js";
import type { HeadMotion, MovingPoints } from "../deform/head-motion.js";
import type { LipController } from "../deform/lip-controller.js";
import type { Kernels } from "../kernels/kernels.js";
import {
  createMouthInterior,
  type InteriorTarget,
  type LipOpening,
  type MouthInterior,
} from "../mouth-interior/index.js";
import { Aperture, type Canvas } from "./aperture.js";
import { composeMixed, type MixedPixel, type Mixture } from "./compose.js";
import { type LatticeContext, pixelsPerEyeDistance } from "./edge-lattice.js";
import { createLip, createPhotoInterior, mouthPatchSize } from "./lip-lattices.js";

/** How far each lip continues past its edge, so that a parted lip shows its wet inner rim; eye distances. */
const RIM_UPPER = 0.012;
const RIM_LOWER = 0.018;
/** The dark line between closed lips goes out of sight while they part by this gap. */
const LINE_GONE = 0.045;

/** Articulation by which an open photo's own mouth has given way to the drawn one. */
const ONSET = 0.2;

/** A dark mouth, nearly black. */
const DARK_Y = 36;
const DARK_U = 127;
const DARK_V = 130;

/** The lips and what is between them. */
export class MouthAperture {
  private readonly aperture: Aperture;
  private readonly interior: MouthInterior;
  private readonly target: InteriorTarget;
  private readonly opening: LipOpening;
  private readonly plane: MovingPoints;
  private readonly projected = new Float32Array(9);
  private readonly toHead = new Float64Array(6);
  private readonly scale: number;

  constructor(
    private readonly context: LatticeContext,
    kernels: Kernels,
    table: number,
    grainSize: number,
  ) {
    const { rig, plate, arena } = context;
    this.scale = pixelsPerEyeDistance(rig, plate.placement);
    const upper = createLip(context, "upper", this.scale);
    const lower = createLip(context, "lower", this.scale);
    const inner = rig.mouth.isOpen ? createPhotoInterior(context, this.scale) : null;
    const size = mouthPatchSize(this.scale, context);
    this.aperture = new Aperture(kernels, plate, table, arena, { upper, lower, inner }, this.scale, size);
    this.interior = createMouthInterior({
      mouth: rig.mouth,
      tones: rig.tones,
      grainSize,
      isDrawn: !rig.confident,
    });
    const samples = rig.mouth.x.length;
    this.opening = {
      x: new Float32Array(samples),
      upper: new Float32Array(samples),
      lower: new Float32Array(samples),
    };
    const pixels = this.aperture.stride * (Math.ceil(size[1] / 8) + 1) * 8;
    this.target = {
      x0: 0,
      y0: 0,
      width: 0,
      height: 0,
      r: new Float32Array(pixels),
      g: new Float32Array(pixels),
      b: new Float32Array(pixels),
    };
    this.innerPlanes = {
      y: new Uint8Array(pixels),
      u: new Uint8Array(pixels / 4),
      v: new Uint8Array(pixels / 4),
    };
    this.plane = this.interiorPlane();
    this.parting = new Float32Array(upper.columns);
  }

  private readonly innerPlanes: { y: Uint8Array; u: Uint8Array; v: Uint8Array };
  /** How far the lips have parted at each column of their lattices, `[0, 1]`. */
  private readonly parting: Float32Array;

  /** Draws the mouth of one frame over the canvas. */
  draw(canvas: Canvas, motion: HeadMotion, state: FaceState, pose: FacePose, lips: LipController): void {
    const { aperture, scale } = this;
    this.part(state);
    if (!aperture.place(canvas, motion, state, {})) return;
    // Parted lips shade their rims, closed ones are only cut.
    const opened = state.gapCentre > (this.context.rig.mouth.isOpen ? this.context.rig.mouth.gap : 0) + 1e-3;
    if (
      aperture.classify(opened ? Math.max(2, 0.05 * scale) : 2, (0.15 + this.closedBy(state)) * scale) === 0
    )
      return;
    aperture.sample(canvas);
    this.paintInterior(motion, state, pose, lips);
    const mix = this.createMix(state);
    // What the photo shows of an open mouth and what is drawn in its place never match to the pixel.
    const share = this.context.rig.mouth.isOpen ? smoothstep(0, ONSET, pose.articulation) : 1;
    composeMixed(aperture, canvas, this.innerPlanes, mix, share);
  }

  /** How far the lips have come together from the photo's own gap: as far the coarse surface beneath is crumpled. */
  private closedBy(state: FaceState): number {
    const { mouth } = this.context.rig;
    return mouth.isOpen ? Math.max(0, mouth.gap - state.gapCentre) : 0;
  }

  private part(state: FaceState): void {
    const { parting, aperture, context } = this;
    const { x, upperInner, lowerInner } = context.rig.mouth;
    const last = x.length - 1;
    for (let i = 0; i < parting.length; i++) {
      const column = aperture.upper.lattice.description.points.x[i]!;
      const p = ((column - x[0]!) / (x[last]! - x[0]!)) * last;
      const k = clamp(Math.round(p), 0, last);
      parting[i] = smoothstep(0, LINE_GONE, state.gap[k]! - (lowerInner[k]! - upperInner[k]!));
    }
    aperture.upper.lattice.part(parting);
    aperture.lower.lattice.part(parting);
  }

  /** Lips cast a soft shade along their parted rim; the lower lip lies under the upper one. */
  private createMix(state: FaceState): (pixel: MixedPixel, result: Mixture) => void {
    const { scale, context } = this;
    const { mouth } = context.rig;
    const opened = clamp((state.gapCentre - (mouth.isOpen ? mouth.gap : 0)) / 0.12, 0, 1);
    const under = mouth.isOpen ? 0.3 : 1.6;
    return (pixel, result) => {
      const q = 1 - pixel.t * pixel.t;
      const open = q > 0 ? opened * q : 0;
      const extendUpper = RIM_UPPER * open * scale;
      const extendLower = RIM_LOWER * open * scale;
      result.upperAlpha = clamp(0.5 - (pixel.upperS - 0.3 - extendUpper) / 1.3, 0, 1);
      result.lowerAlpha =
        q <= 0 ? 1 : clamp(0.5 + (pixel.lowerS + Math.max(under * (1 - open), extendLower)) / 1.3, 0, 1);
      result.upperShade = 1;
      result.lowerShade = 1;
      result.innerShade = 1;
      if (open <= 0) return;
      const up = -pixel.upperS / scale;
      result.upperShade =
        up >= 0 ? 1 - 0.34 * open * exp(-up / 0.016) : 1 - open * (0.34 - 0.38 * (up / RIM_UPPER));
      const low = pixel.lowerS / scale;
      result.lowerShade =
        low >= 0 ? 1 - 0.24 * open * exp(-low / 0.02) : 1 - open * (0.24 - 0.38 * (low / RIM_LOWER));
      if (result.upperShade < 0.3) result.upperShade = 0.3;
      if (result.lowerShade < 0.3) result.lowerShade = 0.3;
    };
  }

  private paintInterior(motion: HeadMotion, state: FaceState, pose: FacePose, lips: LipController): void {
    const { target, opening, toHead } = this;
    for (let i = 0; i < opening.x.length; i++) {
      opening.x[i] = (lips.upper.x[i]! + lips.lower.x[i]!) / 2;
      opening.upper[i] = lips.upper.y[i]!;
      opening.lower[i] = Math.max(lips.lower.y[i]!, lips.upper.y[i]!);
    }
    this.solveAffine(motion);
    this.fitTarget();
    if (this.aperture.inner) this.loadPhotoInterior();
    else {
      // Where nothing is painted, a mouth is dark.
      const pixels = target.width * target.height;
      target.r.fill(40, 0, pixels);
      target.g.fill(20, 0, pixels);
      target.b.fill(18, 0, pixels);
    }
    const sight = motion.sight();
    this.interior.paint(
      {
        jaw: state.jaw,
        tongueUp: pose.tongueUp * pose.articulation,
        tongueOut: pose.tongueOut * pose.articulation,
        protrusion: state.protrusion,
        lowerLipRoll: state.roll,
        sightX: sight.x,
        sightY: sight.y,
      },
      opening,
      toHead,
      Math.sqrt(Math.abs(toHead[0]! * toHead[4]! - toHead[1]! * toHead[3]!)),
      target,
    );
    this.storeInterior();
  }

  /** Limits the painted rectangle to the opening and what anti-aliased lips let through, in whole cells. */
  private fitTarget(): void {
    const { opening, projected, plane, target } = this;
    const { patch, cell } = this.aperture;
    const at = (x: number, y: number, axis: 0 | 1): number =>
      projected[axis]! +
      ((x - plane.x[0]!) * (projected[3 + axis]! - projected[axis]!) +
        (y - plane.y[0]!) * (projected[6 + axis]! - projected[axis]!)) /
        0.2;
    let [left, top, right, bottom] = [1e9, 1e9, -1e9, -1e9];
    for (let i = 0; i < opening.x.length; i++) {
      for (const y of [opening.upper[i]!, opening.lower[i]!]) {
        const px = at(opening.x[i]!, y, 0);
        const py = at(opening.x[i]!, y, 1);
        left = Math.min(left, px);
        right = Math.max(right, px);
        top = Math.min(top, py);
        bottom = Math.max(bottom, py);
      }
    }
    // The corners lie deeper than the plane that is painted, so on turned faces they miss it by some pixels.
    const border = Math.max(8, 0.1 * this.scale);
    const fit = (value: number, origin: number, cells: number): number =>
      origin + clamp(Math.floor((value - origin) / cell), 0, cells) * cell;
    const view = target as { x0: number; y0: number; width: number; height: number };
    view.x0 = fit(left - border, patch.x0, patch.columns);
    view.y0 = fit(top - border, patch.y0, patch.rows);
    view.width = fit(right + border + cell, patch.x0, patch.columns) - view.x0;
    view.height = fit(bottom + border + cell, patch.y0, patch.rows) - view.y0;
  }

  /** Three points of the plane behind the lips, whose projection gives the map from pixels to the head frame. */
  private interiorPlane(): MovingPoints {
    const { mouth } = this.context.rig;
    const middle = mouth.x.length >> 1;
    const x = mouth.x[middle]!;
    const y = mouth.upperInner[middle]!;
    const z = mouth.z[middle]!;
    return {
      count: 3,
      x: Float32Array.of(x, x + 0.2, x),
      y: Float32Array.of(y, y, y + 0.2),
      z: Float32Array.of(z, z, z),
      headWeight: Float32Array.of(1, 1, 1),
      breathWeight: Float32Array.of(0, 0, 0),
    };
  }

  private solveAffine(motion: HeadMotion): void {
    const { plane, projected, toHead } = this;
    motion.project(plane, null, null, null, null, projected, 3);
    const [ox, oy] = [projected[0]!, projected[1]!];
    const ax = (projected[3]! - ox) / 0.2;
    const ay = (projected[4]! - oy) / 0.2;
    const bx = (projected[6]! - ox) / 0.2;
    const by = (projected[7]! - oy) / 0.2;
    const inverse = 1 / (ax * by - ay * bx);
    toHead[0] = by * inverse;
    toHead[1] = -bx * inverse;
    toHead[3] = -ay * inverse;
    toHead[4] = ax * inverse;
    // Pixel centres lie at half coordinates.
    toHead[2] = plane.x[0]! - toHead[0]! * (ox - 0.5) - toHead[1]! * (oy - 0.5);
    toHead[5] = plane.y[0]! - toHead[3]! * (ox - 0.5) - toHead[4]! * (oy - 0.5);
  }

  private loadPhotoInterior(): void {
    const { aperture, target } = this;
    const inner = aperture.inner!;
    const { stride, patch } = aperture;
    const shift = aperture.cell === 8 ? 3 : 2;
    for (let j = 0; j < target.height; j++) {
      const y = target.y0 - patch.y0 + j;
      for (let i = 0; i < target.width; i++) {
        const x = target.x0 - patch.x0 + i;
        if (inner.scratch.view[(y >> shift) * patch.columns + (x >> shift)] !== 1) continue;
        const from = y * stride + x;
        const half = (y >> 1) * (stride >> 1) + (x >> 1);
        const luma = 1.164384 * (inner.y.view[from]! - 16);
        const u = inner.u.view[half]! - 128;
        const v = inner.v.view[half]! - 128;
        const at = j * target.width + i;
        target.r[at] = clamp(luma + 1.792741 * v, 0, 255);
        target.g[at] = clamp(luma - 0.213249 * u - 0.532909 * v, 0, 255);
        target.b[at] = clamp(luma + 2.112402 * u, 0, 255);
      }
    }
  }

  private storeInterior(): void {
    const { aperture, target, innerPlanes } = this;
    const { stride, patch, upper } = aperture;
    // Beyond what is painted it is dark.
    const pixels = stride * patch.rows * aperture.cell;
    innerPlanes.y.fill(DARK_Y, 0, pixels);
    innerPlanes.u.fill(DARK_U, 0, pixels / 4);
    innerPlanes.v.fill(DARK_V, 0, pixels / 4);
    const shift = aperture.cell === 8 ? 3 : 2;
    const { r, g, b, width } = target;
    for (let j = 0; j < target.height; j += 2) {
      const y = target.y0 - patch.y0 + j;
      for (let i = 0; i < width; i += 2) {
        const x = target.x0 - patch.x0 + i;
        if (upper.scratch.view[(y >> shift) * patch.columns + (x >> shift)] !== 1) continue;
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let k = 0; k < 4; k++) {
          const at = (j + (k >> 1)) * width + i + (k & 1);
          innerPlanes.y[(y + (k >> 1)) * stride + x + (k & 1)] =
            16.5 + 0.182586 * r[at]! + 0.614231 * g[at]! + 0.062007 * b[at]!;
          // Chroma is sited on the left column: that counts twice, its neighbours once.
          const beside = (k & 1) === 1 ? at : i === 0 ? at : at - 1;
          const here = (k & 1) === 1 ? 0 : 2;
          red += r[beside]! + here * r[at]!;
          green += g[beside]! + here * g[at]!;
          blue += b[beside]! + here * b[at]!;
        }
        const half = (y >> 1) * (stride >> 1) + (x >> 1);
        innerPlanes.u[half] = 128.5 + (-0.100644 * red - 0.338572 * green + 0.439216 * blue) / 8;
        innerPlanes.v[half] = 128.5 + (0.439216 * red - 0.398942 * green - 0.040274 * blue) / 8;
      }
    }
  }
}
