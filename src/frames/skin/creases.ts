import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { exp, gauss, sin } from "../../shared/portable-math.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { landmarkInHead } from "../deform/face-measures.js";
import { distanceToPath } from "./path-distance.js";
import type { SkinChange } from "./skin-change.js";
import { createSkinGrid, type SkinGrid, type SkinPart, viewSkin } from "./skin-grid.js";
import { bareSkin } from "./skin-likeness.js";

/** Depth of a crease at a place of the head frame, log units of light: < 0 is shade. */
type Relief = (x: number, y: number) => number;

/** A crease seen from across: a narrow valley with a soft ridge beside it; `d` is the distance from its bottom. */
function fold(d: number, width: number): number {
  return (
    -gauss(d / width) +
    0.42 * gauss((d + 2.3 * width) / (1.8 * width)) +
    0.2 * gauss((d - 2.6 * width) / (2 * width))
  );
}

/** A part of the face with the skin that can crease there. */
type Canvas = { readonly grid: SkinGrid; readonly skin: Float32Array };

const FOREHEAD: SkinPart = { points: [10, 103, 332, 70, 300, 168], above: 0, beside: 0.05, below: 0.05 };
const TEMPLES: SkinPart = { points: [33, 263, 234, 454], above: 0.25, beside: 0, below: 0.05 };
const LOWER_FACE: SkinPart = { points: [129, 358, 187, 411, 152], above: 0.1, beside: 0.1, below: 0 };
const THROAT: SkinPart = { points: [172, 397, 152], above: 0.1, beside: 0.1, below: 0.7 };

/** Lines across the forehead over one brow, as a raised brow folds them. */
function foreheadLines(context: LatticeContext, side: 0 | 1, age: number): Relief {
  const { measures, rig } = context;
  const top = landmarkInHead(rig, 10).y;
  const bottom = Math.min(measures.brows[0].y, measures.brows[1].y) - 0.17;
  const lines = [0.06, 0.3, 0.53, 0.76].map((share) => lerp(bottom, top + 0.06, share));
  const centre = measures.browCentreX;
  const reach = Math.max(
    0.45,
    Math.abs(measures.brows[side].x - centre) + measures.brows[side].halfWidth * 0.75,
  );
  return (x, y) => {
    const across = (x - centre) * (side === 0 ? -1 : 1);
    const own = smoothstep(-0.22, 0.22, across) * (1 - smoothstep(0.6 * reach, reach, across));
    if (own === 0) return 0;
    let depth = 0;
    lines.forEach((line, k) => {
      // Each line hangs a little in the middle and wavers in its own way.
      const d = y - line - 0.035 * (across / reach) * (across / reach) - 0.012 * sin(7 * x + 2.1 * k);
      const strength = [1, 0.9, 0.65, 0.35][k]! * (0.75 + 0.25 * sin(4.3 * x + 1.7 * k));
      depth += strength * fold(d, 0.015);
    });
    return own * depth * lerp(0.016, 0.12, age);
  };
}

/** The upright lines between knitted brows, and the shade of their gathered inner ends. */
function frownLines(context: LatticeContext, age: number): Relief {
  const { browCentreX, browY } = context.measures;
  return (x, y) => {
    const along = smoothstep(-0.2, -0.08, y - browY) * (1 - smoothstep(0.06, 0.18, y - browY));
    if (along === 0) return 0;
    let depth = 0;
    for (const sign of [-1, 1]) {
      const d = (x - browCentreX) * sign - 0.075 - 0.12 * (y - browY) * sign * 0.2;
      depth += fold(-d, 0.014) * (sign < 0 ? 1 : 0.8);
    }
    const between = 0.35 * gauss((x - browCentreX) / 0.09);
    return along * (depth * lerp(0.06, 0.18, age) - between * 0.06);
  };
}

/** Crow's feet beside one eye, and the crease under its lid. */
function eyeCreases(context: LatticeContext, side: 0 | 1, age: number): Relief {
  const { rig, measures } = context;
  const eye = rig.eyes[side];
  const corner = side === 0 ? eye.cornerLeft : eye.cornerRight;
  const sign = side === 0 ? -1 : 1;
  const { x: middle, lowerY, halfWidth } = measures.eyes[side];
  return (x, y) => {
    const dx = (x - corner.x) * sign;
    const dy = y - corner.y;
    let depth = 0;
    if (dx > 0.02 && dx < 0.34) {
      const fade = smoothstep(0.04, 0.12, dx) * (1 - smoothstep(0.16, 0.32, dx));
      for (const slope of [-0.42, -0.02, 0.4]) {
        const d = (dy - slope * dx - 0.25 * slope * dx * dx) / Math.sqrt(1 + slope * slope);
        depth += fade * fold(d, 0.011) * lerp(0.025, 0.13, age);
      }
    }
    const t = (x - middle) / (1.15 * halfWidth);
    if (Math.abs(t) < 1) {
      const d = y - lowerY - 0.075 + 0.05 * t * t;
      depth += (1 - t * t) * fold(d, 0.017) * lerp(0.05, 0.09, age);
    }
    return depth;
  };
}

