import type { Eye } from "../../portrait/index.js";
import { clamp, smoothstep } from "../../shared/numeric.js";
import { curveAt } from "../deform/curve-at.js";
import type { FaceState } from "../deform/face-state.js";
import type { HeadMotion } from "../deform/head-motion.js";
import type { ExtraMotion, MovingLattice } from "../deform/moving-lattice.js";
import type { Kernels } from "../kernels/kernels.js";
import { Aperture, type Canvas } from "./aperture.js";
import { composeMixed, type MixedPixel, type Mixture } from "./compose.js";
import { createEdgeLattice, type LatticeContext, pixelsPerEyeDistance } from "./edge-lattice.js";
import { createLidSkin, LASH_HEIGHT, type LidSkin, measureRim } from "./lid-skin.js";

/** Skin beside the corners and below the lower lid that the aperture draws, eye distances. */
const BESIDE = 0.1;
const BELOW = 0.1;
/** Radius of the eyeball, by which gaze angles become shifts of the iris. */
const EYEBALL_RADIUS = 0.235;

/** Movements below so many pixels are left out: nobody sees them. */
const STILL = 0.12;

/** State of one eye in one frame. */
export type EyePose = {
  /** 0 as in the photo, 1 closed, below 0 wider. */
  readonly closed: number;
  /** Gaze relative to the photo, radians. */
  readonly gazeX: number;
  readonly gazeY: number;
};

/** One eye: lids that close over an eyeball that turns. */
export class EyeAperture {
  private readonly aperture: Aperture;
  private readonly scale: number;
  /** Height of the skin above the lid that takes part in a blink. */
  private readonly reach: number;
  /** Per vertex of the upper lattice: travel to the closed position. */
  private readonly travel: Float32Array;
  private readonly gazeWeight: Float32Array;
  private readonly skin: LidSkin;
  /** How far the eye is opened beyond the photo, per column of the eyeball's lattice. */
  private readonly wideness: Float32Array;

  constructor(
    context: LatticeContext,
    private readonly eye: Eye,
    kernels: Kernels,
    table: number,
  ) {
    const { rig, plate, arena } = context;
    this.scale = pixelsPerEyeDistance(rig, plate.placement);
    this.reach = lidReach(eye);
    const upper = createLid(context, eye, "upper", this.scale, this.reach);
    const lower = createLid(context, eye, "lower", this.scale, this.reach);
    const inner = createEyeball(context, eye, this.scale);
    this.aperture = new Aperture(
      kernels,
      plate,
      table,
      arena,
      { upper, lower, inner },
      this.scale,
      eyePatchSize(this.scale, eye),
    );
    this.skin = createLidSkin(context, eye);
    this.travel = this.lidTravel(upper, measureRim(context, eye));
    this.gazeWeight = this.irisWeight(inner);
    this.wideness = new Float32Array(inner.columns);
  }

  /** Draws the eye of one frame over the canvas. */
  draw(canvas: Canvas, motion: HeadMotion, state: FaceState, pose: EyePose): void {
    const { aperture, scale } = this;
    const turned = EYEBALL_RADIUS * scale * Math.max(Math.abs(pose.gazeX), Math.abs(pose.gazeY));
    if (turned < STILL && Math.abs(pose.closed) * this.eye.opening * scale < STILL) return;
    const close: ExtraMotion = (_dx, dy) => {
      for (let i = 0; i < dy.length; i++) dy[i]! += pose.closed * this.travel[i]!;
    };
    const turn: ExtraMotion = (dx, dy) => {
      const x = EYEBALL_RADIUS * pose.gazeX;
      const y = EYEBALL_RADIUS * pose.gazeY;
      for (let i = 0; i < dx.length; i++) {
        dx[i]! += x * this.gazeWeight[i]!;
        dy[i]! += y * this.gazeWeight[i]!;
      }
    };
    this.wideness.fill(smoothstep(0, 0.15, -pose.closed));
    aperture.inner!.lattice.part(this.wideness);
    if (!aperture.place(canvas, motion, state, { upper: close, inner: turn })) return;
    const closed = clamp(pose.closed, 0, 1);
    if (Math.abs(pose.closed) * this.eye.opening * scale < STILL) {
      // Only the eyeball turns: the skin around it is already drawn.
      aperture.classify(2, 3);
    } else {
      // While the lid closes its whole strip is painted, else only the rim is mixed.
      aperture.classify(closed > 0.01 ? Math.max(2, LASH_HEIGHT * scale) : 2, Number.POSITIVE_INFINITY);
    }
    aperture.sample(canvas);
    const inner = aperture.inner!;
    composeMixed(
      aperture,
      canvas,
      { y: inner.y.view, u: inner.u.view, v: inner.v.view },
      this.createMix(closed),
    );
  }

