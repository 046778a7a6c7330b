import type { Framing } from "../../frames/index.js";
import type { Rig } from "../../portrait/index.js";
import { clamp, lerp } from "../../shared/numeric.js";

/** A rectangle in video pixels. */
export type Area = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

/** What captions have to keep off. */
export type FaceAreas = {
  /** Mouth and chin, wherever head and jaw may move them: never covered. */
  readonly speech: Area;
  /** Eyes and brows: not covered, if there is any other place. */
  readonly eyes: Area;
};

/** Where captions stand: their box ends at `bottom` in the middle of the frame, pixels. */
export type CaptionPlace = {
  readonly bottom: number;
  /** Font size, pixels. */
  readonly size: number;
  readonly lines: 1 | 2;
};

/** Size of a box with so many lines at a font size, pixels. */
export type BoxSize = (size: number, lines: 1 | 2) => { readonly width: number; readonly height: number };

// Mesh points: nose base, chin, jaw from side to side, brows, lower lids.
const NOSE_BASE = 2;
const CHIN = 152;
const MOUTH_CORNERS = [61, 291];
const JAW = [172, 136, 150, 149, 176, 148, CHIN, 377, 400, 378, 379, 365, 397];
const BROWS = [70, 63, 105, 66, 107, 300, 293, 334, 296, 336];
const LIDS = [33, 145, 133, 362, 374, 263];

/** How far the head may carry its parts, eye distances: a nod of 6 degrees, a turn of 8, a shift; a jaw that falls by .25 rad. */
const SWAY = { x: 0.3, y: 0.2 } as const;
const JAW_FALL = 0.32;

/** Share of the frame that stays free at either side and, by the shape of the frame, below; and the least of it. */
const SIDE = 0.05;
const BOTTOM = { wide: 0.06, tall: 0.14 } as const;
const LEAST_BOTTOM = { wide: 0.03, tall: 0.06 } as const;
const TOP = { wide: 0.05, tall: 0.08 } as const;
const WIDE = 1.25;
const TALL = 9 / 16;

/** Font size as a share of the frame's height, but no more than this share of its width. */
const SIZE_BY_HEIGHT = 0.052;
const SIZE_BY_WIDTH = 0.062;
/** Smaller sizes that are tried where there is no room; the last ones only where nothing else helps. */
const SMALLER = [0.9, 0.8];
const SMALLEST = [0.7, 0.6, 0.5];

/** Font size where there is room, pixels. */
export function usualSize({ width, height }: { width: number; height: number }): number {
  return Math.min(SIZE_BY_HEIGHT * height, SIZE_BY_WIDTH * width);
}

/** Widest box, pixels. */
export function widestBox({ width }: { width: number }): number {
  return Math.floor((1 - 2 * SIDE) * width);
}

/** What the face takes of the frame. */
export function faceAreas(rig: Pick<Rig, "landmarks" | "head">, framing: Framing): FaceAreas {
  const unit = rig.head.eyeDistance * framing.scale;
  const at = (index: number): { x: number; y: number } => ({
    x: (rig.landmarks[index * 3]! - framing.left) * framing.scale,
    y: (rig.landmarks[index * 3 + 1]! - framing.top) * framing.scale,
  });
  const around = (indices: readonly number[]): Area => {
    const points = indices.map(at);
    return {
      left: Math.min(...points.map(({ x }) => x)) - SWAY.x * unit,
      right: Math.max(...points.map(({ x }) => x)) + SWAY.x * unit,
      top: Math.min(...points.map(({ y }) => y)) - SWAY.y * unit,
      bottom: Math.max(...points.map(({ y }) => y)) + SWAY.y * unit,
    };
  };
  const speech = around([NOSE_BASE, ...MOUTH_CORNERS, ...JAW]);
  return {
    speech: { ...speech, bottom: speech.bottom + JAW_FALL * unit },
    eyes: around([...BROWS, ...LIDS]),
  };
}

/**
 * Chooses one place for all captions of a video: below, as far up as players need for their controls; else lower; else at
 * the top, above brows and eyes; else smaller; else of one line. Mouth and chin are never covered as long as there is any
 * room above or below them.
 */
export function placeCaptions(
  frame: { width: number; height: number },
  face: FaceAreas,
  boxSize: BoxSize,
): CaptionPlace {
  const usual = usualSize(frame);
  const tallness = clamp((WIDE - frame.width / frame.height) / (WIDE - TALL), 0, 1);
  const share = ({ wide, tall }: { wide: number; tall: number }): number =>
    lerp(wide, tall, tallness) * frame.height;
  const attempts: { scale: number; lines: 1 | 2; avoidEyes: boolean }[] = [
    ...[1, ...SMALLER].map((scale) => ({ scale, lines: 2 as const, avoidEyes: true })),
    ...[1, ...SMALLER].map((scale) => ({ scale, lines: 1 as const, avoidEyes: true })),
    ...SMALLEST.map((scale) => ({ scale, lines: 1 as const, avoidEyes: true })),
    ...[0.8, ...SMALLEST].map((scale) => ({ scale, lines: 1 as const, avoidEyes: false })),
  ];
  for (const { scale, lines, avoidEyes } of attempts) {
    const size = scale * usual;
    const box = boxSize(size, lines);
    const isFree = (bottom: number): boolean => {
      const area = {
        left: (frame.width - box.width) / 2,
        right: (frame.width + box.width) / 2,
        top: bottom - box.height,
        bottom,
      };
      return !overlap(area, face.speech) && !(avoidEyes && overlap(area, face.eyes));
    };
    const highest = frame.height - share(BOTTOM);
    const lowest = frame.height - share(LEAST_BOTTOM);
    // Just below the face, where that is lower than usual.
    const below = clamp(face.speech.bottom + box.height, highest, lowest);
    const above = share(TOP) + box.height;
    const atTop = share(LEAST_BOTTOM) + box.height;
    const bottom = [highest, below, above, atTop].find(isFree);
    if (bottom !== undefined) return { bottom: Math.round(bottom), size, lines };
  }
  return lastResort(frame, face, boxSize, usual);
}

/** The mouth fills the frame: the smallest text, at the edge that is farther from it. */
function lastResort(
  frame: { height: number },
  { speech }: FaceAreas,
  boxSize: BoxSize,
  usual: number,
): CaptionPlace {
  const size = SMALLEST.at(-1)! * usual;
  const { height } = boxSize(size, 1);
  const isBelow = frame.height - speech.bottom > speech.top;
  return { bottom: Math.round(isBelow ? frame.height - 2 : height + 2), size, lines: 1 };
}

function overlap(a: Area, b: Area): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