/** Mesh points along the fold from the wing of the nose to beside the mouth; picture's left, then right. */
const NASOLABIAL = [
  [129, 203, 206, 216],
  [358, 423, 426, 436],
] as const;

/** The fold that a smile draws from the wing of the nose to beside the corner of the mouth. */
function smileLine(context: LatticeContext, side: 0 | 1, age: number): Relief {
  const { rig, measures } = context;
  const path = NASOLABIAL[side].map((index) => landmarkInHead(rig, index));
  const sign = side === 0 ? -1 : 1;
  return (x, y) => {
    const { distance, along, beside } = distanceToPath(path, x, y);
    if (distance > 0.2) return 0;
    const fade = smoothstep(0, 0.2, along) * (1 - smoothstep(0.82, 1, along));
    const clear = smoothstep(0.02, 0.08, Math.abs(x - measures.mouthX) - 0.9 * measures.outerHalf);
    // The cheek rises into the light, the lip's side lies in the shade.
    return (
      fade *
      Math.max(clear, 1 - smoothstep(0.5, 0.8, along)) *
      fold(-beside * sign, 0.026) *
      lerp(0.04, 0.13, age)
    );
  };
}

/** The hollow between lower lip and chin, as pressed or pushed-out lips deepen it. */
function chinCrease(context: LatticeContext): Relief {
  const { measures, rig } = context;
  return (x, y) => {
    const t = (x - measures.mouthX) / (0.75 * measures.innerHalf);
    if (Math.abs(t) >= 1) return 0;
    const bottom = measures.lipAt(x).lowerOuter;
    const d = y - lerp(bottom, rig.mouth.chinY, 0.24) + 0.05 * t * t;
    return (1 - t * t) * (-0.11 * gauss(d / 0.06) + 0.045 * gauss((d - 0.15) / 0.07));
  };
}

/** The hollows of the cheeks beside pushed-out lips. */
function cheekHollows(context: LatticeContext): Relief {
  const { measures } = context;
  return (x, y) => {
    const aside = Math.abs(x - measures.mouthX) - measures.outerHalf;
    const corner = measures.corners[x < measures.mouthX ? 0 : 1];
    return -0.035 * gauss((aside - 0.2) / 0.13) * gauss((y - corner.y - 0.02) / 0.22);
  };
}

/** The chin's shadow on the throat, as a sinking jaw spreads it. */
function chinShadow(context: LatticeContext): Relief {
  const { measures } = context;
  return (x, y) => {
    const { distance, downward } = measures.outsideFace(x, y);
    if (distance <= 0) return 0;
    return -0.16 * smoothstep(0.3, 0.8, downward) * smoothstep(0, 0.06, distance) * gauss(distance / 0.3);
  };
}

/** Every crease that the movements of one face can make. */
export type Creases = {
  /** Picture's left, then right. */
  readonly forehead: readonly [SkinChange, SkinChange];
  readonly frown: SkinChange;
  readonly eyes: readonly [SkinChange, SkinChange];
  readonly smile: readonly [SkinChange, SkinChange];
  readonly chin: SkinChange;
  readonly cheeks: SkinChange;
  readonly throat: SkinChange;
};

/**
 * Draws the creases of one face.
 *
 * @param age - how deeply the skin is lined already, `[0, 1]`
 */
export function drawCreases(context: LatticeContext, age: number): Creases {
  const forehead = prepareCanvas(context, FOREHEAD, 88);
  const temples = prepareCanvas(context, TEMPLES, 88);
  const lowerFace = prepareCanvas(context, LOWER_FACE, 64);
  const throat = prepareCanvas(context, THROAT, 24);
  const both = (
    canvas: Canvas,
    relief: (context: LatticeContext, side: 0 | 1, age: number) => Relief,
  ): [SkinChange, SkinChange] => [
    crease(canvas, relief(context, 0, age)),
    crease(canvas, relief(context, 1, age)),
  ];
  return {
    forehead: both(forehead, foreheadLines),
    frown: crease(forehead, frownLines(context, age)),
    eyes: both(temples, eyeCreases),
    smile: both(lowerFace, smileLine),
    chin: crease(lowerFace, chinCrease(context)),
    cheeks: crease(lowerFace, cheekHollows(context)),
    throat: crease(throat, chinShadow(context)),
  };
}

function prepareCanvas(context: LatticeContext, part: SkinPart, finest: number): Canvas {
  const grid = createSkinGrid(context, part, finest);
  const skin = bareSkin(context, grid, viewSkin(context, grid));
  // Nothing may end abruptly where the part does.
  const edge = (k: number, count: number): number => clamp(Math.min(k, count - 1 - k) / 3, 0, 1);
  for (let i = 0; i < skin.length; i++) {
    skin[i]! *= edge(i % grid.columns, grid.columns) * edge(Math.floor(i / grid.columns), grid.rows);
  }
  return { grid, skin };
}

/** Works a relief out where bare skin shows. */
function crease({ grid, skin }: Canvas, relief: Relief): SkinChange {
  const gain = grid.x.map((x, i) => (skin[i] === 0 ? 1 : exp(skin[i]! * relief(x, grid.y[i]!))));
  return { grid, gain, light: null, u: null, v: null };
}