  /**
   * The closing lid: skin without lashes unfolds, the lashes foreshorten until the lid is half down and then hang below
   * its edge; the lid line darkens.
   */
  private createMix(closed: number): (pixel: MixedPixel, result: Mixture) => void {
    const { scale, skin } = this;
    const hidden = smoothstep(0.86, 1, closed);
    const openingNow = Math.max(0.002, this.eye.opening * (1 - closed));
    const lidShade = 0.3 * closed;
    const painted = clamp(closed / 0.3, 0, 1);
    const upward = 1 - 2 * closed;
    return (pixel, result) => {
      result.upperAlpha = clamp(0.5 - (pixel.upperS - 0.3) / 1.3, 0, 1);
      // A closed eye shows no eyeball: the lower lid's skin reaches under the upper one.
      result.lowerAlpha = Math.max(clamp(0.5 + (pixel.lowerS - 0.3 + 1.6 * closed) / 1.3, 0, 1), hidden);
      result.lowerShade = 1;
      result.upperPaint = 0;
      result.upperShade = 1;
      // The upper lid shades the eyeball it comes down over.
      const below = pixel.upperS / scale;
      result.innerShade = 1 - lidShade * (1 - smoothstep(0, Math.min(0.06, openingNow), Math.max(0, below)));
      if (painted === 0) return;
      const within = 1 - smoothstep(0.72, 1, Math.abs(pixel.t));
      if (below <= 0.5 / scale) {
        const height = Math.max(0, -below);
        if (height < LASH_HEIGHT) {
          result.upperPaint = painted * within * (1 - smoothstep(0.4 * LASH_HEIGHT, LASH_HEIGHT, height));
          skin.skin(pixel.t, height, closed, result.upperColour);
          const lash = upward > 0.05 ? skin.lash(pixel.t, height / upward) : 1;
          const line = 1 - 0.6 * closed * lineShade(height / 0.012);
          result.upperShade = 1 + (lash * line - 1) * result.upperPaint;
        }
      } else if (upward < 0) {
        const lash = skin.lash(pixel.t, below / (-upward * 0.8));
        result.lowerShade = 1 + (lash - 1) * within * 0.8;
      }
    };
  }

  private lidTravel(lattice: MovingLattice, rim: Float32Array): Float32Array {
    const { points, columns } = lattice.description;
    const travel = new Float32Array(points.count);
    const upper = curveAt(this.eye.x, this.eye.upperLid);
    const lower = curveAt(this.eye.x, this.eye.lowerLid);
    const over = curveAt(this.eye.x, rim);
    for (let i = 0; i < points.count; i++) {
      const x = points.x[i % columns]!;
      const edge = upper(x);
      const away = clamp((edge - points.y[i]!) / this.reach, 0, 1);
      const spread = (1 - away) * (1 - away) * (1 + 0.6 * away);
      travel[i] = Math.max(0, lower(x) + over(x) - edge + 0.006) * spread * inside(this.eye, x);
    }
    return travel;
  }

  private irisWeight(lattice: MovingLattice): Float32Array {
    const { points } = lattice.description;
    const { iris, cornerLeft, cornerRight } = this.eye;
    const weight = new Float32Array(points.count);
    for (let i = 0; i < points.count; i++) {
      const dx = points.x[i]! - iris.x;
      const dy = (points.y[i]! - iris.y) * 0.6;
      const corner = dx < 0 ? iris.x - cornerLeft.x : cornerRight.x - iris.x;
      const end = Math.max(1.6 * iris.radius, corner * 0.95);
      weight[i] = 1 - smoothstep(1.1 * iris.radius, end, Math.sqrt(dx * dx + dy * dy));
    }
    return weight;
  }
}

/** exp(-x^2) near enough for a shade, without the exponential. */
function lineShade(x: number): number {
  const q = 1 + 0.5 * x * x;
  return 1 / (q * q);
}

/** Largest patch of an eye, pixels. */
export function eyePatchSize(scale: number, eye: Eye): [number, number] {
  const width = eye.cornerRight.x - eye.cornerLeft.x + 2 * BESIDE + 0.2;
  const height = lidReach(eye) + eye.opening + BELOW + 0.35;
  return [Math.ceil(width * scale) + 32, Math.ceil(height * scale) + 32];
}

function lidReach(eye: Eye): number {
  const lid = Math.min(...eye.upperLid);
  return clamp(0.85 * (lid - eye.browY), 0.14, 0.32);
}

/** 1 between the corners, 0 beyond. */
function inside(eye: Eye, x: number): number {
  return x <= eye.cornerLeft.x || x >= eye.cornerRight.x ? 0 : 1;
}

function columnsOf(eye: Eye, scale: number): Float32Array {
  const left = eye.cornerLeft.x - BESIDE;
  const right = eye.cornerRight.x + BESIDE;
  const count = Math.max(8, Math.round((right - left) / Math.max(0.024, 4 / scale))) + 1;
  return Float32Array.from({ length: count }, (_, i) => left + ((right - left) * i) / (count - 1));
}

function evenRows(from: number, to: number, step: number): number[] {
  const count = Math.max(1, Math.ceil(Math.abs(to - from) / step));
  return Array.from({ length: count }, (_, i) => from + ((to - from) * (i + 1)) / count);
}

function createLid(
  context: LatticeContext,
  eye: Eye,
  side: "upper" | "lower",
  scale: number,
  reach: number,
): MovingLattice {
  const step = Math.max(0.022, 3.5 / scale);
  const sign = side === "upper" ? -1 : 1;
  const outward = evenRows(0, (side === "upper" ? reach + 0.03 : BELOW) * sign, step);
  const past = [
    ...evenRows(0, -0.03 * sign, step),
    -(eye.opening + 0.1) * sign,
    -(eye.opening + 0.22) * sign,
  ];
  return createEdgeLattice(context, {
    x: columnsOf(eye, scale),
    offsets: Float32Array.from([...outward, 0, ...past].sort((a, b) => a - b)),
    edge: curveAt(eye.x, side === "upper" ? eye.upperLid : eye.lowerLid),
    depth: curveAt(eye.x, eye.z),
    source: (_x, offset) => offset,
    attribute: (x) => (2 * (x - eye.cornerLeft.x)) / (eye.cornerRight.x - eye.cornerLeft.x) - 1,
    // Both lids lie above the mouth: the jaw must not reach them.
    side: "upper",
  });
}

/** The eyeball as far as the photo shows it; behind the lids the nearest visible part goes on. */
function createEyeball(context: LatticeContext, eye: Eye, scale: number): MovingLattice {
  const step = Math.max(0.022, 3.5 / scale);
  const upper = curveAt(eye.x, eye.upperLid);
  const lower = curveAt(eye.x, eye.lowerLid);
  const inset = 1.5 / scale;
  return createEdgeLattice(context, {
    x: columnsOf(eye, scale),
    offsets: Float32Array.from(
      [...evenRows(0, -0.1, step), 0, ...evenRows(0, eye.opening + 0.12, step)].sort((a, b) => a - b),
    ),
    edge: upper,
    depth: curveAt(eye.x, eye.z),
    source: (_x, offset) => offset,
    // Eyes opened wider than in the photo show more of what is seen of the eyeball, not the lids on it.
    partedSource: (x, offset) => {
      const opening = lower(x) - upper(x);
      if (offset < 0) return Math.min(opening / 2, Math.max(inset, -offset * 0.5));
      return offset > opening
        ? Math.max(opening / 2, opening - Math.max(inset, (offset - opening) * 0.5))
        : offset;
    },
    attribute: (x) => x,
    side: null,
  });
}
